/** Composition time to sample box, ISO/IEC 14496-12 clause 8.6.1.3: runs of (count, offset in ticks). Version 1 has signed offsets. */
import { fullBox, type Box, type BoxSpan } from '../box.ts';
import { writeRuns, type VisitRuns } from '../runs.ts';
import { TableRows } from '../table-rows.ts';

/** The table, in version 1 only where an offset is negative. */
export function ctts(offsets: VisitRuns): Box {
  let negative = false;
  offsets((_, offset) => (negative ||= offset < 0));
  return fullBox('ctts', negative ? 1 : 0, 0, (sink) => writeRuns(offsets, sink));
}

/** Rows of (count, offset); the offset is to be read as signed (`| 0`): recorders write negative ones in version 0 too. */
export function readCtts(span: BoxSpan): TableRows {
  return new TableRows(span, 2);
}
