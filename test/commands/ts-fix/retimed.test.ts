/**
 * One timeline of recordings that were joined many times, as with advertisements: held packet by packet against what went
 * in. Whatever a stretch was moved by, its PTS, DTS and clock references are moved by together, on every PID.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fixTs, type TsFixOptions } from '../../../src/commands/ts-fix/fix.ts';
import { needs, runJudge } from '../../support/judges.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { checkTransportStream } from '../../support/transport-checker.ts';
import { packetsOf, plainPackets, type SeenPacket, type StreamFormat } from '../../support/transport-packets.ts';
import { standard } from './standard-options.ts';

const wrap = 2 ** 33;

/** All times in a packet, in ticks of 33 bits: PTS and DTS of a PES packet that begins in it, and the clock reference. */
function timesIn({ bytes, startsUnit, hasPayload }: SeenPacket): { pts?: number; dts?: number; clock?: number } {
  const hasField = (bytes[3]! & 0x20) !== 0;
  const hasClock = hasField && bytes[4]! > 6 && (bytes[5]! & 0x10) !== 0;
  const clock = hasClock ? { clock: bytes.readUInt32BE(6) * 2 + (bytes[10]! >> 7) } : {};
  const from = hasField ? 5 + bytes[4]! : 4;
  if (!startsUnit || !hasPayload || from + 14 > 188 || bytes.readUIntBE(from, 3) !== 1) return clock;
  const timeAt = (at: number): number =>
    ((bytes[at]! >> 1) & 7) * 2 ** 30 + (bytes.readUInt16BE(at + 1) >> 1) * 2 ** 15 + (bytes.readUInt16BE(at + 3) >> 1);
  const flags = bytes[from + 7]! >> 6;
  return {
    ...clock,
    ...(flags >= 2 ? { pts: timeAt(from + 9) } : {}),
    ...(flags === 3 ? { dts: timeAt(from + 14) } : {}),
  };
}

describe('ts-fix --retime', needs('ffmpeg', 'ffprobe'), () => {
  const directory = scratchDirectory({ after });
  const pieces: Buffer[] = [];
  let made = 0;

  before(async () => {
    // A programme and two advertisements: other pictures, groups and lengths, and clocks of their own, one of which wraps.
    for (const [index, [rate, group, seconds, offset]] of [
      [25, 25, 2.5, 100],
      [30, 12, 1.3, 5000],
      [25, 50, 0.9, 95_442],
    ].entries()) {
      const path = join(directory, `piece-${index}.ts`);
      const inputs = [
        '-f',
        'lavfi',
        '-i',
        `testsrc2=s=96x64:r=${rate}`,
        '-f',
        'lavfi',
        '-i',
        `sine=${300 + index * 100}`,
      ];
      const coders = ['-c:v', 'libx264', '-g', String(group), '-bf', '2', '-c:a', 'mp2', '-b:a', '64k'];
      const args = [...inputs, '-t', String(seconds), ...coders, '-output_ts_offset', String(offset), path];
      const { status, stderr } = await runJudge('ffmpeg', ['-nostdin', '-v', 'error', ...args]);
      assert.equal(status, 0, stderr);
      pieces.push(readFileSync(path));
    }
  });

  async function retimed(bytes: Buffer, options: Partial<TsFixOptions> = {}): Promise<Buffer> {
    const path = join(directory, `joined-${made++}.ts`);
    writeFileSync(path, bytes);
    const all = { ...standard, retime: true, ...options };
    const report = await fixTs(path, { ...all, beside: `${path}.fixed.ts` });
    const result = report.output!.path;
    assert.equal((await fixTs(result, { ...all, output: undefined, beside: `${path}.again.ts` })).outcome, 'untouched');
    return readFileSync(result);
  }

  /** What each piece was moved by; throws where times of one are moved by different amounts. */
  function shiftsOf(
    input: Buffer,
    output: Buffer,
    ends: readonly number[],
    format: StreamFormat = plainPackets,
  ): number[] {
    const [before, behind] = [packetsOf(input, format), packetsOf(output, format)];
    assert.equal(behind.length, before.length);
    const shifts = new Map<number, number>();
    for (const [index, packet] of before.entries()) {
      const piece = ends.findIndex((end) => index < end);
      const [old, now] = [timesIn(packet), timesIn(behind[index]!)];
      for (const key of ['pts', 'dts', 'clock'] as const) {
        if (old[key] === undefined) continue;
        const shift = (now[key]! - old[key] + wrap) % wrap;
        assert.equal(shifts.get(piece) ?? shift, shift, `${key} of packet ${index}, in piece ${piece}`);
        shifts.set(piece, shift);
      }
    }
    return ends.map((_, piece) => shifts.get(piece)!);
  }

  const order = [0, 1, 0, 2, 1, 0, 0, 2, 2, 1, 0, 1, 2, 0, 1];

  test('over advertisements and many joins, each piece is moved as a whole', async () => {
    const joined = Buffer.concat(order.map((index) => pieces[index]!));
    let end = 0;
    const ends = order.map((index) => (end += pieces[index]!.length / 188));
    const bytes = await retimed(joined);
    shiftsOf(joined, bytes, ends);
    const { decodeTimes, clock, faults } = checkTransportStream(bytes);
    assert.deepEqual(faults, []);
    for (const [pid, times] of [...decodeTimes, [0x1ffe, clock] as const]) {
      for (let index = 1; index < times.length; index++) {
        const step = times[index]! - times[index - 1]!;
        assert.ok(step > 0 && step < 90_000, `PID ${pid}: ${step} at ${index}`);
      }
    }
    const lengths = [2.5, 1.3, 0.9];
    const expected = order.reduce((sum, index) => sum + lengths[index]!, 0);
    const path = join(directory, 'whole.ts');
    writeFileSync(path, bytes);
    const args = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', path];
    const { stdout } = await runJudge('ffprobe', args);
    // The audio of each piece ends with a whole frame.
    assert.ok(Math.abs(Number(stdout) - expected) < order.length * 0.03, `${stdout.trim()}, not ${expected}`);
  });

  test('behind an advertisement the programme goes on later, although its clock goes on as if nothing had been', async () => {
    const [programme, advertisement] = [pieces[0]!, pieces[1]!];
    const starts = packetsOf(programme).flatMap(({ pid, startsUnit }, index) =>
      pid === 0x100 && startsUnit ? [index * 188] : [],
    );
    const cut = starts[25]!;
    const joined = Buffer.concat([programme.subarray(0, cut), advertisement, programme.subarray(cut)]);
    const ends = [cut, cut + advertisement.length, joined.length].map((end) => end / 188);
    const [first, , third] = shiftsOf(joined, await retimed(joined), ends);
    assert.equal(first, 0);
    // The advertisement lasts 1.3 s; audio comes some tenths of a second behind the pictures of the same time.
    assert.ok(third! > 1.29 * 90_000 && third! < 1.8 * 90_000, `${third! / 90_000}`);
  });

  // Pieces of a second, cut anywhere between packets: little audio begins in each, and clocks come back to where others were.
  for (const seed of [6, 10, 22]) {
    test(`of a stream that is joined with itself many times, cut anywhere (${seed})`, async () => {
      const programme = pieces[0]!;
      const packets = programme.length / 188;
      let state = seed;
      const random = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
      const cuts = Array.from({ length: 24 }, () => {
        const from = Math.floor(random() * 0.6 * packets);
        return [from, from + Math.floor((0.3 + random() * 0.1) * packets)] as const;
      });
      const joined = Buffer.concat(cuts.map(([from, to]) => programme.subarray(from * 188, to * 188)));
      let end = 0;
      const ends = cuts.map(([from, to]) => (end += to - from));
      shiftsOf(joined, await retimed(joined, { torn: 'keep' }), ends);
      const { decodeTimes, clock } = checkTransportStream(await retimed(joined, { torn: 'trim' }));
      for (const [pid, times] of [...decodeTimes, [0x1ffe, clock] as const]) {
        for (let index = 1; index < times.length; index++) {
          const step = times[index]! - times[index - 1]!;
          // Where a piece begins so near to where the one before ended, its clock is taken for the same.
          assert.ok(step > -45_000 && step < 2 * 90_000, `PID ${pid}: ${step} at ${index}`);
        }
      }
    });
  }

  test('packets of 192 and 204 bytes, into another file', async () => {
    for (const [lead, behind] of [
      [4, 0],
      [0, 16],
    ] as const) {
      const format = { stride: 188 + lead + behind, lead };
      const stored = (bytes: Buffer): Buffer =>
        Buffer.concat(
          packetsOf(bytes).flatMap((packet, index) => [
            Buffer.alloc(lead, index % 61),
            packet.bytes,
            Buffer.alloc(behind, 0xee),
          ]),
        );
      const parts = [0, 1, 2, 0].map((index) => pieces[index]!);
      let end = 0;
      const ends = parts.map((part) => (end += part.length / 188));
      const joined = stored(Buffer.concat(parts));
      const output = join(directory, `out-${lead}.ts`);
      const bytes = await retimed(joined, { output });
      // Parity is that of packets as they were received; times are others now.
      const written = lead > 0 ? format : plainPackets;
      const plain = (stream: Buffer, of: StreamFormat): Buffer =>
        Buffer.concat(packetsOf(stream, of).map((packet) => packet.bytes));
      shiftsOf(plain(joined, format), plain(bytes, written), ends);
      if (lead > 0) {
        assert.deepEqual(
          packetsOf(bytes, written).map(({ cell }) => cell[0]),
          packetsOf(joined, format).map(({ cell }) => cell[0]),
        );
      }
    }
  });

  test('long runs of null packets between joins', async () => {
    const empty = Buffer.alloc(188, 0xff);
    empty.set([0x47, 0x1f, 0xff, 0x10]);
    const nulls = Buffer.concat(Array.from({ length: 6000 }, () => empty));
    const joined = Buffer.concat([pieces[0]!, nulls, pieces[1]!, nulls]);
    const ends = [pieces[0]!.length + nulls.length, joined.length].map((end) => end / 188);
    const bytes = await retimed(joined);
    shiftsOf(joined, bytes, ends);
  });

  test('clock references in scrambled packets stay and are moved with the rest, although the media goes', async () => {
    const scrambled = Buffer.from(pieces[0]!);
    const from = Math.floor(scrambled.length / 188 / 2);
    for (const [index, { pid, bytes, hasPayload }] of packetsOf(scrambled).entries()) {
      if (pid < 0x100 || pid >= 0x1000 || index < from || !hasPayload) continue;
      bytes[3]! |= 0x80;
      for (let at = (bytes[3]! & 0x20) === 0 ? 4 : 5 + bytes[4]!; at < 188; at++) bytes[at]! ^= 0xa5;
    }
    const before = checkTransportStream(pieces[0]!).clock;
    for (const [input, count] of [
      [scrambled, 1],
      [Buffer.concat([scrambled, pieces[1]!, scrambled]), 3],
    ] as const) {
      const { clock, faults } = checkTransportStream(await retimed(input));
      assert.deepEqual(faults, []);
      const steps = (times: readonly number[]): number[] => times.slice(1).map((time, index) => time - times[index]!);
      assert.deepEqual(steps(clock.slice(0, before.length)), steps(before));
      if (count === 1) continue;
      assert.equal(clock.length, 2 * before.length + checkTransportStream(pieces[1]!).clock.length);
      assert.deepEqual(steps(clock.slice(-before.length)), steps(before));
      for (const step of steps(clock)) assert.ok(step > 0 && step < 90_000, `${step}`);
    }
  });

  for (const names of [
    // Media of an earlier place has its map there, although a later map of that program says nothing of it.
    ['pid-change', 'pat-names-absent-programs'],
    // What was data on a PID is audio behind the join, and comes seconds before the pictures.
    ['dts-0x82', 'video-late-6s'],
    // The audio is E-AC-3, in a stream of the private kind, and shows the clock all the same.
    ['dts-0x82', 'video-late-eac3'],
    ['video-late-eac3', 'late-pair-synthetic'],
  ]) {
    test(`${names.join(' and ')} are joined to one timeline`, async () => {
      const joined = Buffer.concat(names.map((name) => readFileSync(join(fixturesDirectory, 'ts', `${name}.ts`))));
      const { decodeTimes } = checkTransportStream(await retimed(joined));
      for (const [pid, times] of decodeTimes) {
        const stepsBack = times.slice(1).filter((time, index) => time < times[index]!);
        assert.deepEqual(stepsBack, [], `PID ${pid}`);
      }
    });
  }
});
