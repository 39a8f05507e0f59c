/** Sample to chunk box, ISO/IEC 14496-12 clause 8.7.4: runs of chunks with equally many samples, each from its first chunk on. */
import { fullBox, type Box, type BoxSpan } from '../box.ts';
import type { Runs } from '../runs.ts';
import { TableRows } from '../table-rows.ts';

/** `samplesPerChunk`: runs of (chunks, samples in each). All samples have the first sample description. */
export function stsc(samplesPerChunk: Runs): Box {
  return fullBox('stsc', 0, 0, (sink) => {
    let runs = 0;
    samplesPerChunk(() => runs++);
    sink.u32(runs);
    let firstChunk = 1;
    samplesPerChunk((chunks, samples) => {
      sink.u32(firstChunk);
      sink.u32(samples);
      sink.u32(1);
      firstChunk += chunks;
    });
  });
}

/** Rows of (first chunk, samples per chunk, sample description index). */
export function readStsc(span: BoxSpan): TableRows {
  return new TableRows(span, 3);
}
