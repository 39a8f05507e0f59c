/** What the report says of a recording that could not be combined. */
import type { SalvorError } from '../../media/errors.ts';
import type { RecordingReport } from '../../media/report.ts';
import { sizesOf, stagingFilesOf } from './staging-files.ts';

export function failedReport(recording: string, error: SalvorError): RecordingReport {
  const { kind, message, file, offset, advice } = error;
  return {
    recording,
    outcome: 'failed',
    inputs: sizesOf(stagingFilesOf(recording)).map((input) => ({ ...input, fate: 'kept' })),
    tracks: [],
    unindexed: [],
    findings: error.findings,
    failure: {
      kind,
      message,
      ...(file === undefined ? {} : { file }),
      ...(offset === undefined ? {} : { offset }),
      ...(advice === undefined ? {} : { advice }),
    },
    elapsedSeconds: 0,
    bytesMoved: 0,
  };
}
