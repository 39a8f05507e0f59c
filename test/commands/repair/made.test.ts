/** MP4s of other recorders, made with ffmpeg and damaged in every way a crash does it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { needs } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import {
  compareSamples,
  encode,
  findSamples,
  killed,
  movieStart,
  placeBytes,
  runRepair,
  type Comparison,
  type FoundSample,
} from './damaged-recordings.ts';

const judged = needs('ffprobe', 'ffmpeg');
const picture = (seconds: number, size = '320x180'): string[] => [
  '-f',
  'lavfi',
  '-i',
  `testsrc2=s=${size}:r=25:d=${seconds},noise=alls=12:allf=t`,
];
const sound = (seconds: number, rate = 48000): string[] => [
  '-f',
  'lavfi',
  '-i',
  `sine=f=440:r=${rate}:d=${seconds},aresample=${rate},tremolo`,
];

interface Recording {
  readonly name: string;
  readonly seconds: number;
  readonly args: readonly string[];
}

const recordings: readonly Recording[] = [
  {
    name: 'H.264 with B-frames, AAC stereo',
    seconds: 12,
    args: [...picture(12), ...sound(12), ...'-c:v libx264 -preset veryfast -bf 3 -g 50 -c:a aac -ac 2'.split(' ')],
  },
  {
    name: 'H.264 High 10, AAC mono at 44.1 kHz',
    seconds: 6,
    args: [
      ...picture(6),
      ...sound(6, 44100),
      ...'-c:v libx264 -preset veryfast -pix_fmt yuv420p10le -g 40 -c:a aac -ac 1'.split(' '),
    ],
  },
  {
    name: 'H.265 with open groups of pictures, AAC 5.1',
    seconds: 6,
    args: [
      ...picture(6),
      ...sound(6),
      ...'-c:v libx265 -preset ultrafast -x265-params open-gop=1:keyint=40:bframes=3:log-level=none'.split(' '),
      ...'-tag:v hvc1 -c:a aac -ac 6'.split(' '),
    ],
  },
];

/** How each crash leaves a file, and what of the samples can be expected back. */
const damages: readonly { readonly name: string; readonly damage: (bytes: Buffer) => Buffer }[] = [
  { name: 'the moov cut off', damage: (bytes) => bytes.subarray(0, movieStart(bytes)) },
  { name: 'the moov cut off and the size of mdat 0', damage: killed },
  { name: 'cut at 61.3 %', damage: (bytes) => bytes.subarray(0, Math.floor(bytes.length * 0.613)) },
];

/** Samples that lie whole in the first `length` bytes. */
function wholeIn(samples: readonly FoundSample[], length: number): FoundSample[] {
  return samples.filter(({ end }) => end <= length);
}

function assertExact({ found, expected, strange, syncWrong, offsetsWrong }: Comparison): void {
  assert.deepEqual(
    { found, strange, syncWrong, offsetsWrong },
    { found: expected, strange: 0, syncWrong: 0, offsetsWrong: 0 },
  );
}

describe('MP4s of ffmpeg, damaged, with a recording of the same settings as reference', () => {
  for (const { name, seconds, args } of recordings) {
    test(name, judged, async (t) => {
      const directory = scratchDirectory(t);
      const whole = join(directory, 'whole.mp4');
      const bytes = await encode(whole, args);
      const { samples } = await findSamples(whole);
      for (const { name: how, damage } of damages) {
        const damaged = damage(bytes);
        const path = placeBytes(directory, 'damaged.mp4', damaged);
        const { report, stderr } = await runRepair(path, ['-f', '--reference', whole]);
        assert.equal(report.outcome, 'made', `${how}: ${stderr}`);
        const movie = await findSamples(report.output!.path);
        const expected = wholeIn(samples, Math.min(damaged.length, movieStart(bytes)));
        const compared = compareSamples(expected, movie.samples);
        assertExact(compared);
        assert.ok(compared.timeError <= 0.04, `${how} of ${seconds} s: ${compared.timeError}`);
      }
    });
  }

  test('300 kB of zeros at one third: at least 99 % of what is intact comes back', judged, async (t) => {
    const directory = scratchDirectory(t);
    const whole = join(directory, 'whole.mp4');
    const args = [...picture(12, '640x360'), ...sound(12), ...'-c:v libx264 -preset veryfast -b:v 2M -g 25'.split(' ')];
    const bytes = await encode(whole, [...args, ...'-c:a aac -ac 2'.split(' ')]);
    const { samples } = await findSamples(whole);
    const start = Math.floor(bytes.length / 3);
    const end = start + 300_000;
    const damaged = Buffer.from(bytes.subarray(0, movieStart(bytes))).fill(0, start, end);
    const { report } = await runRepair(placeBytes(directory, 'damaged.mp4', damaged), ['--reference', whole]);
    const intact = samples.filter((sample) => sample.end <= start || sample.end - sample.size >= end);
    const compared = compareSamples(intact, (await findSamples(report.output!.path)).samples);
    assert.ok(compared.found >= 0.99 * intact.length, `${compared.found} of ${intact.length}`);
    assert.equal(compared.strange, 0);
    const lost = report.unindexed.reduce((sum, { length }) => sum + length, 0);
    assert.ok(lost >= 300_000 && lost < 330_000, `${lost} bytes are said to be lost`);
  });

  test('a variable rate with a stall of 3 s: presented within 0.1 s', judged, async (t) => {
    const directory = scratchDirectory(t);
    const whole = join(directory, 'whole.mp4');
    const drop = "select='not(between(t,4,7))*not(eq(mod(n,7),3))'";
    const args = [...picture(12), ...sound(12), '-vf', drop, '-fps_mode', 'vfr'];
    const bytes = await encode(whole, [...args, ...'-c:v libx264 -preset veryfast -bf 2 -g 50 -c:a aac'.split(' ')]);
    const { samples } = await findSamples(whole);
    const path = placeBytes(directory, 'damaged.mp4', killed(bytes));
    const { report } = await runRepair(path, ['--reference', whole]);
    const compared = compareSamples(samples, (await findSamples(report.output!.path)).samples);
    assert.deepEqual([compared.found, compared.strange, compared.syncWrong], [samples.length, 0, 0]);
    assert.ok(compared.shownError <= 0.1, `${compared.shownError}`);
  });
});

describe('MP4s whose index is there, and of more than is there', () => {
  const args = [...picture(6), ...sound(6), ...'-c:v libx264 -preset veryfast -bf 2 -g 25 -c:a aac -ac 2'.split(' ')];

  test(
    'the moov first and the end cut off: the samples that are there play, the others are told',
    judged,
    async (t) => {
      const directory = scratchDirectory(t);
      const whole = join(directory, 'whole.mp4');
      const bytes = await encode(whole, [...args, '-movflags', '+faststart']);
      const { samples } = await findSamples(whole);
      const cut = bytes.subarray(0, Math.floor(bytes.length * 0.7));
      const { report } = await runRepair(placeBytes(directory, 'damaged.mp4', cut));
      const expected = wholeIn(samples, cut.length);
      const compared = compareSamples(expected, (await findSamples(report.output!.path)).samples);
      assertExact(compared);
      assert.ok(compared.timeError < 0.001);
      const lost = report.tracks.reduce((sum, track) => sum + track.lost.samples, 0);
      assert.equal(lost, samples.length - expected.length);
    },
  );

  test('fragments of which the last is torn', judged, async (t) => {
    const directory = scratchDirectory(t);
    const whole = join(directory, 'whole.mp4');
    const bytes = await encode(whole, [...args, '-movflags', '+frag_keyframe+empty_moov+default_base_moof']);
    const { samples } = await findSamples(whole);
    const cut = bytes.subarray(0, Math.floor(bytes.length * 0.8));
    const { report } = await runRepair(placeBytes(directory, 'damaged.mp4', cut));
    const expected = wholeIn(samples, cut.length);
    const compared = compareSamples(expected, (await findSamples(report.output!.path)).samples);
    assertExact(compared);
    assert.ok(compared.timeError < 0.001, `${compared.timeError}`);
  });

  test('a size of mdat that is wrong', judged, async (t) => {
    const directory = scratchDirectory(t);
    const whole = join(directory, 'whole.mp4');
    const bytes = await encode(whole, args);
    const { samples } = await findSamples(whole);
    const damaged = Buffer.from(bytes);
    damaged.writeUInt32BE(5000, damaged.indexOf('mdat', 0, 'latin1') - 4);
    const { report } = await runRepair(placeBytes(directory, 'damaged.mp4', damaged));
    const compared = compareSamples(samples, (await findSamples(report.output!.path)).samples);
    assertExact(compared);
  });
});
