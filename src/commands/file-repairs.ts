/**
 * What the verbs have in common that repair files one by one, each into itself or into a file of its own: which files are named,
 * where each result goes, that nobody writes the input any more. What is repaired is not known here.
 */
import { basename } from 'node:path';
import type { Argv } from 'yargs';
import { makeDirectory, removeEmptyDirectories } from '../io/directory.ts';
import { waitUntilClosed } from '../io/open-for-writing.ts';
import { Pace } from '../io/pace.ts';
import type { RecordingReport } from '../media/report.ts';
import { isOutputDirectory, namedFiles, outputPath, refuseSameOutput, type NamedFile } from '../rescue/named-files.ts';
import type { Progress } from '../ui/progress.ts';
import type { Terminal } from '../ui/terminal.ts';
import {
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
} from './options.ts';
import { runRecordings, type RecordingWork } from './recordings.ts';

/** The options of such a verb. */
export interface FileRepairOptions extends OutputOptions, ReportOptions, PageReportOptions, WaitOptions {
  file: string[];
  recursive: boolean;
  strict: boolean;
}

/** Adds them. `usage`: the command line and what the verb does; `files`: what it takes, in the plural. */
export function withFileRepairOptions(
  yargs: Argv,
  { usage, files }: { readonly usage: string; readonly files: string },
): Argv<FileRepairOptions> {
  const named = `${files.charAt(0).toUpperCase()}${files.slice(1)}`;
  const positional = withWaitOption(yargs)
    .usage(usage)
    .positional('file', {
      type: 'string',
      array: true,
      demandOption: true,
      description: `${named}, whatever their names end in; with --recursive also directories`,
    });
  return withPageOption(withStrictOption(withReportOptions(withOutputOptions(positional)))).option('recursive', {
    alias: 'r',
    type: 'boolean',
    default: false,
    description: `Repair all ${files} in the directories named, and below them`,
    group: 'Input:',
  }) as Argv<FileRepairOptions>;
}

/** How such a verb repairs, and how that is shown. */
export interface FileRepair extends Pick<
  RecordingWork<NamedFile>,
  'operation' | 'summary' | 'loss' | 'details' | 'isShown'
> {
  /** Whether a file that was found in a directory is of the kind. */
  readonly isWanted: (path: string) => boolean;
  /** Repairs one. `output`: where the result goes, if it was said. */
  readonly repair: (
    path: string,
    output: string | undefined,
    progress: Progress,
  ) => Promise<readonly RecordingReport[]>;
}

/** Repairs all that was named and says what came of it. Resolves to the exit code; throws usage errors. */
export async function repairFiles(
  options: FileRepairOptions,
  terminal: Terminal,
  signal: AbortSignal,
  { isWanted, repair, ...shown }: FileRepair,
): Promise<number> {
  const { output } = options;
  const wait = secondsToWait(options);
  const outputOf = (path: string): string | undefined =>
    output === undefined ? undefined : outputPath(output, basename(path));
  const tasks = await namedFiles(options.file, options.recursive, isWanted, new Pace(signal));
  if (output !== undefined) refuseSameOutput(tasks, (path) => outputPath(output, basename(path)));
  const isMade = output !== undefined && isOutputDirectory(output) && !options['dry-run'];
  const made = isMade ? makeDirectory(output) : [];
  const exitCode = await runRecordings(options, terminal, {
    ...shown,
    isSweep: options.recursive,
    signal,
    tasks,
    nameOf: ({ path }) => path,
    work: async ({ path, failure }, progress) => {
      if (failure !== undefined) throw failure;
      await waitUntilClosed([path], wait, signal);
      return repair(path, outputOf(path), progress);
    },
  });
  removeEmptyDirectories(made);
  return exitCode;
}
