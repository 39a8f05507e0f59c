/**
 * Two recordings joined end to end in which a PID means different things: tables hold where they stand, and what is torn at the
 * seam is told. Judged by an independent packet checker and by the recordings before they were joined.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fixTs } from '../../../src/commands/ts-fix/fix.ts';
import { inspectSource } from '../../../src/commands/probe/probe.ts';
import type { RecordingReport } from '../../../src/media/report.ts';
import { memorySource } from '../../mp4/memory-source.ts';
import { packet, pesBytes } from '../../mpegts/streams.ts';
import { needs, runJudge } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { checkTransportStream } from '../../support/transport-checker.ts';
import { packetsOf } from '../../support/transport-packets.ts';
import { standard } from './standard-options.ts';

const [video, audio, map] = [0x100, 0x101, 0x1000];

describe('ts-fix, joined recordings', needs('ffmpeg'), () => {
  const directory = scratchDirectory({ after });
  let usual: Buffer;
  let audioFirst: Buffer;
  let mapAtVideo: Buffer;

  before(async () => {
    const record = async (name: string, ...options: readonly string[]): Promise<Buffer> => {
      const path = join(directory, `${name}.ts`);
      const inputs = ['-f', 'lavfi', '-i', 'testsrc2=s=160x96:r=25', '-f', 'lavfi', '-i', 'sine=440', '-t', '2'];
      const coders = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-c:a', 'aac'];
      const muxer = ['-f', 'mpegts', '-omit_video_pes_length', '0'];
      const args = ['-nostdin', '-v', 'error', ...inputs, ...coders, ...options, ...muxer, path];
      const { status, stderr } = await runJudge('ffmpeg', args);
      assert.equal(status, 0, stderr);
      return readFileSync(path);
    };
    usual = await record('usual');
    audioFirst = await record('audio-first', '-map', '1', '-map', '0');
    mapAtVideo = await record('map-at-video', '-mpegts_pmt_start_pid', `${video}`, '-mpegts_start_pid', `${map}`);
  });

  let made = 0;
  async function fixed(
    bytes: Buffer,
    torn: 'trim' | 'keep' = 'trim',
  ): Promise<{ bytes: Buffer; report: RecordingReport }> {
    const path = join(directory, `joined-${made++}.ts`);
    writeFileSync(path, bytes);
    const report = await fixTs(path, { ...standard, torn, beside: `${path}.fixed.ts` });
    const result = report.output!.path;
    const again = await fixTs(result, { ...standard, torn, beside: `${path}.again.ts` });
    assert.equal(again.outcome, 'untouched');
    return { bytes: readFileSync(result), report };
  }

  const codes = ({ findings }: RecordingReport): string[] => findings.map(({ code }) => code);
  const units = (bytes: Buffer, pid: number): readonly Buffer[] => checkTransportStream(bytes).units.get(pid) ?? [];

  /** Before which packet a recording is cut, so that a PES packet of known length lacks its end. */
  function withinUnit(bytes: Buffer, pid: number): number {
    const cells = packetsOf(bytes);
    const from = cells.length >> 1;
    return cells.findIndex(
      (cell, index) =>
        index > from &&
        cell.pid === pid &&
        !cell.startsUnit &&
        cells.slice(0, index).findLast((before) => before.pid === pid)?.startsUnit === true,
    );
  }

  test('tables that name other codecs for the same PIDs stay as they are, and probe says nothing else', async () => {
    const joined = Buffer.concat([usual, audioFirst]);
    const { bytes, report } = await fixed(joined);
    assert.ok(!codes(report).some((code) => code === 'ts-stream-type-wrong' || code === 'ts-tables-missing'));
    const maps = (of: Buffer): string[] =>
      packetsOf(of).flatMap(({ pid, bytes: cell }) => (pid === map ? [cell.subarray(4).toString('hex')] : []));
    assert.deepEqual(maps(bytes), maps(joined));
    for (const pid of [video, audio]) {
      assert.deepEqual(units(bytes, pid), [...units(usual, pid), ...units(audioFirst, pid)]);
    }
    const { recording } = await inspectSource(memorySource(joined), { deep: true });
    const isOfTables = (code: string): boolean => code === 'ts-stream-type-wrong' || code === 'ts-tables-missing';
    assert.ok(!recording.health.findings.some(({ code }) => isOfTables(code)));
  });

  test('a PID that is media in the first and the map of the second is each where it stands', async () => {
    const cut = withinUnit(usual, video);
    const head = usual.subarray(0, cut * 188);
    for (const [first, second] of [
      [head, mapAtVideo],
      [mapAtVideo, usual],
    ] as const) {
      const { bytes, report } = await fixed(Buffer.concat([first, second]));
      assert.deepEqual(checkTransportStream(bytes).faults, []);
      const kept = units(bytes, video);
      const whole = first === head ? units(head, video).slice(0, -1) : units(second, video);
      assert.deepEqual(kept.slice(0, whole.length), whole);
      assert.equal(
        report.findings.some(({ pid }) => pid === video),
        first === head,
      );
    }
  });

  for (const torn of ['trim', 'keep'] as const) {
    test(`a picture that lacks its end at the seam is told, --torn ${torn}`, async () => {
      const cut = withinUnit(usual, video);
      const head = usual.subarray(0, cut * 188);
      const lacking = units(head, video).at(-1)!;
      const lacks = 6 + lacking.readUInt16BE(4) - lacking.length;
      // The counters of the second follow on, as they do in one join of sixteen.
      const counters = new Map<number, number>();
      const joined = Buffer.concat([head, usual]);
      for (let at = 0; at < joined.length; at += 188) {
        const pid = joined.readUInt16BE(at + 1) & 0x1fff;
        const counter = ((counters.get(pid) ?? -1) + ((joined[at + 3]! >> 4) & 1)) & 15;
        counters.set(pid, counter);
        joined[at + 3] = (joined[at + 3]! & 0xf0) | counter;
      }
      const { report } = await fixed(joined, torn);
      const told = report.findings.filter(({ code, pid }) => code === 'ts-media-missing' && pid === video);
      assert.deepEqual(
        told.map(({ offset, length }) => [offset, length]),
        [[head.length + packetsOf(usual).findIndex(({ pid }) => pid === video) * 188, lacks]],
      );
      assert.ok(report.tracks[0]!.lost.bytes >= lacks);
    });
  }

  test('packets behind the end that a PES packet tells are told where another PID lacks packets beside them', async () => {
    const unit = (index: number): Uint8Array[] => {
      const bytes = pesBytes(
        3600 * (index + 1),
        Array.from({ length: 300 }, () => 7),
      );
      const first = packet({ pid: video, counter: 2 * index, start: true, payload: bytes.slice(0, 184) });
      return [first, packet({ pid: video, counter: 2 * index + 1, payload: bytes.slice(184) })];
    };
    const more = packet({ pid: video, counter: 8, payload: Array.from({ length: 184 }, () => 7) });
    const behind = [0, 1, 2].flatMap((index) => unit(index)).map((cell) => Buffer.from(cell));
    for (const cell of behind) cell[3] = (cell[3]! & 0xf0) | ((cell[3]! + 9) & 15);
    for (const counter of [6, 1]) {
      const data = [0, counter].map((each) => packet({ pid: 0x102, counter: each, start: true, payload: [0, 0, 1] }));
      const cells = [data[0]!, ...[0, 1, 2, 3].flatMap((index) => unit(index)), data[1]!, more, ...behind];
      const { report } = await fixed(Buffer.concat(cells));
      const told = report.findings.filter(({ code, pid }) => code === 'ts-media-missing' && pid === video);
      assert.equal(told.length, counter === 6 ? 1 : 0);
    }
  });
});
