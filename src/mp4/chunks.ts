/**
 * Chunks: samples of one track that lie one behind the other. They follow from the sample table and are visited, never
 * gathered.
 */
import type { SampleTable } from '../media/sample-table.ts';
import type { Runs } from './runs.ts';

/** Visits each chunk in order: offset of its first byte, samples in it. */
export type ChunkVisit = (visit: (offset: number, samples: number) => void) => void;

/** A chunk ends here at the latest, so that a player that looks for a sample adds up few sizes. */
const largestChunk = 1024 * 1024;

/**
 * The chunks of a track: as long as samples lie without gap, at most about 1 MiB. `frameBytes`: bytes of a sample where a row
 * of the table stands for many.
 */
export function chunksOf(table: SampleTable, frameBytes?: number): ChunkVisit {
  return (visit) => {
    const offsets = table.offsets.data;
    const sizes = table.sizes.data;
    let first = 0;
    for (let i = 1; i <= table.length; i++) {
      const contiguous =
        i < table.length &&
        offsets[i] === offsets[i - 1]! + sizes[i - 1]! &&
        offsets[i]! + sizes[i]! - offsets[first]! <= largestChunk;
      if (contiguous) continue;
      const bytes = offsets[i - 1]! + sizes[i - 1]! - offsets[first]!;
      visit(offsets[first]!, frameBytes === undefined ? i - first : bytes / frameBytes);
      first = i;
    }
  };
}

/** Runs of (chunks, samples in each), as stsc has them. */
export function samplesPerChunk(chunks: ChunkVisit): Runs {
  return (visit) => {
    let run = 0;
    let value = 0;
    chunks((_, samples) => {
      if (samples !== value && run > 0) {
        visit(run, value);
        run = 0;
      }
      value = samples;
      run++;
    });
    if (run > 0) visit(run, value);
  };
}
