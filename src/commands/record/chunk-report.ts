/** The report of one file that was recorded, in the form that all verbs have. */
import { roundSeconds, type RecordingReport } from '../../media/report.ts';
import type { ChunkFindings, RecordedChunk } from './chunk-files.ts';

/** What is told of a file, of what it holds, and of the stream. `bytes`: read of the input until then; `began`: of `performance.now()`. */
export function chunkReport(
  chunk: RecordedChunk,
  { tracks, findings, replaced }: ChunkFindings,
  input: { readonly path: string; readonly bytes: number; readonly began: number },
): RecordingReport {
  const { file, bytes, start, stop } = chunk;
  return {
    recording: file,
    outcome: 'made',
    inputs: [{ path: input.path, bytes: input.bytes, fate: 'kept' }],
    output: { path: file, bytes, durationSeconds: roundSeconds(stop - start), replaced },
    tracks,
    unindexed: [],
    findings,
    elapsedSeconds: roundSeconds((performance.now() - input.began) / 1000),
    bytesMoved: tracks.reduce((sum, { kept }) => sum + kept.bytes, 0),
  };
}
