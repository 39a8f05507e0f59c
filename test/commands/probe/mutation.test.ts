/**
 * Whatever the bytes are, looking at them ends, soon and within bounds, and says something: more than 20,000 damaged copies
 * of genuine recordings of every kind. SALVOR_MUTANTS asks for more of each.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { inspectStaging } from '../../../src/commands/probe/inspect-staging.ts';
import type { Inspection } from '../../../src/commands/probe/inspection.ts';
import { jsonForm } from '../../../src/commands/probe/json-form.ts';
import { groupsOf, sampleForm, treeForm } from '../../../src/commands/probe/listings.ts';
import { inspectSource } from '../../../src/commands/probe/probe.ts';
import { mutantCount, mutant } from '../../support/damage.ts';
import { copyStagingCase } from '../../support/fixtures.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { memorySource } from '../../mp4/memory-source.ts';

/** Rows of a listing that are looked at: a table may honestly have many. */
const rowsLooked = 400;
/** A look at some dozens of kilobytes takes milliseconds; this is for a machine that is busy. */
const maxMilliseconds = 5000;
const maxMemoryBytes = 200 * 1024 * 1024;

/** Asks an inspection everything it can be asked. */
function exhaust(inspection: Inspection): void {
  const json = JSON.stringify(jsonForm(inspection.recording, '0'));
  assert.ok(!json.includes('null'), `a number that is none: ${json.slice(0, 400)}`);
  assert.match(inspection.recording.health.verdict, /^(?:complete|unfinished|damaged|unreadable)$/);
  for (const listing of [
    function* () {
      for (const row of inspection.samples()) yield sampleForm(row);
    },
    function* () {
      for (const row of inspection.tree()) yield treeForm(row);
    },
    () => groupsOf(inspection.samples()),
  ]) {
    let rows = 0;
    for (const row of listing()) if (rows++ >= rowsLooked || row === undefined) break;
  }
}

async function withinBounds(description: string, inspect: () => Promise<Inspection>): Promise<void> {
  const started = process.cpuUsage();
  try {
    exhaust(await inspect());
  } catch (error) {
    throw new Error(description, { cause: error });
  }
  const { user, system } = process.cpuUsage(started);
  const took = (user + system) / 1000;
  assert.ok(took < maxMilliseconds, `${description}: took ${took} ms of the processor`);
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  assert.ok(heapUsed + arrayBuffers < maxMemoryBytes, `${description}: ${heapUsed + arrayBuffers} bytes`);
}

const read = (path: string): Uint8Array => readFileSync(join(fixturesDirectory, path));

/** The index of an MP4 with hardly any media: damage meets what matters. */
function mostlyIndex(path: string): Uint8Array {
  const bytes = read(path);
  const moov = Buffer.from(bytes).lastIndexOf('moov') - 4;
  const head = bytes.slice(0, 40 + 2000);
  new DataView(head.buffer).setUint32(32, head.length - 32);
  return Buffer.concat([head, bytes.subarray(moov)]);
}

/** Where in an MP4 the entries of its stco boxes are. */
function chunkOffsets(bytes: Uint8Array): number[] {
  const buffer = Buffer.from(bytes);
  const places: number[] = [];
  for (let at = buffer.indexOf('stco'); at >= 0; at = buffer.indexOf('stco', at + 1)) {
    for (let chunk = 0; chunk < buffer.readUInt32BE(at + 8); chunk++) places.push(at + 12 + 4 * chunk);
  }
  return places;
}

const files: readonly (readonly [name: string, bytes: () => Uint8Array, mutants: number])[] = [
  ['an MP4 of H.265 and AAC', () => read('go-rtmp/h265_segments_clean/recording.mp4'), 2000],
  ['the index of an MP4 of H.265 and AAC', () => mostlyIndex('go-rtmp/h265_segments_clean/recording.mp4'), 4500],
  ['the index of an MP4 of AAC', () => mostlyIndex('go-rtmp/aac_only_mp4/recording.mp4'), 2500],
  ['an FLV of H.264 and AAC', () => read('go-rtmp/h264_aac/recording.flv'), 2500],
  ['an FLV of AAC', () => read('go-rtmp/aac_only_flv/recording.flv'), 1500],
  ['an FLV of the other server', () => read('flv/video-only.flv'), 1500],
  ['a transport stream', () => read('ems/ts/killed-chunked4-10s/rec_part0002.ts').subarray(0, 188 * 120), 3000],
];

describe('a damaged copy is looked at to the end:', () => {
  for (const [name, bytesOf, mutants] of files) {
    test(name, async () => {
      const original = bytesOf();
      for (let seed = 0; seed < mutantCount(mutants); seed++) {
        const { bytes, description } = mutant(original, seed);
        await withinBounds(`${name}, ${description}`, () =>
          inspectSource(memorySource(bytes), { deep: seed % 2 === 0 }),
        );
      }
    });
  }

  // What lies a header, a sample or a byte off where the index has it, one offset after the other.
  test('an MP4 of which one chunk offset is moved by 1 to 64 bytes', async () => {
    const original = read('safety/h264-aac.mp4');
    for (const place of chunkOffsets(original)) {
      for (let step = 1; step <= 64; step += place % 7 === 0 ? 1 : 9) {
        for (const by of [step, -step]) {
          const bytes = original.slice();
          const view = new DataView(bytes.buffer);
          view.setUint32(place, view.getUint32(place) + by);
          await withinBounds(`chunk offset at ${place} moved by ${by}`, () =>
            inspectSource(memorySource(bytes), { deep: true }),
          );
        }
      }
    }
  });

  for (const [group, name] of [
    ['clean', 'short-1s'],
    ['crashed', 'a-preflush-0.60s'],
    ['clean', 'samesize-both'],
  ] as const) {
    test(`the staging set ${name}`, async (context) => {
      const directory = scratchDirectory(context);
      copyStagingCase(group, name, directory);
      const parts = ['.info', '.mdat', '.track1', '.track2'].map((suffix) =>
        readFileSync(join(directory, `rec.mp4${suffix}`)),
      );
      for (let seed = 0; seed < mutantCount(1000); seed++) {
        const victim = seed % 4;
        let description = '';
        const [info, mdat, track1, track2] = parts.map((bytes, index) => {
          if (index !== victim) return memorySource(bytes);
          const damaged = mutant(bytes, seed);
          description = damaged.description;
          return memorySource(damaged.bytes);
        });
        const tracks = new Map([
          [1, track1!],
          [2, track2!],
        ]);
        await withinBounds(`${name}, file ${victim}, ${description}`, () =>
          inspectStaging('rec.mp4', { info, mdat, tracks }, { deep: seed % 2 === 0 }),
        );
      }
    });
  }
});
