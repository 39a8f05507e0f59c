/** Codecs whose samples say themselves how long they are: AV1, MP3, AC-3, E-AC-3; beside one another and beside H.265. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AacSyntax } from '../../../src/rescue/carver/aac-syntax.ts';
import { Ac3Syntax } from '../../../src/rescue/carver/ac3-syntax.ts';
import { Av1Syntax } from '../../../src/rescue/carver/av1-syntax.ts';
import { H265Syntax } from '../../../src/rescue/carver/h265-syntax.ts';
import { MpegAudioSyntax } from '../../../src/rescue/carver/mpeg-audio-syntax.ts';
import type { SampleSyntax } from '../../../src/rescue/carver/sample-syntax.ts';
import { parseAv1CodecConfiguration } from '../../../src/codecs/av1/codec-configuration.ts';
import { encode } from '../../codecs/encoded.ts';
import { needs } from '../../support/judges.ts';
import type { Lifetime } from '../../support/scratch.ts';
import {
  asSamples,
  carveBytes,
  hostileBytes,
  payloadOfBox,
  recordingOf,
  samplesOf,
  type Recording,
} from './carving.ts';
import { trialStep } from '../../support/trials.ts';

const PICTURES = ['-f', 'lavfi', '-i', 'testsrc=size=322x182:rate=25:duration=3'];
const SOUND = ['-f', 'lavfi', '-i', 'aevalsrc=sin(440*2*PI*t)+0.1*random(0)|sin(880*2*PI*t):s=48000:d=3'];

async function record(test: Lifetime, video: readonly string[], audio: readonly string[]): Promise<Recording> {
  const inputs = [...(video.length > 0 ? PICTURES : []), ...SOUND];
  const file = await encode(test, 'recording.mp4', [...inputs, ...video, ...audio]);
  return recordingOf(file);
}

const X265 = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none:pools=1:keyint=20'];
const AAC = ['-c:a', 'aac', '-b:a', '64k'];
const aac = (): SampleSyntax => new AacSyntax({ samplingFrequencyIndex: 3 });

const AV1: Readonly<Record<string, readonly string[]>> = {
  'libaom, pictures shown again': ['-c:v', 'libaom-av1', '-cpu-used', '8', '-g', '20', '-lag-in-frames', '19'],
  'libaom, real time': ['-c:v', 'libaom-av1', '-usage', 'realtime', '-cpu-used', '8', '-g', '25'],
  'libaom, tiles': ['-c:v', 'libaom-av1', '-cpu-used', '8', '-tiles', '2x2', '-g', '20', '-s', '640x360'],
  'libaom, screen content, 10 bits': ['-c:v', 'libaom-av1', '-cpu-used', '8', '-pix_fmt', 'yuv420p10le', '-g', '20'],
  'SVT-AV1': ['-c:v', 'libsvtav1', '-preset', '12', '-g', '20', '-svtav1-params', 'lp=1'],
  'SVT-AV1, low delay': ['-c:v', 'libsvtav1', '-preset', '12', '-g', '30', '-svtav1-params', 'pred-struct=1:lp=1'],
};

const AUDIO: Readonly<Record<string, { readonly args: readonly string[]; readonly syntax: () => SampleSyntax }>> = {
  'MP3 of a constant rate': { args: ['-c:a', 'libmp3lame', '-b:a', '128k'], syntax: () => new MpegAudioSyntax() },
  'MP3 of a variable rate': { args: ['-c:a', 'libmp3lame', '-q:a', '4'], syntax: () => new MpegAudioSyntax() },
  'MP3 of 22050 Hz, mono': {
    args: ['-c:a', 'libmp3lame', '-ar', '22050', '-ac', '1'],
    syntax: () => new MpegAudioSyntax(),
  },
  'AC-3': { args: ['-c:a', 'ac3', '-b:a', '192k'], syntax: () => new Ac3Syntax() },
  'AC-3 of 44100 Hz, 5.1': { args: ['-c:a', 'ac3', '-ar', '44100', '-ac', '6'], syntax: () => new Ac3Syntax() },
  'E-AC-3': { args: ['-c:a', 'eac3', '-b:a', '96k'], syntax: () => new Ac3Syntax() },
};

describe('samples that say how long they are', () => {
  for (const [name, video] of Object.entries(AV1)) {
    it(`are found as ffprobe finds them: AV1 by ${name}`, needs('ffmpeg', 'ffprobe'), async (test) => {
      const { bytes, packets, from, to } = await record(test, video, AAC);
      const { configObus } = parseAv1CodecConfiguration(payloadOfBox(bytes, 'av1C')).value!;
      for (const configuration of [configObus, undefined]) {
        const carving = await carveBytes(bytes, [new Av1Syntax(configuration), aac()], { from, to });
        assert.deepEqual(samplesOf(carving), asSamples(packets));
        assert.deepEqual(carving.skipped, []);
      }
      const pictures = packets.filter(({ stream }) => stream === 0);
      assert.ok(pictures.every(({ ptsTicks, dtsTicks }) => ptsTicks === dtsTicks));
    });
  }

  for (const [name, { args, syntax }] of Object.entries(AUDIO)) {
    it(`are found as ffprobe finds them: ${name}`, needs('ffmpeg', 'ffprobe'), async (test) => {
      const alone = await record(test, [], args);
      assert.deepEqual(samplesOf(await carveBytes(alone.bytes, [syntax()], alone)), asSamples(alone.packets));
      const beside = await record(test, X265, args);
      const streams = [new H265Syntax(4, []), syntax()];
      assert.deepEqual(samplesOf(await carveBytes(beside.bytes, streams, beside)), asSamples(beside.packets));
    });
  }

  it(
    'are found up to the last whole one, and again behind what is damaged',
    needs('ffmpeg', 'ffprobe'),
    async (test) => {
      const args = AUDIO['MP3 of a constant rate']!.args;
      const { bytes, packets, from, to } = await record(test, AV1['libaom, real time']!, args);
      const expected = asSamples(packets);
      for (let end = to - 3000; end < to; end += trialStep(65, 13)) {
        const streams = [new Av1Syntax(undefined), new MpegAudioSyntax()];
        const found = samplesOf(await carveBytes(bytes.subarray(0, end), streams, { from, mayBeTorn: true }));
        const whole = expected.filter(({ offset, size }) => offset + size <= end);
        assert.deepEqual(found, whole, `cut at ${end}`);
      }
      const [start, end] = [from + 20_000, from + 23_000];
      const damaged = bytes.slice().fill(0, start, end);
      const streams = [new Av1Syntax(undefined), new MpegAudioSyntax()];
      const found = new Set(samplesOf(await carveBytes(damaged, streams, { from, to })).map(({ offset }) => offset));
      const outside = expected.filter(({ offset, size }) => offset + size <= start - 4000 || offset >= end + 4000);
      assert.ok(outside.every(({ offset }) => found.has(offset)));
    },
  );

  for (const { name, bytes } of hostileBytes(1024 * 1024)) {
    it(`are not found in ${name}`, async () => {
      for (const syntax of [new Av1Syntax(undefined), new MpegAudioSyntax(), new Ac3Syntax()]) {
        const { samples } = await carveBytes(bytes, [syntax], { mayBeTorn: true });
        assert.ok(samples.length <= 40, `${samples.length} samples`);
      }
    });
  }
});
