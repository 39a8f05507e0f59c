/** `salvor sweep --queue`: putting recordings into a queue, and what became of them, as text and as JSON. */
import { SalvorError } from '../../media/errors.ts';
import { reportVersion } from '../../media/report.ts';
import { parseQueueAddress } from '../../queue/address.ts';
import { RecordingQueue } from '../../queue/recording-queue.ts';
import { openProgress } from '../../ui/progress.ts';
import { failureLine } from '../../ui/failure.ts';
import { enqueuedLine, statusLine, tellSwept } from '../../ui/sweep-text.ts';
import type { Terminal } from '../../ui/terminal.ts';
import { version } from '../../version.ts';
import type { ReportOptions } from '../options.ts';
import { enqueue, type EnqueueOptions } from './enqueue.ts';
import { queueStatus, type QueueStatus } from './queue-status.ts';
import { untilNext } from './watch.ts';

/** What of the command line matters here. */
export interface QueueCommandOptions extends ReportOptions {
  queue: string;
  status: boolean;
  watch: boolean;
}

/** Puts what is found into the queue, once or again and again. Resolves to the exit code. */
export async function runEnqueue(
  asked: Omit<EnqueueOptions, 'version' | 'unreadable' | 'progress'>,
  options: QueueCommandOptions,
  intervalSeconds: number,
  terminal: Terminal,
): Promise<number> {
  const { quiet, json, watch, debug, color } = options;
  const { signal, dryRun } = asked;
  let failures = 0;
  const progress = await openProgress(terminal, !quiet && !json);
  const failed = (error: SalvorError): void => {
    progress.clear();
    terminal.err.write(`${failureLine('salvor', error, terminal, debug, color)}\n`);
  };
  const unreadable = (error: SalvorError): void => {
    failures++;
    failed(error);
  };
  const once = async (): Promise<void> => {
    const queue = await RecordingQueue.open(parseQueueAddress(options.queue));
    try {
      const looked = (count: number): void => progress.busy(`${count} looked at`);
      const summary = await enqueue(queue, { ...asked, version, unreadable, progress: looked });
      progress.clear();
      if (json) {
        const report = { reportVersion, operation: 'enqueue', salvorVersion: version, dryRun };
        terminal.out.write(
          `${JSON.stringify({ ...report, summary: { ...summary, unreadable: failures } }, null, 2)}\n`,
        );
      } else if (!quiet && summary.added > 0) {
        terminal.out.write(`${enqueuedLine(summary, dryRun)}\n`);
      }
    } finally {
      progress.clear();
      await queue.close();
    }
  };
  if (!watch) {
    await once();
    return failures > 0 ? 1 : 0;
  }
  for (;;) {
    try {
      // Between two looks nothing is held open, and a server that has gone for a while is asked again.
      await once();
    } catch (error) {
      if (!(error instanceof SalvorError) || error.kind === 'usage') throw error;
      if (error.kind === 'interrupted') return 130;
      failed(error);
    }
    if (await hasEnded(intervalSeconds, signal)) return 130;
  }
}

async function hasEnded(seconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await untilNext(seconds, signal);
    return false;
  } catch {
    return true;
  }
}

/** Says what became of all that was put in. Resolves to the exit code. */
export async function runStatus(options: QueueCommandOptions, terminal: Terminal): Promise<number> {
  const { quiet, json } = options;
  const queue = await RecordingQueue.open(parseQueueAddress(options.queue));
  let status: QueueStatus;
  try {
    status = await queueStatus(queue);
  } finally {
    await queue.close();
  }
  const { recordings, summary } = status;
  if (json) {
    const report = { reportVersion, operation: 'queue-status', salvorVersion: version, recordings, summary };
    terminal.out.write(`${JSON.stringify(report, null, 2)}\n`);
  } else {
    for (const recording of recordings) tellSwept(recording, terminal, { ...options, ndjson: false });
    if (!quiet) terminal.out.write(`${statusLine(summary)}\n`);
  }
  const { failed, doubtful, waiting, active, busy } = summary;
  if (failed + doubtful > 0) return 1;
  return waiting + active + busy > 0 ? 75 : 0;
}
