/**
 * The tags of an FLV that comes piece by piece and cannot be gone back to: each is handed on as soon as it and the size
 * behind it are here. Where the chain breaks, the place is looked for where it surely goes on, as `tag-chain.ts` has it.
 * What a tag means is not known here.
 */
import type { ByteSource } from '../io/file-source.ts';
import { flvHeaderLength } from './header.ts';
import { chainHolds, headerStart, mayBeTag, resumesAt, tagHeadLength } from './tag-chain.ts';
import type { TagView } from './media-tag.ts';
import { previousTagSizeLength, tagHeaderLength } from './tag.ts';

/** A strange stretch is searched again when so much more of it has come. */
const searchedEvery = 64 * 1024;
/** A stretch without tags is passed over but for its end once it is longer: no tag is larger. */
const maxSearch = 20 * 1024 * 1024;
const keptOfSearch = 17 * 1024 * 1024;

/** Gets what comes. */
export interface TagVisitor {
  /** A tag: `data` is a view, valid until the call returns; `offset`: of the data in the stream. */
  tag(tag: TagView, timestamp: number, data: Uint8Array, offset: number): void;
  /** Bytes that are no tags. */
  gap(offset: number, length: number): void;
  /** The header of a file, behind the first one of all. */
  header(): void;
}

/** Cuts a stream into tags. */
export class TagStream {
  readonly #visitor: TagVisitor;
  #bytes: Buffer = Buffer.alloc(256 * 1024);
  #from = 0;
  #to = 0;
  /** Offset in the stream of the first byte of the buffer. */
  #base = 0;
  #isBegun: boolean;
  /** How much of a strange stretch was searched, -1 outside of one. */
  #searched = -1;
  #final = false;
  readonly #view = {
    type: 0,
    filter: false,
    dataSize: 0,
    head: new Uint8Array(0) as Uint8Array,
    headByte(index: number): number {
      return this.head[index] ?? 0;
    },
  };

  /** `begun`: the bytes begin with a tag, not with the header of the file. */
  constructor(visitor: TagVisitor, begun = false) {
    this.#visitor = visitor;
    this.#isBegun = begun;
  }

  /** Takes the next bytes. */
  feed(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#to);
    this.#to += bytes.length;
    this.#take();
  }

  /** No bytes follow. */
  finish(): void {
    this.#final = true;
    this.#take();
    this.#pass(this.#to);
  }

  #room(length: number): void {
    if (this.#to + length <= this.#bytes.length) return;
    const held = this.#to - this.#from;
    const into = held + length > this.#bytes.length ? Buffer.alloc(2 * (held + length)) : this.#bytes;
    this.#bytes.copy(into, 0, this.#from, this.#to);
    this.#bytes = into;
    this.#base += this.#from;
    this.#from = 0;
    this.#to = held;
  }

  #take(): void {
    for (;;) {
      if (this.#searched >= 0 && !this.#search()) return;
      if (!this.#isBegun && !this.#begin()) return;
      if (!this.#next()) return;
    }
  }

  /** The header at the beginning. False: more bytes are needed. */
  #begin(): boolean {
    if (this.#to - this.#from < flvHeaderLength + previousTagSizeLength && !this.#final) return false;
    this.#isBegun = true;
    const bytes = this.#bytes.subarray(this.#from, this.#to);
    if (bytes.length >= flvHeaderLength && bytes.toString('latin1', 0, 3) === 'FLV') {
      const length = bytes.readUInt32BE(5);
      const end = length >= flvHeaderLength && length <= 64 ? length : flvHeaderLength;
      this.#from = Math.min(this.#to, this.#from + end + previousTagSizeLength);
    }
    return true;
  }

  /** Hands on the next tag. False: more bytes are needed. */
  #next(): boolean {
    const there = this.#to - this.#from;
    if (there < tagHeaderLength) return this.#final && there > 0 ? this.#lose() : false;
    const bytes = this.#bytes;
    const at = this.#from;
    if (!mayBeTag(bytes, at, Math.min(this.#to, at + tagHeaderLength + 1))) return this.#lose();
    const dataSize = (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    const end = at + tagHeaderLength + dataSize;
    const next = end + previousTagSizeLength;
    if (this.#to < next) {
      if (!this.#final) return false;
      if (this.#to < end) return this.#lose();
      this.#emit(at, end);
      this.#from = this.#to;
      return false;
    }
    if (bytes.readUInt32BE(end) !== end - at) {
      // Recorders that write no sizes: what follows has to be a tag.
      if (this.#to < next + tagHeaderLength + 1 && !this.#final) return false;
      if (!chainHolds(this.#held(), this.#base + next, 1)) return this.#lose();
    }
    this.#emit(at, end);
    this.#from = next;
    return true;
  }

  #emit(at: number, end: number): void {
    const bytes = this.#bytes;
    const view = this.#view;
    const start = at + tagHeaderLength;
    view.type = bytes[at]! & 0x1f;
    view.filter = (bytes[at]! & 0x20) !== 0;
    view.dataSize = end - start;
    view.head = bytes.subarray(start, Math.min(end, start + tagHeadLength));
    const timestamp = bytes[at + 7]! * 2 ** 24 + ((bytes[at + 4]! << 16) | (bytes[at + 5]! << 8) | bytes[at + 6]!);
    this.#visitor.tag(view, timestamp, bytes.subarray(start, end), this.#base + start);
  }

  #lose(): boolean {
    this.#searched = 0;
    return true;
  }

  /** Looks for where tags go on. False: nowhere yet. */
  #search(): boolean {
    const held = this.#to - this.#from;
    if (!this.#final && held < this.#searched + (this.#searched === 0 ? 0 : searchedEvery)) return false;
    const source = this.#held();
    for (let at = this.#from; at + tagHeaderLength <= this.#to; at++) {
      const byte = this.#bytes[at]!;
      const isHeader = byte === 0x46;
      if (!isHeader && !mayBeTag(this.#bytes, at, Math.min(this.#to, at + tagHeaderLength + 1))) continue;
      const start = isHeader ? headerStart(source, this.#base + at) : undefined;
      if (isHeader && start === undefined) continue;
      if (!isHeader && (at === this.#from || !resumesAt(source, this.#base + at))) continue;
      this.#searched = -1;
      this.#pass(at);
      if (start !== undefined) {
        this.#from = Math.min(this.#to, start - this.#base);
        this.#visitor.header();
      }
      return true;
    }
    this.#searched = Math.max(1, held);
    if (held > maxSearch) {
      this.#pass(this.#to - keptOfSearch);
      this.#searched = keptOfSearch;
    }
    return false;
  }

  #pass(to: number): void {
    if (to > this.#from) this.#visitor.gap(this.#base + this.#from, to - this.#from);
    this.#from = Math.max(this.#from, to);
  }

  /** What is held, as a source of which nothing else is there. */
  #held(): ByteSource {
    const [bytes, base, to] = [this.#bytes, this.#base, this.#to];
    return {
      path: '',
      size: base + to,
      read: (offset, length) => bytes.subarray(Math.max(0, offset - base), Math.min(to, offset - base + length)),
    };
  }
}
