/** What probe calls complete, repair leaves alone, and what it calls damaged, repair takes up: also where tables contradict. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { run } from '../../../src/cli.ts';
import type { OperationReport } from '../../../src/media/report.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';

async function runJson(...args: string[]): Promise<unknown> {
  let text = '';
  const out = { write: (more: string) => void (text += more), isTerminal: false, columns: 80 };
  await run(args, { out, err: { ...out, write: () => {} }, environment: {} }, new AbortController().signal);
  return JSON.parse(text);
}

interface Opinions {
  readonly probe: string;
  readonly deep: string;
  readonly repair: string;
  readonly findings: readonly string[];
}

async function opinionsOf(path: string): Promise<Opinions> {
  const health = async (...flags: string[]): Promise<string> =>
    ((await runJson('probe', '--json', ...flags, path)) as { health: { verdict: string } }).health.verdict;
  const [recording] = ((await runJson('repair', '-n', '--json', path)) as OperationReport).recordings;
  return {
    probe: await health(),
    deep: await health('--deep'),
    repair: recording!.outcome,
    findings: recording!.findings.map(({ code }) => code),
  };
}

const whole = readFileSync(join(fixturesDirectory, 'safety/h264-aac.mp4'));

/** Where the rows of the table of chunk runs of a track begin. */
function chunkRunsOf(track: number): number {
  const first = whole.indexOf('stsc');
  return (track === 0 ? first : whole.indexOf('stsc', first + 4)) + 12;
}

/** The recording with another value in a row of the table of chunk runs of a track. */
function withRun(track: number, row: number, column: number, value: number): Buffer {
  const bytes = Buffer.from(whole);
  bytes.writeUInt32BE(value, chunkRunsOf(track) + 12 * row + 4 * column);
  return bytes;
}

/** The recording with its video described twice; chunks of the fourth run and later are of the description given. */
function describedTwice(description: number): Buffer {
  const spans: number[] = [];
  let [start, end] = [0, whole.length];
  for (const type of ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd']) {
    while (start < end && whole.toString('latin1', start + 4, start + 8) !== type) start += whole.readUInt32BE(start);
    spans.push(start);
    end = start + whole.readUInt32BE(start);
    start += 8;
  }
  const stsd = spans.at(-1)!;
  const entry = whole.subarray(stsd + 16, end);
  const bytes = Buffer.concat([whole.subarray(0, end), entry, whole.subarray(end)]);
  for (const at of spans) bytes.writeUInt32BE(bytes.readUInt32BE(at) + entry.length, at);
  bytes.writeUInt32BE(2, stsd + 12);
  const runs = chunkRunsOf(0) + entry.length;
  for (let row = 3; row < 11; row++) bytes.writeUInt32BE(description, runs + 12 * row + 8);
  return bytes;
}

const intact: readonly (readonly [string, Buffer])[] = [
  ['as it was', whole],
  ['described twice', describedTwice(1)],
  ['with two descriptions', describedTwice(2)],
  ['of an iPhone, with timed metadata', readFileSync(join(fixturesDirectory, 'mp4/iphone.mov'))],
];

const impossible = [
  ['more samples in a chunk than there are', 0, 1, 0x7fffffff],
  ['no sample in a chunk', 0, 1, 0],
  ['a first chunk of 0', 0, 0, 0],
  ['a first chunk behind that of the next run, or too late', 0, 0, 9],
  ['a description that is not there', 0, 2, 7],
  ['description 0', 0, 2, 0],
] as const;

describe('probe, probe --deep and repair have one opinion', () => {
  for (const [name, bytes] of intact) {
    test(`of an intact recording ${name}`, async (t) => {
      const path = join(scratchDirectory(t), 'rec.mp4');
      writeFileSync(path, bytes);
      const { probe, deep, repair, findings } = await opinionsOf(path);
      assert.deepEqual([probe, deep, repair, findings], ['complete', 'complete', 'untouched', []]);
    });
  }

  for (const [name, row, column, value] of impossible) {
    for (const [track, kind] of ['video', 'audio'].entries()) {
      test(`of ${name}, ${kind}`, async (t) => {
        const directory = scratchDirectory(t);
        const path = join(directory, 'rec.mp4');
        writeFileSync(path, withRun(track, row, column, value));
        const { probe, deep, repair, findings } = await opinionsOf(path);
        assert.deepEqual([probe, deep, repair], ['damaged', 'damaged', 'would-make']);
        assert.ok(findings.includes('mp4-tables-contradict'));
        // What repair makes of it has every sample and needs no repair.
        const made = (await runJson('repair', '--json', path, '-o', join(directory, 'out.mp4'))) as OperationReport;
        assert.deepEqual(
          made.recordings[0]!.tracks.map(({ kept }) => kept.samples),
          [18, 12],
        );
        const again = await opinionsOf(join(directory, 'out.mp4'));
        assert.deepEqual([again.probe, again.deep, again.repair], ['complete', 'complete', 'untouched']);
        assert.deepEqual(readdirSync(directory).sort(), ['out.mp4', 'rec.mp4']);
      });
    }
  }
});
