/**
 * Tracks whose tables stand and whose sample entries have lost their codec configuration: a reference gives it back, if it is
 * proven on the media, or the media itself; otherwise the track is named. Judged by ffmpeg, which has to decode every frame.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { encode } from '../../codecs/encoded.ts';
import { needs, runJudge } from '../../support/judges.ts';
import { runInProcess } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const pictures = ['-f', 'lavfi', '-i', 'testsrc2=size=176x144:rate=25:duration=2'] as const;
const noise = ['-f', 'lavfi', '-i', 'anoisesrc=amplitude=0.2:sample_rate=48000:duration=2:seed=1'] as const;
const codecs = ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '25', '-bf', '2', '-c:a', 'aac'] as const;

/** The file with boxes that no reader looks into any more. */
function without(path: string, ...types: readonly string[]): string {
  const bytes = readFileSync(path);
  for (const type of types) bytes.write('free', bytes.lastIndexOf(type, undefined, 'latin1'), 'latin1');
  const damaged = join(dirname(path), 'damaged.mp4');
  writeFileSync(damaged, bytes);
  return damaged;
}

/** Frames that ffmpeg decodes, by codec; empty where it cannot open the file. */
async function decodedOf(path: string): Promise<string[]> {
  const entries = ['-show_entries', 'stream=codec_name,nb_read_frames', '-of', 'csv=p=0'];
  const { stdout } = await runJudge('ffprobe', ['-v', 'error', '-count_frames', ...entries, path]);
  return stdout.trim().split('\n');
}

describe('a described track without its codec configuration', needs('ffmpeg', 'ffprobe'), () => {
  test('has that of a reference, for pictures and for both; of audio alone the media tells it', async (t) => {
    const whole = await encode(t, 'whole.mp4', [...pictures, ...noise, ...codecs]);
    const expected = await decodedOf(whole);
    const reference = await encode(t, 'reference.mp4', [...pictures, ...noise, ...codecs]);
    const output = join(scratchDirectory(t), 'out.mp4');
    for (const [types, lent] of [
      [['avcC'], 'the video configuration'],
      [['esds'], 'the audio configuration'],
      [['avcC', 'esds'], 'the codec configuration'],
    ] as const) {
      const path = without(whole, ...types);
      const options = ['-f', '-o', output, '--reference', reference];
      const { status, stdout, stderr } = await runInProcess('salvor', ['repair', path, ...options]);
      assert.deepEqual([status, stderr], [0, '']);
      assert.ok(stdout.includes(`by ${lent} of ${reference}`), stdout);
      assert.deepEqual(await decodedOf(output), expected);
    }
  });

  test('is named where the reference is another and the media says nothing', async (t) => {
    const whole = await encode(t, 'whole.mp4', [...pictures, ...noise, ...codecs]);
    const other = ['-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=25:duration=2'];
    const wrong = await encode(t, 'wrong.mp4', [...other, ...codecs.slice(0, -2)]);
    const output = join(scratchDirectory(t), 'out.mp4');
    const path = without(whole, 'avcC');
    const { stderr } = await runInProcess('salvor', ['repair', path, '-o', output, '--reference', wrong]);
    assert.match(stderr, /^error .*video track 1 \(avc1\) has no codec configuration.* \[mp4-configuration-missing\]/m);
    const inPlace = await runInProcess('salvor', ['repair', path, '--in-place', '--json']);
    assert.match(inPlace.stdout, /video track 1 \(avc1\) has no codec configuration/);
  });
});
