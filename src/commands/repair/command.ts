/** `salvor repair`: flags and help of repairing MP4s, and how its report is shown. */
import { basename, dirname, extname, join } from 'node:path';
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
import {
  lastValues,
  withOutputOptions,
  withReportOptions,
  type OutputOptions,
  type ReportOptions,
} from '../options.ts';
import { failedReport } from './failed-report.ts';
import { repair } from './repair.ts';

interface RepairCommandOptions extends OutputOptions, ReportOptions {
  path: string[];
  reference: string | undefined;
  fps: number | undefined;
  strict: boolean;
  'in-place': boolean;
}

function build(yargs: Argv): Argv {
  return withReportOptions(
    withOutputOptions(
      yargs
        .usage(
          '$0 repair <path..> [options]\n\nMakes a playable MP4 of one that lacks its moov, or whose moov, sizes or offsets are wrong. The damaged file is only read.',
        )
        .positional('path', {
          type: 'string',
          array: true,
          demandOption: true,
          description: 'The damaged MP4 or MOV, or media of one without anything around it',
        }),
    )
      .option('reference', {
        type: 'string',
        requiresArg: true,
        description:
          'A complete recording by the same encoder with the same settings, to take lost codec configurations from',
        group: 'Damaged file:',
      })
      .option('fps', {
        type: 'number',
        requiresArg: true,
        description: 'Pictures a second, where nothing in the stream tells',
        group: 'Damaged file:',
      })
      .option('in-place', {
        type: 'boolean',
        default: false,
        description: 'Mend a complete recording of more than 4 GiB where it lies, without moving media',
        group: 'Damaged file:',
      })
      .option('strict', {
        type: 'boolean',
        default: false,
        description: 'Exit with 3 if any media was lost',
        group: 'Damaged file:',
      }),
  )
    .example('$0 repair rec.mp4', 'makes rec.repaired.mp4')
    .example('$0 repair rec.mp4 --reference earlier.mp4 -o whole.mp4', 'takes the codec configurations from another')
    .example('$0 repair big.mp4 --in-place', 'gives a complete recording of more than 4 GiB its sizes back')
    .example('$0 repair *.mp4 -n -v', 'tells what would be recovered, and by what');
}

/** Exit code under --strict: done, but media was lost. */
const mediaLostExitCode = 3;
const lossWords = { unindexed: 'that belong to no sample', inputs: 'the damaged file is as it was' };

function targetOf(path: string, output: string | undefined): string {
  const name = `${basename(path, extname(path))}.repaired.mp4`;
  if (output === undefined) return join(dirname(path), name);
  const isDirectory = pathKind(output) === 'directory' || output.endsWith('/');
  return isDirectory ? join(output, `${basename(path, extname(path))}.mp4`) : output;
}

function checkOptions(options: RepairCommandOptions): void {
  const { path, output, fps } = options;
  if (fps !== undefined && !(fps > 0 && fps <= 1000)) {
    throw new SalvorError('usage', '--fps has to be a number between 0 and 1000');
  }
  if (options['in-place'] && output !== undefined) {
    throw new SalvorError('usage', '--in-place writes no other file', { advice: 'leave out --in-place or --output' });
  }
  const targets = path.map((one) => targetOf(one, output));
  const twice = targets.find((target, index) => targets.indexOf(target) !== index);
  if (twice === undefined) return;
  throw new SalvorError('usage', `${path.length} recordings cannot go into one file`, {
    file: twice,
    advice: 'give a directory to --output',
  });
}

/** Of several exit codes the one that says most: what failed before what was lost, what nothing but time helps last. */
function worstOf(codes: readonly number[]): number {
  return [130, 1, 2, 75, mediaLostExitCode].find((code) => codes.includes(code)) ?? 0;
}

async function run(parsed: Record<string, unknown>, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const options = lastValues(parsed, ['path']) as unknown as RepairCommandOptions;
  checkOptions(options);
  const outStyle = styleFor(terminal, terminal.out, options.color);
  const errStyle = styleFor(terminal, terminal.err, options.color);
  const line = (text: string): void => terminal.out.write(`${text}\n`);
  const note = (text: string): void => terminal.err.write(`${text}\n`);
  const progress = await openProgress(terminal, !options.quiet && !options.json);
  const reports: RecordingReport[] = [];
  const codes: number[] = [];
  for (const path of options.path) {
    try {
      progress.busy(`reading ${path}`);
      const report = await repair(path, {
        output: targetOf(path, options.output),
        replace: options.force,
        dryRun: options['dry-run'],
        reference: options.reference,
        inPlace: options['in-place'],
        framesPerSecond: options.fps,
        signal,
        progress: (what, done, total) => progress.advance(`${what} ${basename(path)}`, done, total),
      });
      progress.clear();
      reports.push(report);
      const loss = lossLine(report, errStyle, lossWords);
      if (options.strict && loss !== undefined) codes.push(mediaLostExitCode);
      if (options.json || options.quiet) continue;
      line(summaryLine(report, outStyle));
      if (loss !== undefined) note(loss);
      if (options.verbose) trackLines(report).forEach(line);
      if (options.verbose || options['dry-run']) inputLines(report).forEach(line);
      const shown = (finding: Finding): boolean =>
        options.verbose || options['dry-run'] || (finding.severity !== 'note' && terminal.err.isTerminal);
      for (const finding of report.findings.filter(shown)) note(findingLine(finding, errStyle));
    } catch (error) {
      progress.clear();
      if (!(error instanceof SalvorError)) throw error;
      note(failureLine('salvor', error, terminal, options.debug, options.color));
      reports.push(failedReport(path, error));
      codes.push(error.exitCode);
      if (error.kind === 'interrupted') break;
    }
  }
  if (options.json) {
    const report: OperationReport = { reportVersion, operation: 'repair', salvorVersion: version, recordings: reports };
    line(JSON.stringify(report, null, 2));
  }
  return worstOf(codes);
}

export const command: Command = { build, run };
