/** `salvor ts-fix`: flags and help of repairing transport streams, and how the report is shown. */
import { basename, extname } from 'node:path';
import type { Argv } from 'yargs';
import { fixedMark, fixedPath } from '../../rescue/making/result-names.ts';
import { trackLines } from '../../ui/report-text.ts';
import { tsFixLine, tsFixLossLine } from '../../ui/ts-fix-text.ts';
import type { Terminal } from '../../ui/terminal.ts';
import { repairFiles, withFileRepairOptions, type FileRepairOptions } from '../file-repairs.ts';
import type { Command } from '../index.ts';
import { lastValues } from '../options.ts';
import { fixTs, isTransportStream } from './fix.ts';

const tornChoices = ['trim', 'drop', 'keep'] as const;

interface TsFixCommandOptions extends FileRepairOptions {
  torn: (typeof tornChoices)[number];
  'keep-scrambled': boolean;
  'drop-null': boolean;
  'from-first-key': boolean;
  retime: boolean;
}

const about = {
  usage:
    '$0 ts-fix <file..> [options]\n\nRepairs MPEG transport streams: leaves out what is no packet and media that is truncated, makes lost tables anew, numbers packets, and joins clocks. An intact file is not touched.',
  files: 'transport streams',
};

function build(yargs: Argv): Argv {
  return withFileRepairOptions(yargs, about)
    .option('torn', {
      type: 'string',
      choices: tornChoices,
      default: 'trim',
      requiresArg: true,
      description: 'What becomes of pictures and audio of which packets are missing',
      group: 'Repair:',
    })
    .option('keep-scrambled', {
      type: 'boolean',
      default: false,
      description: 'Keep stretches that are scrambled',
      group: 'Repair:',
    })
    .option('drop-null', {
      type: 'boolean',
      default: false,
      description: 'Leave out null packets, which only fill up a constant bit rate',
      group: 'Repair:',
    })
    .option('from-first-key', {
      type: 'boolean',
      default: false,
      description: 'Begin with the first picture that decoding can begin with',
      group: 'Repair:',
    })
    .option('retime', {
      type: 'boolean',
      default: false,
      description: 'Make one timeline of all clocks: over resets, wraps and joins; audio and video keep their distance',
      group: 'Repair:',
    })
    .example('$0 ts-fix rec.ts', 'makes rec.fixed.ts, if anything has to be left out')
    .example('$0 ts-fix joined.ts --retime -o whole.ts', 'makes one timeline of several')
    .example('$0 ts-fix rec.ts -n -v', 'says what is wrong and what would be done');
}

/** Whether a file was made by an earlier run. */
const isMade = (path: string): boolean => basename(path, extname(path)).endsWith(fixedMark);

async function run(parsed: Record<string, unknown>, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const options = lastValues(parsed, ['file']) as unknown as TsFixCommandOptions;
  const { verbose, 'dry-run': dryRun } = options;
  return repairFiles(options, terminal, signal, {
    operation: 'ts-fix',
    isWanted: (path) => !isMade(path) && isTransportStream(path),
    repair: async (path, output, progress) => {
      const report = await fixTs(path, {
        output,
        beside: fixedPath(path, '.ts'),
        force: options.force,
        dryRun,
        torn: options.torn,
        keepScrambled: options['keep-scrambled'],
        dropNull: options['drop-null'],
        fromFirstKey: options['from-first-key'],
        retime: options.retime,
        signal,
        progress: (what, done, total) => progress.advance(`${what} ${basename(path)}`, done, total),
      });
      return [report];
    },
    summary: tsFixLine,
    loss: tsFixLossLine,
    details: (report) => (verbose ? trackLines(report) : []),
    isShown: ({ severity, code }, isPlan) =>
      verbose || isPlan || (severity !== 'note' && code === 'ts-clock-jump' && !options.retime),
  });
}

/** Loaded by the table of verbs when `ts-fix` is asked for. */
export const command: Command = { build, effects: [], run };
