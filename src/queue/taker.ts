/**
 * Takes batches out of the queue, as long as it is not told to end. While one is worked on its lock is renewed; a worker that
 * was not heard of for the time of a heartbeat has died, and another takes up what it had. What the work is, it does not know.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Worker } from 'bullmq';
import { throwIfInterrupted } from '../media/errors.ts';
import type { QueueAddress } from './address.ts';
import { maxBatch, parseBatch, type Batch } from './batch.ts';
import {
  connectionOf,
  isConnectionError,
  loadBullmq,
  queueError,
  queueName,
  failureReasonOf,
  untilReady,
  type Bullmq,
} from './bullmq.ts';
import { readLog, type LogLine, type JobProgress } from './job-log.ts';
import type { BatchResult } from './recording-queue.ts';

/** The process that works on a recording may die so often before the recording is set aside. */
export const maxDeaths = 3;
/** So often everything around that may be lost with it: machines go down for many reasons, and most recordings are none. */
export const maxLosses = 10;

/** A batch that was taken. */
export interface TakenBatch<Outcome> {
  readonly batch: Batch;
  /** What is known of each recording from earlier tries. */
  readonly progress: readonly JobProgress<Outcome>[];
  /** Notes what happens, durably. */
  readonly note: (line: LogLine<Outcome>) => Promise<void>;
}

/** Thrown by work of which something cannot be done yet: it is tried again later, and in the end given up with this reason. */
export class NotYet extends Error {}

/** Thrown by work that was told to end: another worker is to go on at once. */
export class GivenBack extends Error {}

/** How batches are taken. */
export interface TakerOptions<Outcome> {
  readonly address: QueueAddress;
  /** Batches at a time. */
  readonly concurrency: number;
  readonly heartbeatSeconds: number;
  /** Ends the waiting for a server that is not there. */
  readonly signal: AbortSignal;
  /** Works on a batch. Throws `NotYet` and `GivenBack`. */
  readonly work: (taken: TakenBatch<Outcome>) => Promise<BatchResult>;
  /** Gets, once, that the server has gone, and that it is there again. */
  readonly trouble: (message: string) => void;
}

/** How often a server that is not there is asked when a taker begins. */
const maxTries = 6;

/** How long connections may take to end, in milliseconds. */
const patience = 3000;

/** A taker at work. */
export class Taker {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /**
   * Begins. Throws where BullMQ is missing, or the server cannot be reached for a while: it may be starting, too. Later it waits
   * for the server for ever.
   */
  static async open<Outcome>(options: TakerOptions<Outcome>): Promise<Taker> {
    const { address, signal } = options;
    const bullmq = await loadBullmq(address);
    for (let tries = 1; ; tries++) {
      const worker = workerOf(bullmq, options);
      try {
        worker.on('error', () => {});
        await untilReady(worker, address);
        reportTrouble(worker, options);
        void worker.run().catch((error: unknown) => options.trouble(failureReasonOf(error)));
        return new Taker(worker);
      } catch (error) {
        await worker.close(true).catch(() => {});
        throwIfInterrupted(signal);
        const cause = error instanceof Error ? (error.cause ?? error) : error;
        if (tries === maxTries || !isConnectionError(cause)) throw queueError(error, address);
      }
      await sleep(patience, undefined, { signal }).catch(() => {});
      throwIfInterrupted(signal);
    }
  }

  /** Takes nothing more. */
  stopTaking(): void {
    void this.#worker.pause(true).catch(() => {});
  }

  /** Waits for the work to end, and ends the connections; where the server has gone, without it. */
  async close(): Promise<void> {
    const closed = this.#worker.close().catch(() => {});
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<true>((resolve) => {
      timer = setTimeout(() => resolve(true), patience);
    });
    const isLate = await Promise.race([closed.then(() => false), late]);
    clearTimeout(timer);
    const backend = this.#worker.getBackend();
    if (isLate) await backend.close(true).catch(() => {});
  }
}

function workerOf<Outcome>(bullmq: Bullmq, options: TakerOptions<Outcome>): Worker {
  const { address, concurrency, heartbeatSeconds, work } = options;
  const heartbeat = heartbeatSeconds * 1000;
  const process = async (job: Job, token?: string): Promise<BatchResult> => {
    const batch = parseBatch(job.data);
    try {
      const { logs } = await worker.getBackend().getJobLogs(job.id!, 0, -1, true);
      return await work({
        batch,
        progress: readLog<Outcome>(logs, batch.recordings.length),
        note: async (line) => void (await job.log(JSON.stringify(line))),
      });
    } catch (error) {
      if (!(error instanceof GivenBack)) throw error;
      await job.moveToWait(token);
      throw new bullmq.WaitingError();
    }
  };
  const settings = {
    connection: connectionOf(address, true),
    autorun: false,
    concurrency,
    lockDuration: heartbeat,
    stalledInterval: heartbeat / 2,
    // So often with each recording of a batch; the log says which, and no other is given up with it.
    maxStalledCount: maxLosses * (maxBatch + 1),
    runRetryDelay: Math.min(heartbeat, 15_000),
    drainDelay: 5,
    settings: {
      // Doubled every time, and never the same for all.
      backoffStrategy: (tries: number) => Math.round(heartbeat * 2 ** (tries - 1) * (0.75 + Math.random() / 2)),
    },
  };
  const worker: Worker =
    address.kind === 'redis'
      ? new bullmq.Worker(queueName, process, settings)
      : (new bullmq.Worker(
          queueName,
          process as never,
          settings as never,
          bullmq.createPostgresBackend as never,
        ) as unknown as Worker);
  return worker;
}

/** Says once that the server has gone, however often it is asked, and once that it is there again. */
function reportTrouble<Outcome>(worker: Worker, { address, trouble }: TakerOptions<Outcome>): void {
  let isGone = false;
  worker.on('error', (error) => {
    // A lock that cannot be renewed is one that another worker has: both will find what the other has done.
    if (isGone || !isConnectionError(error)) return;
    isGone = true;
    trouble(`the queue at ${address.shown} cannot be reached (${failureReasonOf(error)}); waiting for it`);
  });
  worker.on('active', () => {
    if (isGone) trouble(`the queue at ${address.shown} is there again`);
    isGone = false;
  });
}
