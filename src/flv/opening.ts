/**
 * Where the tags of a recording begin, whatever stands before them: an ID3 tag, the header of an HTTP response, bytes of a
 * tag whose beginning is gone, an FLV header without the size that belongs behind it. And whether a file is an FLV at all.
 */
import { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteSource } from '../io/file-source.ts';
import { flvHeaderLength, readFlvHeader, type FlvHeader } from './header.ts';
import { responseHeaderLength, withoutChunkSizes } from './http-transfer.ts';
import { previousTagSizeLength, tagHeaderLength } from './tag.ts';
import { headerStart, tagCloses } from './tag-chain.ts';
import { firstTagOffset, TagReader } from './tag-reader.ts';

/** How far tags are looked for: a damaged beginning is one thing, another format is another. */
const searchedForTags = 8 * 1024 * 1024;

/** A recording that was opened: what to walk, and where its tags are. */
export interface FlvOpening {
  /** The bytes of the recording: the file, or the file without the chunk sizes of a transfer. */
  readonly source: ByteSource;
  /** Undefined where the file has none, but holds tags. */
  readonly header: FlvHeader | undefined;
  /** Offset of the header, 0 where there is none. */
  readonly headerOffset: number;
  /** Offset of the first tag. */
  readonly firstTag: number;
  /** What stands before the header and is no part of a recording: such as `an ID3 tag`. */
  readonly before: string | undefined;
  /** The size of no tag that belongs before the first one is missing. */
  readonly lacksFirstSize: boolean;
  /** Sizes of HTTP chunks stood between the bytes. */
  readonly hadChunkSizes: boolean;
}

/** Opens what begins with an FLV header, or with what is known to stand before one; undefined where neither is there. */
export function openMarkedFlv(file: ByteSource): FlvOpening | undefined {
  const response = responseHeaderLength(file);
  const chunked = withoutChunkSizes(file, response);
  const source = chunked !== undefined && precededBy(chunked, 0) !== undefined ? chunked : file;
  const hadChunkSizes = source === chunked;
  const preceded = precededBy(source, hadChunkSizes ? 0 : response);
  if (preceded === undefined) return undefined;
  const parts = [response > 0 ? 'the header of an HTTP response' : '', preceded.tag].filter((part) => part !== '');
  return { ...headerAt(source, preceded.offset), before: parts.join(' and ') || undefined, hadChunkSizes };
}

/** Opens an FLV whose beginning is damaged too: tags have to follow within 8 MiB. Undefined where there are none. */
export function openFlv(file: ByteSource): FlvOpening | undefined {
  const marked = openMarkedFlv(file);
  if (marked !== undefined) return marked;
  if (file.size <= tagHeaderLength) return undefined;
  const reader = new TagReader(file, 0);
  let isGap = false;
  for (;;) {
    const event = reader.next();
    // Before the first tag a header is the header of the recording, whatever stands before it.
    if (event === 'header' && isGap) {
      return { ...headerAt(file, reader.offset), before: `${reader.offset} strange bytes`, hadChunkSizes: false };
    }
    if (event === 'tag' || event === 'header') break;
    if (event === 'end' || (event === 'searching' && reader.position > searchedForTags)) return undefined;
    isGap ||= event === 'gap';
  }
  return {
    source: file,
    header: undefined,
    headerOffset: 0,
    firstTag: firstTagOffset(file) ?? 0,
    before: undefined,
    lacksFirstSize: false,
    hadChunkSizes: false,
  };
}

/** Where an FLV header stands from `start` on, and what tag lies before it; undefined where there is none. */
function precededBy(source: ByteSource, start: number): { offset: number; tag: string } | undefined {
  const id3 = id3Length(source, start);
  const offset = start + id3;
  const bytes = source.read(offset, flvHeaderLength);
  const isHeader = bytes[0] === 0x46 && bytes[1] === 0x4c && bytes[2] === 0x56;
  // Behind something else only a header is believed that tags follow.
  if (!isHeader || (offset > 0 && headerStart(source, offset) === undefined && !tagCloses(source, offset + 9))) {
    return undefined;
  }
  return { offset, tag: id3 > 0 ? 'an ID3 tag' : '' };
}

/** Bytes of an ID3v2 tag (id3.org, 3.1): ten of a header, the size in seven bits a byte, a footer where a flag says so. */
function id3Length(source: ByteSource, offset: number): number {
  const bytes = source.read(offset, 10);
  if (bytes.length < 10 || bytes[0] !== 0x49 || bytes[1] !== 0x44 || bytes[2] !== 0x33) return 0;
  const size = bytes.subarray(6, 10).reduce((sum, byte) => sum * 128 + (byte & 0x7f), 0);
  const end = 10 + size + ((bytes[5]! & 0x10) === 0 ? 0 : 10);
  return offset + end < source.size ? end : 0;
}

function headerAt(
  source: ByteSource,
  offset: number,
): Pick<FlvOpening, 'source' | 'header' | 'headerOffset' | 'firstTag' | 'lacksFirstSize'> {
  const reader = new ByteReader(source.read(offset, flvHeaderLength));
  const read = readFlvHeader(reader);
  const header = reader.fault === undefined && read.version === 1 ? read : undefined;
  const isWithin = header !== undefined && offset + header.dataOffset < source.size;
  const end = offset + (isWithin ? header.dataOffset : flvHeaderLength);
  const lacksFirstSize = !tagCloses(source, end + previousTagSizeLength) && tagCloses(source, end);
  const firstTag = lacksFirstSize ? end : end + previousTagSizeLength;
  return { source, header, headerOffset: offset, firstTag, lacksFirstSize };
}
