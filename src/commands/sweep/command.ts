/** `salvor sweep`: flags and help of finishing all that lies in a tree, and how that is shown. */
import picomatch from 'picomatch';
import type { Argv } from 'yargs';
import { pathKind } from '../../io/directory.ts';
import { SalvorError } from '../../media/errors.ts';
import { reportVersion } from '../../media/report.ts';
import { openProgress } from '../../ui/progress.ts';
import { failureLine } from '../../ui/failure.ts';
import { styleFor } from '../../ui/style.ts';
import { sweepLine, sweptLine } from '../../ui/sweep-text.ts';
import { refuseClosedOutput, type Terminal } from '../../ui/terminal.ts';
import { version } from '../../version.ts';
import type { Command } from '../index.ts';
import { lastValues, withReportOptions, type ReportOptions } from '../options.ts';
import { parseSeconds, parseSize } from '../quantities.ts';
import { wordsOf } from './exec.ts';
import { SweepMemory } from './memory.ts';
import type { SweepOutcome } from '../../media/sweep-outcome.ts';
import type { Policy } from './worker-messages.ts';
import { parseShard } from './shard.ts';
import { sweep, type SweepSummary } from './sweep.ts';
import { untilNext } from './watch.ts';

interface SweepCommandOptions extends ReportOptions {
  directory: string[];
  output: string | undefined;
  replace: boolean;
  keep: string | undefined;
  'dry-run': boolean;
  'min-age': string;
  only: string[] | undefined;
  exclude: string[] | undefined;
  'one-file-system': boolean;
  shard: string | undefined;
  state: string | undefined;
  retry: boolean;
  jobs: number;
  timeout: string;
  'max-memory': string;
  limit: number | undefined;
  'max-time': string | undefined;
  reserve: string;
  bandwidth: string | undefined;
  exec: string | undefined;
  watch: boolean;
  interval: string;
  ndjson: boolean;
}

function build(yargs: Argv): Argv {
  return withReportOptions(
    yargs
      .usage(
        '$0 sweep <directory..> [options]\n\nFinishes and repairs all recordings in a tree, whatever they are called, each with the verb that probe would advise. Leaves alone what is intact, what is still being written and what is done already; says nothing where nothing is to be done.',
      )
      .positional('directory', {
        type: 'string',
        array: true,
        demandOption: true,
        description: 'Directories, and single files',
      })
      .option('min-age', {
        type: 'string',
        default: '10m',
        requiresArg: true,
        description: 'Leave alone what was written to within this time',
        group: 'What to take up:',
      })
      .option('only', {
        type: 'string',
        array: true,
        nargs: 1,
        description: "Only files of these names or paths below the directory ('*.flv', 'cam1/**')",
        group: 'What to take up:',
      })
      .option('exclude', {
        type: 'string',
        array: true,
        nargs: 1,
        description: 'No files of these names or paths',
        group: 'What to take up:',
      })
      .option('one-file-system', {
        type: 'boolean',
        default: false,
        description: 'Pass over directories on other file systems',
        group: 'What to take up:',
      })
      .option('shard', {
        type: 'string',
        requiresArg: true,
        description: 'One of several equal shares of the tree: 2/4; 4 or auto in a job array',
        group: 'What to take up:',
      })
      .option('state', {
        type: 'string',
        requiresArg: true,
        description: 'Remember in this file what was looked at, and pass over it while it is unchanged',
        group: 'What to take up:',
      })
      .option('retry', {
        type: 'boolean',
        default: false,
        description: 'With --state: try again what failed before',
        group: 'What to take up:',
      })
      .option('output', {
        alias: 'o',
        type: 'string',
        requiresArg: true,
        description: 'A directory for the results, each at its place below it; otherwise they lie beside the originals',
        group: 'Results:',
      })
      .option('replace', {
        type: 'boolean',
        default: false,
        description:
          'Put results that are verified in the place of the originals; without --keep only where nothing was lost',
        group: 'Results:',
      })
      .option('keep', {
        type: 'string',
        requiresArg: true,
        description: 'With --replace: the directory, on the same file system, to which originals go',
        group: 'Results:',
      })
      .option('dry-run', {
        alias: 'n',
        type: 'boolean',
        default: false,
        description: 'Say what would be done and how much would come back, and do nothing',
        group: 'Results:',
      })
      .option('exec', {
        type: 'string',
        requiresArg: true,
        description: 'A command to run after each finished recording, {} standing for its path; no shell reads it',
        group: 'Results:',
      })
      .option('jobs', {
        alias: 'j',
        type: 'number',
        default: 1,
        requiresArg: true,
        description: 'Recordings at a time, each by a process of its own',
        group: 'Limits:',
      })
      .option('timeout', {
        type: 'string',
        default: '1h',
        requiresArg: true,
        description: 'The longest that one recording may take',
        group: 'Limits:',
      })
      .option('max-memory', {
        type: 'string',
        default: '1GiB',
        requiresArg: true,
        description: 'The most memory that one recording may take',
        group: 'Limits:',
      })
      .option('limit', {
        type: 'number',
        requiresArg: true,
        description: 'Repair so many recordings at most',
        group: 'Limits:',
      })
      .option('max-time', {
        type: 'string',
        requiresArg: true,
        description: 'Begin no other recording after this time',
        group: 'Limits:',
      })
      .option('reserve', {
        type: 'string',
        default: '5%',
        requiresArg: true,
        description: 'Share of the file system that stays free',
        group: 'Limits:',
      })
      .option('bandwidth', {
        type: 'string',
        requiresArg: true,
        description: 'Bytes a second to read on the average (50M)',
        group: 'Limits:',
      })
      .option('watch', {
        alias: 'w',
        type: 'boolean',
        default: false,
        description: 'Stay, and take up what appears or falls silent',
        group: 'Staying:',
      })
      .option('interval', {
        type: 'string',
        default: '1m',
        requiresArg: true,
        description: 'With --watch: how often to look',
        group: 'Staying:',
      })
      .option('ndjson', {
        type: 'boolean',
        default: false,
        description: 'Print JSON, one object a line, as it comes',
        group: 'Report:',
      }),
  )
    .example('$0 sweep /srv/rec', 'for cron: finishes what lies there, and says nothing if there is nothing to do')
    .example('$0 sweep -n /srv/rec', 'tells what would be done')
    .example(
      '$0 sweep --state /var/lib/salvor/rec.state --replace --keep /srv/originals /srv/rec',
      'remembers what is done, and tidies up',
    );
}

function share(text: string): number {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text);
  const value = match === null ? Number.NaN : Number(match[1]) / 100;
  if (value >= 0 && value < 1) return value;
  throw new SalvorError('usage', `'${text}' is no share`, { advice: 'write it like --reserve 5%' });
}

function countOf(name: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (Number.isInteger(value) && value >= 1) return value;
  throw new SalvorError('usage', `--${name} has to be a number from 1`);
}

/** Patterns with a slash are of paths, others of names. */
function wanted(
  only: readonly string[] | undefined,
  exclude: readonly string[] | undefined,
): (place: string) => boolean {
  const matches = (patterns: readonly string[]): ((place: string) => boolean) => {
    const tests = patterns.map((pattern) => picomatch(pattern, { basename: !pattern.includes('/'), dot: true }));
    return (place) => tests.some((test) => test(place));
  };
  const isOnly = only === undefined ? () => true : matches(only);
  const isExcluded = matches(exclude ?? []);
  return (place) => isOnly(place) && !isExcluded(place);
}

async function run(parsed: Record<string, unknown>, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const options = lastValues(parsed, ['directory', 'only', 'exclude']) as unknown as SweepCommandOptions;
  const { output, replace, keep, 'dry-run': dryRun, json, ndjson, quiet, verbose } = options;
  if (json || ndjson) refuseClosedOutput(terminal);
  const policy: Policy = { dryRun, output, replace, keep };
  const memory = new SweepMemory(options.state, `${version} ${output ?? ''} ${replace ? 'replace' : ''}`);
  const asked = {
    roots: options.directory,
    oneFileSystem: options['one-file-system'],
    isWanted: wanted(options.only, options.exclude),
    shard: options.shard === undefined ? undefined : parseShard(options.shard, terminal.environment),
    minAgeSeconds: parseSeconds(options['min-age']),
    policy,
    memory,
    retry: options.retry,
    program: process.argv[1]!,
    jobs: countOf('jobs', options.jobs, 1),
    timeoutSeconds: parseSeconds(options.timeout),
    maxMemoryBytes: parseSize(options['max-memory']),
    limit: countOf('limit', options.limit, Infinity),
    maxSeconds: options['max-time'] === undefined ? Infinity : parseSeconds(options['max-time']),
    reserve: share(options.reserve),
    bandwidth: options.bandwidth === undefined ? Infinity : parseSize(options.bandwidth),
    exec: options.exec === undefined ? undefined : wordsOf(options.exec),
    signal,
  };
  const intervalSeconds = parseSeconds(options.interval);
  for (const root of options.directory) {
    if (pathKind(root) !== undefined) continue;
    throw new SalvorError('unreadable', 'no such file or directory', { file: root });
  }
  const progress = await openProgress(terminal, !quiet && !json && !ndjson);
  const outcomes: SweepOutcome[] = [];
  const outStyle = styleFor(terminal, terminal.out, options.color);
  const errStyle = styleFor(terminal, terminal.err, options.color);
  const told = (outcome: SweepOutcome): void => {
    progress.clear();
    if (json) outcomes.push(outcome);
    if (ndjson) terminal.out.write(`${JSON.stringify(outcome)}\n`);
    if (json || ndjson) return;
    const { result, reason } = outcome;
    const isFailure = result === 'failed' || (result === 'made' && reason !== undefined);
    if (isFailure) terminal.err.write(`${sweptLine(outcome, errStyle)}\n`);
    else if (verbose || (!quiet && (result === 'made' || result === 'would-make'))) {
      terminal.out.write(`${sweptLine(outcome, outStyle)}\n`);
    }
  };
  try {
    for (;;) {
      const summary = await sweep({ ...asked, told, progress: (looked) => progress.busy(`${looked} looked at`) });
      progress.clear();
      const line = sweepLine(summary.results, summary.looked, summary.seconds);
      if (!quiet && !json && !ndjson && line !== undefined) terminal.out.write(`${line}\n`);
      if (!options.watch) {
        if (json) terminal.out.write(`${JSON.stringify(reportOf(outcomes, summary), null, 2)}\n`);
        return exitCodeOf(summary);
      }
      await untilNext(intervalSeconds, signal);
    }
  } catch (error) {
    progress.clear();
    if (!(error instanceof SalvorError)) throw error;
    if (error.kind !== 'interrupted') throw error;
    // To be asked to end is how a watch ends.
    if (options.watch) return 130;
    terminal.err.write(`${failureLine('salvor', error, terminal, options.debug, options.color)}\n`);
    return 130;
  } finally {
    memory.close();
  }
}

function reportOf(recordings: readonly SweepOutcome[], { looked, results, isPartial, seconds }: SweepSummary): unknown {
  return {
    reportVersion,
    operation: 'sweep',
    salvorVersion: version,
    recordings,
    summary: { looked, ...results, partial: isPartial, seconds: Math.round(seconds * 1000) / 1000 },
  };
}

function exitCodeOf({ results, doubtful, isPartial }: SweepSummary): number {
  if (results.failed > 0 || doubtful > 0) return 1;
  return results.busy > 0 || isPartial ? 75 : 0;
}

const effects: Command['effects'] = [
  { option: 'keep', with: ['replace'] },
  { option: 'replace', without: ['output'] },
  { option: 'retry', with: ['state'] },
  { option: 'exec', without: ['dry-run'] },
  { option: 'watch', without: ['json', 'dry-run', 'limit', 'max-time'] },
  { option: 'json', without: ['ndjson'] },
];

/** Loaded by the table of verbs when `sweep` is asked for. */
export const command: Command = { build, effects, run };
