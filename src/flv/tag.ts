/**
 * The tags that the body of an FLV file is made of (Adobe FLV 10.1, E.3 and E.4.1): a header of eleven bytes, the data,
 * and behind it the size of both, from which the file can be walked backwards. What the data means is not known here.
 */
import { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteSink } from '../bytes/byte-sink.ts';
import type { ByteSource } from '../io/file-source.ts';

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

/** Reads the eleven bytes before a tag's data. */
export function readTagHeader(reader: ByteReader): TagHeader {
  const flags = reader.u8();
  const dataSize = reader.u24();
  const lower = reader.u24();
  const upper = reader.u8();
  return {
    type: flags & 0x1f,
    filter: (flags & 0x20) !== 0,
    reserved: flags >>> 6,
    dataSize,
    timestampMilliseconds: upper * 2 ** 24 + lower,
    streamId: reader.u24(),
  };
}

export function writeTagHeader(sink: ByteSink, header: TagHeader): void {
  if (header.dataSize >= 2 ** 24) throw new RangeError(`${header.dataSize} bytes fit no FLV tag`);
  sink.u8((header.reserved << 6) | (header.filter ? 0x20 : 0) | (header.type & 0x1f));
  sink.u24(header.dataSize);
  sink.u24(header.timestampMilliseconds % 2 ** 24);
  sink.u8(Math.floor(header.timestampMilliseconds / 2 ** 24));
  sink.u24(header.streamId);
}

/** Writes what stands behind a tag: the bytes of its header and its data. */
export function writePreviousTagSize(sink: ByteSink, { dataSize }: Pick<TagHeader, 'dataSize'>): void {
  sink.u32(tagHeaderLength + dataSize);
}

/** Where a tag lies in a file. */
export interface TagSpan extends TagHeader {
  readonly source: ByteSource;
  /** Offset of its first byte. */
  readonly start: number;
  /** Offset of its data. */
  readonly body: number;
  /** Offset behind its data, as its size says, which may be beyond the end of the file. PreviousTagSize follows. */
  readonly end: number;
  /** The PreviousTagSize behind it, or undefined where the file ends before. */
  readonly previousTagSize: number | undefined;
}

/**
 * The tags that lie one after the other from `start` on, where the first tag's type is. Ends where no header can be read.
 * Every tag is given as it says; whether there is anything to it the caller sees from its type, its end, and `closes`.
 */
export function* readTags(source: ByteSource, start: number, end: number = source.size): Generator<TagSpan> {
  let at = start;
  while (at + tagHeaderLength <= end) {
    const reader = new ByteReader(source.read(at, tagHeaderLength), { base: at });
    const header = readTagHeader(reader);
    if (reader.fault !== undefined) return;
    const body = at + tagHeaderLength;
    const tagEnd = body + header.dataSize;
    const behind = new ByteReader(source.read(tagEnd, previousTagSizeLength), { base: tagEnd });
    const size = behind.u32();
    const previousTagSize = behind.fault === undefined ? size : undefined;
    yield { ...header, source, start: at, body, end: tagEnd, previousTagSize };
    at = tagEnd + previousTagSizeLength;
  }
}

/** Whether the size behind a tag is the tag's: what strange bytes that look like a tag hardly ever have. */
export function closes(tag: TagSpan): boolean {
  return tag.previousTagSize === tag.end - tag.start;
}
