/**
 * What the verbs have in common that work on one recording after the other: progress, a line or two for each, failures that
 * do not keep the others from being done, the report as JSON, the exit code. What is done to a recording is not known here.
 */
import type { ChalkInstance } from 'chalk';
import { fileSize } from '../io/directory.ts';
import { Pace } from '../io/pace.ts';
import { SalvorError } from '../media/errors.ts';
import { assumingCodes, type Finding, type FindingCode } from '../media/findings.ts';
import { failedRecording, type OperationReport, type RecordingReport } from '../media/report.ts';
import { failureLine } from '../ui/failure.ts';
import { hasUnicode, keptBar } from '../ui/kept-bar.ts';
import { openProgress, type Progress } from '../ui/progress.ts';
import { findingLine } from '../ui/report-text.ts';
import { shareLine } from '../ui/kept-share.ts';
import { styleFor } from '../ui/style.ts';
import type { Terminal } from '../ui/terminal.ts';
import type { PageReportOptions, ReportOptions } from './options.ts';
import { recordingJson, reportJson } from './report-json.ts';
import { openPages } from './open-pages.ts';

/** Exit code under --strict: done, but media was lost. */
const mediaLostExitCode = 3;

/** The options of verbs that work on recordings. */
export interface RecordingOptions extends ReportOptions, PageReportOptions {
  /** Whether what has a name that is needed may be replaced. */
  readonly force: boolean;
  /** Lost media is a failure. */
  readonly strict: boolean;
  readonly 'dry-run': boolean;
}

/** What one verb does with each recording, and how that is shown. */
export interface RecordingWork<Task> {
  readonly operation: OperationReport['operation'];
  readonly tasks: readonly Task[];
  /** What asks the work to stop: between two tasks, too, of which each may be nearly nothing. */
  readonly signal: AbortSignal;
  readonly nameOf: (task: Task) => string;
  /** Does one; a `SalvorError` it throws is the failure of this one alone. */
  readonly work: (task: Task, progress: Progress) => Promise<readonly RecordingReport[]>;
  /** The report of one that failed; by default it names the file and its size. */
  readonly failed?: (name: string, error: SalvorError) => RecordingReport;
  /** One line: what was done. */
  readonly summary: (report: RecordingReport, style: ChalkInstance) => string;
  /** One line, on standard error, if media was lost. */
  readonly loss: (report: RecordingReport, style: ChalkInstance) => string | undefined;
  /** Lines below the summary. `isPlan`: they say what would be done, and there is something to do. */
  readonly details: (report: RecordingReport, isPlan: boolean) => readonly string[];
  readonly isShown: (finding: Finding, isPlan: boolean) => boolean;
  /** With --quiet, what is busy is not told: in a directory, what is being recorded is no news. */
  readonly isSweep?: boolean;
}

/**
 * What was assumed, and what contradicts it; what is not proven of a reference; what a second judge says; that there is no
 * second copy: told on every terminal and in every log, for nobody sees it in the result.
 */
const alwaysShown: ReadonlySet<FindingCode> = new Set([
  ...assumingCodes,
  'staging-made-in-place',
  'result-decoded',
  'result-decoding-complaint',
  'result-not-decoded',
]);

/** Whether a finding is shown without --verbose, on a terminal or not. */
export function isAlwaysShown({ code }: Finding): boolean {
  return alwaysShown.has(code);
}

/** Does all of the work and says what came of it. Resolves to the exit code. */
export async function runRecordings<Task>(
  options: RecordingOptions,
  terminal: Terminal,
  {
    operation,
    tasks,
    signal,
    nameOf,
    work,
    failed = failedFile,
    summary,
    loss,
    details,
    isShown,
    isSweep = false,
  }: RecordingWork<Task>,
): Promise<number> {
  const outStyle = styleFor(terminal, terminal.out, options.color);
  const errStyle = styleFor(terminal, terminal.err, options.color);
  const line = (text: string): void => terminal.out.write(`${text}\n`);
  const note = (text: string): void => terminal.err.write(`${text}\n`);
  const pages = await openPages({
    operation,
    report: options.report,
    force: options.force,
    isIndex: isSweep || tasks.length > 1,
    recordings: tasks.map(nameOf),
  });
  const isData = options.json || options.ndjson;
  const progress = await openProgress(terminal, !options.quiet && !isData);
  const reports: RecordingReport[] = [];
  const codes: number[] = [];
  const pace = new Pace(signal);
  for (const task of tasks) {
    const name = nameOf(task);
    try {
      if (pace.isDue) await pace.turn();
      progress.busy(`reading ${name}`);
      const made = await work(task, progress);
      progress.clear();
      // A signal that came while the last bytes were read is heard only now; what has been made stays.
      if (made.every(({ outcome }) => outcome === 'would-make' || outcome === 'untouched')) await pace.wholeTurn();
      reports.push(...made);
      for (const report of made) {
        pages?.add(report);
        const lost = loss(report, errStyle);
        if (options.strict && lost !== undefined) codes.push(mediaLostExitCode);
        if (options.ndjson) line(recordingJson(operation, report));
        if (isData || options.quiet) continue;
        line(summary(report, outStyle));
        const bar = lost === undefined && !options.verbose ? undefined : barOf(report, terminal, outStyle);
        if (bar !== undefined) line(bar);
        if (lost !== undefined) note(lost);
        const isPlan = options['dry-run'] && report.outcome !== 'already-made';
        details(report, isPlan).forEach(line);
        const isTold = report.outcome !== 'untouched' && (isPlan || options.verbose);
        const share = isTold ? shareLine(report) : undefined;
        if (share !== undefined) line(`      ${share}`);
        for (const finding of report.findings) if (isShown(finding, isPlan)) note(findingLine(finding, errStyle));
      }
    } catch (error) {
      progress.clear();
      if (!(error instanceof SalvorError)) throw error;
      if (!(options.quiet && isSweep && error.kind === 'busy')) {
        note(failureLine('salvor', error, terminal, options.debug, options.color));
      }
      const report = failed(name, error);
      reports.push(report);
      pages?.add(report);
      if (options.ndjson) line(recordingJson(operation, report));
      codes.push(error.exitCode);
      if (error.kind === 'interrupted') break;
    }
  }
  try {
    pages?.finish();
  } catch (error) {
    if (!(error instanceof SalvorError)) throw error;
    note(failureLine('salvor', error, terminal, options.debug, options.color));
    codes.push(error.exitCode);
  }
  if (options.json) line(reportJson(operation, reports));
  return worstOf(codes);
}

/** The recording as a bar, on a terminal and where something was made; in a log it says nothing that is not said in words. */
function barOf({ outcome, tracks }: RecordingReport, terminal: Terminal, style: ChalkInstance): string | undefined {
  if (!terminal.out.isTerminal || (outcome !== 'made' && outcome !== 'would-make')) return undefined;
  const bar = keptBar(tracks, style, hasUnicode(terminal.environment));
  return bar === undefined ? undefined : `      ${bar}`;
}

function failedFile(path: string, error: SalvorError): RecordingReport {
  const bytes = fileSize(path);
  return failedRecording(path, error, bytes === undefined ? [] : [{ path, bytes, fate: 'kept' }]);
}

/** Of several exit codes the one that says most: what failed before what was lost, what nothing but time helps last. */
function worstOf(codes: readonly number[]): number {
  return [130, 1, 2, 75, mediaLostExitCode].find((code) => codes.includes(code)) ?? 0;
}
