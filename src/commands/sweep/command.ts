/** `salvor sweep`: flags and help of finishing all that lies in a tree, and how that is shown. */
import { setFlagsFromString } from 'node:v8';
import picomatch from 'picomatch';
import type { Argv } from 'yargs';
import { pathKind } from '../../io/directory.ts';
import { realPathOf } from '../../io/links.ts';
import { SalvorError } from '../../media/errors.ts';
import { reportVersion } from '../../media/report.ts';
import { openProgress } from '../../ui/progress.ts';
import { failureLine } from '../../ui/failure.ts';
import { sweepLine, tellSwept } from '../../ui/sweep-text.ts';
import { refuseClosedOutput, type Terminal } from '../../ui/terminal.ts';
import { version } from '../../version.ts';
import type { Command } from '../index.ts';
import {
  finishingEffects,
  lastValues,
  withFinishingOptions,
  withPageOption,
  withReportOptions,
  type FinishingOptions,
  type PageReportOptions,
  type ReportOptions,
} from '../options.ts';
import { parseCount, parseSeconds, parseShare, parseSize } from '../quantities.ts';
import { openPages } from '../open-pages.ts';
import { wordsOf } from '../../rescue/sweeping/exec.ts';
import { SweepMemory } from './memory.ts';
import { News } from './news.ts';
import { runEnqueue, runStatus } from './queue-command.ts';
import type { SweepOutcome, SweepReport } from '../../media/sweep-outcome.ts';
import type { Policy } from '../../rescue/sweeping/worker-messages.ts';
import { parseShard } from './shard.ts';
import { sweep, type SweepSummary } from './sweep.ts';
import { secondsUntil, untilNext } from './watch.ts';

interface SweepCommandOptions extends ReportOptions, PageReportOptions, FinishingOptions {
  directory: string[] | undefined;
  'dry-run': boolean;
  'min-age': string;
  only: string[] | undefined;
  exclude: string[] | undefined;
  'one-file-system': boolean;
  shard: string | undefined;
  state: string | undefined;
  retry: boolean;
  limit: number | undefined;
  'max-time': string | undefined;
  bandwidth: string | undefined;
  watch: boolean;
  interval: string;
  queue: string | undefined;
  status: boolean;
}

function build(yargs: Argv): Argv {
  return withPageOption(
    withReportOptions(
      withFinishingOptions(yargs)
        .usage(
          '$0 sweep <directory..> [options]\n\nFinishes and repairs all recordings in a tree, whatever they are called, each with the verb that probe would advise. Leaves alone what is intact, what is still being written and what is done already; says nothing where nothing is to be done.',
        )
        .positional('directory', {
          type: 'string',
          array: true,
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
        .option('dry-run', {
          alias: 'n',
          type: 'boolean',
          default: false,
          description: 'Say what would be done and how much would come back, and do nothing',
          group: 'Results:',
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
        .option('queue', {
          type: 'string',
          requiresArg: true,
          description: 'Put what is found into the queue at this URL (redis:, postgres:), for salvor work',
          group: 'Many machines:',
        })
        .option('status', {
          type: 'boolean',
          default: false,
          description: 'With --queue: say what became of all that was put in',
          group: 'Many machines:',
        }),
    ),
  )
    .example('$0 sweep /srv/rec', 'for cron: finishes what lies there, and says nothing if there is nothing to do')
    .example('$0 sweep -n /srv/rec', 'tells what would be done')
    .example(
      '$0 sweep --state /var/lib/salvor/rec.state --replace --keep /srv/originals /srv/rec',
      'remembers what is done, and tidies up',
    )
    .example('$0 sweep --queue redis://queue:6379 /srv/rec', 'has any number of machines do it, by salvor work');
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
  const { output, replace, keep, 'dry-run': dryRun, json, ndjson, quiet, queue } = options;
  if (json || ndjson) refuseClosedOutput(terminal);
  const roots = options.directory ?? [];
  if (queue !== undefined && options.status) {
    if (roots.length > 0) throw new SalvorError('usage', '--status is about all of a queue: name no directory');
    return runStatus({ ...options, queue }, terminal);
  }
  if (roots.length === 0) {
    throw new SalvorError('usage', 'no directory was named', { advice: 'see salvor sweep --help' });
  }
  const looking = {
    roots,
    oneFileSystem: options['one-file-system'],
    isWanted: wanted(options.only, options.exclude),
    shard: options.shard === undefined ? undefined : parseShard(options.shard, terminal.environment),
    minAgeSeconds: parseSeconds(options['min-age']),
    retry: options.retry,
    signal,
  };
  const intervalSeconds = parseSeconds(options.interval);
  for (const root of roots) {
    if (pathKind(root) !== undefined) continue;
    throw new SalvorError('unreadable', 'no such file or directory', { file: root });
  }
  if (queue !== undefined) return runEnqueue({ ...looking, dryRun }, { ...options, queue }, intervalSeconds, terminal);
  const policy: Policy = { dryRun, output, replace, keep };
  const limits = {
    program: process.argv[1]!,
    jobs: parseCount('jobs', options.jobs, 1),
    timeoutSeconds: parseSeconds(options.timeout),
    maxMemoryBytes: parseSize(options['max-memory']),
    limit: parseCount('limit', options.limit, Infinity),
    maxSeconds: options['max-time'] === undefined ? Infinity : parseSeconds(options['max-time']),
    reserve: parseShare(options.reserve),
    bandwidth: options.bandwidth === undefined ? Infinity : parseSize(options.bandwidth),
    exec: options.exec === undefined ? undefined : wordsOf(options.exec),
  };
  // Of all that goes by in a large tree little is kept, and what is not would be held as long as there is memory left.
  setFlagsFromString('--heap-growing-percent=20');
  const memory = new SweepMemory(options.state, conditions(policy), (error) => {
    const lost = error.withMessage(error.message.replace('nothing was changed', 'nothing more is remembered there'));
    progress.clear();
    terminal.err.write(`${failureLine('salvor', lost, terminal, options.debug, options.color)}\n`);
  });
  const asked = { ...looking, ...limits, policy, memory };
  const pages = await openPages({ operation: 'sweep', report: options.report, isIndex: true, recordings: roots });
  const progress = await openProgress(terminal, !quiet && !json && !ndjson);
  const outcomes: SweepOutcome[] = [];
  const news = new News();
  const told = (outcome: SweepOutcome): void => {
    if (options.watch && !news.isNew(outcome)) return;
    progress.clear();
    pages?.addSwept(outcome);
    if (json) outcomes.push(outcome);
    else tellSwept(outcome, terminal, options);
  };
  try {
    for (;;) {
      const summary = await sweep({ ...asked, told, progress: (looked) => progress.busy(`${looked} looked at`) });
      progress.clear();
      const line = sweepLine(summary.results, summary.looked, summary.seconds);
      const isSaid = !quiet && !json && !ndjson && (news.hasAny || !options.watch);
      if (isSaid && line !== undefined) terminal.out.write(`${line}\n`);
      news.lookAgain();
      pages?.finish();
      if (!options.watch) {
        if (json) terminal.out.write(`${JSON.stringify(reportOf(outcomes, summary), null, 2)}\n`);
        return exitCodeOf(summary);
      }
      await untilNext(Math.min(intervalSeconds, secondsUntil(summary.dueMs)), signal);
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

/** What decides, beside the files, what they come to. */
function conditions({ output, replace, keep }: Policy): string {
  const where = output === undefined ? '' : realPathOf(output);
  return `${version} ${where} ${replace ? 'replace' : ''}${keep === undefined ? '' : ' and keep'}`;
}

function reportOf(
  recordings: readonly SweepOutcome[],
  { looked, results, isPartial, seconds }: SweepSummary,
): SweepReport {
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
  ...finishingEffects,
  { option: 'retry', with: ['state', 'queue'] },
  { option: 'exec', without: ['dry-run'] },
  { option: 'watch', without: ['json', 'dry-run', 'limit', 'max-time', 'status'] },
  { option: 'status', with: ['queue'], without: ['dry-run', 'retry', 'only', 'exclude', 'shard', 'one-file-system'] },
  // What is done with a recording, who works on it is told.
  {
    option: 'queue',
    without: ['output', 'replace', 'keep', 'exec', 'state', 'limit', 'max-time', 'bandwidth', 'ndjson', 'report'],
  },
];

/** Loaded by the table of verbs when `sweep` is asked for. */
export const command: Command = { build, effects, run };
