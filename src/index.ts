/**
 * The package for programs: `import { probe, combine, repair, fixFlv, fixTs, splitTs, remux, record } from 'salvor'`. Each function is a verb
 * of the command line without a terminal: it takes a path, may be ended by an `AbortSignal`, and gives the report that the verb
 * prints with `--json`. Nothing happens when it is imported.
 */
export { combine, stagingRecordings, type CombineOptions } from './api/combine.ts';
export type { CommonOptions, OutputOptions } from './api/common.ts';
export { fixFlv, splitFlv, type FixFlvOptions } from './api/fix-flv.ts';
export { fixTs, type FixTsOptions } from './api/fix-ts.ts';
export { ffprobeForm, probe, type ProbeOptions } from './api/probe.ts';
export { record, type RecordedFile, type RecordOptions } from './api/record.ts';
export { remux, type RemuxOptions } from './api/remux.ts';
export { repair, type RepairOptions } from './api/repair.ts';
export { splitTs, type SplitTsOptions } from './api/split-ts.ts';
export { SalvorError, type FailureKind } from './media/errors.ts';
export type { Finding, Severity } from './media/findings.ts';
export type { Advice, Health, ProbedRecording, ProbedTrack, Verdict } from './media/probed-recording.ts';
export type { ProbeReport } from './media/probe-report.ts';
export type {
  ConfigurationOrigin,
  InputReport,
  LossReason,
  OutputReport,
  PartReport,
  RecordingReport,
  TrackRange,
  TrackReport,
} from './media/report.ts';
export type { DistanceCourse, TrackCourse } from './media/track-course.ts';
export { version } from './version.ts';
