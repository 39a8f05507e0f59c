/**
 * Copies of media that is valid only while it is told of, kept until it is written. They lie in blocks that are used again:
 * fresh memory costs several times what the copy does. It knows bytes and the order in which they came.
 */

const blockLength = 1024 * 1024;
/** Blocks that wait to be used again: a burst is not kept room for for ever. */
const maxSpares = 16;

/** Keeps bytes. */
export class KeptMedia {
  readonly #oldestNeeded: () => number;
  #block: Uint8Array = new Uint8Array(0);
  #used = 0;
  /** Blocks before the current one that are in use, the first of them having the number `#firstFull`. */
  readonly #full: Uint8Array[] = [];
  #firstFull = 0;
  readonly #spares: Uint8Array[] = [];

  /** `oldestNeeded`: gives the lowest block number of all copies that have to stay as they are; Infinity where there are none. */
  constructor(oldestNeeded: () => number) {
    this.#oldestNeeded = oldestNeeded;
  }

  /** Number of the block of the latest copy; those that follow have no lower one. */
  get blockNumber(): number {
    return this.#firstFull + this.#full.length;
  }

  /** A copy of some bytes. */
  keep(data: Uint8Array): Uint8Array {
    const { length } = data;
    if (this.#used + length > this.#block.length) this.#next(length);
    const copy = this.#block.subarray(this.#used, this.#used + length);
    copy.set(data);
    this.#used += length;
    return copy;
  }

  /** Goes on in a block that has room for so many bytes. */
  #next(length: number): void {
    this.#full.push(this.#block);
    const oldest = Math.min(this.#oldestNeeded(), this.blockNumber);
    for (; this.#firstFull < oldest; this.#firstFull++) {
      const block = this.#full.shift()!;
      if (this.#spares.length < maxSpares && block.length > 0) this.#spares.push(block);
    }
    const index = this.#spares.findIndex((block) => block.length >= length);
    const [spare] = index < 0 ? [] : this.#spares.splice(index, 1);
    this.#block = spare ?? Buffer.allocUnsafeSlow(Math.max(blockLength, length));
    this.#used = 0;
  }
}
