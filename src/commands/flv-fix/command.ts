/** `salvor flv-fix`: flags and help of repairing FLV files, and how the report is shown. */
import { basename } from 'node:path';
import type { Argv } from 'yargs';
import { SalvorError } from '../../media/errors.ts';
import { changeLine, fixLine, fixLossLine } from '../../ui/fix-text.ts';
import { trackLines } from '../../ui/report-text.ts';
import type { Terminal } from '../../ui/terminal.ts';
import type { Command } from '../index.ts';
import { repairFiles, withFileRepairOptions, type FileRepairOptions } from '../file-repairs.ts';
import { lastValues } from '../options.ts';
import { isAlwaysShown } from '../recordings.ts';
import { splitFlv } from './split.ts';
import { isFlv } from './open.ts';
import { defaultMaxGapSeconds } from '../../rescue/flv/plan.ts';
import { referencesFor } from '../../rescue/references/references.ts';

/** The modes of --retime; given alone, without `=`, it means the first. */
const retimeModes = ['close-gaps', 'keep-pauses'] as const;

interface FlvFixCommandOptions extends FileRepairOptions {
  index: boolean;
  retime: (typeof retimeModes)[number] | undefined;
  'max-gap': number | undefined;
  'dedupe-headers': boolean;
  'drop-repeats': boolean;
  'split-on-change': boolean;
  reference: string | undefined;
  backup: boolean;
}

const about = {
  usage:
    '$0 flv-fix <file..> [options]\n\nRepairs FLV files that were never closed, are damaged, or have wrong metadata. An intact file is not touched.',
  files: 'FLV files',
};

function build(yargs: Argv): Argv {
  return withFileRepairOptions(yargs, about)
    .describe('force', 'Replace a file that exists already, and repair one that is still being written')
    .option('index', {
      type: 'boolean',
      default: false,
      description: 'Write a complete index of key frames, so that players can seek',
      group: 'Repair:',
    })
    .option('retime', {
      type: 'string',
      choices: retimeModes,
      requiresArg: true,
      description:
        'Repair timestamps: steps back, jumps, wraps, odd starts, clocks that stall or stand still, presentation times. close-gaps (the default) closes pauses longer than --max-gap too, keep-pauses keeps all',
      group: 'Repair:',
    })
    .option('max-gap', {
      type: 'number',
      defaultDescription: String(defaultMaxGapSeconds),
      requiresArg: true,
      description: 'Seconds that a pause may last before --retime closes it',
      group: 'Repair:',
    })
    .option('dedupe-headers', {
      type: 'boolean',
      default: false,
      description: 'Leave out sequence headers that only say again what is in force',
      group: 'Repair:',
    })
    .option('drop-repeats', {
      type: 'boolean',
      default: false,
      description: 'Leave out data that comes a second time byte for byte, as after a download that was resumed',
      group: 'Repair:',
    })
    .option('split-on-change', {
      type: 'boolean',
      default: false,
      description:
        'Begin a new file (NAME_001.flv, …) wherever the codec or the configuration of a track changes; the input stays',
      group: 'Repair:',
    })
    .option('reference', {
      type: 'string',
      requiresArg: true,
      description: 'An FLV or MP4 of the same stream, to take a lost sequence header from',
      group: 'Repair:',
    })
    .option('backup', {
      type: 'boolean',
      default: false,
      description: 'Keep a copy of each file that is changed, under its name with .bak',
      group: 'Output:',
    })
    .example('$0 flv-fix rec.flv', 'repairs a recording in place')
    .example('$0 flv-fix -r /srv/rec --index -q', 'repairs all recordings of a server and makes them seekable')
    .example('$0 flv-fix rec.flv -n -v', 'tells what is wrong and what would be done');
}

/** yargs would take the file behind a bare `--retime` for its mode. */
function words(argv: readonly string[]): string[] {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  return argv.map((word, at) => (word === '--retime' && at < end ? `${word}=${retimeModes[0]}` : word));
}

async function run(parsed: Record<string, unknown>, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const options = lastValues(parsed, ['file']) as unknown as FlvFixCommandOptions;
  const { 'max-gap': maxGapSeconds = defaultMaxGapSeconds } = options;
  if (!(maxGapSeconds > 0)) {
    throw new SalvorError('usage', '--max-gap has to be a number of seconds above 0');
  }
  if (options.retime === 'keep-pauses' && options['max-gap'] !== undefined) {
    throw new SalvorError('usage', '--max-gap has no effect with --retime=keep-pauses, which closes no gap', {
      advice: 'leave out one of them',
    });
  }
  const { verbose, 'dry-run': dryRun } = options;
  const references = referencesFor(options.reference);
  return repairFiles(options, terminal, signal, {
    operation: 'flv-fix',
    isWanted: isFlv,
    repair: async (path, output, progress) =>
      splitFlv(path, {
        output,
        force: options.force,
        dryRun,
        backup: options.backup,
        index: options.index,
        retime: options.retime,
        maxGapSeconds,
        dedupeHeaders: options['dedupe-headers'],
        dropRepeats: options['drop-repeats'],
        splitOnChange: options['split-on-change'],
        references: references(path).all,
        signal,
        progress: (done, total) => progress.advance(basename(path), done, total),
      }),
    summary: fixLine,
    loss: fixLossLine,
    details: (report, isPlan) => [
      ...(verbose ? trackLines(report) : []),
      ...(verbose || isPlan ? (report.changes ?? []).map(changeLine) : []),
    ],
    isShown: (finding) => isAlwaysShown(finding) || isShown(finding.code, options),
  });
}

/** What stays wrong after the repair is worth a line; --verbose shows what was repaired. */
const staysWrong = new Set([
  'flv-timestamp-backward',
  'flv-timestamp-jump',
  'flv-timestamp-wrapped',
  'flv-timestamp-still',
  'flv-audio-clock-stalled',
  'flv-sequence-header-missing',
  'flv-sequence-header-changed',
  'flv-codec-changed',
  'flv-data-repeated',
  'flv-truncated',
]);

function isShown(code: string, options: FlvFixCommandOptions): boolean {
  if (options.verbose) return true;
  const isTime = code.startsWith('flv-timestamp-') || code === 'flv-audio-clock-stalled';
  if (code === 'flv-data-repeated' && options['drop-repeats']) return false;
  return staysWrong.has(code) && !(isTime && options.retime !== undefined);
}

const effects: Command['effects'] = [
  { option: 'max-gap', with: ['retime'] },
  { option: 'backup', without: ['output'] },
];

/** Loaded by the table of verbs when `flv-fix` is asked for. */
export const command: Command = { build, effects, words, run };
