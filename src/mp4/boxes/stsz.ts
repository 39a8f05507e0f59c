/** Sample size box, ISO/IEC 14496-12 clause 8.7.3.2: one size for all samples, or a size for each. */
import { bodyReader, fullBox, readVersionAndFlags, type Box, type BoxSpan } from '../box.ts';
import { TableRows } from '../table-rows.ts';

/** The table of sizes in bytes; where all are the same and not 0, only that size. */
export function stsz(sizes: Uint32Array): Box {
  // One size of 0 for all would mean that the table follows.
  const common = sizes.length > 0 && sizes[0] !== 0 && sizes.every((size) => size === sizes[0]) ? sizes[0]! : 0;
  return fullBox('stsz', 0, 0, (sink) => {
    sink.u32(common);
    sink.u32(sizes.length);
    if (common === 0) for (const size of sizes) sink.u32(size);
  });
}

/** Samples that all have one size. */
export function stszOfEqual(size: number, count: number): Box {
  return fullBox('stsz', 0, 0, (sink) => {
    sink.u32(size);
    sink.u32(count);
  });
}

/** What the box has of sizes, in bytes. */
export interface SampleSizes {
  /** The size of all samples, or 0 where `rows` has one for each. */
  readonly common: number;
  /** Samples the box claims. */
  readonly count: number;
  readonly rows: TableRows;
}

/** Reads the head; the sizes themselves are read through `rows`. */
export function readStsz(span: BoxSpan): SampleSizes {
  const reader = bodyReader({ ...span, end: Math.min(span.end, span.body + 12) });
  readVersionAndFlags(reader);
  const common = reader.u32();
  const rows = new TableRows(span, 1, 1);
  return { common, count: common === 0 ? rows.count : rows.claimed, rows };
}
