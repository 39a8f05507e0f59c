/** Stretches of the file in which packets of one PID go: how they are gathered, counted and asked. */
import { Column } from '../../media/column.ts';
import type { DroppedRanges } from './plan.ts';

/** None yet. */
export const noRanges = (): DroppedRanges => ({
  from: new Column(Float64Array, 16),
  to: new Column(Float64Array, 16),
});

/** Adds a stretch of the file to those of a PID; they rise. */
export function addRange({ from, to }: DroppedRanges, start: number, end: number): void {
  if (to.length > 0 && to.at(to.length - 1) === start) to.data[to.length - 1] = end;
  else {
    from.push(start);
    to.push(end);
  }
}

/** How many cells ranges of them hold. */
export function packetsIn({ from, to }: DroppedRanges, stride: number): number {
  let bytes = 0;
  for (let index = 0; index < from.length; index++) bytes += to.at(index) - from.at(index);
  return bytes / stride;
}

/** Where a walk is in the ranges of a PID that are left out. */
export class RangeCursor {
  readonly #ranges: DroppedRanges;
  #next = 0;

  constructor(ranges: DroppedRanges) {
    this.#ranges = ranges;
  }

  /** Whether the packet at an offset is left out. Offsets rise. */
  holds(offset: number): boolean {
    const { from, to } = this.#ranges;
    while (this.#next < to.length && to.at(this.#next) <= offset) this.#next++;
    return this.#next < from.length && offset >= from.at(this.#next);
  }
}
