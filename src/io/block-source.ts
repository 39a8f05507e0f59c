/**
 * Reads a source in blocks, for walks that want all of its bytes from front to back in small pieces: a system call for each
 * piece would take several times as long as the bytes themselves. A walk says from where on it needs what it has seen, and
 * nothing behind that is read twice.
 */
import type { ByteSource } from './file-source.ts';

/** Measured: of a file in memory, shorter blocks take a fifth longer to copy, and longer ones no less. */
const blockLength = 1024 * 1024;
/** A block and what is kept before it. */
const roomLength = 3 * blockLength;
/** No place that `alignedPlace` gives is farther into a buffer. */
export const cacheLine = 64;
/** Where in a cache line the memory of a large buffer begins, as the usual allocators have it. */
const bufferStart = 16;

/**
 * Where in a large buffer the byte of a file is best put: as far into a cache line as it lies in the file's own pages.
 * Measured: the kernel copies up to three times as fast where both are alike.
 */
export function alignedPlace(offset: number): number {
  return (offset + cacheLine - bufferStart) % cacheLine;
}

/** So many bytes are copied faster one by one than by a view of them. */
const fewBytes = 64;

/** A source with one window, which holds the bytes from `keepFrom` on. */
export class BlockSource implements ByteSource {
  readonly readsBlocks = true;
  readonly path: string;
  readonly size: number;
  readonly #source: ByteSource;
  /** Where the blocks are put: see `locate`. */
  readonly room = new Uint8Array(cacheLine + roomLength);
  /** Offsets of what is here, and where in the room it begins. */
  #start = 0;
  #end = 0;
  #place = 0;
  #kept = 0;

  constructor(source: ByteSource) {
    this.path = source.path;
    this.size = source.size;
    this.#source = source;
  }

  /** What lies before `offset` is not asked for any more. */
  keepFrom(offset: number): void {
    this.#kept = offset;
  }

  read(offset: number, length: number): Uint8Array {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    if (wanted > roomLength) return this.#source.read(offset, wanted);
    const at = this.#hold(offset, wanted);
    return this.room.subarray(at, at + Math.min(wanted, this.#end - offset));
  }

  readInto(into: Uint8Array, offset: number, length = into.length): number {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    if (wanted > fewBytes) {
      const bytes = this.read(offset, wanted);
      into.set(bytes);
      return bytes.length;
    }
    const at = this.#hold(offset, wanted);
    const count = Math.min(wanted, this.#end - offset);
    const { room } = this;
    for (let index = 0; index < count; index++) into[index] = room[at + index]!;
    return count;
  }

  /**
   * Where in `room` bytes of the source are until the next call, for who wants no view of them; -1 where only `read` gives
   * them, because they are too many or not all there.
   */
  locate(offset: number, length: number): number {
    if (length > roomLength) return -1;
    const at = this.#hold(offset, length);
    return offset + length > this.#end ? -1 : at;
  }

  /** Sees to it that the bytes are in the room, as far as there are any; gives where. */
  #hold(offset: number, length: number): number {
    if (offset < this.#start || offset + length > this.#end) this.#load(offset, length);
    return this.#place + offset - this.#start;
  }

  /** Reads on behind what is here, as far as that is still needed and there is room; otherwise from `offset` on. */
  #load(offset: number, wanted: number): void {
    const from = Math.min(offset, this.#kept);
    const goesOn = from >= this.#start && from <= this.#end && offset + wanted - from <= roomLength;
    const place = alignedPlace(goesOn ? from : offset);
    if (goesOn) {
      const kept = this.#place - this.#start;
      this.room.copyWithin(place, kept + from, kept + this.#end);
      this.#start = from;
    } else {
      this.#start = offset;
      this.#end = offset;
    }
    this.#place = place;
    const filled = this.#end - this.#start;
    const length = Math.min(roomLength - filled, Math.max(blockLength, offset + wanted - this.#end));
    this.#end += this.#fill(this.room.subarray(place + filled, place + filled + length), this.#end);
  }

  #fill(into: Uint8Array, offset: number): number {
    if (this.#source.readInto !== undefined) return this.#source.readInto(into, offset);
    const bytes = this.#source.read(offset, into.length);
    into.set(bytes);
    return bytes.length;
  }
}
