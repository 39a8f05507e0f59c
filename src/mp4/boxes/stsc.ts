/** Sample to chunk box, ISO/IEC 14496-12 clause 8.7.4: runs of chunks with equally many samples, each from its first chunk on. */
import { fullBox, type Box, type BoxSpan } from '../box.ts';
import { TableRows } from '../table-rows.ts';

/** A run of samples with the same sample description. */
export interface DescriptionRun {
  /** From 0. */
  readonly firstSample: number;
  /** From 1, as in stsc. */
  readonly description: number;
}

/** Visits runs of chunks with equally many samples; `description` from 1, which is also what it is where it is not given. */
export type ChunkRuns = (visit: (chunks: number, samples: number, description?: number) => void) => void;

/** The box of such runs. */
export function stsc(runs: ChunkRuns): Box {
  return fullBox('stsc', 0, 0, (sink) => {
    let count = 0;
    runs(() => count++);
    sink.u32(count);
    let firstChunk = 1;
    runs((chunks, samples, description = 1) => {
      sink.u32(firstChunk);
      sink.u32(samples);
      sink.u32(description);
      firstChunk += chunks;
    });
  });
}

/** Rows of (first chunk, samples per chunk, sample description index). */
export function readStsc(span: BoxSpan): TableRows {
  return new TableRows(span, 3);
}
