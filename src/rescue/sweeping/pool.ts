/**
 * The workers of a sweep. Each is a process that works on one recording at a time; one that ends, hangs, grows
 * or sends what is no answer is replaced, and what it was working on has failed, said as such. What the work is, it does not know.
 */
import { fork, type ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { JsonLines, pipeDescriptor } from '../../io/json-lines.ts';
import { residentBytesOf } from '../../io/resident-memory.ts';
import type { SweepOutcome } from '../../media/sweep-outcome.ts';
import { answerIn, isReadyIn, type WorkerAnswer, type WorkerJob } from './worker-messages.ts';

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
  /** The worker is gone, by itself or because it was to be stopped: what it had begun may lie there. */
  readonly isCutOff?: boolean;
}

/** The word that makes a process of the program a worker. */
export const workerWord = 'sweep-worker';

/** A worker that has grown so much over one that has just begun is replaced between two recordings. */
const maxGrowthBytes = 200 * 1024 * 1024;
const lookEveryMilliseconds = 500;
/** A worker that was asked to end has so long for it. */
const graceMilliseconds = 5000;
/** What a worker sent before it ended is waited for so long. */
const lastWordsMilliseconds = 1000;

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
    const worker = this.#usable() ?? new Worker(this.#options.program);
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

  /** One that has nothing to do; those that have ended meanwhile are forgotten. */
  #usable(): Worker | undefined {
    for (;;) {
      const worker = this.#idle.pop();
      if (worker === undefined || worker.isUsable) return worker;
      this.#all.delete(worker);
      void worker.end();
    }
  }

  /** Ends all workers; what they work on stops at a safe point. */
  async end(): Promise<void> {
    await Promise.all([...this.#all].map((worker) => worker.end()));
  }
}

class Worker {
  readonly #child: ChildProcess;
  readonly #messages: JsonLines;
  readonly #ended: Promise<string>;
  readonly #ready: Promise<void>;
  #hasEnded = false;
  /** It was told to end: what it had to answer may come, but it gets nothing more to do. */
  #isEnding = false;
  #firstBytes = 0;
  #hasGrown = false;
  /** Sent what is no answer: nothing it says is believed any more. */
  #isGarbled = false;
  #answered: ((answer: WorkerAnswer) => void) | undefined;
  #garbled: ((what: string) => void) | undefined;

  constructor(program: string) {
    this.#child = fork(program, [workerWord], { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] });
    // What comes over the runtime's own channel and is no message would be thrown here.
    if (this.#child.connected) this.#child.disconnect();
    let said = '';
    this.#child.stderr!.on('data', (text: Buffer) => void (said = `${said}${text.toString()}`.slice(-2000)));
    let begun = (): void => {};
    this.#ready = new Promise((resolve) => {
      begun = resolve;
    });
    const malformed = (what: string): void => {
      this.#isGarbled = true;
      this.#garbled?.(what);
    };
    this.#messages = new JsonLines(this.#child.stdio[pipeDescriptor] as Duplex, {
      malformed,
      message: (message) => {
        const answer = answerIn(message);
        if (isReadyIn(message)) begun();
        else if (answer === undefined) malformed('a message that is no answer');
        else if (!this.#isGarbled) this.#answered?.(answer);
      },
    });
    this.#ended = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#hasEnded = true;
        const last = said.trim().split('\n').at(-1) ?? '';
        resolve(last === '' ? how : `${how} (${last})`);
      };
      this.#child.once('error', (error) => end(`could not be started: ${error.message}`));
      this.#child.once('exit', (code, signal) => {
        this.#hasEnded = true;
        const how = signal === null ? `ended with ${code}` : `was ended by ${signal}`;
        // What it said last may still be on its way.
        void Promise.race([this.#messages.closed(), sleep(lastWordsMilliseconds, undefined, { ref: false })]).then(() =>
          end(how),
        );
      });
    });
  }

  get isUsable(): boolean {
    const isGone = this.#hasEnded || this.#isEnding || !this.#messages.isOpen;
    return !isGone && !this.#hasGrown && !this.#isGarbled;
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
      isCutOff: true,
    });
    let settle: (answer: PoolAnswer) => void = () => {};
    const answer = new Promise<PoolAnswer>((resolve) => {
      settle = resolve;
    });
    this.#answered = (message) => {
      const { outcome: made, residentBytes } = message;
      if (made.path !== path) return this.#garbled?.('an answer about another recording');
      this.#firstBytes ||= residentBytes;
      this.#hasGrown = residentBytes > this.#firstBytes + maxGrowthBytes;
      // Told to end it stops at a safe point, and says no more than that it was interrupted.
      settle(why !== undefined && made.result === 'busy' ? failed(why) : { outcome: made });
    };
    let why: string | undefined;
    this.#garbled = (what) => {
      this.#isGarbled = true;
      settle(failed(`the worker sent ${what}`, `sent ${what}`));
    };
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
        await Promise.race([this.#ready, this.#ended, answer]);
        if (!this.#hasEnded && !this.#isEnding && !this.#isGarbled) await begin();
      }
      isInWork = !this.#hasEnded;
      this.#messages.send(job, (error) => {
        if (error) settle(failed(`the worker cannot be reached: ${error.message}`, error.message));
      });
      return await answer;
    } finally {
      clearInterval(watch);
      [this.#answered, this.#garbled] = [undefined, undefined];
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
