/** `salvor mp4writer`: flags and help of combining staging sets, and how its report is shown. */
import { join, basename } from 'node:path';
import type { Argv } from 'yargs';
import { pathKind } from '../../io/directory.ts';
import { SalvorError } from '../../media/errors.ts';
import { inputLines, lossLine, summaryLine, trackLines } from '../../ui/report-text.ts';
import type { Terminal } from '../../ui/terminal.ts';
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
import { isAlwaysShown, runRecordings } from '../recordings.ts';
import { combine } from './combine.ts';
import { failedReport } from './failed-report.ts';
import { referencesFor } from '../../rescue/references/references.ts';
import { findRecordings, finishedRecordings } from './staging-files.ts';

interface Mp4WriterOptions extends OutputOptions, ReportOptions, PageReportOptions, WaitOptions {
  path: string[];
  recovery: boolean;
  reference: string | undefined;
  fps: number | undefined;
  verify: boolean;
  strict: boolean;
  'remove-staging': boolean;
  'win-qt-compat': boolean | undefined;
  'in-place': boolean;
}

function build(yargs: Argv): Argv {
  return withPageOption(
    withReportOptions(
      withOutputOptions(
        withWaitOption(yargs)
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
          description: 'Keep what can be kept of a set that a crash left incomplete',
          group: 'Staging files:',
        })
        .option('reference', {
          type: 'string',
          requiresArg: true,
          description:
            'With --recovery: an MP4, FLV or staging set of the same stream, to take a lost codec configuration from',
          group: 'Staging files:',
        })
        .option('fps', {
          type: 'number',
          requiresArg: true,
          description: 'With --recovery: pictures a second where nothing else gives their times',
          group: 'Staging files:',
        })
        .option('verify', {
          type: 'boolean',
          default: false,
          description:
            'With --recovery: let an ffmpeg on the PATH decode the first pictures before the MP4 gets its name',
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
        .option('in-place', {
          type: 'boolean',
          default: false,
          description:
            'Where there is no room for a second copy: make the .mdat itself the MP4. It writes to the only copy of the media, by a journal, so that a run that is killed is settled by the next',
          group: 'Staging files:',
        })
        .option('win-qt-compat', {
          type: 'boolean',
          description: 'Ask for 32-bit fields throughout, whatever the set says (--no-win-qt-compat: do not)',
          group: 'Output:',
        }),
    ),
  )
    .example('$0 mp4writer rec.mp4', 'makes rec.mp4 and keeps the staging files')
    .example('$0 combine /srv/rec/*.info -o /srv/mp4/', 'combines every set of a directory into another')
    .example('$0 mp4writer rec.mp4 --in-place', 'on a full disk: rec.mp4.mdat becomes rec.mp4')
    .example('$0 mp4writer rec.mp4 -n -v', 'tells what would be done');
}

/** Faster pictures than any camera's, or none at all, are a slip of the finger. */
const maxFramesPerSecond = 1000;

function checkedRate(fps: number | undefined): number | undefined {
  if (fps === undefined || (fps > 0 && fps <= maxFramesPerSecond)) return fps;
  throw new SalvorError('usage', `--fps must be above 0 and at most ${maxFramesPerSecond}, not ${fps}`);
}

/** A set to combine and the file it becomes; or a path that means none, and why. */
type Task =
  | { readonly recording: string; readonly output: string }
  | { readonly recording: string; readonly failure: SalvorError };

/** What there is to do. A path that means nothing does not keep the others from being done. */
function plan(options: Mp4WriterOptions): Task[] {
  const { output } = options;
  if (options['in-place'] && output !== undefined) {
    throw new SalvorError('usage', '--in-place makes the MP4 where the media lies: it cannot be given with --output', {
      advice: 'leave one of them away',
    });
  }
  const isDirectory = output !== undefined && (pathKind(output) === 'directory' || output.endsWith('/'));
  const target = (recording: string): string => {
    if (output === undefined) return recording;
    return isDirectory ? join(output, basename(recording)) : output;
  };
  const tasks = new Map<string, Task>();
  for (const path of options.path) {
    try {
      for (const recording of findRecordings(path)) tasks.set(recording, { recording, output: target(recording) });
    } catch (error) {
      if (!(error instanceof SalvorError)) throw error;
      // Where the staging files were removed, only what was made of them is left to be found.
      const finished = output !== undefined && options['remove-staging'] ? finishedRecordings(path, target) : [];
      for (const recording of finished) tasks.set(recording, { recording, output: target(recording) });
      if (finished.length === 0) tasks.set(path, { recording: path, failure: error });
    }
  }
  if (output !== undefined && !isDirectory && tasks.size > 1) {
    throw new SalvorError('usage', `${tasks.size} recordings cannot go into one file`, {
      file: output,
      advice: 'give a directory to --output',
    });
  }
  const writers = new Map<string, string>();
  for (const task of tasks.values()) {
    if (!('output' in task)) continue;
    const other = writers.get(task.output);
    if (other !== undefined) {
      throw new SalvorError('usage', `${other} and ${task.recording} would both become this file`, {
        file: task.output,
        advice: 'combine them one by one, or into different directories',
      });
    }
    writers.set(task.output, task.recording);
  }
  return [...tasks.values()];
}

async function run(parsed: Record<string, unknown>, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const options = lastValues(parsed, ['path']) as unknown as Mp4WriterOptions;
  const { verbose, recovery, 'dry-run': dryRun } = options;
  const framesPerSecond = checkedRate(options.fps);
  const references = referencesFor(options.reference);
  const wait = secondsToWait(options);
  return runRecordings(options, terminal, {
    operation: 'mp4writer',
    signal,
    tasks: plan(options),
    nameOf: ({ recording }) => recording,
    work: async (task, progress) => {
      if ('failure' in task) throw task.failure;
      const { recording, output } = task;
      return [
        await combine(recording, {
          output,
          replace: options.force,
          again: options.force,
          removeStaging: options['remove-staging'],
          dryRun,
          recovery: recovery ? { references: references(recording).all, framesPerSecond } : undefined,
          judge: options.verify ? { isNamed: (lender) => lender === references(recording).named?.file } : undefined,
          winQtCompat: options['win-qt-compat'],
          inPlace: options['in-place'],
          wait,
          signal,
          progress: (done, total) => progress.advance(basename(recording), done, total),
        }),
      ];
    },
    failed: failedReport,
    summary: summaryLine,
    loss: lossLine,
    details: (report, isPlan) => [
      ...(verbose ? trackLines(report) : []),
      ...(verbose || isPlan ? inputLines(report) : []),
    ],
    // What a recovery finds is expected and summed up in the two lines above; --verbose shows all of it.
    isShown: (finding) =>
      verbose || isAlwaysShown(finding) || (finding.severity === 'warning' && (!recovery || terminal.err.isTerminal)),
  });
}

const effects: Command['effects'] = [
  { option: 'reference', with: ['recovery'] },
  { option: 'fps', with: ['recovery'] },
  { option: 'strict', with: ['recovery'] },
  { option: 'verify', with: ['recovery'], without: ['dry-run', 'in-place'] },
];

/** Loaded by the table of verbs when `mp4writer` or `combine` is asked for. */
export const command: Command = { build, effects, run };
