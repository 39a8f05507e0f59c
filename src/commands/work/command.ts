/** `salvor work`: flags and help of taking recordings out of a queue, and how that is shown. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Argv } from 'yargs';
import { SalvorError } from '../../media/errors.ts';
import { reportVersion } from '../../media/report.ts';
import { parseQueueAddress } from '../../queue/address.ts';
import { RecordingQueue } from '../../queue/recording-queue.ts';
import { Taker } from '../../queue/taker.ts';
import { wordsOf } from '../../rescue/sweeping/exec.ts';
import type { SweepOutcome } from '../../media/sweep-outcome.ts';
import type { Policy } from '../../rescue/sweeping/worker-messages.ts';
import { Pool } from '../../rescue/sweeping/pool.ts';
import { lackOfRoom } from '../../rescue/sweeping/room.ts';
import { tellSwept } from '../../ui/sweep-text.ts';
import { refuseClosedOutput, type Terminal } from '../../ui/terminal.ts';
import { version } from '../../version.ts';
import type { Command } from '../index.ts';
import { openPages } from '../open-pages.ts';
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
import { parseCount, parseDuration, parseSeconds, parseShare, parseSize } from '../quantities.ts';
import { parseRoot, workOnBatch, type QueuedOutcome } from './work.ts';

interface WorkCommandOptions extends ReportOptions, PageReportOptions, FinishingOptions {
  queue: string;
  root: string[] | undefined;
  heartbeat: string;
  drain: boolean;
}

function build(yargs: Argv): Argv {
  return withPageOption(
    withReportOptions(
      withFinishingOptions(yargs)
        .usage(
          '$0 work --queue <url> [options]\n\nFinishes the recordings that salvor sweep --queue puts into a queue, on any number of machines that see the same files, as salvor sweep would. Stays until it is told to end.',
        )
        .option('queue', {
          type: 'string',
          requiresArg: true,
          description: 'The queue (redis://host:6379, postgres://user@host/database)',
          group: 'Many machines:',
        })
        .option('root', {
          type: 'string',
          array: true,
          nargs: 1,
          description: 'FROM=TO: what was found below FROM lies below TO here; nothing else is touched',
          group: 'Many machines:',
        })
        .option('heartbeat', {
          type: 'string',
          default: '30s',
          requiresArg: true,
          description: 'A worker that was not heard of for so long has died',
          group: 'Many machines:',
        })
        .option('drain', {
          type: 'boolean',
          default: false,
          description: 'End when nothing is left in the queue',
          group: 'Many machines:',
        }),
    ),
  )
    .example('$0 work --queue redis://queue:6379 -j 4', 'on every machine')
    .example('$0 work --queue redis://queue:6379 --root /srv/rec=/mnt/rec', 'where the tree has another name');
}

async function run(parsed: Record<string, unknown>, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const options = lastValues(parsed, ['root']) as unknown as WorkCommandOptions;
  const { output, replace, keep, json, ndjson, quiet, drain } = options;
  if (options.queue === undefined) {
    throw new SalvorError('usage', 'no queue was named', { advice: 'write salvor work --queue redis://host:6379' });
  }
  if (json || ndjson) refuseClosedOutput(terminal);
  const address = parseQueueAddress(options.queue);
  const policy: Policy = { dryRun: false, output, replace, keep };
  const jobs = parseCount('jobs', options.jobs, 1);
  const reserve = parseShare(options.reserve);
  const pool = new Pool({
    program: process.argv[1]!,
    workers: jobs,
    timeoutSeconds: parseSeconds(options.timeout),
    maxMemoryBytes: parseSize(options['max-memory']),
  });
  const pages = await openPages({ operation: 'work', report: options.report, isIndex: true, recordings: [] });
  const outcomes: SweepOutcome[] = [];
  let failures = 0;
  const work = {
    pool,
    policy,
    roots: (options.root ?? []).map(parseRoot),
    lackOfRoom: (path: string, bytes: number) => lackOfRoom(path, bytes * jobs, policy, reserve),
    exec: options.exec === undefined ? undefined : wordsOf(options.exec),
    version,
    signal,
    told: (outcome: SweepOutcome): void => {
      if (outcome.result === 'failed' || (outcome.result === 'made' && outcome.reason !== undefined)) failures++;
      pages?.addSwept(outcome);
      if (json) outcomes.push(outcome);
      else tellSwept(outcome, terminal, options);
    },
  };
  const taker = await Taker.open<QueuedOutcome>({
    address,
    concurrency: jobs,
    heartbeatSeconds: parseDuration(options.heartbeat),
    signal,
    work: async (taken) => workOnBatch(taken, work),
    trouble: (message) => void (quiet || terminal.err.write(`salvor: ${message}\n`)),
  });
  // What is under way stops at a safe point, and goes back into the queue.
  const stop = (): void => {
    taker.stopTaking();
    void pool.end();
  };
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    await (drain ? untilDrained(options.queue, signal) : untilAborted(signal));
  } finally {
    signal.removeEventListener('abort', stop);
    await taker.close();
    await pool.end();
  }
  pages?.finish();
  if (json) {
    const report = { reportVersion, operation: 'work', salvorVersion: version, recordings: outcomes };
    terminal.out.write(`${JSON.stringify(report, null, 2)}\n`);
  }
  return signal.aborted ? 130 : failures > 0 ? 1 : 0;
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    // A signal keeps no process alive.
    const timer = setInterval(() => {}, 2 ** 30);
    signal.addEventListener(
      'abort',
      () => {
        clearInterval(timer);
        resolve();
      },
      { once: true },
    );
  });
}

const lookEveryMilliseconds = 500;

/** Whoever else has something may die over it: the queue is empty when nobody has anything. */
async function untilDrained(url: string, signal: AbortSignal): Promise<void> {
  let queue: RecordingQueue | undefined;
  try {
    for (;;) {
      await sleep(lookEveryMilliseconds, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      try {
        queue ??= await RecordingQueue.open(parseQueueAddress(url));
        if ((await queue.countOpen()) === 0) return;
      } catch {
        // The server has gone for a while, which the taker says.
        await queue?.close();
        queue = undefined;
      }
    }
  } finally {
    await queue?.close();
  }
}

const effects: Command['effects'] = [
  ...finishingEffects,
  { option: 'json', with: ['drain'] },
  { option: 'report', with: ['drain'] },
];

/** Loaded by the table of verbs when `work` is asked for. */
export const command: Command = { build, effects, run };
