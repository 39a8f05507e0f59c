/**
 * The tags that the body of an FLV file is made of (Adobe FLV 10.1, E.3 and E.4.1): a header of eleven bytes, the data,
 * and behind it the size of both, from which the file can be walked backwards. What the data means is not known here.
 */
import type { ByteSink } from '../bytes/byte-sink.ts';

/** `TagType`; all other numbers are reserved. */
export const TagType = {
  audio: 8,
  video: 9,
  scriptData: 18,
} as const;

/** Bytes of a tag before its data. */
export const tagHeaderLength = 11;
/** Bytes of the PreviousTagSize behind each tag, and of the one before the first tag. */
export const previousTagSizeLength = 4;

/** The eleven bytes before a tag's data. */
export interface TagHeader {
  /** One of `TagType`, or a reserved number up to 31. */
  readonly type: number;
  /** Whether the data is encrypted and begins with how (E.4.2). */
  readonly filter: boolean;
  /** The two bits above the filter bit; 0. */
  readonly reserved: number;
  /** Bytes of data: up to 2^24 - 1. */
  readonly dataSize: number;
  /**
   * Decode time in milliseconds, unsigned 32 bits, from 24 lower and 8 upper bits. The specification calls it signed; RTMP,
   * where it comes from, counts on to 2^32 and begins again at 0.
   */
  readonly timestampMilliseconds: number;
  /** Always 0. */
  readonly streamId: number;
}

/** Writes the eleven bytes. Throws `RangeError` for data of 16 MiB and more. */
export function writeTagHeader(sink: ByteSink, header: TagHeader): void {
  if (header.dataSize >= 2 ** 24) throw new RangeError(`${header.dataSize} bytes fit no FLV tag`);
  sink.u8((header.reserved << 6) | (header.filter ? 0x20 : 0) | (header.type & 0x1f));
  sink.u24(header.dataSize);
  sink.u24(header.timestampMilliseconds % 2 ** 24);
  sink.u8(Math.floor(header.timestampMilliseconds / 2 ** 24));
  sink.u24(header.streamId);
}

/**
 * Puts the header of a tag into `head` and the size behind it into `tail`, as the two writers beside it have them: for those who
 * write millions of tags.
 */
export function frameTag(
  head: Uint8Array,
  tail: Uint8Array,
  type: number,
  dataSize: number,
  timestampMilliseconds: number,
): void {
  const time = timestampMilliseconds % 2 ** 32;
  head[0] = type;
  putU24(head, 1, dataSize);
  putU24(head, 4, time % 2 ** 24);
  head[7] = Math.floor(time / 2 ** 24);
  putU24(head, 8, 0);
  const length = tagHeaderLength + dataSize;
  tail[0] = length >>> 24;
  putU24(tail, 1, length);
}

function putU24(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 16;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value;
}

/** Writes what stands behind a tag: the bytes of its header and its data. */
export function writePreviousTagSize(sink: ByteSink, { dataSize }: Pick<TagHeader, 'dataSize'>): void {
  sink.u32(tagHeaderLength + dataSize);
}
