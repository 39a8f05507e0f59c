/**
 * Packets of a PID whose continuity counter is wrong, one or a few in a row. Where packets are missing, the counters go on
 * from the packet after the gap; where that goes on as if nothing had been, only the numbers between are wrong.
 */
import { Column } from '../../media/column.ts';

/** So many in a row are distinguished from packets that are missing. */
const maxRun = 3;

/** Finds them while the counters of a PID go by. */
export class OddCounters {
  /** Offsets of their cells and of those after them, rising: none stands after a gap. */
  readonly offsets = new Column(Float64Array, 16);
  /** The first cell of those that were found last. */
  first = -1;
  /** The counter before the first that does not follow, and the offsets of the cells from there on. */
  #before = -1;
  readonly #run: number[] = [];
  /** Their counters, as far after that one as they say, a bit each. */
  #steps = 0;

  /**
   * Takes the next counter with the offset of its cell. `before`: that of the packet before, -1 for none; `isGap`: it does not
   * follow. Gives how many packets before had a wrong one and nothing missing before them; 0 where none.
   */
  take(before: number, counter: number, isGap: boolean, offset: number): number {
    if (!isGap || before < 0) {
      this.#run.length = 0;
      return 0;
    }
    const count = this.#run.length;
    // Those that came in another order have all the counters in between.
    const isReordered = this.#steps === ((1 << count) - 1) << 1;
    if (count > 0 && !isReordered && counter === ((this.#before + count + 1) & 15)) {
      for (const each of this.#run) this.offsets.push(each);
      this.offsets.push(offset);
      this.first = this.#run[0]!;
      this.#run.length = 0;
      return count;
    }
    if (count === maxRun) this.#run.length = 0;
    if (this.#run.length === 0) {
      this.#before = before;
      this.#steps = 0;
    }
    this.#steps |= 1 << ((counter - this.#before) & 15);
    this.#run.push(offset);
    return 0;
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
