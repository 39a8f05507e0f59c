/** What the report says of a recording that could not be combined. */
import type { SalvorError } from '../../media/errors.ts';
import { failedRecording, type RecordingReport } from '../../media/report.ts';
import { sizesOf, stagingFilesOf } from './staging-files.ts';

/** Lists the staging files that are there, all of them kept. */
export function failedReport(recording: string, error: SalvorError): RecordingReport {
  const inputs = sizesOf(stagingFilesOf(recording)).map((input) => ({ ...input, fate: 'kept' as const }));
  return failedRecording(recording, error, inputs);
}
