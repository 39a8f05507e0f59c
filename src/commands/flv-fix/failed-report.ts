/** What the report says of a file that could not be mended. */
import { fileSize } from '../../io/directory.ts';
import type { SalvorError } from '../../media/errors.ts';
import type { RecordingReport } from '../../media/report.ts';

export function failedReport(path: string, error: SalvorError): RecordingReport {
  const { kind, message, file, offset, advice } = error;
  const bytes = fileSize(path);
  return {
    recording: path,
    outcome: 'failed',
    inputs: bytes === undefined ? [] : [{ path, bytes, fate: 'kept' }],
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
