/**
 * Walks the tags of an FLV file one after the other, damaged or not, without reading more of their data than the first
 * bytes. Where the chain of tags breaks it looks for the place where it surely goes on, and says what lies between. It is
 * a cursor: nothing is made per tag, because a day of recording has millions. What timestamps and codecs mean is not known
 * here; findings are for those who walk.
 */
import { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteSource } from '../io/file-source.ts';
import { flvHeaderLength } from './header.ts';
import { previousTagSizeLength, tagHeaderLength, TagType } from './tag.ts';
import { chainHolds, headerStart, isPlausible, resumesAt, headLength } from './tag-chain.ts';

/** What `next` came upon. */
export type TagEvent =
  /** A tag, whole in its data. */
  | 'tag'
  /** An FLV header behind the first: files that were joined byte by byte. */
  | 'header'
  /** Bytes that are no tag, or one that is not whole, up to where tags go on or the file ends. */
  | 'gap'
  /** Nothing yet: a part of a long gap was searched. Call again. */
  | 'searching'
  | 'end';

/** Bytes of a gap that are searched at a time, so that a caller can be interrupted. */
const searchedAtOnce = 1024 * 1024;
const searchedBlock = 64 * 1024;

export class TagReader {
  readonly #source: ByteSource;
  #at: number;
  /** The first bytes of the tag at `#at`, header included, where they have been read already. */
  #ahead = new Uint8Array(tagHeaderLength + headLength);
  #aheadLength = -1;
  #current = new Uint8Array(tagHeaderLength + headLength);
  #currentLength = 0;
  #searched = -1;
  #lastNonZero = -1;

  /** Offset of the first byte of the tag, header or gap. */
  offset = 0;
  /** Offset behind it; behind a tag's data, before its PreviousTagSize. */
  end = 0;
  /** Where the next one begins. */
  resume = 0;
  /** One of `TagType`, or a reserved number. */
  type = 0;
  /** The data is encrypted. */
  filter = false;
  dataSize = 0;
  /** Milliseconds, unsigned 32 bits. */
  timestamp = 0;
  streamId = 0;
  /** What stands behind the tag; undefined where the file ends before. */
  previousTagSize: number | undefined = undefined;
  /** Of a gap: the header of a tag stands at its start, and its fields are the reader's; the tag was torn or overwritten. */
  torn = false;
  /** Of a gap: from here to its end it is zeros only. */
  zerosFrom = 0;

  /** `start`: where the first tag's header is, 13 in every sound file. */
  constructor(source: ByteSource, start: number) {
    this.#source = source;
    this.#at = start;
  }

  /** The first bytes of the tag's data, 24 where it has so many; valid until the next call of `next`. */
  get head(): Uint8Array {
    return this.#current.subarray(tagHeaderLength, Math.min(this.#currentLength, tagHeaderLength + this.dataSize));
  }

  /** The `index`th byte of the tag's data, of the first 24; 0 behind their end. */
  headByte(index: number): number {
    return index < this.dataSize ? this.#current[tagHeaderLength + index]! : 0;
  }

  /** What lies before is not read again; a source that is a stream can forget it. */
  get position(): number {
    return this.#searched >= 0 ? this.#searched : this.#at;
  }

  /**
   * Goes on to the next tag, or whatever is there instead. A source that throws because it has not got the bytes yet may
   * be asked again when it has.
   */
  next(): TagEvent {
    if (this.#searched >= 0) return this.#search();
    this.#take();
    if (this.#currentLength === 0) return 'end';
    if (this.#currentLength >= tagHeaderLength) {
      if (this.#isWhole()) return 'tag';
      const headerEnd = headerStart(this.#source, this.offset);
      if (headerEnd !== undefined) return this.#pass(headerEnd);
    }
    this.#searched = this.offset + 1;
    this.#lastNonZero = this.#current[0] === 0 ? this.offset - 1 : this.offset;
    return this.#search();
  }

  /** Makes what stands at `#at` the current tag, as far as the file goes. */
  #take(): void {
    if (this.#aheadLength < 0) {
      this.#aheadLength = this.#copyAhead(this.#source.read(this.#at, tagHeaderLength + headLength), 0);
    }
    [this.#current, this.#ahead] = [this.#ahead, this.#current];
    this.#currentLength = this.#aheadLength;
    this.#aheadLength = -1;
    const bytes = this.#current;
    this.offset = this.#at;
    this.torn = false;
    this.type = bytes[0]! & 0x1f;
    this.filter = (bytes[0]! & 0x20) !== 0;
    this.dataSize = (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!;
    this.timestamp = bytes[7]! * 2 ** 24 + ((bytes[4]! << 16) | (bytes[5]! << 8) | bytes[6]!);
    this.streamId = (bytes[8]! << 16) | (bytes[9]! << 8) | bytes[10]!;
    this.end = this.offset + tagHeaderLength + this.dataSize;
    this.previousTagSize = undefined;
  }

  #copyAhead(bytes: Uint8Array, from: number): number {
    const length = bytes.length - from;
    for (let index = 0; index < length; index++) this.#ahead[index] = bytes[from + index]!;
    this.#ahead.fill(0, Math.max(0, length));
    return Math.max(0, length);
  }

  /** Whether the tag taken is whole and what is behind it fits: then the reader stands on it. */
  #isWhole(): boolean {
    const { end } = this;
    if (end > this.#source.size) return false;
    const behind = this.#source.read(end, previousTagSizeLength + tagHeaderLength + headLength);
    // What is shorter was cut within the four bytes behind the tag: its data is all there.
    const isCut = behind.length < previousTagSizeLength;
    const size = isCut ? undefined : ((behind[0]! << 24) | (behind[1]! << 16) | (behind[2]! << 8) | behind[3]!) >>> 0;
    if (size === end - this.offset) {
      this.#aheadLength = this.#copyAhead(behind, previousTagSizeLength);
    } else {
      const isZero = !isCut && behind.every((byte) => byte === 0);
      if (!isPlausible(this.#current, 0, this.#currentLength)) return false;
      if (!isCut && !this.#goesOnBehind(isZero)) return false;
    }
    this.previousTagSize = size;
    this.resume = isCut ? this.#source.size : end + previousTagSizeLength;
    this.#at = this.resume;
    return true;
  }

  /** Whether a tag with another size behind it is to be believed all the same. */
  #goesOnBehind(zeros: boolean): boolean {
    const next = this.end + previousTagSizeLength;
    if (next === this.#source.size) return !zeros || this.#endsInOtherThanZero();
    if (zeros) return this.#endsInOtherThanZero();
    return headerStart(this.#source, next) !== undefined || chainHolds(this.#source, next, 2);
  }

  /**
   * Blocks that never reached the disk read as zeros from some byte on. A tag whose data does not end in a zero lies before
   * that byte, even if the size behind it does not.
   */
  #endsInOtherThanZero(): boolean {
    return this.dataSize > 0 && this.#source.read(this.end - 1, 1)[0] !== 0;
  }

  #pass(headerEnd: number): TagEvent {
    this.end = headerEnd;
    this.resume = headerEnd;
    this.#at = headerEnd;
    return 'header';
  }

  /** Looks for the next place where tags surely go on. */
  #search(): TagEvent {
    const { size } = this.#source;
    const limit = Math.min(size, this.#searched + searchedAtOnce);
    while (this.#searched < limit) {
      const start = this.#searched;
      const block = this.#source.read(start, Math.min(searchedBlock, limit - start));
      if (block.length === 0) break;
      const found = this.#searchBlock(block, start);
      if (found === undefined) continue;
      return this.#endGap(found);
    }
    return this.#searched < size && Number.isFinite(size) ? 'searching' : this.#endGap(this.#searched);
  }

  /** Looks at the candidates in a block, up to the first that has to be looked behind: that wipes the block. */
  #searchBlock(block: Uint8Array, start: number): number | undefined {
    for (let index = 0; index < block.length; index++) {
      const byte = block[index]!;
      if (byte === 0) continue;
      const candidate = start + index;
      const isLookedAt =
        mayBegin(byte) &&
        (byte === signatureByte || index + tagHeaderLength > block.length || streamIdIsZero(block, index));
      if (isLookedAt) {
        this.#searched = candidate;
        if (resumesAt(this.#source, candidate)) return candidate;
        this.#lastNonZero = candidate;
        this.#searched = candidate + 1;
        return undefined;
      }
      this.#lastNonZero = candidate;
    }
    this.#searched = start + block.length;
    return undefined;
  }

  #endGap(end: number): TagEvent {
    this.torn = this.#currentLength >= tagHeaderLength && isPlausible(this.#current, 0, this.#currentLength);
    this.end = end;
    this.resume = end;
    this.zerosFrom = Math.max(this.offset, this.#lastNonZero + 1);
    this.#at = end;
    this.#searched = -1;
    this.#aheadLength = -1;
    return 'gap';
  }
}

const signatureByte = 0x46;

function mayBegin(byte: number): boolean {
  const type = byte & 0xdf;
  return type === TagType.audio || type === TagType.video || type === TagType.scriptData || byte === signatureByte;
}

function streamIdIsZero(block: Uint8Array, index: number): boolean {
  return block[index + 8] === 0 && block[index + 9] === 0 && block[index + 10] === 0;
}

/** Where the first tag of a file is, behind its header and the PreviousTagSize before it; undefined without a header. */
export function firstTagOffset(source: ByteSource): number | undefined {
  const reader = new ByteReader(source.read(0, flvHeaderLength));
  if (reader.latin1(3) !== 'FLV') return undefined;
  reader.skip(2);
  const dataOffset = reader.u32();
  const isThere = reader.fault === undefined && dataOffset >= flvHeaderLength && dataOffset < source.size;
  return isThere ? dataOffset + previousTagSizeLength : flvHeaderLength + previousTagSizeLength;
}
