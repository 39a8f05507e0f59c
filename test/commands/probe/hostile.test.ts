/**
 * Files that somebody made to hang a reader or to make it grow: looked at with an end, and with what is said of them being
 * so. The programs run as they are run, with the memory of theirs measured.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { inspectSource } from '../../../src/commands/probe/probe.ts';
import { repair } from '../../../src/commands/repair/repair.ts';
import { SalvorError } from '../../../src/media/errors.ts';
import { memorySource } from '../../mp4/memory-source.ts';
import { measureProgram } from '../../support/programs.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const intact = readFileSync(join(fixturesDirectory, 'safety/h264-aac.mp4'));
const maxMemoryBytes = 200 * 1024 * 1024;

async function verdictOf(bytes: Uint8Array, deep: boolean): Promise<string> {
  const { recording } = await inspectSource(memorySource(new Uint8Array(bytes)), { deep });
  return recording.health.verdict;
}

/** Where the rows of the nth table of a type begin. */
function rowsOf(type: string, nth = 0): number {
  let at = intact.indexOf(type);
  for (let n = 0; n < nth; n++) at = intact.indexOf(type, at + 1);
  return at + 12;
}

function changed(at: number, value: number): Buffer {
  const bytes = Buffer.from(intact);
  bytes.writeUInt32BE(value, at);
  return bytes;
}

describe('an index that cannot be true', () => {
  const samplesPerChunk = rowsOf('stsc') + 4;
  const cases: readonly (readonly [string, Buffer])[] = [
    ['the first chunk has all samples there can be', changed(samplesPerChunk, 0xffffffff)],
    ['the first chunk has all samples there are', changed(samplesPerChunk, 18)],
    ['a chunk has one sample more', changed(samplesPerChunk, 2)],
    ['a later chunk has many', changed(samplesPerChunk + 24, 1000)],
    [
      'a chunk of pictures begins where audio lies',
      changed(rowsOf('stco') + 4, intact.readUInt32BE(rowsOf('stco', 1))),
    ],
  ];
  for (const [name, bytes] of cases) {
    test(`is damaged for probe, for its deep look and for repair: ${name}`, async (context) => {
      assert.deepEqual([await verdictOf(bytes, false), await verdictOf(bytes, true)], ['damaged', 'damaged']);
      const path = join(scratchDirectory(context), 'rec.mp4');
      writeFileSync(path, bytes);
      const options = { output: `${path}.repaired.mp4`, replace: false, dryRun: true, reference: undefined };
      const outcome = await repair(path, { ...options, inPlace: false, framesPerSecond: undefined }).catch(
        (error: unknown) => {
          if (error instanceof SalvorError) return { outcome: error.kind };
          throw error;
        },
      );
      assert.notEqual(outcome.outcome, 'untouched');
    });
  }

  test('the file itself is complete', async () => {
    assert.deepEqual([await verdictOf(intact, false), await verdictOf(intact, true)], ['complete', 'complete']);
  });

  test('a deep look ends where samples begin before the media', async () => {
    const fuzzed = readFileSync(join(fixturesDirectory, 'safety/rec.mp4'));
    assert.equal(await verdictOf(fuzzed, true), 'damaged');
    const media = intact.indexOf('mdat') - 4;
    const shifted = Buffer.concat([
      intact.subarray(0, media),
      Buffer.from('0000000866726565', 'hex'),
      intact.subarray(media),
    ]);
    assert.equal(await verdictOf(shifted, true), 'damaged');
    // The file begins 48 bytes before.
    for (let by = 1; by <= 48; by++) {
      const at = rowsOf('stco');
      assert.equal(await verdictOf(changed(at, intact.readUInt32BE(at) - by), true), 'damaged', `${by} bytes`);
    }
  });
});

const header = Buffer.from('000000146674797069736f6d0000000069736f6d', 'hex');
const box = (type: string, size = 8): Buffer => Buffer.concat([word(size), Buffer.from(type, 'latin1')]);

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function repeated(bytes: Buffer, count: number): Buffer {
  return Buffer.alloc(bytes.length * count, bytes);
}

/** Boxes each in the other, without anything in the last. */
function nested(depth: number): Buffer {
  const bytes = Buffer.alloc(8 * depth);
  for (let n = 0; n < depth; n++) box(n === 0 ? 'moov' : 'trak', 8 * (depth - n)).copy(bytes, 8 * n);
  return bytes;
}

/** A transport stream with a PES packet on each of the PIDs there are. */
function everyPid(): Buffer {
  const packets = Buffer.alloc(188 * 8191);
  for (let pid = 0; pid < 8191; pid++) {
    const at = 188 * pid;
    packets.set([0x47, 0x40 | (pid >> 8), pid & 0xff, 0x10, 0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5, 0x21, 0, 1, 0, 1], at);
  }
  return packets;
}

const flvHeader = Buffer.from('464c5601050000000900000000', 'hex');
const flvTag = Buffer.from('0800000100000000000000af0000000c', 'hex');

describe('memory is bounded and no verdict is complete', () => {
  const files: readonly (readonly [string, () => Buffer])[] = [
    ['free.mp4', () => Buffer.concat([header, repeated(box('free'), 1_500_000)])],
    ['mdat.mp4', () => Buffer.concat([header, repeated(Buffer.concat([box('mdat', 9), Buffer.of(1)]), 1_000_000)])],
    ['moof.mp4', () => Buffer.concat([header, repeated(box('moof'), 1_500_000)])],
    ['nested.mp4', () => Buffer.concat([header, nested(200_000)])],
    ['pids.ts', () => repeated(everyPid(), 3)],
    ['signatures.flv', () => repeated(Buffer.from('FLV\u0001', 'latin1'), 1_000_000)],
    ['tags.flv', () => Buffer.concat([flvHeader, repeated(flvTag, 300_000)])],
  ];
  for (const [name, make] of files) {
    test(name, async (context) => {
      const path = join(scratchDirectory(context), name);
      writeFileSync(path, make());
      const { stdout, peakMemoryBytes } = await measureProgram('salvor', ['probe', '--json', '--deep', path]);
      assert.ok((peakMemoryBytes ?? 0) < maxMemoryBytes, `${peakMemoryBytes} bytes`);
      assert.match(stdout, /"verdict": ?"(?:unfinished|damaged|unreadable)"/);
    });
  }
});
