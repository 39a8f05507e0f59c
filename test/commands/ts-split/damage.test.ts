/** Damaged streams: the splitting goes on, says where, and hands on every byte. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FileStream } from '../../../src/io/byte-stream.ts';
import { SalvorError } from '../../../src/media/errors.ts';
import { Findings } from '../../../src/media/findings.ts';
import { FreeNames } from '../../../src/commands/ts-split/free-names.ts';
import { split } from '../../../src/commands/ts-split/split.ts';
import { mutantCount, mutants } from '../../support/damage.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { counterFaults, packetsOf } from '../../support/transport-packets.ts';
import { contentsOf, splitInto } from './splitting.ts';

const chunks = join(fixturesDirectory, 'ems/ts/killed-chunked4-10s');
const recording = Buffer.concat(
  readdirSync(chunks)
    .sort()
    .map((name) => readFileSync(join(chunks, name))),
);
const packets = (from: number, to?: number): Buffer =>
  recording.subarray(from * 188, to === undefined ? undefined : to * 188);

/** What was found but for what the recording itself begins with. */
function damageOf(result: Awaited<ReturnType<typeof splitInto>>): (typeof result)['findings'] {
  return result.findings.filter(({ code }) => code !== 'ts-first-picture');
}

test('junk before the first packet and between packets stays where it is, and is reported with its place', async (context) => {
  const directory = scratchDirectory(context);
  const junk = Buffer.alloc(1000, 0x12);
  const input = Buffer.concat([junk, packets(0, 500), junk.subarray(0, 333), packets(500)]);
  const file = join(directory, 'rec.ts');
  writeFileSync(file, input);
  const result = await splitInto(directory, [file], '-d', '2s');
  assert.equal(result.parts.length, 5);
  assert.ok(Buffer.concat(contentsOf(result).map(({ media }) => media)).equals(input));
  assert.deepEqual(
    damageOf(result).map(({ code, offset, length, repeated, file: its }) => [code, offset, length, repeated, its]),
    [['ts-sync-lost', 0, 1000, 1, file]],
  );
});

test('lost packets are reported with the PID and the place where they are missing', async (context) => {
  const directory = scratchDirectory(context);
  const file = join(directory, 'rec.ts');
  const input = Buffer.concat([packets(0, 600), packets(602)]);
  writeFileSync(file, input);
  const result = await splitInto(directory, [file], '-d', '2s');
  assert.ok(Buffer.concat(contentsOf(result).map(({ media }) => media)).equals(input));
  const gaps = result.findings.filter(({ code }) => code === 'ts-counter-gap');
  assert.ok(gaps.length > 0 && gaps.every(({ pid, offset }) => pid !== undefined && offset! >= 600 * 188));
});

test('a last packet that is torn is kept and reported', async (context) => {
  const directory = scratchDirectory(context);
  const file = join(directory, 'rec.ts');
  const input = recording.subarray(0, recording.length - 100);
  writeFileSync(file, input);
  const result = await splitInto(directory, [file], '-d', '2s');
  assert.ok(Buffer.concat(contentsOf(result).map(({ media }) => media)).equals(input));
  assert.deepEqual(
    damageOf(result).map(({ code, offset, length }) => [code, offset, length]),
    [['ts-packet-torn', input.length - 88, 88]],
  );
});

// The server's chunks begin with PAT and PMT twice.
for (const [what, from] of [
  ['without its tables', 4],
  ['with a map before any PAT', 3],
] as const) {
  test(`a stream that begins ${what} gets them put before it, and their counters follow`, async (context) => {
    const directory = scratchDirectory(context);
    const file = join(directory, 'rec.ts');
    writeFileSync(file, packets(from));
    const result = await splitInto(directory, [file], '-d', '2s');
    const [first] = contentsOf(result);
    assert.deepEqual(
      packetsOf(first!.inserted).map(({ pid }) => pid),
      [0, 0x1000],
    );
    assert.ok(Buffer.concat(contentsOf(result).map(({ media }) => media)).equals(packets(from)));
    assert.deepEqual(counterFaults(packetsOf(Buffer.concat([first!.inserted, first!.media])), 'forbidden'), []);
  });
}

test('a clock that jumps by hours makes no part of hours', async (context) => {
  const directory = scratchDirectory(context);
  const one = join(directory, 'one.ts');
  writeFileSync(one, recording);
  // The same recording once more begins earlier than the first one ended.
  const result = await splitInto(directory, [one, one], '-d', '2s', '--playlist', 'rec.m3u8');
  assert.ok(result.parts.every(({ durationSeconds }) => durationSeconds < 4));
  const jumps = result.findings.filter(({ code }) => code === 'ts-clock-jump');
  assert.equal(jumps.length, 1);
  assert.equal(result.parts.filter(({ followsJump }) => followsJump).length, 1);
  const playlist = readFileSync(join(directory, 'parts/rec.m3u8'), 'utf8');
  assert.equal(playlist.match(/#EXT-X-DISCONTINUITY\n/g)?.length, 1);
});

test('however a stream is damaged, the parts less what was put in are its bytes, or it is refused with a reason', async (context) => {
  const directory = scratchDirectory(context);
  const input = join(directory, 'rec.ts');
  let refused = 0;
  for (const { bytes, description } of mutants(recording.subarray(0, 120_000), {
    seed: 6,
    count: mutantCount(60),
    other: packets(800, 900),
  })) {
    writeFileSync(input, bytes);
    const stream = new FileStream([input]);
    const findings = new Findings();
    const parts = scratchDirectory(context);
    try {
      const result = await split(
        {
          input: stream,
          rules: { durationSeconds: 1 },
          randomAccess: 'idr',
          repeatParameterSets: true,
          pathOf: (index) => join(parts, `${index}.ts`),
          replace: false,
          names: new FreeNames({ avoidsExisting: false, replace: false }, new Findings()),
          dryRun: false,
        },
        findings,
      );
      const media = result.parts.map(({ path, insertedBytes }) => readFileSync(path).subarray(insertedBytes));
      const moved = result.parts.some(({ movedPackets }) => movedPackets > 0);
      const joined = Buffer.concat(media);
      if (moved) assert.equal(joined.length, bytes.length, description);
      else assert.ok(joined.equals(bytes), description);
    } catch (error) {
      if (!(error instanceof SalvorError)) throw new TypeError(description, { cause: error });
      assert.deepEqual(readdirSync(parts), [], description);
      refused++;
    } finally {
      stream.close();
    }
  }
  assert.ok(refused < 20, `${refused} were refused`);
});
