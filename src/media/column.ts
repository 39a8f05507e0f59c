/**
 * A column of a sample table: a typed array that grows.
 *
 * A day of recording has over six million samples; as objects they would cost hundreds of bytes each, as columns they
 * cost what their numbers do. The column knows nothing of what its numbers mean.
 */

type NumericArray = Uint8Array | Uint32Array | Int32Array | Float64Array;
type NumericArrayConstructor<A extends NumericArray> = new (length: number) => A;

/** A growing typed array; indices beyond `length` hold nothing. Entries are read and changed through `data`. */
export class Column<A extends NumericArray> {
  readonly #Array: NumericArrayConstructor<A>;
  /** The numbers; only the first `length` count. Replaced when the column grows: fetch it again after a `push`. */
  data: A;
  length = 0;

  /**
   * `capacity`: entries expected. Untouched capacity costs address space, not memory, so a bound derived from a file's
   * real size may be given freely.
   */
  constructor(Array: NumericArrayConstructor<A>, capacity = 1024) {
    this.#Array = Array;
    this.data = new Array(Math.max(capacity, 16));
  }

  push(value: number): void {
    if (this.length === this.data.length) this.#grow(this.length + 1);
    this.data[this.length++] = value;
  }

  /** Sets the length; entries that come into being are zero. */
  resize(length: number): void {
    // What is new is zero, and takes memory only when it is written to.
    if (length > this.data.length) this.#grow(length);
    else if (length > this.length) this.data.fill(0, this.length, length);
    this.length = length;
  }

  /** The entry at `index`; 0 beyond the end. */
  at(index: number): number {
    return index < this.length ? this.data[index]! : 0;
  }

  /** The entries in use, as a view. */
  values(): A {
    return this.data.subarray(0, this.length) as A;
  }

  #grow(needed: number): void {
    const grown = new this.#Array(Math.max(needed, Math.ceil(this.data.length * 1.5)));
    grown.set(this.data.subarray(0, this.length));
    this.data = grown;
  }
}
