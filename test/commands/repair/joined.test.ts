/** MP4s that were joined byte by byte: with the same tracks they become one recording, otherwise it is said what they are. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { needs, runJudge } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { encode, placeBytes, runRepair } from './damaged-recordings.ts';

/** A recording of some seconds, its pictures reordered; `lateSeconds`: how much later than the audio they begin. */
async function record(
  directory: string,
  name: string,
  size: string,
  seconds: number,
  lateSeconds = 0,
): Promise<string> {
  const path = join(directory, name);
  const late = ['-itsoffset', String(lateSeconds)];
  await encode(path, [
    ...[...late, '-f', 'lavfi', '-i', `testsrc2=s=${size}:r=25`, '-f', 'lavfi', '-i', 'sine=440:r=48000'],
    ...['-map', '0:v', '-map', '1:a', '-t', String(seconds), '-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2'],
    ...['-g', '25', '-threads', '1', '-c:a', 'aac'],
  ]);
  return path;
}

interface Shown {
  readonly stream: number;
  readonly seconds: number;
  readonly hash: string;
}

async function packetsOf(path: string): Promise<readonly Shown[]> {
  const entries = ['-show_entries', 'packet=stream_index,pts_time,data_hash', '-show_data_hash', 'md5'];
  const { stdout } = await runJudge('ffprobe', ['-v', 'error', ...entries, '-of', 'json', path]);
  const { packets } = JSON.parse(stdout) as {
    packets: { stream_index: number; pts_time: string; data_hash: string }[];
  };
  return packets.map((packet) => {
    return { stream: packet.stream_index, seconds: Number(packet.pts_time), hash: packet.data_hash };
  });
}

describe('MP4s joined byte by byte', () => {
  test(
    'of the same settings become one recording; in each, audio and pictures keep their distance',
    needs('ffmpeg', 'ffprobe'),
    async (t) => {
      const directory = scratchDirectory(t);
      const paths = [
        await record(directory, 'a.mp4', '160x120', 2),
        await record(directory, 'b.mp4', '160x120', 1.3, 0.4),
        await record(directory, 'c.mp4', '160x120', 1),
      ];
      const path = placeBytes(directory, 'joined.mp4', Buffer.concat(paths.map((each) => readFileSync(each))));
      const output = join(directory, 'made.mp4');
      const { status, report, stderr } = await runRepair(path, ['-o', output]);
      assert.deepEqual([status, report.outcome], [0, 'made'], stderr);
      const made = await packetsOf(output);
      const parts = await Promise.all(paths.map(async (each) => packetsOf(each)));
      const begun = [0, 0];
      let end = Number.NEGATIVE_INFINITY;
      for (const part of parts) {
        const shifts = [0, 1].map((stream) => {
          const own = part.filter((packet) => packet.stream === stream);
          const found = made
            .filter((packet) => packet.stream === stream)
            .slice(begun[stream], begun[stream]! + own.length);
          begun[stream]! += own.length;
          assert.deepEqual(
            found.map(({ hash }) => hash),
            own.map(({ hash }) => hash),
          );
          const all = found.map(({ seconds }, index) => seconds - own[index]!.seconds);
          // A tick of either clock, and what the movie's own clock of 1000 ticks rounds a delay to.
          for (const shift of all) assert.ok(Math.abs(shift - all[0]!) < 0.002, `${stream}: ${shift} and ${all[0]}`);
          return { shift: all[0]!, begins: Math.min(...found.map(({ seconds }) => seconds)) };
        });
        assert.ok(Math.abs(shifts[0]!.shift - shifts[1]!.shift) < 0.002, JSON.stringify(shifts));
        const begins = Math.min(...shifts.map((each) => each.begins));
        assert.ok(begins > end, 'it comes behind the part before it');
        end = begins;
      }
      assert.deepEqual(
        begun,
        [0, 1].map((stream) => made.filter((packet) => packet.stream === stream).length),
      );
      const again = await runRepair(path, ['-o', output]);
      assert.deepEqual([again.status, again.report.outcome], [0, 'already-made']);
    },
  );

  test('of other settings stay two, and it is said where each lies', needs('ffmpeg'), async (t) => {
    const directory = scratchDirectory(t);
    const first = readFileSync(await record(directory, 'a.mp4', '160x120', 1));
    const second = readFileSync(await record(directory, 'b.mp4', '240x120', 1));
    const path = placeBytes(directory, 'joined.mp4', Buffer.concat([first, second]));
    const { status, stderr } = await runRepair(path);
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`head -c ${first.length} .*tail -c \\+${first.length + 1} `));
    assert.ok(readFileSync(path).equals(Buffer.concat([first, second])));
  });
});
