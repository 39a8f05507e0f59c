/** A source that is made of pieces of another one, joined: what lies between the pieces is passed over. */
import { Column } from '../media/column.ts';
import type { ByteSource } from './file-source.ts';

/** A piece: where it lies in the joined bytes and in the source they come from. */
export interface SourcePiece {
  readonly start: number;
  readonly at: number;
  readonly length: number;
}

/** Pieces of a source as one range of bytes, in the order in which they were added. */
export class PiecedSource implements ByteSource {
  readonly path: string;
  readonly whole: ByteSource;
  size = 0;
  /** Where each piece begins in the joined bytes, and where in the source. */
  readonly #starts = new Column(Float64Array);
  readonly #places = new Column(Float64Array);
  #latest = 0;

  constructor(whole: ByteSource) {
    this.path = whole.path;
    this.whole = whole;
  }

  /** Pieces so far. */
  get pieces(): number {
    return this.#starts.length;
  }

  /** Joins the `length` bytes of the source from `at` on to those there are. */
  add(at: number, length: number): void {
    this.#starts.push(this.size);
    this.#places.push(at);
    this.size += length;
  }

  /** The pieces that `length` bytes from `start` on come from, as far as there are so many. */
  *piecesOf(start: number, length: number): Generator<SourcePiece> {
    const end = Math.min(this.size, start + length);
    let at = start;
    for (let index = this.#pieceAt(start); at < end; index++) {
      const next = index + 1 < this.#starts.length ? this.#starts.at(index + 1) : this.size;
      const count = Math.min(end, next) - at;
      yield { start: at, at: this.#places.at(index) + at - this.#starts.at(index), length: count };
      at += count;
    }
  }

  read(offset: number, length: number): Uint8Array {
    const [first, ...others] = this.piecesOf(offset, length);
    if (first === undefined) return new Uint8Array(0);
    if (others.length === 0) return this.whole.read(first.at, first.length);
    const bytes = new Uint8Array(Math.min(length, this.size - offset));
    this.readInto(bytes, offset);
    return bytes;
  }

  readInto(into: Uint8Array, offset: number, length = into.length): number {
    let filled = 0;
    for (const piece of this.piecesOf(offset, length)) {
      const bytes = this.whole.read(piece.at, piece.length);
      into.set(bytes, filled);
      filled += bytes.length;
    }
    return filled;
  }

  /** The index of the piece that a byte lies in. */
  #pieceAt(offset: number): number {
    const isIn = (index: number): boolean =>
      this.#starts.at(index) <= offset && (index + 1 >= this.#starts.length || this.#starts.at(index + 1) > offset);
    if (isIn(this.#latest)) return this.#latest;
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts.at(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    this.#latest = low;
    return low;
  }
}
