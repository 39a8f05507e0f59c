/** What the report says of a recording that could not be repaired. */
import { fileSize } from '../../io/directory.ts';
import type { SalvorError } from '../../media/errors.ts';
import type { RecordingReport } from '../../media/report.ts';

export function failedReport(recording: string, error: SalvorError): RecordingReport {
  const { kind, message, file, offset, advice } = error;
  const bytes = fileSize(recording);
  return {
    recording,
    outcome: 'failed',
    inputs: bytes === undefined ? [] : [{ path: recording, bytes, fate: 'kept' }],
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
