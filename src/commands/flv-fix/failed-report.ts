/** What the report says of a file that could not be mended. */
import { fileSize } from '../../io/directory.ts';
import type { SalvorError } from '../../media/errors.ts';
import { failedRecording, type RecordingReport } from '../../media/report.ts';

export function failedReport(path: string, error: SalvorError): RecordingReport {
  const bytes = fileSize(path);
  return failedRecording(path, error, bytes === undefined ? [] : [{ path, bytes, fate: 'kept' }]);
}
