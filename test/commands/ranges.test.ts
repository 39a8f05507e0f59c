/**
 * What is lost, as data: a hole of known bytes in a recording whose packets ffprobe has listed costs the packets that lie in
 * it, and the ranges of a report say so: when, where, how long, how many. What every report promises is held against each
 * one that a test prints (test/support/reports.ts).
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Expected } from '../../src/media/probed-recording.ts';
import type { OperationReport, RecordingReport, TrackRange } from '../../src/media/report.ts';
import { encode } from '../codecs/encoded.ts';
import { needs, probePackets, type ProbedPacket } from '../support/judges.ts';
import { runInProcess } from '../support/programs.ts';
import { scratchDirectory, type Lifetime } from '../support/scratch.ts';

const media = [
  ...[
    '-f',
    'lavfi',
    '-i',
    'testsrc2=size=320x240:rate=25',
    '-f',
    'lavfi',
    '-i',
    'sine=frequency=330:sample_rate=44100',
  ],
  ...['-t', '10', '-c:v', 'libx264', '-g', '25', '-bf', '0', '-b:v', '600k', '-c:a', 'aac', '-b:a', '96k'],
];
const holeLength = 30_000;

let directory = '';
const scratch: (() => void)[] = [];
const lifetime: Lifetime = { after: (work) => void scratch.push(work as () => void) } as Lifetime;

/** The whole recording in a container, and one with a hole at a part of its length. */
async function damaged(name: string): Promise<{ whole: string; path: string; at: number }> {
  const whole = await encode(lifetime, name, media);
  const bytes = Buffer.from(readFileSync(whole));
  const at = Math.floor(bytes.length * 0.43);
  bytes.fill(0, at, at + holeLength);
  const path = join(directory, `damaged-${name}`);
  writeFileSync(path, bytes);
  return { whole, path, at };
}

/** The report of a run, and of what it would do. */
async function reportsOf(verb: string, path: string, output: string, ...more: string[]): Promise<RecordingReport[]> {
  const reports: RecordingReport[] = [];
  for (const dry of [['-n'], []]) {
    const { stdout, stderr } = await runInProcess('salvor', [verb, '--json', ...dry, '-o', output, ...more, path]);
    const [report] = (JSON.parse(stdout) as OperationReport).recordings;
    assert.ok(report?.output !== undefined, stderr);
    reports.push(report);
  }
  return reports;
}

const isLost = ({ what }: TrackRange): boolean => what === 'lost';

/** Packets of a kind that the hole reaches into, with what they span in seconds. */
function inHole(
  packets: readonly ProbedPacket[],
  kind: string,
  ticksPerSecond: number,
  at: number,
): { count: number; from: number; to: number } {
  const own = packets.filter((packet) => packet.kind === kind);
  const hit = own.filter(({ offset, size }) => offset! + size > at && offset! < at + holeLength);
  const behind = own[own.indexOf(hit.at(-1)!) + 1]!;
  return { count: hit.length, from: hit[0]!.dtsTicks! / ticksPerSecond, to: behind.dtsTicks! / ticksPerSecond };
}

/** Ticks per second of the files that ffmpeg writes of this media. */
const ticks = { mp4: { video: 12_800, audio: 44_100 }, flv: { video: 1000, audio: 1000 } } as const;

describe('a hole of 30 kB in the media', needs('ffmpeg', 'ffprobe'), () => {
  before(() => (directory = scratchDirectory(lifetime)));
  after(() => scratch.forEach((work) => work()));

  /** Asserts that the lost ranges are what the hole cost. */
  const assertTold = (
    report: RecordingReport,
    packets: readonly ProbedPacket[],
    container: keyof typeof ticks,
    at: number,
  ): void => {
    const first = (kind: 'video' | 'audio'): number =>
      packets.find((packet) => packet.kind === kind)!.ptsTicks! / ticks[container][kind];
    const begin = Math.min(first('video'), first('audio'));
    for (const kind of ['video', 'audio'] as const) {
      const { ranges, lost } = report.tracks.find((track) => track.kind === kind)!;
      const truth = inHole(packets, kind, ticks[container][kind], at);
      const own = ranges.filter(isLost);
      const about = `${kind}: ${JSON.stringify(own)}, lost are ${JSON.stringify(truth)}`;
      const step = kind === 'video' ? 0.04 : 0.024;
      assert.equal(own.length, 1, about);
      const [range] = own;
      assert.ok(Math.abs(range!.startSeconds - (truth.from - begin)) <= step + 0.1, about);
      assert.ok(Math.abs(range!.endSeconds - (truth.to - begin)) <= step + 0.1, about);
      assert.ok(Math.abs(lost.durationSeconds - (truth.to - truth.from)) <= 2 * step + 1e-3, about);
      assert.ok(Math.abs(lost.samples - truth.count) <= 2, about);
      assert.ok(range!.offset! < at + holeLength && range!.offset! + range!.length! > at, about);
    }
  };

  test('of an MP4 with its index is described and lost', async () => {
    const { whole, path, at } = await damaged('indexed.mp4');
    const packets = await probePackets(whole, { asStored: true, hashed: false });
    for (const report of await reportsOf('repair', path, join(directory, 'indexed.out.mp4'))) {
      assertTold(report, packets, 'mp4', at);
      for (const { ranges, lost, configuration } of report.tracks) {
        assert.deepEqual(configuration, { from: 'recorded' });
        assert.equal(lost.isEstimated, undefined);
        assert.ok(ranges.every((range) => isLost(range) || (range.what === 'described' && range.times === undefined)));
        assert.ok(ranges.filter(isLost).every(({ reason }) => reason === 'zeros'));
      }
    }
  });

  test('of an MP4 without its index is estimated, between what was found', async () => {
    const { whole, path, at } = await damaged('headless.mp4');
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.lastIndexOf('moov', undefined, 'latin1') - 4));
    const packets = await probePackets(whole, { asStored: true, hashed: false });
    const output = join(directory, 'headless.out.mp4');
    for (const report of await reportsOf('repair', path, output, '--reference', whole)) {
      assertTold(report, packets, 'mp4', at);
      for (const { ranges, lost, configuration } of report.tracks) {
        assert.deepEqual(configuration, { from: 'reference', reference: whole });
        assert.equal(lost.isEstimated, true);
        assert.ok(ranges.every((range) => isLost(range) || (range.what === 'found' && range.times !== undefined)));
      }
    }
  });

  test('of an FLV is told by the timestamps around it', async () => {
    const { whole, path, at } = await damaged('tags.flv');
    const packets = await probePackets(whole, { asStored: true, hashed: false });
    for (const report of await reportsOf('flv-fix', path, join(directory, 'tags.out.flv'))) {
      assertTold(report, packets, 'flv', at);
    }
  });

  test('of an FLV whose times are all repaired is told in the times of the result', async () => {
    const { whole, path, at } = await damaged('retimed.flv');
    const packets = await probePackets(whole, { asStored: true, hashed: false });
    const bytes = readFileSync(path);
    // Its clock has run for three hours when the recording begins.
    for (let tag = 13; tag + 11 <= bytes.length;) {
      if (tag > at - 70_000 && tag < at + holeLength && bytes.readUInt32BE(tag) === 0) {
        tag++;
        continue;
      }
      const type = bytes[tag]!;
      const length = bytes.readUIntBE(tag + 1, 3);
      const isTag = (type === 8 || type === 9 || type === 18) && bytes.readUIntBE(tag + 8, 3) === 0;
      const next = tag + 11 + length;
      if (!isTag || (next + 4 <= bytes.length && bytes.readUInt32BE(next) !== 11 + length)) {
        tag++;
        continue;
      }
      const time = bytes.readUIntBE(tag + 4, 3) + 3 * 3_600_000;
      bytes.writeUIntBE(time % 2 ** 24, tag + 4, 3);
      tag = next + 4;
    }
    writeFileSync(path, bytes);
    for (const report of await reportsOf('flv-fix', path, join(directory, 'retimed.out.flv'), '--retime')) {
      assert.ok(report.retimed !== undefined && report.retimed.frames > 300);
      assertTold(report, packets, 'flv', at);
      for (const { ranges } of report.tracks) {
        assert.ok(ranges.every((range) => isLost(range) || range.times?.from === 'one timeline'));
      }
    }
  });

  test('of a transport stream is not in its parts, and said so', async () => {
    const { whole, path, at } = await damaged('split.ts');
    const packets = await probePackets(whole, { asStored: true, hashed: false });
    const begin = Math.min(...packets.map(({ dtsTicks }) => dtsTicks!)) / 90_000;
    for (const dry of [['-n'], []]) {
      const { stdout, stderr } = await runInProcess('salvor', [
        ...['ts-split', '--json', ...dry, '--duration', '2s', '-o', join(directory, 'part_%02d.ts'), path],
      ]);
      const [report] = (JSON.parse(stdout) as OperationReport).recordings;
      assert.equal(report!.tracks.length, 2, stderr);
      for (const { kind, ranges, lost, kept } of report!.tracks) {
        const truth = inHole(packets, kind, 90_000, at);
        const own = ranges.filter(isLost);
        const about = `${kind}: ${JSON.stringify(own)}, lost are ${JSON.stringify(truth)} from ${begin}`;
        // A PES packet that is torn stays in its part: the audio of the hole is all in one.
        if (kind === 'audio' && truth.count === 1) {
          assert.deepEqual(own, []);
          continue;
        }
        assert.equal(own.length, 1, about);
        assert.ok(Math.abs(own[0]!.startSeconds - (truth.from - begin)) <= 0.2, about);
        assert.ok(Math.abs(own[0]!.endSeconds - (truth.to - begin)) <= 0.2, about);
        assert.ok(Math.abs(lost.samples - truth.count) <= 3, about);
        const units = packets.filter((packet) => packet.kind === kind).length;
        assert.ok(Math.abs(kept.samples - (units - truth.count)) <= 1, `${kept.samples} kept`);
      }
      assert.ok(report!.parts!.length >= 4);
    }
  });

  test('is told in a line, as what would come back and as what did', async () => {
    const { path } = await damaged('told.flv');
    const output = join(directory, 'told.out.flv');
    const dry = await runInProcess('salvor', ['flv-fix', '-n', '-o', output, path]);
    assert.match(
      dry.stdout,
      /^ {6}\d\d\.?\d? % of 10\.\d\d s would come back; (?:about )?0\.\d\d s are missing, in 1 place$/m,
    );
    const real = await runInProcess('salvor', ['flv-fix', '-v', '-o', output, path]);
    assert.match(real.stdout, /% of 10\.\d\d s came back; (?:about )?0\.\d\d s are missing, in 1 place/);
  });

  test('is expected by probe --deep as the verb it advises plans it', async () => {
    const { whole, path } = await damaged('expected.flv');
    const { stdout } = await runInProcess('salvor', ['probe', '--deep', '--json', path]);
    const { expected } = JSON.parse(stdout) as { expected: Expected };
    const planned = await runInProcess('salvor', ['flv-fix', '-n', '--json', path]);
    const [report] = (JSON.parse(planned.stdout) as OperationReport).recordings;
    assert.deepEqual(expected, { verb: 'flv-fix', tracks: report!.tracks, unindexed: report!.unindexed });
    assert.ok(expected.tracks.every(({ lost }) => lost.durationSeconds > 0));
    const text = await runInProcess('salvor', ['probe', '--deep', path]);
    assert.match(
      text.stdout,
      /^ {2}\d\d\.?\d? % of 10\.\d\d s would come back; about 0\.\d\d s are missing, in 1 place$/m,
    );
    for (const options of [
      ['--json', path],
      ['--deep', '--json', whole],
    ]) {
      const other = await runInProcess('salvor', ['probe', ...options]);
      assert.ok(!other.stdout.includes('"expected"'), options.join(' '));
    }
  });

  test('costs each report a line in --ndjson, and one for what failed', async () => {
    const { path } = await damaged('lines.flv');
    const empty = join(directory, 'empty.flv');
    writeFileSync(empty, '');
    const { stdout, status } = await runInProcess('salvor', ['flv-fix', '-n', '--ndjson', path, empty]);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RecordingReport & { operation: string });
    assert.deepEqual(
      lines.map(({ operation, recording, outcome }) => [operation, recording, outcome]),
      [
        ['flv-fix', path, 'would-make'],
        ['flv-fix', empty, 'failed'],
      ],
    );
    assert.equal(status, 1);
  });
});
