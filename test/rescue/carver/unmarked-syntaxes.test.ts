/**
 * Samples that do not say how long they are: how many of them come back, and how many come back that never were, beside
 * pictures of every kind. Nothing but the likeliest is promised of them, so what is asserted is a rate, and it is printed;
 * of what says how long it is nothing may be lost beside them.
 */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Av1Syntax } from '../../../src/rescue/carver/av1-syntax.ts';
import { H264Syntax } from '../../../src/rescue/carver/h264-syntax.ts';
import { OpusSyntax } from '../../../src/rescue/carver/opus-syntax.ts';
import { PcmSyntax } from '../../../src/rescue/carver/pcm-syntax.ts';
import type { SampleSyntax } from '../../../src/rescue/carver/sample-syntax.ts';
import { Vp9Syntax } from '../../../src/rescue/carver/vp9-syntax.ts';
import { parseAvcDecoderConfiguration } from '../../../src/codecs/h264/decoder-configuration.ts';
import { encode } from '../../codecs/encoded.ts';
import { needs } from '../../support/judges.ts';
import { asSamples, carveBytes, hostileBytes, payloadOfBox, recordingOf, samplesOf, type Sample } from './carving.ts';
import { countNoLines } from '../../support/uncounted.ts';
import { trialsOf } from '../../support/trials.ts';

countNoLines();

/** A test that hangs fails by this. */
const guard = { timeout: 600_000 };
const SIZE = 'size=320x240:rate=25:duration=8';
const MOVING = ['-f', 'lavfi', '-i', `testsrc2=${SIZE}`];
const NOISY = ['-f', 'lavfi', '-i', `testsrc2=${SIZE},noise=alls=12:allf=t`];
const TONE = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=8'];
const SOUND = [
  ...['-f', 'lavfi', '-i'],
  'aevalsrc=sin(2*PI*t*(220+90*sin(3*t)))*abs(sin(2*t))+0.1*sin(90000*t*t)|0.6*sin(2*PI*330*t):s=48000:d=8',
];

interface Rate {
  readonly found: number;
  readonly of: number;
  readonly invented: number;
}

function rateOf(stream: number, found: readonly Sample[], expected: readonly Sample[]): Rate {
  const keys = (samples: readonly Sample[]): string[] =>
    samples.filter((sample) => sample.stream === stream).map((sample) => JSON.stringify(sample));
  const truth = new Set(keys(expected));
  const own = keys(found);
  const right = own.filter((key) => truth.has(key)).length;
  return { found: right, of: truth.size, invented: own.length - right };
}

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  readonly streams: (file: Uint8Array) => SampleSyntax[];
  /** Parts of the pictures and of the sound that come back at least, and that are invented at most. */
  readonly least: readonly [number, number];
  readonly most: readonly [number, number];
}

const h264 = (file: Uint8Array): H264Syntax => {
  const record = parseAvcDecoderConfiguration(payloadOfBox(file, 'avcC')).value!;
  return new H264Syntax(record.nalUnitLengthSize, [...record.sequenceParameterSets, ...record.pictureParameterSets]);
};
const X264 = ['-c:v', 'libx264', '-preset', 'fast', '-g', '50'];
const VP9 = ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-g', '50', '-b:v', '400k'];
const AV1 = ['-c:v', 'libsvtav1', '-preset', '12', '-g', '50', '-svtav1-params', 'fast-decode=1'];
const OPUS = ['-c:a', 'libopus', '-b:a', '64k', '-ac', '2'];

const CASES: readonly Case[] = [
  {
    name: 'Opus of very unlike sizes beside H.264',
    args: [...MOVING, ...SOUND, ...X264, ...OPUS],
    streams: (file) => [h264(file), new OpusSyntax()],
    least: [1, 0.9],
    most: [0.01, 0.06],
  },
  {
    name: 'Opus of constant size beside H.264',
    args: [...MOVING, ...SOUND, ...X264, ...OPUS, '-vbr', 'off'],
    streams: (file) => [h264(file), new OpusSyntax()],
    least: [1, 0.99],
    most: [0.01, 0.01],
  },
  {
    name: 'speech of 60 ms packets in mono beside H.264',
    args: [...MOVING, ...SOUND, ...X264, '-c:a', 'libopus', '-b:a', '20k', '-ac', '1', '-frame_duration', '60'],
    streams: (file) => [h264(file), new OpusSyntax()],
    least: [1, 0.95],
    most: [0.01, 0.05],
  },
  {
    name: 'Opus beside AV1',
    args: [...MOVING, ...TONE, ...AV1, ...OPUS],
    streams: () => [new Av1Syntax(undefined), new OpusSyntax()],
    least: [0.99, 0.97],
    most: [0.02, 0.03],
  },
  {
    name: 'Opus of very unlike sizes beside VP9',
    args: [...MOVING, ...SOUND, ...VP9, ...OPUS],
    streams: () => [new Vp9Syntax(), new OpusSyntax()],
    least: [0.85, 0.9],
    most: [0.15, 0.13],
  },
  {
    name: 'Opus beside VP9 with superframes',
    args: [...NOISY, ...TONE, '-c:v', 'libvpx-vp9', '-cpu-used', '5', '-g', '50', '-b:v', '300k', ...OPUS],
    streams: () => [new Vp9Syntax(), new OpusSyntax()],
    least: [0.93, 0.95],
    most: [0.07, 0.07],
  },
  {
    name: 'raw sound beside H.264',
    args: [...MOVING, ...SOUND, ...X264, '-c:a', 'pcm_s16le', '-f', 'mov'],
    streams: (file) => [h264(file), new PcmSyntax(4)],
    least: [1, 1],
    most: [0, 0],
  },
];

const percent = (part: number): string => `${(100 * part).toFixed(2)} %`;

async function carveCase(t: TestContext, { args, streams, least, most }: Case): Promise<void> {
  const { bytes, packets, from, to } = await recordingOf(await encode(t, 'recording.mp4', args));
  const carving = await carveBytes(bytes, streams(bytes), { from, to });
  const [found, expected] = [samplesOf(carving), asSamples(packets)];
  for (const [stream, kind] of ['pictures', 'sound'].entries()) {
    const rate = rateOf(stream, found, expected);
    const [recall, invented] = [rate.found / rate.of, rate.invented / rate.of];
    t.diagnostic(`${kind}: ${rate.found} of ${rate.of} (${percent(recall)}), ${rate.invented} that never were`);
    assert.ok(recall >= least[stream]!, `${kind}: ${percent(recall)} found`);
    assert.ok(invented <= most[stream]!, `${kind}: ${percent(invented)} invented`);
  }
}

describe('samples without a length of their own', () => {
  for (const each of trialsOf(CASES, 2)) {
    it(`come back, most of them: ${each.name}`, { ...guard, ...needs('ffmpeg', 'ffprobe') }, (t) => carveCase(t, each));
  }

  it('are all found where VP9 stands alone', { ...guard, ...needs('ffmpeg', 'ffprobe') }, async (t) => {
    for (const size of ['320x240', '1280x720']) {
      const args = [...MOVING, '-s', size, ...VP9, '-tile-columns', '2', '-an'];
      const { bytes, packets, from, to } = await recordingOf(await encode(t, `${size}.mp4`, args));
      const carving = await carveBytes(bytes, [new Vp9Syntax()], { from, to });
      const { samples, skipped } = carving;
      assert.deepEqual(samplesOf(carving), asSamples(packets));
      assert.deepEqual(skipped, []);
      assert.ok(samples.inferred.values().every((inferred) => inferred === 1));
    }
  });

  it('go on behind a hole of zeros', { ...guard, ...needs('ffmpeg', 'ffprobe') }, async (t) => {
    const args = [...MOVING, ...SOUND, ...X264, ...OPUS];
    const { bytes, packets, from, to } = await recordingOf(await encode(t, 'recording.mp4', args));
    const start = from + Math.floor((to - from) / 3);
    const end = start + 20_000;
    const damaged = bytes.slice().fill(0, start, end);
    const found = samplesOf(await carveBytes(damaged, [h264(bytes), new OpusSyntax()], { from, to }));
    const intact = asSamples(packets).filter(({ offset, size }) => offset + size <= start || offset >= end);
    const rates = [0, 1].map((stream) => rateOf(stream, found, intact));
    t.diagnostic(rates.map(({ found: right, of, invented }) => `${right} of ${of}, ${invented} not`).join('; '));
    assert.ok(rates[0]!.found >= rates[0]!.of - 1);
    assert.ok(rates[1]!.found >= rates[1]!.of * 0.9);
  });

  for (const { name, bytes } of hostileBytes(512 * 1024)) {
    it(`take bounded time in ${name}, and every byte is accounted for`, guard, async () => {
      const sets: SampleSyntax[][] = [
        [new OpusSyntax()],
        [new Vp9Syntax(), new OpusSyntax()],
        [new Av1Syntax(undefined), new OpusSyntax()],
        [new H264Syntax(4, []), new PcmSyntax(4)],
      ];
      for (const streams of sets) {
        // Uncompressed audio may begin at every fourth byte at most: it takes more to come to the bound of the search.
        const media = streams.some((stream) => stream instanceof PcmSyntax)
          ? bytes
          : bytes.subarray(0, bytes.length >> 1);
        const { samples, skipped } = await carveBytes(media, streams, { mayBeTorn: true });
        const covered = [...samples.sizes.values(), ...skipped.map(({ length }) => length)];
        assert.equal(
          covered.reduce((sum, length) => sum + length, 0),
          media.length,
        );
      }
    });
  }
});
