import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AacSyntax } from '../../../src/rescue/carver/aac-syntax.ts';
import { findH265ParameterSets } from '../../../src/rescue/carver/h265-discovery.ts';
import { H265Syntax } from '../../../src/rescue/carver/h265-syntax.ts';
import { atOnce } from '../../../src/io/pace.ts';
import { fillPresentationTimes } from '../../../src/rescue/clocks/presentation-times.ts';
import type { Carving } from '../../../src/rescue/carver/carver.ts';
import { parseHevcDecoderConfiguration } from '../../../src/codecs/h265/decoder-configuration.ts';
import { encode, TONES } from '../../codecs/encoded.ts';
import { fromHex } from '../../codecs/hex.ts';
import { ENCODINGS, type Encoding } from '../../codecs/h265/encodings.ts';
import { needs, type ProbedPacket } from '../../support/judges.ts';
import type { Lifetime } from '../../support/scratch.ts';
import {
  asSamples,
  carveBytes,
  hostileBytes,
  payloadOfBox,
  recordingOf,
  samplesOf,
  sourceOf,
  type Recording,
} from './carving.ts';
import { countNoLines } from '../../support/uncounted.ts';
import { trialsOf, trialStep } from '../../support/trials.ts';

countNoLines();

/** Three seconds, so that groups of pictures follow one another. */
const PICTURES = ['-f', 'lavfi', '-i', 'testsrc=size=322x182:rate=25:duration=3'];
const SPEECH = TONES.map((argument) => argument.replace('d=1', 'd=3'));

const GRID: readonly Encoding[] = [
  ...ENCODINGS,
  { name: 'tiny pictures', pixelFormat: 'yuv420p', parameters: 'keyint=25:qp=51:bframes=8:b-adapt=0' },
  {
    name: 'eight slices, open groups, B-pyramid',
    pixelFormat: 'yuv420p',
    parameters: 'slices=3:keyint=9:min-keyint=9:bframes=4:b-pyramid=1:open-gop=1:ctu=16',
  },
  {
    name: 'messages in and behind pictures',
    pixelFormat: 'yuv420p',
    parameters: 'hash=1:hrd=1:vbv-bufsize=500:vbv-maxrate=500:keyint=12:aud=1',
  },
  { name: 'intra refresh', pixelFormat: 'yuv420p', parameters: 'intra-refresh=1:keyint=20' },
  {
    name: 'weighted prediction, reference lists',
    pixelFormat: 'yuv420p',
    parameters: 'weightp=1:weightb=1:ref=5:bframes=5:b-adapt=0:keyint=30',
    options: ['-vf', 'fade=in:0:40'],
  },
];

/** SPS and PPS of a stream of 320x240, as x265 writes them. */
const someParameterSets = [
  '42010101600000030090000003000003003ca00a080f16595952930bc05a020000030002000003003c10',
  '4401c073c08927',
].map(fromHex);

interface H265Recording extends Recording {
  readonly parameterSets: readonly Uint8Array[];
}

/** A recording of H.265 and AAC, interleaved sample by sample. */
async function record(
  test: Lifetime,
  { pixelFormat, parameters, options }: Encoding,
  tag = 'hvc1',
): Promise<H265Recording> {
  const x265 = ['-c:v', 'libx265', '-preset', 'fast', '-x265-params', `log-level=none:pools=1:${parameters}`];
  const video = ['-pix_fmt', pixelFormat, ...(options ?? []), ...x265, '-tag:v', tag];
  const audio = ['-c:a', 'aac', '-ac', '2', '-b:a', '64k'];
  const file = await encode(test, 'recording.mp4', [...PICTURES, ...SPEECH, ...video, ...audio]);
  const recording = await recordingOf(file);
  const configuration = parseHevcDecoderConfiguration(payloadOfBox(recording.bytes, 'hvcC')).value!;
  return { ...recording, parameterSets: configuration.arrays.flatMap(({ nalUnits }) => nalUnits) };
}

function streamsOf(parameterSets: readonly Uint8Array[]): [H265Syntax, AacSyntax] {
  return [new H265Syntax(4, parameterSets), new AacSyntax({ samplingFrequencyIndex: 3 })];
}

/** The ticks between decoding and presentation of each picture, found from the order that was carved. */
function compositionOffsets({ samples }: Carving, packets: readonly ProbedPacket[]): number[] {
  const pictures = Array.from({ length: samples.length }, (_, i) => i).filter((i) => samples.streams.at(i) === 0);
  const decodeTimes = Float64Array.from(
    packets.filter(({ stream }) => stream === 0),
    ({ dtsTicks }) => dtsTicks!,
  );
  const presentationTimes = new Float64Array(pictures.length).fill(Number.NaN);
  atOnce(
    fillPresentationTimes({
      decodeTimes,
      presentationTimes,
      periods: Uint32Array.from(pictures, (i) => samples.periods.at(i)),
      counts: Int32Array.from(pictures, (i) => samples.counts.at(i)),
      breaks: [],
      reorderedPictures: undefined,
      tickSeconds: 1,
    }),
  );
  return Array.from(presentationTimes, (time, n) => Math.round(time - decodeTimes[n]!));
}

describe('H.265 without an index', () => {
  for (const encoding of trialsOf(GRID, 3)) {
    it(`is found as ffprobe finds it with one: ${encoding.name}`, needs('ffmpeg', 'ffprobe'), async (test) => {
      const { bytes, packets, parameterSets, from, to } = await record(test, encoding);
      const carving = await carveBytes(bytes, streamsOf(parameterSets), { from, to });
      assert.deepEqual(samplesOf(carving), asSamples(packets));
      assert.deepEqual(carving.skipped, []);
      const pictures = packets.filter(({ stream }) => stream === 0);
      assert.deepEqual(
        compositionOffsets(carving, packets),
        pictures.map(({ ptsTicks, dtsTicks }) => ptsTicks! - dtsTicks!),
      );
    });
  }

  it('needs no configuration where parameter sets are in-band', needs('ffmpeg', 'ffprobe'), async (test) => {
    const encoding = { ...GRID[0]!, parameters: 'repeat-headers=1:aud=1:keyint=12' };
    const { bytes, packets, from, to } = await record(test, encoding, 'hev1');
    const found = await findH265ParameterSets(sourceOf(bytes), from, to);
    assert.ok(found !== undefined);
    const { videoParameterSets, sequenceParameterSets, pictureParameterSets } = found;
    const streams = streamsOf([...videoParameterSets, ...sequenceParameterSets, ...pictureParameterSets]);
    assert.deepEqual(samplesOf(await carveBytes(bytes, streams, { from, to })), asSamples(packets));
  });

  it(
    'is passed over, sample by sample, where no parameter sets are known',
    needs('ffmpeg', 'ffprobe'),
    async (test) => {
      const { bytes, packets, from, to } = await record(test, GRID[0]!);
      const carving = await carveBytes(bytes, streamsOf([]), { from, to });
      assert.deepEqual(samplesOf(carving), asSamples(packets));
      assert.ok(carving.samples.counts.length > 0);
      assert.equal(await findH265ParameterSets(sourceOf(bytes), from, to), undefined);
    },
  );

  it('loses nothing but what is damaged', needs('ffmpeg', 'ffprobe'), async (test) => {
    for (const encoding of [GRID[1]!, GRID[3]!]) {
      const { bytes, packets, parameterSets, from, to } = await record(test, encoding);
      for (const [name, fill] of [
        ['zeros', 0],
        ['ones', 255],
      ] as const) {
        const damaged = bytes.slice();
        const [start, end] = [from + Math.floor((to - from) / 3), from + Math.floor((to - from) / 3) + 3000];
        damaged.fill(fill, start, end);
        const found = new Set(
          samplesOf(await carveBytes(damaged, streamsOf(parameterSets), { from, to })).map((sample) =>
            JSON.stringify(sample),
          ),
        );
        const expected = asSamples(packets);
        const whole = expected.filter(({ offset, size }) => offset + size <= start || offset >= end);
        const missed = whole.filter((sample) => !found.has(JSON.stringify(sample)));
        // Nothing says where sound begins behind a hole, nor that a picture before it is whole.
        assert.ok(missed.length <= 4, `${encoding.name}, ${name}: ${JSON.stringify(missed)}`);
        const near = (offset: number): boolean => offset > start - 4000 && offset < end + 4000;
        assert.ok(missed.every(({ offset }) => near(offset)));
        assert.ok([...found].filter((sample) => !expected.some((one) => JSON.stringify(one) === sample)).length <= 2);
      }
    }
  });

  it(
    'is found up to the last whole sample wherever the recording breaks off',
    needs('ffmpeg', 'ffprobe'),
    async (test) => {
      const { bytes, packets, parameterSets, from, to } = await record(test, GRID[3]!);
      for (let end = to - 3000; end < to; end += trialStep(85, 17)) {
        const cut = bytes.subarray(0, end);
        const found = samplesOf(await carveBytes(cut, streamsOf(parameterSets), { from, mayBeTorn: true }));
        assert.deepEqual(
          found,
          asSamples(packets).filter(({ offset, size }) => offset + size <= end),
          `cut at ${end}`,
        );
      }
    },
  );

  for (const { name, bytes } of hostileBytes(1024 * 1024)) {
    it(`is not found in ${name}`, async () => {
      for (const parameterSets of [[], someParameterSets]) {
        const { samples } = await carveBytes(bytes, [new H265Syntax(4, parameterSets)], { mayBeTorn: true });
        // Without parameter sets a chain of lengths is all there is to see.
        if (parameterSets.length > 0) assert.ok(samples.length <= 2, `${samples.length} samples`);
        await findH265ParameterSets(sourceOf(bytes), 0, bytes.length);
      }
    });
  }
});
