/** Sync sample box, ISO/IEC 14496-12 clause 8.6.2: the numbers (from 1) of the samples where decoding can start. */
import { fullBox, type Box, type BoxSpan } from '../box.ts';
import { TableRows } from '../table-rows.ts';

/** `sync`: 1 for each sync sample among the first `length`. */
export function stss(sync: ArrayLike<number>, length: number): Box {
  let count = 0;
  for (let i = 0; i < length; i++) if (sync[i] === 1) count++;
  return fullBox('stss', 0, 0, (sink) => {
    sink.u32(count);
    for (let i = 0; i < length; i++) if (sync[i] === 1) sink.u32(i + 1);
  });
}

/** Rows of (sample number). */
export function readStss(span: BoxSpan): TableRows {
  return new TableRows(span, 1);
}
