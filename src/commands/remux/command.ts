/** `salvor remux`: flags and help of putting recordings into another container, and how its report is shown. */
import { basename } from 'node:path';
import type { Argv } from 'yargs';
import { SalvorError } from '../../media/errors.ts';
import { inputLines, summaryLine, trackLines } from '../../ui/report-text.ts';
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
import { inNaturalOrder } from './input-order.ts';
import { outputKindOf } from './output-kind.ts';
import { remux } from './remux.ts';

interface RemuxCommandOptions extends OutputOptions, ReportOptions, PageReportOptions, WaitOptions {
  file: string[];
  gaps: 'keep' | 'close';
  'as-given': boolean;
  strict: boolean;
}

function build(yargs: Argv): Argv {
  return withPageOption(
    withReportOptions(
      withOutputOptions(
        withWaitOption(yargs)
          .usage(
            '$0 remux <file..> -o <output> [options]\n\nPuts recordings into another container without encoding anything anew. Several files become one timeline. The files are only read.',
          )
          .positional('file', {
            type: 'string',
            array: true,
            demandOption: true,
            description: 'An FLV, transport stream, MP4 or staging set, or the parts of one recording',
          }),
      )
        .option('gaps', {
          choices: ['keep', 'close'] as const,
          default: 'keep' as const,
          description: 'What becomes of time in which nothing was recorded between two files',
          group: 'Several files:',
        })
        .option('as-given', {
          type: 'boolean',
          default: false,
          description: 'Join the files in the order given, not by the numbers in their names',
          group: 'Several files:',
        })
        .option('strict', {
          type: 'boolean',
          default: false,
          description: 'Exit with 3 if any media could not be carried over',
          group: 'Report:',
        }),
    ),
  )
    .example('$0 remux rec.flv -o rec.mp4', 'an MP4 with its index first')
    .example('$0 remux rec_part*.ts -o rec.mp4', 'the parts of a recording as one')
    .example('$0 remux first.flv second.flv -o all.mp4 --gaps close', 'a recording that was taken up again');
}

function requireOutput(output: string | undefined): string {
  if (output === undefined) throw new SalvorError('usage', 'there is no output', { advice: 'give its name to -o' });
  return output;
}

async function run(parsed: Record<string, unknown>, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const options = lastValues(parsed, ['file']) as unknown as RemuxCommandOptions;
  const { verbose, 'dry-run': dryRun } = options;
  const output = requireOutput(options.output);
  const kind = outputKindOf(output);
  const files = options['as-given'] ? options.file : inNaturalOrder(options.file);
  const wait = secondsToWait(options);
  return runRecordings(options, terminal, {
    operation: 'remux',
    signal,
    tasks: [files],
    nameOf: ([first]) => first!,
    work: async (paths, progress) => [
      await remux(paths, {
        output,
        kind,
        replace: options.force,
        dryRun,
        gaps: options.gaps,
        wait,
        signal,
        progress: (what, done, total) => progress.advance(`${what} ${basename(output)}`, done, total),
      }),
    ],
    summary: summaryLine,
    loss: ({ findings }) => {
      const lost = findings.filter(({ code }) => code === 'stream-media-left-out' || code === 'stream-damaged');
      return lost.length === 0
        ? undefined
        : lost.map(({ file, message }) => `not carried over  ${file}: ${message}`).join('\n');
    },
    details: (report) => [...(verbose ? trackLines(report) : []), ...(verbose || dryRun ? inputLines(report) : [])],
    isShown: (finding) =>
      finding.code !== 'stream-media-left-out' &&
      finding.code !== 'stream-damaged' &&
      (verbose || dryRun || isAlwaysShown(finding) || finding.severity !== 'note'),
  });
}

const effects: Command['effects'] = [];

/** Loaded by the table of verbs when `remux` is asked for. */
export const command: Command = { build, effects, run };
