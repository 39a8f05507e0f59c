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
import { chainHolds, headerStart, mayBeTag, resumesAt, tagEndsAt, tagHeadLength } from './tag-chain.ts';

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

/** The bytes before the media that are looked at: the tag's header and the first of its data. */
const seenLength = tagHeaderLength + tagHeadLength;
/** With the size behind the tag before. */
const stepLength = previousTagSizeLength + seenLength;

/**
 * Measured: reading all of a file costs as much as a read of its own for each tag where the large tags are some 10 kB apart.
 * A short window still holds the audio tags between two pictures.
 */
const denseWindow = 64 * 1024;
const sparseWindow = 1024;
const sparseDistance = 10 * 1024;

/** A cursor over the tags of a source; `next` moves it, and its fields describe the tag it stands on. */
export class TagReader {
  readonly #source: ByteSource;
  #at: number;
  /** Two windows, so that the current tag's first bytes stay while what is behind it is looked at. */
  #window = new Uint8Array(denseWindow);
  #windowStart = 0;
  #windowLength = 0;
  #other = new Uint8Array(denseWindow);
  /** The current tag's bytes, and where in them it begins. */
  #seen = this.#window;
  #seenAt = 0;
  #seenLength = 0;
  /** Bytes from one large tag to the next, lately. */
  #distance = 0;
  #searched = -1;
  #lastNonZero = -1;
  readonly #block = new Uint8Array(searchedBlock);
  /** The recorder leaves the sizes behind the tags zero, as the one before tells. */
  #writesZeroSizes = false;

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
  /** The header of the tag says another size than the one that is behind it and that it has: that one is `dataSize`. */
  hasWrongSize = false;
  /** Of a gap: the header of a tag stands at its start, and its fields are the reader's; the tag was torn or overwritten. */
  torn = false;
  /** Of a gap: from here to its end it is zeros only. */
  zerosFrom = 0;

  /** `start`: where the first tag's header is, 13 in every intact file. */
  constructor(source: ByteSource, start: number) {
    this.#source = source;
    this.#at = start;
  }

  /** The first bytes of the tag's data, 24 where it has so many; valid until the next call of `next`. */
  get head(): Uint8Array {
    const start = this.#seenAt + tagHeaderLength;
    return this.#seen.subarray(
      start,
      start + Math.min(tagHeadLength, this.dataSize, this.#seenLength - tagHeaderLength),
    );
  }

  /** The first byte of the tag's header: its type and flags. */
  get headerByte(): number {
    return this.#seen[this.#seenAt]!;
  }

  /** The `index`th byte of the tag's data, of the first 24; 0 behind their end. */
  headByte(index: number): number {
    return index < this.dataSize ? this.#seen[this.#seenAt + tagHeaderLength + index]! : 0;
  }

  /** What lies before is read again only where the tag at the start of a long gap turns out to be whole. */
  get position(): number {
    return this.#searched >= 0 ? this.#searched : this.#at;
  }

  /**
   * Goes on to the next tag, or whatever is there instead. A source that throws because it has not got the bytes yet may
   * be asked again when it has.
   */
  next(): TagEvent {
    if (this.#searched >= 0) return this.#search();
    if (this.follows()) return 'tag';
    if (this.#seenLength === 0) return 'end';
    if (this.#seenLength >= tagHeaderLength) {
      const headerEnd = headerStart(this.#source, this.offset);
      if (headerEnd !== undefined) return this.#pass(headerEnd);
    }
    this.#searched = this.offset + 1;
    this.#lastNonZero = this.#seen[this.#seenAt] === 0 ? this.offset - 1 : this.offset;
    return this.#search();
  }

  /** Whether a tag comes next, and goes on to it if so: `next` without the search for one where none does. */
  follows(): boolean {
    this.#take();
    return this.#seenLength >= tagHeaderLength && this.#isWhole();
  }

  /** Makes what stands at `#at` the current tag, as far as the file goes. */
  #take(): void {
    const at = this.#see(this.#at, seenLength);
    const bytes = this.#window;
    this.#seen = bytes;
    this.#seenAt = at;
    this.#seenLength = Math.min(seenLength, this.#windowLength - at);
    this.offset = this.#at;
    this.torn = false;
    this.hasWrongSize = false;
    const flags = bytes[at]!;
    this.type = flags & 0x1f;
    this.filter = (flags & 0x20) !== 0;
    this.dataSize = (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    this.timestamp = bytes[at + 7]! * 2 ** 24 + ((bytes[at + 4]! << 16) | (bytes[at + 5]! << 8) | bytes[at + 6]!);
    this.streamId = (bytes[at + 8]! << 16) | (bytes[at + 9]! << 8) | bytes[at + 10]!;
    this.end = this.offset + tagHeaderLength + this.dataSize;
    this.previousTagSize = undefined;
  }

  /** Sees to it that the window holds `length` bytes from `offset` on, or those up to the end; gives where they are in it. */
  #see(offset: number, length: number): number {
    const at = offset - this.#windowStart;
    if (at >= 0 && at + length <= this.#windowLength) return at;
    const window = this.#distance > sparseDistance ? sparseWindow : denseWindow;
    const wanted = this.#source.readsBlocks === true ? length : window;
    const count = fill(this.#source, this.#other, offset, wanted);
    [this.#window, this.#other] = [this.#other, this.#window];
    this.#windowStart = offset;
    this.#windowLength = count;
    return 0;
  }

  /** Whether the tag taken is whole and what is behind it fits: then the reader stands on it. */
  #isWhole(): boolean {
    const { end } = this;
    if (end > this.#source.size) return false;
    if (this.dataSize > sparseWindow) this.#distance += (this.dataSize - this.#distance) >> 3;
    const at = this.#see(end, stepLength);
    const bytes = this.#window;
    const there = this.#windowLength - at;
    // What is shorter was cut within the four bytes behind the tag: its data is all there.
    const isCut = there < previousTagSizeLength;
    const size = isCut
      ? undefined
      : ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
    if (size !== end - this.offset) {
      if (!mayBeTag(this.#seen, this.#seenAt, this.#seenAt + this.#seenLength)) return false;
      if (
        !isCut &&
        !this.#continuesAfter(zerosWithin(bytes, at, at + Math.min(there, stepLength), end - this.offset))
      ) {
        return false;
      }
    }
    this.#writesZeroSizes = size === 0;
    this.previousTagSize = size;
    this.resume = isCut ? this.#source.size : end + previousTagSizeLength;
    this.#at = this.resume;
    return true;
  }

  /** Whether a tag with another size behind it is to be believed all the same. */
  #continuesAfter(zeros: Zeros | undefined): boolean {
    if (zeros === 'in the size') return true;
    const next = this.end + previousTagSizeLength;
    // What ends here may be a tag within what the header takes for its data.
    if (tagEndsAt(this.#source, this.end, this.offset + tagHeaderLength)) return false;
    if (next === this.#source.size) return zeros === undefined || this.#writesZeroSizes || this.#endsInOtherThanZero();
    if (zeros !== undefined) return this.#endsInOtherThanZero();
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
      const wanted = Math.min(searchedBlock, limit - start);
      const found = this.#searchBlock(start, fill(this.#source, this.#block, start, wanted));
      if (found !== undefined) return this.#endGap(found);
      if (this.#searched === start) break;
    }
    return this.#searched < size && Number.isFinite(size) ? 'searching' : this.#endGap(this.#searched);
  }

  /** Looks at the candidates among the bytes of `#block`, which begin at `start`. */
  #searchBlock(start: number, length: number): number | undefined {
    const block = this.#block;
    for (let index = 0; index < length; index++) {
      const byte = block[index]!;
      if (byte === 0) continue;
      const candidate = start + index;
      const isLookedAt =
        byte === signatureByte
          ? maySign(block, index, length)
          : mayBegin(byte) && (index + tagHeaderLength > length || streamIdIsZero(block, index));
      if (isLookedAt) {
        this.#searched = candidate;
        if (resumesAt(this.#source, candidate)) return candidate;
      }
      this.#lastNonZero = candidate;
    }
    this.#searched = start + length;
    return undefined;
  }

  #endGap(end: number): TagEvent {
    this.#searched = -1;
    this.torn =
      mayBeTag(this.#seen, this.#seenAt, this.#seenAt + this.#seenLength) ||
      (end === this.#source.size && this.#isHeaderCut());
    if (this.torn && this.#takeBySizeBehind(end)) return 'tag';
    this.end = end;
    this.resume = end;
    const isCutHeader = this.torn && this.#seenLength < tagHeaderLength;
    this.zerosFrom = isCutHeader ? end : Math.max(this.offset, this.#lastNonZero + 1);
    this.#at = end;
    return 'gap';
  }

  /** Whether the file ends within the header of a tag. */
  #isHeaderCut(): boolean {
    const [at, length] = [this.#seenAt, this.#seenLength];
    if (length >= tagHeaderLength || !mayBegin(this.#seen[at]!)) return false;
    return isAllZero(this.#seen, at + Math.min(8, length), at + length);
  }

  /** Where the size behind all that was skipped is that of one tag, only the size in the header of that tag was wrong. */
  #takeBySizeBehind(next: number): boolean {
    const end = next - previousTagSizeLength;
    const size = end - this.offset;
    if (size < tagHeaderLength || size >= tagHeaderLength + 2 ** 24) return false;
    const behind = Buffer.from(this.#source.read(end, previousTagSizeLength));
    if (behind.length < previousTagSizeLength || behind.readUInt32BE() !== size) return false;
    this.torn = false;
    this.hasWrongSize = true;
    this.dataSize = size - tagHeaderLength;
    this.end = end;
    this.previousTagSize = size;
    this.resume = next;
    this.#at = next;
    return true;
  }
}

/** Fills the bytes from a source as far as wanted, or to its end; gives how many. */
function fill(source: ByteSource, into: Uint8Array, offset: number, wanted: number): number {
  if (source.readInto !== undefined) return source.readInto(into, offset, wanted);
  const bytes = source.read(offset, wanted);
  into.set(bytes);
  return bytes.length;
}

function isAllZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return false;
  return true;
}

/** Where the zeros behind a tag begin: with the size there, or before, or behind a part of it that is right and not zero. */
type Zeros = 'at the size' | 'in the size';

/** What the bytes behind a tag are, if they are nothing but zeros from somewhere within the size on. */
function zerosWithin(bytes: Uint8Array, from: number, to: number, size: number): Zeros | undefined {
  let right = 0;
  while (right < previousTagSizeLength && bytes[from + right] === ((size >>> (24 - 8 * right)) & 0xff)) right++;
  if (!isAllZero(bytes, from + right, to)) return undefined;
  return isAllZero(bytes, from, from + right) ? 'at the size' : 'in the size';
}

const signatureByte = 0x46;

function mayBegin(byte: number): boolean {
  const type = byte & 0xdf;
  return type === TagType.audio || type === TagType.video || type === TagType.scriptData;
}

/** What the bytes of a header are, as far as they are always the same: the signature, version 1, and a short length. */
const signature: readonly (readonly [mask: number, value: number])[] = [
  [0xff, 0x46],
  [0xff, 0x4c],
  [0xff, 0x56],
  [0xff, 0x01],
  [0xfa, 0],
  [0xff, 0],
  [0xff, 0],
  [0xff, 0],
];

/** Whether what is there of a header goes on as it does: there is a lone `F` in every few hundred bytes. */
function maySign(block: Uint8Array, index: number, length: number): boolean {
  const there = Math.min(signature.length, length - index);
  for (let byte = 1; byte < there; byte++) {
    const [mask, value] = signature[byte]!;
    if ((block[index + byte]! & mask) !== value) return false;
  }
  return true;
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
