/**
 * Media of which nothing but its bytes and the codec configuration is left, over a grid of what encoders do: every sample
 * is found where ffprobe had it, none that was not there, sync samples are the same, and so are decode and presentation
 * times up to a common offset.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { needs } from '../support/judges.ts';
import { carveMedia, encodedMedia, type CarvedMedia, type EncodedMedia } from './encoded.ts';

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

describe('media without its index', () => {
  for (const [name, args] of Object.entries(grid)) {
    test(name, needs('ffmpeg'), async (t) => {
      const media = await encodedMedia(t, args);
      assert.ok(media.packets.length > 50);
      const carved = carveMedia(media);
      checkSamples(media, carved);
      checkTimes(media, carved);
    });
  }
});
