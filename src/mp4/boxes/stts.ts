/** Decoding time to sample box, ISO/IEC 14496-12 clause 8.6.1.2: runs of (count, duration in ticks). */
import { fullBox, type Box, type BoxSpan } from '../box.ts';
import { writeRuns, type VisitRuns } from '../runs.ts';
import { TableRows } from '../table-rows.ts';

/** The table of durations. */
export function stts(durations: VisitRuns): Box {
  return fullBox('stts', 0, 0, (sink) => writeRuns(durations, sink));
}

/** Rows of (count, duration). */
export function readStts(span: BoxSpan): TableRows {
  return new TableRows(span, 2);
}
