/**
 * Chunks: samples of one track that lie one behind the other. They follow from the sample table and are visited, never
 * gathered.
 */
import type { SampleTable } from '../media/sample-table.ts';
import type { ChunkRuns, DescriptionRun } from './boxes/stsc.ts';

/** Visits each chunk in order: offset of its first byte, samples in it, number of their description from 1 (which it is where it is not given). */
export type ChunkVisit = (visit: (offset: number, samples: number, description?: number) => void) => void;

/** A chunk ends here at the latest, so that a player that looks for a sample adds up few sizes. */
const maxChunk = 1024 * 1024;

/** All samples have the first description. */
const oneDescription: readonly DescriptionRun[] = [{ firstSample: 0, description: 1 }];

/**
 * The chunks of a track: as long as samples lie without gap and have one description, at most about 1 MiB. `frameBytes`:
 * bytes of a sample where a row of the table stands for many.
 */
export function chunksOf(
  table: SampleTable,
  frameBytes?: number,
  descriptions: readonly DescriptionRun[] = oneDescription,
): ChunkVisit {
  return (visit) => {
    const offsets = table.offsets.data;
    const sizes = table.sizes.data;
    let first = 0;
    let run = 0;
    for (let i = 1; i <= table.length; i++) {
      const changes = descriptions[run + 1]?.firstSample === i;
      const contiguous =
        i < table.length &&
        !changes &&
        offsets[i] === offsets[i - 1]! + sizes[i - 1]! &&
        offsets[i]! + sizes[i]! - offsets[first]! <= maxChunk;
      if (contiguous) continue;
      const bytes = offsets[i - 1]! + sizes[i - 1]! - offsets[first]!;
      visit(
        offsets[first]!,
        frameBytes === undefined ? i - first : bytes / frameBytes,
        descriptions[run]?.description ?? 1,
      );
      first = i;
      if (changes) run++;
    }
  };
}

/** Runs of (chunks, samples in each, their description), as stsc has them. */
export function samplesPerChunk(chunks: ChunkVisit): ChunkRuns {
  return (visit) => {
    let run = 0;
    let value = 0;
    let of = 1;
    chunks((_, samples, description = 1) => {
      if ((samples !== value || description !== of) && run > 0) {
        visit(run, value, of);
        run = 0;
      }
      value = samples;
      of = description;
      run++;
    });
    if (run > 0) visit(run, value, of);
  };
}
