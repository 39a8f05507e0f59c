/** The reports of verbs as JSON: one object for all recordings (`--json`), or one object a line as each is done (`--ndjson`). */
import { reportVersion, type OperationReport, type RecordingLine, type RecordingReport } from '../media/report.ts';
import { version } from '../version.ts';

/** Everything that was done, as `--json` prints it at the end. */
export function reportJson(operation: string, recordings: readonly RecordingReport[]): string {
  const report: OperationReport = { reportVersion, operation, salvorVersion: version, recordings };
  return JSON.stringify(report, withoutCourse, 2);
}

/** What was done with one recording, as `--ndjson` prints it: in one line. */
export function recordingJson(operation: string, recording: RecordingReport): string {
  const line: RecordingLine = { reportVersion, operation, salvorVersion: version, ...recording };
  return JSON.stringify(line, withoutCourse);
}

const courses: ReadonlySet<string> = new Set(['course', 'courseBefore', 'courseAfter']);

/** Courses are for figures: as data they are long, and answer nothing that ranges do not. */
function withoutCourse(key: string, value: unknown): unknown {
  return courses.has(key) ? undefined : value;
}
