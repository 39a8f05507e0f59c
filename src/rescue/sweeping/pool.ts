/**
 * The workers of a sweep. Each is a process that works on one recording at a time; one that ends, hangs or grows is replaced,
 * and what it was working on has failed, said as such. What the work is, it does not know.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { residentBytesOf } from '../../io/resident-memory.ts';
import type { SweepOutcome } from '../../media/sweep-outcome.ts';
import type { WorkerAnswer, WorkerJob, WorkerReady } from './worker-messages.ts';

/** How workers are started and what they may take. */
export interface PoolOptions {
  /** The program that serves, given the word `sweep-worker`. */
  readonly program: string;
  readonly workers: number;
  /** Seconds that one recording may take. */
  readonly timeoutSeconds: number;
  /** Bytes that a worker may have resident. */
  readonly maxMemoryBytes: number;
}

/** What running one came to. */
export interface PoolAnswer {
  readonly outcome: SweepOutcome;
  /** How the worker ended, where it did so by itself; `isInWork`: while it worked on this one. */
  readonly death?: { readonly how: string; readonly isInWork: boolean } | undefined;
}

/** The word that makes a process of the program a worker. */
export const workerWord = 'sweep-worker';

/** A worker that has grown so much over one that has just begun is replaced between two recordings. */
const maxGrowthBytes = 200 * 1024 * 1024;
const lookEveryMilliseconds = 500;
/** A worker that was asked to end has so long for it. */
const graceMilliseconds = 5000;

/** Workers, and work that waits for one. */
export class Pool {
  readonly #options: PoolOptions;
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Resolves when a recording can be given to a worker without waiting. */
  async room(): Promise<void> {
    while (this.#running >= this.#options.workers) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  /**
   * Has a worker work on one: what happens to the worker is the outcome. `begin` is called, and waited for, when the worker is
   * ready to work; this rejects only where that does.
   */
  async run(job: WorkerJob, begin?: () => Promise<void>): Promise<PoolAnswer> {
    this.#running++;
    const worker = this.#idle.pop() ?? new Worker(this.#options.program);
    this.#all.add(worker);
    try {
      return await worker.work(job, this.#options, begin);
    } finally {
      this.#running--;
      if (worker.isUsable) this.#idle.push(worker);
      else {
        this.#all.delete(worker);
        void worker.end();
      }
      this.#waiting.shift()?.();
    }
  }

  /** Ends all workers; what they work on stops at a safe point. */
  async end(): Promise<void> {
    await Promise.all([...this.#all].map((worker) => worker.end()));
  }
}

class Worker {
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;
  readonly #ready: Promise<void>;
  #hasEnded = false;
  /** It was told to end: what it had to answer may come, but it gets nothing more to do. */
  #isEnding = false;
  #firstBytes = 0;
  #hasGrown = false;

  constructor(program: string) {
    this.#child = fork(program, [workerWord], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
    let said = '';
    this.#child.stderr!.on('data', (text: Buffer) => void (said = `${said}${text.toString()}`.slice(-2000)));
    this.#ready = new Promise((resolve) => {
      this.#child.once('message', () => resolve());
    });
    this.#ended = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#hasEnded = true;
        const last = said.trim().split('\n').at(-1) ?? '';
        resolve(last === '' ? how : `${how} (${last})`);
      };
      this.#child.once('error', (error) => end(`could not be started: ${error.message}`));
      this.#child.once('exit', (code, signal) =>
        end(signal === null ? `ended with ${code}` : `was ended by ${signal}`),
      );
    });
  }

  get isUsable(): boolean {
    return !this.#hasEnded && !this.#isEnding && !this.#hasGrown && this.#child.connected;
  }

  async work(
    job: WorkerJob,
    { timeoutSeconds, maxMemoryBytes }: PoolOptions,
    begin: (() => Promise<void>) | undefined,
  ): Promise<PoolAnswer> {
    const { path } = job.candidate;
    let isInWork = false;
    const failed = (reason: string, how?: string): PoolAnswer => ({
      outcome: { path, result: 'failed', reason: `${reason}; the recording was left as it is` },
      death: how === undefined ? undefined : { how, isInWork },
    });
    let settle: (answer: PoolAnswer) => void = () => {};
    const answer = new Promise<PoolAnswer>((resolve) => {
      settle = resolve;
    });
    const answered = (message: WorkerAnswer | WorkerReady): void => {
      if ('isReady' in message) return;
      const { outcome: made, residentBytes } = message;
      this.#firstBytes ||= residentBytes;
      this.#hasGrown = residentBytes > this.#firstBytes + maxGrowthBytes;
      // Told to end it stops at a safe point, and says no more than that it was interrupted.
      settle(why !== undefined && made.result === 'busy' ? failed(why) : { outcome: made });
    };
    let why: string | undefined;
    this.#child.on('message', answered);
    void this.#ended.then((how) =>
      settle(failed(why ?? `the worker ${how}`, why === undefined && !this.#isEnding ? how : undefined)),
    );
    const started = performance.now();
    const every = Math.min(lookEveryMilliseconds, timeoutSeconds * 1000);
    const watch = setInterval(() => {
      const isLate = performance.now() - started > timeoutSeconds * 1000;
      const isLarge = residentBytesOf(this.#child.pid!) > maxMemoryBytes;
      if (!isLate && !isLarge) return;
      clearInterval(watch);
      const limit = isLate ? `longer than ${timeoutSeconds} s` : `more than ${maxMemoryBytes} bytes of memory`;
      why = `it took ${limit} and was stopped`;
      void this.end();
    }, every);
    try {
      if (begin !== undefined) {
        await Promise.race([this.#ready, this.#ended]);
        if (!this.#hasEnded && !this.#isEnding) await begin();
      }
      isInWork = !this.#hasEnded;
      this.#child.send(job, (error) => {
        if (error !== null) settle(failed(`the worker cannot be reached: ${error.message}`, error.message));
      });
      return await answer;
    } finally {
      clearInterval(watch);
      this.#child.off('message', answered);
    }
  }

  /** Asks the process to end, and makes it end if it does not. */
  async end(): Promise<void> {
    if (this.#hasEnded) return;
    this.#isEnding = true;
    this.#child.kill('SIGTERM');
    const ended = await Promise.race([this.#ended.then(() => true), sleep(graceMilliseconds, false, { ref: false })]);
    if (!ended) this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
