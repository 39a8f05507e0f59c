/** `salvor ts-split`: flags and help of splitting transport streams, and how its report is shown. */
import { basename } from 'node:path';
import type { Argv } from 'yargs';
import { standardInputName, standardInputPath } from '../../io/byte-stream.ts';
import { Pace } from '../../io/pace.ts';
import { SalvorError } from '../../media/errors.ts';
import { failedRecording, type PartReport, type RecordingReport } from '../../media/report.ts';
import { refuseFileOfOtherKind } from '../../rescue/recording-kind.ts';
import { failureLine } from '../../ui/failure.ts';
import { printable } from '../../ui/printable.ts';
import { openProgress } from '../../ui/progress.ts';
import { findingLine } from '../../ui/report-text.ts';
import { styleFor } from '../../ui/style.ts';
import type { Terminal } from '../../ui/terminal.ts';
import { recordingJson, reportJson } from '../report-json.ts';
import { formatBytes, formatDuration, plural } from '../../ui/units.ts';
import type { Command } from '../index.ts';
import {
  lastValues,
  secondsToWait,
  withOutputOptions,
  withPageOption,
  withReportOptions,
  withWaitOption,
  type OutputOptions,
  type PageReportOptions,
  type ReportOptions,
  type WaitOptions,
} from '../options.ts';
import { randomAccessKinds, type RandomAccess } from '../../rescue/splitting/random-access.ts';
import { partNumberOf } from './part-names.ts';
import { PartTargets } from './part-targets.ts';
import { parseDuration, parseSize, parseTimes } from '../quantities.ts';
import { openPages } from '../open-pages.ts';
import { splitRecording, type SplitRecordingOptions } from './split-recording.ts';

interface TsSplitOptions extends OutputOptions, ReportOptions, PageReportOptions, WaitOptions {
  file: string[];
  duration: string | undefined;
  size: string | undefined;
  count: number | undefined;
  at: string | undefined;
  'every-idr': boolean;
  'split-on-change': boolean;
  'random-access': RandomAccess;
  'parameter-sets': boolean;
  'by-number': boolean;
  pattern: string | undefined;
  'start-number': string | undefined;
  playlist: string | undefined;
}

function build(yargs: Argv): Argv {
  return withPageOption(
    withReportOptions(
      withOutputOptions(
        withWaitOption(yargs)
          .usage(
            '$0 ts-split <file..> [options]\n\nCuts an MPEG transport stream at IDR pictures, packet for packet. Several files are one stream; - is standard input.',
          )
          .positional('file', {
            type: 'string',
            array: true,
            demandOption: true,
            description: 'The stream, or the parts of it in order; - reads standard input and cuts while it streams',
          }),
      )
        .option('duration', {
          alias: 'd',
          type: 'string',
          requiresArg: true,
          description: 'Cut at the first IDR picture this long after the part began: 10s, 15m, 1h',
          group: 'Where to cut:',
        })
        .option('size', {
          type: 'string',
          requiresArg: true,
          description: 'Cut at the first IDR picture once a part has this size: 500M, 1G',
          group: 'Where to cut:',
        })
        .option('count', {
          type: 'number',
          requiresArg: true,
          description: 'Cut into so many parts of about the same duration',
          group: 'Where to cut:',
        })
        .option('at', {
          type: 'string',
          requiresArg: true,
          description: 'Cut at the first IDR picture at or after each of these times: 1:30,5m',
          group: 'Where to cut:',
        })
        .option('every-idr', {
          type: 'boolean',
          default: false,
          description: 'Cut at every IDR picture',
          group: 'Where to cut:',
        })
        .option('split-on-change', {
          type: 'boolean',
          default: false,
          description: 'Cut where the tables change: other streams, PIDs, codecs, or a new version',
          group: 'Where to cut:',
        })
        .option('random-access', {
          choices: randomAccessKinds,
          default: 'idr' as RandomAccess,
          description: 'Which pictures a part may begin with',
          group: 'Where to cut:',
        })
        .option('parameter-sets', {
          type: 'boolean',
          default: true,
          description: 'Repeat parameter sets that the first picture of a part lacks (--no-parameter-sets: never)',
          group: 'Where to cut:',
        })
        .option('by-number', {
          alias: 'r',
          type: 'boolean',
          default: false,
          description: 'Take the files in the order of their part numbers (_part0000, _part0001 …)',
          group: 'Input:',
        })
        .option('pattern', {
          type: 'string',
          requiresArg: true,
          description: 'Names of the parts: %04d the number, %s the stream, %Y%m%d-%H%M%S the time',
          group: 'Output:',
        })
        .option('start-number', {
          type: 'string',
          defaultDescription: '0',
          requiresArg: true,
          description: 'Number of the first part; auto: the one after the highest that is there',
          group: 'Output:',
        })
        .option('playlist', {
          type: 'string',
          requiresArg: true,
          description: 'Also write an HLS playlist of the parts under this name',
          group: 'Output:',
        }),
    ),
  )
    .example('$0 ts-split rec.ts -d 10m -o parts/', 'parts/rec_part0000.ts, parts/rec_part0001.ts …')
    .example('$0 ts-split rec_part*.ts -d 10s -o fixed/', 'cuts the parts of a recording anew')
    .example('$0 ts-split - -d 1h -o /srv/rec/cam_%Y%m%d-%H%M%S.ts', 'cuts what is piped in');
}

function wholeNumber(option: string, value: number, smallest: number): number {
  if (Number.isInteger(value) && value >= smallest) return value;
  throw new SalvorError('usage', `--${option} is to be a whole number from ${smallest} on`);
}

function startNumberOf({ 'start-number': text }: TsSplitOptions): number | 'auto' | undefined {
  if (text === undefined || text === 'auto') return text;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new SalvorError('usage', '--start-number is to be a whole number from 0 on, or auto');
}

/** The files in order; empty for standard input. */
function inputsOf(options: TsSplitOptions): string[] {
  const { file } = options;
  if (file.includes(standardInputPath)) {
    if (file.length > 1) throw new SalvorError('usage', 'standard input cannot be one of several inputs');
    const idle = options['by-number'] ? 'by-number' : options.wait === undefined ? undefined : 'wait';
    if (idle === undefined) return [];
    throw new SalvorError('usage', `--${idle} has no effect with standard input`, { advice: `leave out --${idle}` });
  }
  if (!options['by-number']) return file;
  const nameless = file.find((path) => partNumberOf(path) < 0);
  if (nameless !== undefined) {
    throw new SalvorError('usage', 'has no part number in its name, such as _part0001', { file: nameless });
  }
  return file.toSorted((one, other) => partNumberOf(one) - partNumberOf(other));
}

function planOf(options: TsSplitOptions): SplitRecordingOptions {
  const { duration, size, count, at, playlist } = options;
  const inputs = inputsOf(options);
  if (
    [duration, size, count, at].every((rule) => rule === undefined) &&
    !options['every-idr'] &&
    !options['split-on-change']
  ) {
    throw new SalvorError('usage', 'nothing says where to cut', {
      advice: 'give --duration, --size, --count, --at, --every-idr or --split-on-change',
    });
  }
  if (count !== undefined && at !== undefined) {
    throw new SalvorError('usage', '--count and --at both say where all the cuts are', { advice: 'give one of them' });
  }
  return {
    inputs,
    targets: new PartTargets({
      output: options.output,
      pattern: options.pattern,
      startNumber: startNumberOf(options),
      force: options.force,
      inputs,
    }),
    rules: {
      durationSeconds: duration === undefined ? undefined : parseDuration(duration),
      size: size === undefined ? undefined : parseSize(size),
      atSeconds: at === undefined ? undefined : parseTimes(at),
      everyEntry: options['every-idr'],
      atChanges: options['split-on-change'],
    },
    count: count === undefined ? undefined : wholeNumber('count', count, 1),
    randomAccess: options['random-access'],
    repeatParameterSets: options['parameter-sets'],
    playlist,
    replace: options.force,
    dryRun: options['dry-run'],
    tellsTracks: options.json || options.ndjson || options.report !== undefined,
    wait: secondsToWait(options),
  };
}

/** One line: what came out. */
function summary(report: RecordingReport, directory: string): string {
  const parts = report.parts ?? [];
  const seconds = parts.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const names =
    parts.length === 1 ? basename(parts[0]!.path) : `${basename(parts[0]!.path)} … ${basename(parts.at(-1)!.path)}`;
  const took = report.outcome === 'made' ? ` in ${formatDuration(report.elapsedSeconds)}` : '';
  return `${printable(`${directory}: ${names}`)}: ${plural(parts.length, 'part')}, ${formatDuration(seconds)}, ${formatBytes(bytes)}${took}`;
}

function partLine({ path, startSeconds, durationSeconds, frames, bytes, beginsWith, replaced }: PartReport): string {
  const start = `from ${formatDuration(startSeconds)} for ${formatDuration(durationSeconds)}`;
  return `      ${printable(path)}: ${start}, ${plural(frames, 'frame')}, ${formatBytes(bytes)}, begins with ${beginsWith}${replaced ? ' (replaced)' : ''}`;
}

async function run(parsed: Record<string, unknown>, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const options = lastValues(parsed, ['file']) as unknown as TsSplitOptions;
  const plan = planOf(options);
  const outStyle = styleFor(terminal, terminal.out, options.color);
  const errStyle = styleFor(terminal, terminal.err, options.color);
  const line = (text: string): void => terminal.out.write(`${text}\n`);
  const note = (text: string): void => terminal.err.write(`${text}\n`);
  const name = plan.inputs[0] ?? standardInputName;
  const pages = await openPages({
    operation: 'ts-split',
    report: options.report,
    force: options.force,
    isIndex: false,
    recordings: plan.inputs,
  });
  const progress = await openProgress(terminal, !options.quiet && !options.json && !options.ndjson);
  let report: RecordingReport;
  let code = 0;
  try {
    progress.busy(`reading ${plan.inputs.length === 0 ? 'standard input' : name}`);
    const advance = (done: number, total: number): void => progress.advance(basename(name), done, total);
    for (const input of plan.inputs) refuseFileOfOtherKind(input, 'mpegts');
    const done = await splitRecording({ ...plan, signal, progress: advance });
    progress.clear();
    // A signal that came while the last bytes were read is heard only now; what has been made stays.
    if (plan.dryRun) await new Pace(plan.inputs.length === 0 ? undefined : signal).wholeTurn();
    ({ report } = done);
    // What had come in was written all the same: it is nowhere else.
    if (signal.aborted) code = 130;
    if (done.failure !== undefined) {
      note(failureLine('salvor', done.failure, terminal, options.debug, options.color));
      code = done.failure.exitCode;
    }
  } catch (error) {
    progress.clear();
    if (!(error instanceof SalvorError)) throw error;
    note(failureLine('salvor', error, terminal, options.debug, options.color));
    report = failedRecording(name, error, []);
    code = error.exitCode;
  }
  try {
    pages?.add(report);
    pages?.finish();
  } catch (error) {
    if (!(error instanceof SalvorError)) throw error;
    note(failureLine('salvor', error, terminal, options.debug, options.color));
    if (code === 0) code = error.exitCode;
  }
  if (options.json) line(reportJson('ts-split', [report]));
  else if (options.ndjson) line(recordingJson('ts-split', report));
  else if (!options.quiet && report.parts !== undefined) {
    const verb =
      report.outcome === 'would-make'
        ? outStyle.cyan('would make')
        : report.outcome === 'failed'
          ? outStyle.red('kept')
          : outStyle.green('made');
    if (report.parts.length === 0) return code;
    line(`${verb}  ${summary(report, plan.targets.directory)}`);
    if (options.verbose || options['dry-run']) report.parts.map(partLine).forEach(line);
    for (const finding of report.findings) {
      if (options.verbose || finding.severity !== 'note') note(findingLine(finding, errStyle));
    }
  }
  return code;
}

const effects: Command['effects'] = ['duration', 'size', 'count', 'at'].map((option) => ({
  option,
  without: ['every-idr'],
}));

/** Loaded by the table of verbs when `ts-split` is asked for. */
export const command: Command = { build, effects, run };
