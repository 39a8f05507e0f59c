/**
 * Equal neighbours counted together: what stts, ctts and stsc are made of. Runs are visited, never gathered: a day of
 * audio whose steps alternate between 23 and 24 milliseconds has millions of them.
 */
import type { ByteSink } from '../bytes/byte-sink.ts';

/** Visits each run in order. */
export type VisitRuns = (visit: (count: number, value: number) => void) => void;

/** The runs of equal values among the first `length` numbers of a column, each with `shift` added. */
export function runsOf(column: ArrayLike<number>, length: number, shift = 0): VisitRuns {
  return (visit) => {
    let start = 0;
    for (let i = 1; i <= length; i++) {
      if (i < length && column[i] === column[start]) continue;
      visit(i - start, column[start]! + shift);
      start = i;
    }
  };
}

/** Writes the count of runs and the runs, as stts and ctts have them. */
export function writeRuns(runs: VisitRuns, sink: ByteSink): void {
  let count = 0;
  runs(() => count++);
  sink.u32(count);
  runs((length, value) => {
    sink.u32(length);
    sink.i32(value);
  });
}
