/**
 * The size of the pictures as the pictures themselves have it, for codecs whose configuration does not say it: what a recorder
 * writes into the sample entry may be a default, and a reference may be of another size.
 */
import { readAv1TemporalUnit } from '../../codecs/av1/temporal-unit.ts';
import { parseVp8FrameHeader } from '../../codecs/vp8/frame-header.ts';
import { parseVp9FrameHeader } from '../../codecs/vp9/frame-header.ts';
import type { ByteSource } from '../../io/file-source.ts';
import type { Track } from '../../media/track.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Samples in which a picture is looked for that says its size, and bytes of each. */
const tried = 64;
const looked = 4096;

/** The size that the stream says; undefined where it says none, or is of a codec that says it elsewhere. */
export function sizeInStream(
  { configuration, samples }: Track,
  source: ByteSource,
  head: Uint8Array,
): Size | undefined {
  const { codec } = configuration;
  if (codec === 'h264' || codec === 'h265') return configuration.sps;
  if (codec === 'av1' && configuration.sequenceHeader !== undefined) return sizeOfAv1(configuration.sequenceHeader);
  if (codec !== 'av1' && codec !== 'vp8' && codec !== 'vp9') return undefined;
  for (let i = 0, n = 0; i < samples.length && n < tried; i++) {
    if (!samples.isSync(i)) continue;
    n++;
    const bytes = source.read(samples.offsets.at(i), Math.min(looked, samples.sizes.at(i)));
    const size = sizeOfFrame(codec, Buffer.concat([head, bytes]));
    if (size !== undefined) return size;
  }
  return undefined;
}

function sizeOfFrame(codec: 'av1' | 'vp8' | 'vp9', bytes: Uint8Array): Size | undefined {
  if (codec === 'av1') {
    const { sequenceHeader } = readAv1TemporalUnit(bytes, undefined);
    return sequenceHeader === undefined ? undefined : sizeOfAv1(sequenceHeader);
  }
  const { value } = codec === 'vp9' ? parseVp9FrameHeader(bytes) : parseVp8FrameHeader(bytes);
  const { width, height } = value ?? {};
  return width === undefined || height === undefined || width === 0 ? undefined : { width, height };
}

function sizeOfAv1({ maxFrameWidth, maxFrameHeight }: { maxFrameWidth: number; maxFrameHeight: number }): Size {
  return { width: maxFrameWidth, height: maxFrameHeight };
}

/** The track with the size that its pictures have. */
export function withSize(track: Track, size: Size | undefined): Track {
  const { configuration } = track;
  if (size === undefined || !('width' in configuration)) return track;
  return { ...track, configuration: { ...configuration, width: size.width, height: size.height } };
}
