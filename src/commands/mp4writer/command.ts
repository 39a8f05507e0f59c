/** `salvor mp4writer`: flags and help of combining staging sets, and how its report is shown. */
import { join, basename } from 'node:path';
import type { Argv } from 'yargs';
import { pathKind } from '../../io/directory.ts';
import { SalvorError } from '../../media/errors.ts';
import type { Finding } from '../../media/findings.ts';
import { reportVersion, type OperationReport, type RecordingReport } from '../../media/report.ts';
import { failureLine } from '../../ui/failure.ts';
import { openProgress } from '../../ui/progress.ts';
import { findingLine, inputLines, lossLine, summaryLine, trackLines } from '../../ui/report-text.ts';
import { styleFor } from '../../ui/style.ts';
import type { Terminal } from '../../ui/terminal.ts';
import { version } from '../../version.ts';
import type { Command } from '../index.ts';
import { withOutputOptions, withReportOptions, type OutputOptions, type ReportOptions } from '../options.ts';
import { combine } from './combine.ts';
import { failedReport } from './failed-report.ts';
import { referencesFor } from './references.ts';
import { findRecordings } from './staging-files.ts';

interface Mp4WriterOptions extends OutputOptions, ReportOptions {
  path: string[];
  recovery: boolean;
  reference: string | undefined;
  strict: boolean;
  'remove-staging': boolean;
  'win-qt-compat': boolean | undefined;
}

function build(yargs: Argv): Argv {
  return withReportOptions(
    withOutputOptions(
      yargs
        .usage(
          '$0 mp4writer <path..> [options]\n\nMakes an MP4 of the staging files (.info, .mdat, .track1, .track2) that a media server left of each recording.',
        )
        .positional('path', {
          type: 'string',
          array: true,
          demandOption: true,
          description:
            'The recording, as it was named to the server, or any of its staging files; a chunked recording means all its parts',
        }),
    )
      .option('recovery', {
        type: 'boolean',
        default: false,
        description: 'Keep what can be kept of a set that a crash has torn',
        group: 'Staging files:',
      })
      .option('reference', {
        type: 'string',
        requiresArg: true,
        description:
          'With --recovery: an MP4, FLV or staging set of the same stream, to take a lost codec configuration from',
        group: 'Staging files:',
      })
      .option('strict', {
        type: 'boolean',
        default: false,
        description: 'With --recovery: exit with 3 if any media was lost',
        group: 'Staging files:',
      })
      .option('remove-staging', {
        type: 'boolean',
        default: false,
        description:
          'Remove the staging files once the MP4 is complete, checked and on the disk; with --recovery, only if nothing in them is left unused',
        group: 'Staging files:',
      })
      .option('win-qt-compat', {
        type: 'boolean',
        description: 'Ask for 32-bit fields throughout, whatever the set says (--no-win-qt-compat: do not)',
        group: 'Output:',
      }),
  )
    .example('$0 mp4writer rec.mp4', 'makes rec.mp4 and keeps the staging files')
    .example('$0 combine /srv/rec/*.info -o /srv/mp4/', 'combines every set of a directory into another')
    .example('$0 mp4writer rec.mp4 -n -v', 'tells what would be done');
}

/** Exit code under --strict: done, but media was lost. */
const mediaLostExitCode = 3;

/** The sets to combine and the file each becomes. */
function plan(options: Mp4WriterOptions): { recording: string; output: string }[] {
  const recordings = [...new Set(options.path.flatMap((path) => findRecordings(path)))];
  const { output } = options;
  if (output === undefined) return recordings.map((recording) => ({ recording, output: recording }));
  const isDirectory = pathKind(output) === 'directory' || output.endsWith('/');
  if (isDirectory) return recordings.map((recording) => ({ recording, output: join(output, basename(recording)) }));
  const [only] = recordings;
  if (recordings.length > 1 || only === undefined) {
    throw new SalvorError('usage', `${recordings.length} recordings cannot go into one file`, {
      file: output,
      advice: 'give a directory to --output',
    });
  }
  return [{ recording: only, output }];
}

async function run(parsed: Record<string, unknown>, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const options = parsed as unknown as Mp4WriterOptions;
  const outStyle = styleFor(terminal, terminal.out, options.color);
  const errStyle = styleFor(terminal, terminal.err, options.color);
  const line = (text: string): void => terminal.out.write(`${text}\n`);
  const note = (text: string): void => terminal.err.write(`${text}\n`);
  const progress = await openProgress(terminal, !options.quiet && !options.json);
  const references = referencesFor(options.reference);
  const reports: RecordingReport[] = [];
  let exitCode = 0;
  for (const { recording, output } of plan(options)) {
    try {
      progress.busy(`reading ${recording}`);
      const report = await combine(recording, {
        output,
        replace: options.force,
        again: options.force,
        removeStaging: options['remove-staging'],
        dryRun: options['dry-run'],
        recovery: options.recovery ? { references: references(recording) } : undefined,
        winQtCompat: options['win-qt-compat'],
        signal,
        progress: (done, total) => progress.advance(basename(recording), done, total),
      });
      progress.clear();
      reports.push(report);
      const loss = lossLine(report, errStyle);
      if (options.strict && loss !== undefined) exitCode = Math.max(exitCode, mediaLostExitCode);
      if (options.json || options.quiet) continue;
      line(summaryLine(report, outStyle));
      if (loss !== undefined) note(loss);
      if (options.verbose) trackLines(report).forEach(line);
      if (options.verbose || options['dry-run']) inputLines(report).forEach(line);
      // What a recovery met is its daily bread, told in the two lines above; who wants all of it says --verbose.
      const shown = (finding: Finding): boolean =>
        options.verbose || (finding.severity === 'warning' && (!options.recovery || terminal.err.isTerminal));
      for (const finding of report.findings.filter(shown)) note(findingLine(finding, errStyle));
    } catch (error) {
      progress.clear();
      if (!(error instanceof SalvorError)) throw error;
      note(failureLine('salvor', error, terminal, options.debug));
      reports.push(failedReport(recording, error));
      exitCode = Math.max(exitCode, error.exitCode);
      if (error.kind === 'interrupted') break;
    }
  }
  if (options.json) {
    const report: OperationReport = {
      reportVersion,
      operation: 'mp4writer',
      salvorVersion: version,
      recordings: reports,
    };
    line(JSON.stringify(report, null, 2));
  }
  return exitCode;
}

export const command: Command = { build, run };
