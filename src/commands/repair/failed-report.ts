/** What the report says of a recording that could not be repaired. */
import { fileSize } from '../../io/directory.ts';
import type { SalvorError } from '../../media/errors.ts';
import { failedRecording, type RecordingReport } from '../../media/report.ts';

export function failedReport(recording: string, error: SalvorError): RecordingReport {
  const bytes = fileSize(recording);
  return failedRecording(recording, error, bytes === undefined ? [] : [{ path: recording, bytes, fate: 'kept' }]);
}
