/**
 * The queue as those see it who put recordings in and ask what became of them. What is done with recordings is not known here.
 */
import type { Job, JobType, Queue } from 'bullmq';
import type { QueueAddress } from './address.ts';
import { batchId, parseBatch, recordingKey, writeBatch, type Batch, type QueuedRecording } from './batch.ts';
import { connectionOf, loadBullmq, queueError, queueName, untilReady } from './bullmq.ts';
import { readLog, type JobProgress } from './job-log.ts';

/** What a worker gives back of a batch: by which salvor, and what each recording came to, in one word. */
export interface BatchResult {
  readonly version: string;
  readonly results: readonly string[];
}

/** Where a job is: waiting for a worker or for its next try, being worked on, done, or given up. */
export type JobState = 'waiting' | 'delayed' | 'active' | 'done' | 'given-up';

/** A job and what is known of it. */
export interface QueuedJob<Outcome> {
  readonly id: string;
  readonly state: JobState;
  readonly batch: Batch;
  /** When it was put in. */
  readonly addedMs: number;
  readonly result: BatchResult | undefined;
  /** Why it was given up, or tries again. */
  readonly reason: string | undefined;
  /** What its log says of each recording; read when it is asked for. */
  readonly progress: () => Promise<readonly JobProgress<Outcome>[]>;
}

const states: Readonly<Partial<Record<JobType, JobState>>> = {
  wait: 'waiting',
  prioritized: 'waiting',
  delayed: 'delayed',
  active: 'active',
  completed: 'done',
  failed: 'given-up',
};

/** How long and how many finished jobs are remembered; what is forgotten is looked at again. */
const kept = { age: 30 * 86_400, count: 200_000 };
/** Tries of a batch of which something could not be done yet. */
const attempts = 6;
const atOnce = 200;

/** An open queue. Every method throws `unreadable` errors where the server cannot be reached. */
export class RecordingQueue {
  readonly #queue: Queue;
  readonly #address: QueueAddress;

  private constructor(queue: Queue, address: QueueAddress) {
    this.#queue = queue;
    this.#address = address;
  }

  /** Opens the queue at an address. Throws where BullMQ is missing or the server cannot be reached. */
  static async open(address: QueueAddress): Promise<RecordingQueue> {
    const bullmq = await loadBullmq(address);
    let queue: Queue | undefined;
    try {
      const options = { connection: connectionOf(address, false) };
      queue =
        address.kind === 'redis'
          ? new bullmq.Queue(queueName, options)
          : (new bullmq.Queue(queueName, options as never, bullmq.createPostgresBackend as never) as unknown as Queue);
      // What goes wrong is thrown by what was asked for; an error that nobody listens to would end the process.
      queue.on('error', () => {});
      await untilReady(queue, address);
      return new RecordingQueue(queue, address);
    } catch (error) {
      await queue?.close().catch(() => {});
      throw queueError(error, address);
    }
  }

  /** All jobs. One that changes its state meanwhile may come twice. */
  async *jobs<Outcome>(): AsyncGenerator<QueuedJob<Outcome>, void> {
    for (const [type, state] of Object.entries(states) as [JobType, JobState][]) {
      for (let first = 0; ; first += atOnce) {
        const jobs = await this.#asked(async () => this.#queue.getJobs([type], first, first + atOnce - 1, true));
        for (const job of jobs) {
          const batch = batchOf(job);
          if (batch === undefined) continue;
          const said = job.returnvalue as BatchResult | null | undefined;
          yield {
            id: job.id!,
            state,
            batch,
            addedMs: job.timestamp,
            result: said ?? undefined,
            reason: job.failedReason,
            progress: async () => {
              const { logs } = await this.#asked(async () => this.#queue.getJobLogs(job.id!, 0, -1, true));
              return readLog<Outcome>(logs, batch.recordings.length);
            },
          };
        }
        if (jobs.length < atOnce) break;
      }
    }
  }

  /**
   * What need not be added, because it is in the queue: a function that says so of a recording. `isOpen`: whether a finished
   * one is to be added again, by the word it came to and the version of salvor that said so.
   */
  async known(
    isOpen: (word: string, version: string) => boolean,
  ): Promise<(root: string, recording: QueuedRecording) => boolean> {
    const known = new Set<string>();
    const finished = new Set<string>();
    for await (const { id, state, batch, result } of this.jobs()) {
      if (state === 'given-up') finished.add(id);
      for (const [index, recording] of batch.recordings.entries()) {
        if (state === 'given-up') continue;
        if (state === 'done' && (result === undefined || isOpen(result.results[index] ?? '', result.version))) {
          finished.add(id);
        } else known.add(recordingKey(batch.root, recording));
      }
    }
    this.#replaceable = finished;
    return (root, recording) => known.has(recordingKey(root, recording));
  }

  /** Finished jobs of which something is to be done again. */
  #replaceable: ReadonlySet<string> = new Set();

  /** Adds batches. One that is there already stays as it is, unless it has ended and is to be done again. */
  async add(batches: readonly Batch[]): Promise<void> {
    await this.#asked(async () => {
      const jobs = batches.map((batch) => ({ id: batchId(batch), data: writeBatch(batch) }));
      await Promise.all(jobs.map(async ({ id }) => (this.#replaceable.has(id) ? this.#queue.remove(id) : undefined)));
      await this.#queue.addBulk(
        jobs.map(({ id, data }) => ({
          name: 'batch',
          data,
          opts: {
            jobId: id,
            attempts,
            backoff: { type: 'custom' },
            removeOnComplete: kept,
            removeOnFail: kept,
            // What became of each recording is in the log.
            stackTraceLimit: 0,
          },
        })),
      );
    });
  }

  /** Jobs that have not ended. */
  async countOpen(): Promise<number> {
    const counts = await this.#asked(async () => this.#queue.getJobCounts('wait', 'prioritized', 'delayed', 'active'));
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  /** How many processes of `salvor work` are there, as far as the server tells. */
  async countWorkers(): Promise<number | undefined> {
    return this.#queue.getWorkersCount().catch(() => undefined);
  }

  /** Ends the connections. */
  async close(): Promise<void> {
    await this.#queue.close().catch(() => {});
  }

  async #asked<Value>(ask: () => Promise<Value>): Promise<Value> {
    try {
      return await ask();
    } catch (error) {
      throw queueError(error, this.#address);
    }
  }
}

function batchOf(job: Job): Batch | undefined {
  try {
    return parseBatch(job.data);
  } catch {
    return undefined; // Of somebody else.
  }
}
