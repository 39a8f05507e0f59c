/** The tags of an FLV file as its sizes say, one after the other, by other means than the reader's: for tests. */
import { ByteReader } from '../../src/bytes/byte-reader.ts';
import { previousTagSizeLength, tagHeaderLength, type TagHeader } from '../../src/flv/tag.ts';
import type { ByteSource } from '../../src/io/file-source.ts';

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

/** Reads the eleven bytes before a tag's data; `TagReader` takes them from its window without making an object of them. */
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
