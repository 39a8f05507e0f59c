/**
 * Staging sets of any rates, pauses and beginnings, made of a few encoded streams: the media is ffmpeg's, the times are as
 * the recording asks for them, and the files are written as the server writes them, each sample as it came.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { encode } from '../../codecs/encoded.ts';
import { ByteWriter } from '../../../src/bytes/byte-sink.ts';
import type { Lifetime } from '../../support/scratch.ts';
import { StagingWriter } from '../../support/staging-writer.ts';
import { readMovieSamples } from './movie-samples.ts';

/** A sample as it was encoded; seconds. */
export interface EncodedSample {
  readonly kind: 'video' | 'audio';
  readonly bytes: Uint8Array;
  readonly sha1: string;
  readonly decoded: number;
  readonly shown: number;
  readonly sync: boolean;
}

/** One encoded track with its configuration as `.info` holds it. */
export interface EncodedTrack {
  readonly samples: readonly EncodedSample[];
  readonly configuration: Uint8Array;
}

export const pictureRates = ['15', '24', '25', '30000/1001', '50', '60'] as const;
/** Further rates at which a picture lasts whole milliseconds, so that no step of them is recorded. */
export type PictureRate = (typeof pictureRates)[number] | '10' | '20';
export const samplingRates = [8000, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000] as const;

/** Pictures a second as a number. */
export function perSecond(rate: PictureRate): number {
  const [over, under = '1'] = rate.split('/');
  return Number(over) / Number(under);
}

/** The encoded track of a file that has no other. */
function trackOf(file: string, kind: 'video' | 'audio'): EncodedTrack {
  const bytes = readFileSync(file);
  const { streams, packets } = readMovieSamples(file);
  const tick = 1 / Number(streams[0]!.time_base.split('/')[1]);
  const first = packets[0]!.dtsTicks!;
  const body = bytes.indexOf(kind === 'video' ? 'avcC' : 'esds', 0, 'latin1');
  const end = body - 4 + bytes.readUInt32BE(body - 4);
  return {
    configuration: new Uint8Array(bytes.subarray(body + (kind === 'video' ? 4 : 8), end)),
    samples: packets.map(({ dtsTicks, ptsTicks, offset, size, sync, sha1 }) => ({
      kind,
      bytes: bytes.subarray(offset, offset! + size),
      sha1: sha1.slice(0, 16),
      decoded: (dtsTicks! - first) * tick,
      shown: (ptsTicks! - first) * tick,
      sync,
    })),
  };
}

/** Pictures with two B-frames between others, or as many as are said, and a key frame every second, which announce their rate. */
export async function encodedPictures(
  test: Lifetime,
  rate: PictureRate,
  seconds: number,
  between = 2,
): Promise<EncodedTrack> {
  const every = Math.round(perSecond(rate));
  const file = await encode(test, 'pictures.mp4', [
    ...['-f', 'lavfi', '-i', `testsrc2=size=96x64:rate=${rate}:duration=${seconds}`],
    ...[
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-bf',
      String(between),
      '-g',
      String(every),
      '-keyint_min',
      String(every),
    ],
    ...['-x264-params', 'repeat-headers=1:scenecut=0:b-pyramid=0:b-adapt=0', '-flags', '+cgop'],
  ]);
  return trackOf(file, 'video');
}

export async function encodedAudio(
  test: Lifetime,
  hertz: (typeof samplingRates)[number],
  seconds: number,
): Promise<EncodedTrack> {
  const file = await encode(test, 'audio.mp4', [
    ...['-f', 'lavfi', '-i', `aevalsrc=0.3*sin(2*PI*(300+40*t)*t)+0.05*random(0):s=${hertz}:d=${seconds}`],
    ...['-c:a', 'aac', '-b:a', hertz < 16_000 ? '16k' : '32k'],
  ]);
  return trackOf(file, 'audio');
}

/** What of a recording came when, in the order in which it came; milliseconds as RTMP has them. */
export interface ArrivedSample extends EncodedSample {
  /** Milliseconds of decoding, on the recording's clock, and from there to when it is shown. */
  readonly time: number;
  readonly offset: number;
}

/** Writes the four files of a set that was closed in good order. */
export function writeStagingSet(
  recording: string,
  arrived: readonly ArrivedSample[],
  configurations: Readonly<Record<'video' | 'audio', Uint8Array>>,
): void {
  const outputs = {
    info: new ByteWriter(),
    media: new ByteWriter(),
    mediaHeader: new ByteWriter(),
    tracks: new Map([
      [1, new ByteWriter()],
      [2, new ByteWriter()],
    ]),
  };
  const writer = new StagingWriter(
    {
      audio: { timescale: 1000, configuration: configurations.audio, width: 0, height: 0 },
      video: { timescale: 1000, configuration: configurations.video, width: 96, height: 64 },
      winQtCompat: 0,
      creationTime: 3_900_000_000,
    },
    outputs,
  );
  for (const { kind, time, offset, sync, bytes } of arrived) {
    writer.add({ kind, decodeTime: time, compositionOffset: offset, sync }, bytes);
  }
  writer.close();
  writeFileSync(`${recording}.info`, outputs.info.toBytes());
  writeFileSync(`${recording}.mdat`, Buffer.concat([outputs.mediaHeader.toBytes(), outputs.media.toBytes()]));
  for (const [id, sink] of outputs.tracks) writeFileSync(`${recording}.track${id}`, sink.toBytes());
}
