/** `salvor repair`: flags and help of repairing MP4s, and how its report is shown. */
import { basename, extname } from 'node:path';
import type { Argv } from 'yargs';
import { Pace } from '../../io/pace.ts';
import { SalvorError } from '../../media/errors.ts';
import { repairedPath, resultPaths } from '../../rescue/making/result-names.ts';
import {
  isOutputDirectory,
  namedFiles,
  outputPath,
  refuseSameOutput,
  type NamedFile,
} from '../../rescue/named-files.ts';
import { inputLines, lossLine, summaryLine, trackLines } from '../../ui/report-text.ts';
import type { Terminal } from '../../ui/terminal.ts';
import type { Command } from '../index.ts';
import {
  lastValues,
  secondsToWait,
  withOutputOptions,
  withPageOption,
  withReportOptions,
  withStrictOption,
  withWaitOption,
  type OutputOptions,
  type PageReportOptions,
  type ReportOptions,
  type WaitOptions,
} from '../options.ts';
import { isAlwaysShown, runRecordings } from '../recordings.ts';
import { isMovieToRepair } from './recognition.ts';
import { repair } from './repair.ts';

interface RepairCommandOptions extends OutputOptions, ReportOptions, PageReportOptions, WaitOptions {
  path: string[];
  recursive: boolean;
  reference: string | undefined;
  fps: number | undefined;
  verify: boolean;
  strict: boolean;
  'in-place': boolean;
}

function build(yargs: Argv): Argv {
  return withStrictOption(
    withPageOption(
      withReportOptions(
        withOutputOptions(
          withWaitOption(yargs)
            .usage(
              '$0 repair <path..> [options]\n\nMakes a playable MP4 of one that lacks its moov, or whose moov, sizes or offsets are wrong. The damaged file is only read.',
            )
            .positional('path', {
              type: 'string',
              array: true,
              demandOption: true,
              description:
                'The damaged MP4 or MOV, or media of one without anything around it; with --recursive also directories',
            }),
        )
          .option('recursive', {
            alias: 'r',
            type: 'boolean',
            default: false,
            description: 'Repair every MP4 and MOV in the directories given',
            group: 'Damaged file:',
          })
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
            description: 'Pictures a second, where nothing in the stream gives the rate',
            group: 'Damaged file:',
          })
          .option('in-place', {
            type: 'boolean',
            default: false,
            description: 'Repair a complete recording of more than 4 GiB in place, without moving media',
            group: 'Damaged file:',
          })
          .option('verify', {
            type: 'boolean',
            default: false,
            description: 'Let an ffmpeg on the PATH decode the first pictures before the result gets its name',
            group: 'Damaged file:',
          }),
      ),
    ),
  )
    .example('$0 repair rec.mp4', 'makes rec.repaired.mp4')
    .example('$0 repair rec.mp4 --reference earlier.mp4 -o whole.mp4', 'takes the codec configurations from another')
    .example('$0 repair big.mp4 --in-place', 'gives a complete recording of more than 4 GiB its sizes back')
    .example('$0 repair -q -r /srv/rec', 'for cron: repairs what lies in a directory, and says only what failed')
    .example('$0 repair *.mp4 -n -v', 'tells what would be recovered, and by what');
}

const lossWords = { unindexed: 'that belong to no sample', inputs: 'the damaged file is as it was' };

function targetOf(path: string, output: string | undefined): string {
  return output === undefined ? repairedPath(path) : outputPath(output, `${basename(path, extname(path))}.mp4`);
}

/** A file to repair, and where its result goes. */
interface RepairTask extends NamedFile {
  readonly target: string;
}

/** What there is to do. */
async function plan(options: RepairCommandOptions, pace: Pace): Promise<RepairTask[]> {
  const { output, fps, recursive } = options;
  if (fps !== undefined && !(fps > 0 && fps <= 1000)) {
    throw new SalvorError('usage', '--fps has to be a number between 0 and 1000');
  }
  const files = await namedFiles(options.path, recursive, isMovieToRepair, pace);
  const paths = files.filter(({ failure }) => failure === undefined).map(({ path }) => path);
  const usual = (path: string): string => targetOf(path, output);
  const isOneFile = output !== undefined && !isOutputDirectory(output);
  const targets = isOneFile ? new Map<string, string>() : resultPaths(paths, usual);
  const target = (path: string): string => targets.get(path) ?? usual(path);
  refuseSameOutput(files, target);
  return files.map((file) => ({ ...file, target: target(file.path) }));
}

async function run(parsed: Record<string, unknown>, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const options = lastValues(parsed, ['path']) as unknown as RepairCommandOptions;
  const tasks = await plan(options, new Pace(signal));
  const { verbose, 'dry-run': dryRun } = options;
  const wait = secondsToWait(options);
  return runRecordings(options, terminal, {
    operation: 'repair',
    signal,
    isSweep: options.recursive,
    tasks,
    nameOf: ({ path }) => path,
    work: async ({ path, target, failure }, progress) => {
      if (failure !== undefined) throw failure;
      const report = await repair(path, {
        output: target,
        replace: options.force,
        dryRun,
        reference: options.reference,
        inPlace: options['in-place'],
        verify: options.verify,
        framesPerSecond: options.fps,
        wait,
        signal,
        progress: (what, done, total) => progress.advance(`${what} ${basename(path)}`, done, total),
      });
      return [report];
    },
    summary: summaryLine,
    // What an earlier run made, it has told of.
    loss: (report, style) => (report.outcome === 'already-made' ? undefined : lossLine(report, style, lossWords)),
    details: (report, isPlan) => [
      ...(verbose ? trackLines(report) : []),
      ...(verbose || isPlan ? inputLines(report) : []),
    ],
    isShown: (finding, isPlan) =>
      verbose || isPlan || isAlwaysShown(finding) || (finding.severity !== 'note' && terminal.err.isTerminal),
  });
}

const effects: Command['effects'] = ['output', 'force', 'reference', 'fps'].map((option) => ({
  option,
  without: ['in-place'],
}));
const effectOfVerify = { option: 'verify', without: ['in-place', 'dry-run'] };

/** Loaded by the table of verbs when `repair` is asked for. */
export const command: Command = { build, effects: [...effects, effectOfVerify], run };
