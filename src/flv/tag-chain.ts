/**
 * What makes bytes in the middle of an FLV file believable as tags. In step, a tag's own size and the size behind it have to
 * agree, or what follows has to be tags; out of step, a place counts only if type, stream id, codec byte, size and the
 * size behind it agree twice in a row, because a false tag is worse than a lost one.
 */
import type { ByteSource } from '../io/file-source.ts';
import { AudioPacketType, SoundFormat } from './audio-tag.ts';
import { flvHeaderLength } from './header.ts';
import { previousTagSizeLength, tagHeaderLength, TagType } from './tag.ts';
import { FrameType, VideoPacketType } from './video-tag.ts';

/** Bytes of a tag's data that are looked at: enough for every header before the media. */
export const tagHeadLength = 24;

/** The longest header there may come to be; version 1 has nine bytes. */
const maxHeader = 64;

/** `CodecID`s that some recorder has written: JPEG to AVC, H.263 and MPEG-4 by phones, HEVC and AV1 before enhanced headers. */
const legacyCodecIds = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14]);

/** Whether bytes begin as a tag of a recording does, as far as they are there. */
export function mayBeTag(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < tagHeaderLength) return false;
  const flags = bytes[at]!;
  const type = flags & 0x1f;
  if (flags >>> 6 !== 0 || bytes[at + 8] !== 0 || bytes[at + 9] !== 0 || bytes[at + 10] !== 0) return false;
  if (type !== TagType.audio && type !== TagType.video && type !== TagType.scriptData) return false;
  const isEmpty = bytes[at + 1] === 0 && bytes[at + 2] === 0 && bytes[at + 3] === 0;
  const isEncrypted = (flags & 0x20) !== 0;
  if (isEmpty || isEncrypted || end - at <= tagHeaderLength) return true;
  return isCodecByte(type, bytes[at + tagHeaderLength]!);
}

function isCodecByte(type: number, byte: number): boolean {
  if (type === TagType.scriptData) return byte === 2;
  const high = byte >>> 4;
  if (type === TagType.audio) {
    return high === SoundFormat.exHeader ? (byte & 0x0f) <= AudioPacketType.modEx : high !== 12 && high !== 13;
  }
  const frameType = high & 7;
  if ((byte & 0x80) !== 0) return frameType <= FrameType.command && (byte & 0x0f) <= VideoPacketType.modEx;
  return frameType >= FrameType.keyFrame && frameType <= FrameType.command && legacyCodecIds.has(byte & 0x0f);
}

interface Link {
  /** Where the next tag would be. */
  readonly next: number;
  /** The size behind the tag is the tag's. */
  readonly closes: boolean;
  /** The tag is whole. */
  readonly isWhole: boolean;
}

/** A few bytes, past any window: they lie far apart, and there may be very many of them among strange bytes. */
function peek(source: ByteSource, offset: number, length: number): Uint8Array {
  if (source.readInto === undefined) return source.read(offset, length);
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, source.readInto(bytes, offset));
}

/** The tag at an offset, if it is a plausible one. */
function linkAt(source: ByteSource, offset: number): Link | undefined {
  const bytes = peek(source, offset, tagHeaderLength + 1);
  if (!mayBeTag(bytes, 0, bytes.length)) return undefined;
  const length = tagHeaderLength + ((bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!);
  const end = offset + length;
  if (end > source.size) return { next: end, closes: false, isWhole: false };
  const sizeBytes = peek(source, end, previousTagSizeLength);
  const closes =
    sizeBytes.length === previousTagSizeLength &&
    ((sizeBytes[0]! << 24) | (sizeBytes[1]! << 16) | (sizeBytes[2]! << 8) | sizeBytes[3]!) >>> 0 === length;
  return { next: end + previousTagSizeLength, closes, isWhole: true };
}

/** Whether a plausible tag with the right size behind it stands at an offset. */
export function tagCloses(source: ByteSource, offset: number): boolean {
  return linkAt(source, offset)?.closes === true;
}

/** Whether a plausible tag ends at an offset, as the size there says; it begins at `from` or behind it. */
export function tagEndsAt(source: ByteSource, end: number, from: number): boolean {
  const bytes = peek(source, end, previousTagSizeLength);
  if (bytes.length < previousTagSizeLength) return false;
  const start = end - (((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0);
  return start >= from && start <= end - tagHeaderLength && tagCloses(source, start);
}

/** Whether plausible tags go on from here for `count` of them, up to one that closes or to the end of the file. */
export function chainHolds(source: ByteSource, offset: number, count: number): boolean {
  if (offset >= source.size) return true;
  const link = linkAt(source, offset);
  if (link === undefined) return false;
  return link.closes || !link.isWhole || count <= 1 || chainHolds(source, link.next, count - 1);
}

/** Where the first tag behind an FLV header is that stands at an offset; undefined where none does. */
export function headerStart(source: ByteSource, offset: number): number | undefined {
  const bytes = peek(source, offset, flvHeaderLength);
  if (bytes.length < flvHeaderLength || bytes[0] !== 0x46 || bytes[1] !== 0x4c || bytes[2] !== 0x56) return undefined;
  const isKnown = bytes[3] === 1 && (bytes[4]! & ~0x05) === 0 && bytes[5] === 0 && bytes[6] === 0 && bytes[7] === 0;
  const length = bytes[8]!;
  if (!isKnown || length < flvHeaderLength || length > maxHeader) return undefined;
  const start = offset + length + previousTagSizeLength;
  return chainHolds(source, start, 2) ? Math.min(start, source.size) : undefined;
}

/** Whether tags surely go on from a place within strange bytes: two that close in a row, or one that closes the file. */
export function resumesAt(source: ByteSource, offset: number): boolean {
  if (headerStart(source, offset) !== undefined) return true;
  const first = linkAt(source, offset);
  const isEmpty = first?.next === offset + tagHeaderLength + previousTagSizeLength;
  if (first === undefined || !first.closes || isEmpty) return false;
  if (first.next === source.size) return true;
  if (headerStart(source, first.next) !== undefined) return true;
  const second = linkAt(source, first.next);
  return second !== undefined && (second.closes || !second.isWhole);
}
