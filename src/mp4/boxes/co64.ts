/** Chunk offset box with 64-bit offsets, ISO/IEC 14496-12 clause 8.7.5. */
import { fullBox, type Box, type BoxSpan } from '../box.ts';
import type { ChunkVisit } from '../chunks.ts';
import { TableRows } from '../table-rows.ts';

/** `shift`: added to each offset. */
export function co64(chunks: ChunkVisit, shift: () => number): Box {
  return fullBox('co64', 0, 0, (sink) => {
    let count = 0;
    chunks(() => count++);
    sink.u32(count);
    const added = shift();
    chunks((offset) => sink.u64(offset + added));
  });
}

/** Rows of (high half, low half). */
export function readCo64(span: BoxSpan): TableRows {
  return new TableRows(span, 2);
}
