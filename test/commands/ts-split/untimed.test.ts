/** Pictures and audio without timestamps at the end, at the beginning or in the middle: parts are as long as what is in them. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { needs, runJudge } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { packetsOf } from '../../support/transport-packets.ts';
import { splitInto } from './splitting.ts';

const pid = 0x100;

/** The PES packets from one to before another lose their times; what was said of them becomes stuffing. */
function withoutTimes(stream: Buffer, from: number, to: number): Buffer {
  const copy = Buffer.from(stream);
  let unit = 0;
  for (const { pid: its, startsUnit, bytes } of packetsOf(copy)) {
    if (its !== pid || !startsUnit) continue;
    const pes = (bytes[3]! & 0x20) === 0 ? 4 : 5 + bytes[4]!;
    if (unit >= from && unit < to) {
      bytes[pes + 7]! &= 0x3f;
      bytes.fill(0xff, pes + 9, pes + 9 + bytes[pes + 8]!);
    }
    unit++;
  }
  return copy;
}

describe('parts of which times are missing', needs('ffmpeg'), () => {
  const directory = scratchDirectory({ after });
  const streams = {
    h264: ['-f', 'lavfi', '-i', 'testsrc2=s=96x64:r=25', '-t', '3', '-c:v', 'libx264', '-g', '25', '-bf', '2'],
    mpeg2: [
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=96x64:r=25',
      '-t',
      '3',
      '-c:v',
      'mpeg2video',
      '-g',
      '25',
      '-flags',
      '+cgop',
    ],
    mp2: ['-f', 'lavfi', '-i', 'sine=440:r=48000', '-t', '3.024', '-c:a', 'mp2'],
  } as const;
  before(async () => {
    for (const [name, args] of Object.entries(streams)) {
      const scenes = name === 'mpeg2' ? ['-sc_threshold', '1000000000'] : [];
      const words = ['-nostdin', '-v', 'error', ...args, ...scenes, join(directory, `${name}.ts`)];
      const { status, stderr } = await runJudge('ffmpeg', words);
      assert.equal(status, 0, stderr);
    }
  });

  for (const [name, from, to, expected] of [
    ['h264', 60, 75, [1, 1, 1]],
    ['h264', 51, 75, [1, 1, 1]],
    ['h264', 0, 9, [1, 1, 1]],
    ['h264', 26, 49, [1, 1, 1]],
    ['mpeg2', 60, 75, [1, 1, 1]],
    ['mpeg2', 0, 9, [1, 1, 1]],
    ['mp2', 30, 99, [3.024]],
    ['mp2', 0, 4, [3.024]],
  ] as const) {
    test(`${name}: those of the PES packets ${from} to ${to}`, async () => {
      const file = join(directory, 'in.ts');
      writeFileSync(file, withoutTimes(readFileSync(join(directory, `${name}.ts`)), from, to));
      const args = name === 'mp2' ? ['-d', '9s'] : ['-d', '1s'];
      const { parts } = await splitInto(scratchDirectory({ after }), [file], ...args);
      for (const [index, seconds] of expected.entries()) {
        // How far the first picture is shown behind its decoding is not known without its times.
        const tolerance = from === 0 && name === 'h264' ? 0.05 : 0.002;
        const start = expected.slice(0, index).reduce<number>((sum, each) => sum + each, 0);
        assert.ok(Math.abs(parts[index]!.durationSeconds - seconds) < tolerance, `${parts[index]!.durationSeconds} s`);
        assert.ok(Math.abs(parts[index]!.startSeconds - start) < tolerance);
      }
      assert.equal(parts.length, expected.length);
    });
  }

  test('where nothing has a time, nothing is cut, and that is said', async () => {
    const file = join(directory, 'none.ts');
    writeFileSync(file, withoutTimes(readFileSync(join(directory, 'h264.ts')), 0, 75));
    const { parts, findings } = await splitInto(scratchDirectory({ after }), [file], '-d', '1s');
    assert.deepEqual(
      parts.map(({ durationSeconds, frames }) => [durationSeconds, frames]),
      [[3, 75]],
    );
    assert.match(findings.find(({ code }) => code === 'ts-no-entry')?.message ?? '', /no timestamps; it was not cut/);
  });
});
