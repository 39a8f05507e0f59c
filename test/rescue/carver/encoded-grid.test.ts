/**
 * Media of which nothing but its bytes and the codec configuration is left, over a grid of what encoders do: every sample
 * is found where ffprobe had it, none that was not there, sync samples are the same, and so are decode and presentation
 * times up to a common offset.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { streamOf, type SoughtStream } from '../../../src/rescue/carver/streams.ts';
import { needs, type ProbedPacket } from '../../support/judges.ts';
import { carveMedia, encodedMedia, type CarvedMedia, type EncodedMedia } from './encoded.ts';
import { countNoLines } from '../../support/uncounted.ts';

countNoLines();

const pictures = ['-f', 'lavfi', '-i', 'testsrc2=size=176x144:rate=25:duration=3'];
const tones = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100:duration=3'];
const aac = ['-c:a', 'aac', '-b:a', '48k'];

function x264(parameters: string, ...more: string[]): string[] {
  return [
    ...pictures,
    ...tones,
    '-c:v',
    'libx264',
    '-preset',
    'fast',
    '-g',
    '25',
    '-x264-params',
    parameters,
    ...more,
    ...aac,
  ];
}

function x265(parameters: string, ...more: string[]): string[] {
  const quiet = `log-level=none:${parameters}`;
  return [...pictures, ...tones, '-c:v', 'libx265', '-preset', 'veryfast', '-x265-params', quiet, ...more, ...aac];
}

const grid: Readonly<Record<string, readonly string[]>> = {
  'H.264 as x264 writes it': x264('bframes=3'),
  'four slices a picture': x264('slices=4'),
  'access unit delimiters': x264('aud=1:bframes=2'),
  'picture timing in every picture': x264('nal-hrd=vbr:vbv-maxrate=500:vbv-bufsize=500'),
  'intra refresh without IDR pictures': x264('intra-refresh=1:bframes=0'),
  CAVLC: x264('cabac=0:bframes=3'),
  interlaced: x264('tff=1:bframes=2'),
  'a strict pyramid of B pictures': x264('bframes=6:b-pyramid=strict:b-adapt=0'),
  'no B pyramid': x264('bframes=3:b-pyramid=none:b-adapt=0'),
  'open groups of pictures': x264('open-gop=1:bframes=3:b-adapt=0'),
  'weighted prediction of many references': x264('ref=8:weightp=2:bframes=3'),
  'picture order count type 2, baseline': x264('bframes=0', '-profile:v', 'baseline'),
  'parameter sets before every key frame': x264('repeat-headers=1:bframes=2'),
  'pictures of ten bytes': [
    ...['-f', 'lavfi', '-i', 'color=black:size=32x32:rate=60:duration=3', ...tones],
    ...['-c:v', 'libx264', '-qp', '51', '-bf', '0', '-g', '1000', ...aac],
  ],
  'pictures of a hundred kilobytes': x264('qp=1:keyint=1'),
  '4:4:4 at ten bits': x264('bframes=3', '-pix_fmt', 'yuv444p10le'),
  'no sound': [...pictures, '-c:v', 'libx264', '-bf', '3'],
  'sound beside pictures, 5.1': [...pictures, ...tones, '-c:v', 'libx264', '-bf', '3', '-ac', '6', ...aac],
  'mono at 8 kHz': [...pictures, ...tones, '-c:v', 'libx264', '-bf', '2', '-ac', '1', '-ar', '8000', ...aac],
  'nothing but sound': [...tones, '-ac', '2', ...aac],
  silence: ['-f', 'lavfi', '-i', 'anullsrc=r=48000:cl=stereo:d=3', ...aac],
  'H.265 with closed groups of pictures': x265('open-gop=0:keyint=25:bframes=3'),
  'H.265 with open groups of pictures': x265('open-gop=1:keyint=25:bframes=4'),
  'H.265 with a pyramid of B pictures': x265('keyint=50:bframes=6:b-pyramid=1:b-adapt=0'),
  'H.265 in several slices': x265('slices=3:keyint=25:bframes=2'),
  'H.265 with delimiters, messages and parameter sets in the stream': x265(
    'aud=1:repeat-headers=1:hrd=1:vbv-maxrate=500:vbv-bufsize=500:keyint=25',
  ),
  'H.265 without B pictures': x265('bframes=0:keyint=25'),
  'MP3 beside H.264': [...pictures, ...tones, '-c:v', 'libx264', '-bf', '2', '-c:a', 'libmp3lame', '-ar', '48000'],
  'AC-3 beside H.264': [...pictures, ...tones, '-c:v', 'libx264', '-bf', '2', '-c:a', 'ac3', '-ar', '48000'],
};

/**
 * Whether an H.264 sample has an IDR slice (NAL unit type 5): the sync samples of ISO/IEC 14496-15. ffmpeg calls pictures
 * with a recovery point key frames too.
 */
function hasIdrSlice(bytes: Uint8Array, start: number, end: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = start; at < end; at += 4 + view.getUint32(at)) if ((bytes[at + 4]! & 0x1f) === 5) return true;
  return false;
}

function checkSamples({ packets, mediaStart, bytes, streams }: EncodedMedia, { carving }: CarvedMedia): void {
  const { samples } = carving;
  const found = Array.from({ length: samples.length }, (_, i) => ({
    stream: samples.streams.at(i),
    offset: samples.offsets.at(i),
    size: samples.sizes.at(i),
    sync: samples.sync.at(i) === 1,
  }));
  const expected = packets.map(({ stream, offset, size, sync }) => ({
    stream,
    offset,
    size,
    sync: streams[stream]!.stream.configuration?.codec === 'h264' ? hasIdrSlice(bytes, offset!, offset! + size) : sync,
  }));
  assert.ok(mediaStart > 0);
  assert.deepEqual(found, expected);
  assert.deepEqual(carving.skipped, []);
}

/** Seconds, up to one offset for all streams. */
function checkTimes({ packets, ticks, streams }: EncodedMedia, { tracks }: CarvedMedia): void {
  const errors: { decode: number; shown: number; kind: string }[] = [];
  for (const [index, { track }] of tracks.entries()) {
    const own = packets.filter(({ stream }) => stream === index);
    let time = track.samples.firstDecodeTime;
    for (const [n, { ptsTicks, dtsTicks }] of own.entries()) {
      const decode = time / track.timescale - dtsTicks! * ticks[index]!;
      const offset = (ptsTicks! - dtsTicks!) * ticks[index]!;
      errors.push({
        decode,
        shown: track.samples.compositionOffset(n) / track.timescale - offset,
        kind: streams[index]!.stream.kind,
      });
      time += track.samples.durations.at(n);
    }
  }
  const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
  const common = middle(errors.map(({ decode }) => decode));
  for (const { kind, limit } of [
    { kind: 'video', limit: 0.04 },
    { kind: 'audio', limit: 0.025 },
  ]) {
    const off = errors.filter((error) => error.kind === kind).map(({ decode }) => Math.abs(decode - common));
    const p95 = off.sort((a, b) => a - b)[Math.floor(off.length * 0.95)] ?? 0;
    assert.ok(p95 <= limit, `${kind} decode times are ${p95} s off`);
  }
  const pictureErrors = errors.filter(({ kind }) => kind === 'video').map(({ shown }) => shown);
  const constant = middle(pictureErrors);
  assert.ok(
    pictureErrors.every((error) => Math.abs(error - constant) < 0.0015),
    'composition offsets are not those',
  );
}

/** The media with lengths of NAL units in fewer bytes, as its configuration then says; messages too long for them are left out. */
function withLengthsOf(size: 1 | 2, { bytes, mediaStart, packets, streams, ticks }: EncodedMedia): EncodedMedia {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const written: Uint8Array[] = [];
  const moved: ProbedPacket[] = [];
  let end = mediaStart;
  for (const packet of packets) {
    const [from, to] = [packet.offset!, packet.offset! + packet.size];
    const parts: Uint8Array[] = [];
    if (streams[packet.stream]!.stream.kind === 'audio') {
      parts.push(bytes.subarray(from, to));
    } else {
      for (let at = from; at < to; at += 4 + view.getUint32(at)) {
        const length = view.getUint32(at);
        if (length >= 256 ** size) {
          assert.equal(bytes[at + 4]! & 0x1f, 6);
          continue;
        }
        parts.push(size === 1 ? Uint8Array.of(length) : Uint8Array.of(length >> 8, length & 0xff));
        parts.push(bytes.subarray(at + 4, at + 4 + length));
      }
    }
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    moved.push({ ...packet, offset: end, size: length });
    written.push(...parts);
    end += length;
  }
  const media = new Uint8Array(end);
  let at = mediaStart;
  for (const part of written) {
    media.set(part, at);
    at += part.length;
  }
  const shorter = streams.map((sought): SoughtStream => {
    const { configuration, id, timescale } = sought.stream;
    if (configuration?.codec !== 'h264') return sought;
    const record = { ...configuration.record, nalUnitLengthSize: size };
    return streamOf({ ...configuration, record }, { id, timescale, known: undefined }, undefined)!;
  });
  return { bytes: media, mediaStart, mediaEnd: end, packets: moved, streams: shorter, ticks };
}

/** Samples as they are told to lie in the file. */
function placesOf({ carving: { samples } }: CarvedMedia): number[][] {
  return Array.from({ length: samples.length }, (_, i) => [
    samples.streams.at(i),
    samples.offsets.at(i),
    samples.sizes.at(i),
  ]);
}

function checkPlaces({ packets }: EncodedMedia, carved: CarvedMedia): void {
  const recorded = packets.map(({ stream, offset, size }) => [stream, offset!, size]);
  assert.deepEqual(placesOf(carved), recorded);
  assert.deepEqual(carved.carving.skipped, []);
}

describe('H.264 with shorter lengths of NAL units', () => {
  for (const [name, args] of [
    ['B pictures', x264('bframes=3')],
    ['slices', x264('slices=4:bframes=2')],
    ['delimiters and messages', x264('aud=1:nal-hrd=vbr:vbv-maxrate=500:vbv-bufsize=500')],
  ] as const) {
    test(`of two bytes, with ${name}: as good as four`, needs('ffmpeg'), async (t) => {
      const media = withLengthsOf(2, await encodedMedia(t, args));
      const carved = await carveMedia(media);
      checkPlaces(media, carved);
      checkTimes(media, carved);
    });
  }

  test(
    'of one byte, which sound looks like now and then: nothing false, nearly all found',
    needs('ffmpeg'),
    async (t) => {
      const grey = ['-f', 'lavfi', '-i', 'color=gray:size=64x64:rate=25:duration=4'];
      const media = withLengthsOf(1, await encodedMedia(t, [...grey, ...tones, '-c:v', 'libx264', '-g', '25', ...aac]));
      const recorded = new Set(media.packets.map(({ stream, offset, size }) => `${stream} ${offset} ${size}`));
      const found = placesOf(await carveMedia(media)).map((place) => place.join(' '));
      assert.deepEqual(
        found.filter((place) => !recorded.has(place)),
        [],
      );
      assert.ok(found.length >= 0.98 * recorded.size, `${found.length} of ${recorded.size}`);
    },
  );
});

describe('two streams of one codec', () => {
  const noise = ['-f', 'lavfi', '-i', 'anoisesrc=r=44100:d=3:a=0.2:seed=7'];
  test('two tracks of pictures are kept apart by what each picture continues', needs('ffmpeg'), async (t) => {
    const media = await encodedMedia(t, [
      ...pictures,
      ...['-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=25:duration=3', ...tones],
      ...['-map', '0:v', '-map', '1:v', '-map', '2:a', '-c:v', 'libx264', '-g', '25'],
      ...['-x264-params:v:0', 'bframes=3', '-x264-params:v:1', 'bframes=0:ref=2', ...aac],
    ]);
    const carved = await carveMedia(media);
    checkPlaces(media, carved);
    // Key frames follow on either; the macroblocks of each are read with its own parameter sets alone.
    assert.deepEqual(carved.carving.alike, []);
  });

  test('two tracks of like sound are kept apart by their turns, and said to be alike', needs('ffmpeg'), async (t) => {
    const media = await encodedMedia(t, [
      ...pictures,
      ...tones,
      ...noise,
      ...['-map', '0:v', '-map', '1:a', '-map', '2:a', '-c:v', 'libx264', '-bf', '2', '-ac', '1', ...aac],
    ]);
    const carved = await carveMedia(media);
    checkPlaces(media, carved);
    assert.deepEqual(carved.carving.alike, [1, 2]);
  });

  test("sound of other channels is no other's", needs('ffmpeg'), async (t) => {
    const media = await encodedMedia(t, [
      ...pictures,
      ...tones,
      ...noise,
      ...[
        '-map',
        '0:v',
        '-map',
        '1:a',
        '-map',
        '2:a',
        '-c:v',
        'libx264',
        '-bf',
        '2',
        '-ac:a:0',
        '1',
        '-ac:a:1',
        '2',
        ...aac,
      ],
    ]);
    const carved = await carveMedia(media);
    checkPlaces(media, carved);
    assert.deepEqual(carved.carving.alike, []);
  });
});

describe('media without its index', () => {
  for (const [name, args] of Object.entries(grid)) {
    test(name, needs('ffmpeg'), async (t) => {
      const media = await encodedMedia(t, args);
      assert.ok(media.packets.length > 50);
      const carved = await carveMedia(media);
      checkSamples(media, carved);
      checkTimes(media, carved);
    });
  }
});
