/** Chunk offset box with 32-bit offsets, ISO/IEC 14496-12 clause 8.7.5. */
import { fullBox, type Box, type BoxSpan } from '../box.ts';
import type { ChunkVisit } from '../chunks.ts';
import { TableRows } from '../table-rows.ts';

/** `shift`: added to each offset; the caller has seen to it that the sums fit. */
export function stco(chunks: ChunkVisit, shift: () => number): Box {
  return fullBox('stco', 0, 0, (sink) => {
    let count = 0;
    chunks(() => count++);
    sink.u32(count);
    const added = shift();
    chunks((offset) => sink.u32(offset + added));
  });
}

/** Rows of (offset). */
export function readStco(span: BoxSpan): TableRows {
  return new TableRows(span, 1);
}
