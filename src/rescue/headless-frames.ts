/**
 * Frames of AV1 and VP9 that lack their first three bytes: go-rtmp takes them for a composition time where the publisher sent
 * none, so that in a recording it closed they are the composition offsets. Where those are lost too, the beginning of a
 * temporal unit of AV1 follows from its length and its configuration; that of a VP9 frame does not.
 */
import { readAv1TemporalUnit, sequenceHeaderOf } from '../codecs/av1/temporal-unit.ts';
import { ObuType, parseObuChain, writeLeb128 } from '../codecs/av1/obu.ts';
import { parseVp9FrameHeader } from '../codecs/vp9/frame-header.ts';
import type { ByteSource } from '../io/file-source.ts';
import type { Av1Configuration, Track, VpConfiguration } from '../media/track.ts';

/** Bytes of composition time in a message of Enhanced RTMP. */
export const missingHeadLength = 3;
/** Larger samples are not looked into. */
const maxFrame = 64 * 1024 * 1024;
/** Samples that tell whether a track is of this kind. */
const tried = 24;

/** A track of such frames, and the bytes that are to be put before each. */
export interface HeadlessTrack {
  readonly track: Track;
  /** By sample, three bytes; where they are not known, `isKnown` is 0. */
  readonly heads: Uint8Array;
  readonly isKnown: Uint8Array;
  readonly unknown: number;
  /** How many of them are composition offsets, and not concluded from the syntax. */
  readonly fromOffsets: number;
}

/** The heads that the frames of a track lack, whose samples rise in the file; undefined where they are whole, or of a codec of which nothing is known. */
export function headsOf(track: Track, source: ByteSource): HeadlessTrack | undefined {
  const { configuration, samples } = track;
  if (configuration.codec !== 'av1' && configuration.codec !== 'vp9') return undefined;
  const frame = frameReader(configuration);
  const look = (index: number): Found | undefined => {
    const size = samples.sizes.at(index);
    if (size > maxFrame) return undefined;
    const bytes = source.read(samples.offsets.at(index), size).slice();
    return findHead(bytes, samples.compositionOffset(index), frame);
  };
  if (!looksHeadless(track, source, frame, look)) return undefined;
  const heads = new Uint8Array(missingHeadLength * samples.length);
  const isKnown = new Uint8Array(samples.length);
  let unknown = 0;
  let fromOffsets = 0;
  for (let i = 0; i < samples.length; i++) {
    const found = look(i);
    if (found === undefined) unknown++;
    else {
      heads.set(found.head, missingHeadLength * i);
      isKnown[i] = 1;
      if (found.isOffset) fromOffsets++;
    }
  }
  return { track, heads, isKnown, unknown, fromOffsets };
}

/** What every key frame of profile 0 begins with: marker, profile, kind, and the first two bytes of the sync code. */
const vp9Head = Uint8Array.of(0x82, 0x49, 0x83);
const maxPixelsAcross = 16384;

/** Whether media begins with a key frame of VP9 that lacks its head. */
export function beginsHeadlessVp9(bytes: Uint8Array): boolean {
  const { value } = parseVp9FrameHeader(withHead(vp9Head, bytes.subarray(0, 16)));
  const { width = 0, height = 0 } = value ?? {};
  return (
    value?.isKeyFrame === true && width >= 16 && height >= 16 && width <= maxPixelsAcross && height <= maxPixelsAcross
  );
}

interface Found {
  readonly head: Uint8Array;
  readonly isOffset: boolean;
}

interface FrameReader {
  /** Whether bytes are one whole sample. */
  isWhole(bytes: Uint8Array): boolean;
  /** What a sample may begin with that goes on with these bytes, the likeliest first. */
  guesses(bytes: Uint8Array): Iterable<Uint8Array>;
}

/** Whether most frames are none as they are, and most are with the heads they can be given. */
function looksHeadless(
  { samples }: Track,
  source: ByteSource,
  frame: FrameReader,
  look: (index: number) => Found | undefined,
): boolean {
  let count = 0;
  let whole = 0;
  let rebuilt = 0;
  for (let i = 0; i < samples.length && count < tried; i++) {
    // Of a frame that only shows another there may be nothing left.
    if (samples.sizes.at(i) === 0 || samples.sizes.at(i) > maxFrame) continue;
    count++;
    if (frame.isWhole(source.read(samples.offsets.at(i), samples.sizes.at(i)))) whole++;
    if (look(i) !== undefined) rebuilt++;
  }
  return count > 0 && whole <= count / 2 && rebuilt > count / 2 && rebuilt > whole;
}

function findHead(bytes: Uint8Array, compositionOffset: number, frame: FrameReader): Found | undefined {
  const offset = Uint8Array.of(compositionOffset >> 16, compositionOffset >> 8, compositionOffset);
  if (compositionOffset !== 0 && frame.isWhole(withHead(offset, bytes))) return { head: offset, isOffset: true };
  for (const head of frame.guesses(bytes)) {
    if (frame.isWhole(withHead(head, bytes))) return { head, isOffset: false };
  }
  return undefined;
}

function withHead(head: Uint8Array, bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + bytes.length);
  whole.set(head);
  whole.set(bytes, head.length);
  return whole;
}

function frameReader(configuration: Av1Configuration | VpConfiguration): FrameReader {
  return configuration.codec === 'av1' ? av1Reader(configuration) : vp9Reader(configuration);
}

function vp9Reader({ record }: VpConfiguration): FrameReader {
  return {
    isWhole(bytes) {
      const { value } = parseVp9FrameHeader(bytes.subarray(0, 16));
      return value !== undefined && (record === undefined || value.profile === record.profile);
    },
    guesses: () => [],
  };
}

/** A frame with header and tiles in one unit that has a size. */
const frameUnit = 0x32;
/** What a sample is made of: no delimiters, nothing reserved. */
const usualUnits: ReadonlySet<number> = new Set([
  ObuType.sequenceHeader,
  ObuType.metadata,
  ObuType.frameHeader,
  ObuType.frame,
  ObuType.tileGroup,
  ObuType.redundantFrameHeader,
  ObuType.padding,
]);
/** Ends of a first unit that are tried. */
const maxEndsTried = 512;

function av1Reader({ record }: Av1Configuration): FrameReader {
  const sequence = sequenceHeaderOf(record.configObus);
  return {
    isWhole(bytes) {
      const { frames, fault } = readAv1TemporalUnit(bytes, sequence);
      // 7.5: the frame that is shown is the last.
      const isOne = frames.findIndex(({ showFrame }) => showFrame) === frames.length - 1 && frames.length > 0;
      return (
        fault === undefined &&
        isOne &&
        parseObuChain(bytes).units.every(({ type, hasSizeField }) => hasSizeField && usualUnits.has(type))
      );
    },
    *guesses(bytes) {
      // The sequence header that the record repeats; or
      if (record.configObus.length > missingHeadLength) yield record.configObus.slice(0, missingHeadLength);
      // a frame to the end of the sample, or to where others follow: the first end fits, as those of further units do.
      yield* frameHeads(bytes, bytes.length);
      let ends = 0;
      for (let end = 1; end < bytes.length && ends < maxEndsTried; end++) {
        if (!beginsUnit(bytes[end]!)) continue;
        for (const head of frameHeads(bytes, end)) {
          ends++;
          yield head;
        }
      }
    },
  };
}

/** Header and length of a frame that ends at `end` of the bytes, where three bytes are just that or less. */
function* frameHeads(bytes: Uint8Array, end: number): Generator<Uint8Array> {
  const two = writeLeb128(end);
  if (two.length === 2) yield Uint8Array.of(frameUnit, two[0]!, two[1]!);
  const three = writeLeb128(end - 1);
  if (three.length === 3 && three[2] === bytes[0]) yield Uint8Array.of(frameUnit, three[0]!, three[1]!);
}

/** Frames and frame headers with a size. */
function beginsUnit(header: number): boolean {
  return header === frameUnit || header === 0x1a;
}
