/** Pieces of several sources as one range of bytes, in the order in which they were added. It knows no samples. */
import { Column } from '../media/column.ts';
import { BlockSource } from './block-source.ts';
import type { ByteSource } from './file-source.ts';

/** Places that are read on from at a time: each holds some megabytes. */
const maxOpen = 8;

/** Where pieces come from: those of one reader follow each other, and are read in blocks of their own. */
export interface PieceReader {
  readonly source: ByteSource;
}

/** Reads pieces as though they lay one behind the other. */
export class GatheredSource implements ByteSource {
  /** Name for messages. */
  readonly path: string;
  size = 0;
  readonly #readers: PieceReader[] = [];
  /** Those that were read from last. */
  readonly #open = new Map<number, BlockSource>();
  readonly #starts = new Column(Float64Array);
  readonly #places = new Column(Float64Array);
  readonly #of = new Column(Uint32Array);
  #latest = 0;
  #room = new Uint8Array(0);

  constructor(path: string) {
    this.path = path;
  }

  /** Joins `length` bytes of a source from `at` on to those there are; gives where they begin among them. */
  add(reader: PieceReader, at: number, length: number): number {
    const start = this.size;
    if (length === 0) return start;
    let of = this.#readers.lastIndexOf(reader);
    if (of < 0) of = this.#readers.push(reader) - 1;
    const last = this.#starts.length - 1;
    const goesOn =
      last >= 0 && this.#of.at(last) === of && this.#places.at(last) + start - this.#starts.at(last) === at;
    if (!goesOn) {
      this.#starts.push(start);
      this.#places.push(at);
      this.#of.push(of);
    }
    this.size += length;
    return start;
  }

  read(offset: number, length: number): Uint8Array {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    if (this.#room.length < wanted) this.#room = new Uint8Array(wanted);
    return this.#room.subarray(0, this.readInto(this.#room, offset, wanted));
  }

  readInto(into: Uint8Array, offset: number, length = into.length): number {
    const wanted = Math.min(length, this.size - offset);
    let filled = 0;
    if (wanted <= 0) return 0;
    for (let index = this.#pieceAt(offset); filled < wanted; index++) {
      const within = offset + filled - this.#starts.at(index);
      const end = index + 1 < this.#starts.length ? this.#starts.at(index + 1) : this.size;
      const count = Math.min(wanted - filled, end - offset - filled);
      const read = this.#blocksOf(this.#of.at(index)).readInto(
        into.subarray(filled, filled + count),
        this.#places.at(index) + within,
      );
      filled += read;
      if (read < count) break;
      this.#latest = index;
    }
    return filled;
  }

  #blocksOf(of: number): BlockSource {
    let blocks = this.#open.get(of);
    if (blocks !== undefined) return blocks;
    if (this.#open.size === maxOpen) this.#open.delete(this.#open.keys().next().value!);
    blocks = new BlockSource(this.#readers[of]!.source);
    this.#open.set(of, blocks);
    return blocks;
  }

  /** The index of the piece that a byte lies in. */
  #pieceAt(offset: number): number {
    const begins = (index: number): number => (index < this.#starts.length ? this.#starts.at(index) : this.size);
    for (const near of [this.#latest, this.#latest + 1]) {
      if (begins(near) <= offset && begins(near + 1) > offset) return near;
    }
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts.at(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
