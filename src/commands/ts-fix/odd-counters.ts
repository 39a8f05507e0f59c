/**
 * Single packets of a PID whose continuity counter is wrong. Where packets are missing, the counters go on from the one
 * behind the gap; where the next goes on as if nothing had been, only the number of the one between is wrong.
 */
import { Column } from '../../media/column.ts';

/** Finds them while the counters of a PID go by. */
export class OddCounters {
  /** Offsets of their cells and of those behind them, rising: neither stands behind a gap. */
  readonly offsets = new Column(Float64Array, 16);
  /** The counter that would show that the last packet's is wrong; -1 where it followed. */
  #next = -1;
  #place = -1;

  /**
   * Takes the next counter with the offset of its cell. `before`: that of the packet before, -1 for none; `isGap`: it does not
   * follow. True: the packet before had a wrong one, and nothing is missing.
   */
  take(before: number, counter: number, isGap: boolean, place: number): boolean {
    const resumes = isGap && counter === this.#next;
    if (resumes) {
      this.offsets.push(this.#place);
      this.offsets.push(place);
    }
    this.#next = isGap && !resumes && before >= 0 ? (before + 2) & 15 : -1;
    this.#place = place;
    return resumes;
  }
}

/** Where a walk is among the offsets of a PID. */
export class OffsetCursor {
  readonly #offsets: Column<Float64Array>;
  #next = 0;

  constructor(offsets: Column<Float64Array>) {
    this.#offsets = offsets;
  }

  /** Whether an offset is among them. Those asked for rise. */
  holds(offset: number): boolean {
    while (this.#next < this.#offsets.length && this.#offsets.at(this.#next) < offset) this.#next++;
    return this.#next < this.#offsets.length && this.#offsets.at(this.#next) === offset;
  }
}
