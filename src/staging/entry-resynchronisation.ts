/**
 * Finds its way back into a track file of which bytes were overwritten: entries differ in length, so one wrong byte would
 * otherwise cost all that follow. It knows what a true entry looks like, and nothing of tables and times.
 */
import { entryLength, hasCompositionRun, hasDurationRun, smallestEntry } from './track-entry.ts';

/** Bytes of the media file before its first sample. */
const mediaHeaderLength = 16;
/** Samples of one track that follow one another are not further apart, in bytes: seconds of the other track lie between. */
const widestGap = 256 * 1024 * 1024;
/** The recorder writes no other flags. */
const writtenFlags: ReadonlySet<number> = new Set([
  0,
  hasDurationRun,
  hasCompositionRun,
  hasDurationRun | hasCompositionRun,
]);

interface Entry {
  readonly flags: number;
  /** Where the next one begins. */
  readonly next: number;
  readonly offset: number;
  readonly end: number;
}

/** For one track file; `offsetLength` is the bytes of an offset in its entries, 4 or 8. */
export class Resynchronisation {
  readonly #offsetLength: number;
  readonly #mediaSize: number;
  /** Place in the file up to which there is nothing to go on with. */
  #searchedTo = 0;

  constructor(offsetLength: number, mediaSize: number) {
    this.#offsetLength = offsetLength;
    this.#mediaSize = mediaSize;
  }

  /**
   * Where reading goes on if what stands at a place of the block is no entry: at the next place at which two true ones
   * stand in a row. Undefined where it is one, or where only its values are false, or where no such place is left.
   */
  next(block: DataView, at: number, blockOffset: number): number | undefined {
    const entry = this.#entryAt(block, at);
    if (entry === undefined || this.#isInMedia(entry)) return undefined;
    const following = this.#entryAt(block, entry.next);
    if (following === undefined || this.#isInMedia(following) || isAfter(following, entry)) return undefined;
    if (blockOffset + at < this.#searchedTo) return undefined;
    for (let place = at + 1; place + smallestEntry(this.#offsetLength) <= block.byteLength; place++) {
      if (this.#isTrue(block, place)) return this.#bestWithSameEnd(block, place);
    }
    this.#searchedTo = blockOffset + block.byteLength;
    return undefined;
  }

  /**
   * A few wrong bytes before an entry, or the fields of a long one, may read as an entry that ends where it does. What
   * those give for a size is a count or a step, which are small: the largest sample is the true one.
   */
  #bestWithSameEnd(block: DataView, first: number): number {
    const { next } = this.#entryAt(block, first)!;
    let best = first;
    for (let place = first + 1; place + smallestEntry(this.#offsetLength) <= next; place++) {
      const entry = this.#entryAt(block, place);
      if (entry?.next !== next || !this.#isTrue(block, place)) continue;
      if (entry.end > this.#entryAt(block, best)!.end) best = place;
    }
    return best;
  }

  #isTrue(block: DataView, place: number): boolean {
    if (!writtenFlags.has(block.getUint8(place))) return false;
    const entry = this.#entryAt(block, place);
    if (entry === undefined || !this.#isInMedia(entry)) return false;
    const following = this.#entryAt(block, entry.next);
    return following === undefined || (this.#isInMedia(following) && isAfter(following, entry));
  }

  #isInMedia({ offset, end }: Entry): boolean {
    return end > offset && offset >= mediaHeaderLength && end <= this.#mediaSize;
  }

  #entryAt(block: DataView, at: number): Entry | undefined {
    if (at >= block.byteLength) return undefined;
    const flags = block.getUint8(at);
    const next = at + entryLength(flags, this.#offsetLength);
    if (next > block.byteLength) return undefined;
    const size = block.getUint32(at + ((flags & hasDurationRun) === hasDurationRun ? 9 : 1), true);
    const offsetAt = next - this.#offsetLength;
    const upper = this.#offsetLength === 8 ? block.getUint32(offsetAt + 4, true) : 0;
    const offset = block.getUint32(offsetAt, true) + upper * 2 ** 32;
    return { flags, next, offset, end: offset + size };
  }
}

/** Whether an entry describes what the recorder would have written next, in the media or beyond its present end. */
function isAfter(following: Entry, entry: Entry): boolean {
  return (
    writtenFlags.has(following.flags) &&
    following.end > following.offset &&
    following.offset >= entry.end &&
    following.offset - entry.end < widestGap
  );
}
