/**
 * What was found at the places that were looked at last, so that whoever comes by again need not look. Old places are forgotten
 * a generation at a time, with the table they stand in: of a Map whose entries are removed one by one, V8 links each table it
 * gives up to the next, and one that has grown old keeps all that follow, and what stands in them, until all of the heap is
 * collected.
 */

/** What was found, by offset; the last `count` places at least are known. */
export class RecentPlaces<T> {
  readonly #count: number;
  #young = new Map<number, T>();
  #old = new Map<number, T>();

  constructor(count: number) {
    this.#count = count;
  }

  get(offset: number): T | undefined {
    return this.#young.get(offset) ?? this.#old.get(offset);
  }

  set(offset: number, found: T): void {
    if (this.#young.size >= this.#count) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(offset, found);
  }

  /** Forgets all. */
  clear(): void {
    if (this.#young.size > 0) this.#young = new Map();
    if (this.#old.size > 0) this.#old = new Map();
  }
}
