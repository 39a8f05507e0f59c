/**
 * One sweep: every candidate of a tree, those left out that are not to be looked at, the others to the workers, within the
 * limits that were set. What is done to a recording the workers know; what is shown, the command.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pace } from '../../io/pace.ts';
import type { WalkedDirectory } from '../../io/walk.ts';
import { throwIfInterrupted, type SalvorError } from '../../media/errors.ts';
import { looksLikeRecording } from '../../rescue/looks-like-recording.ts';
import {
  bytesOf,
  findCandidates,
  isYoungerThan,
  lastWritten,
  type Candidate,
} from '../../rescue/sweeping/candidates.ts';
import { Clearing } from '../../rescue/sweeping/clearing.ts';
import { inOwnFolders } from '../../rescue/sweeping/own-folders.ts';
import { runAfter } from '../../rescue/sweeping/exec.ts';
import type { SweepMemory } from './memory.ts';
import type { SweepOutcome, SweepResult } from '../../media/sweep-outcome.ts';
import type { Policy } from '../../rescue/sweeping/worker-messages.ts';
import { Pool } from '../../rescue/sweeping/pool.ts';
import { lackOfRoom, workWithinRoom } from '../../rescue/sweeping/room.ts';
import { isInShard, type Shard } from './shard.ts';

/** What is swept and how far. */
export interface SweepOptions {
  /** Directories, and files. */
  readonly roots: readonly string[];
  readonly oneFileSystem: boolean;
  /** Whether a path (from its root on) is to be looked at. */
  readonly isWanted: (place: string) => boolean;
  readonly shard: Shard | undefined;
  /** Seconds that a file must have been left alone. */
  readonly minAgeSeconds: number;
  readonly policy: Policy;
  readonly memory: SweepMemory;
  /** Try again what failed before. */
  readonly retry: boolean;
  /** The program that workers are. */
  readonly program: string;
  readonly jobs: number;
  readonly timeoutSeconds: number;
  readonly maxMemoryBytes: number;
  /** Recordings that may be repaired, in all. */
  readonly limit: number;
  /** Seconds after which no other is begun. */
  readonly maxSeconds: number;
  /** Share of a file system that is left free. */
  readonly reserve: number;
  /** Bytes a second that may be read on the average. */
  readonly bandwidth: number;
  /** The command to run after each finished recording. */
  readonly exec: readonly string[] | undefined;
  readonly signal: AbortSignal;
  /** Gets each outcome that is not `nothing` or `intact`. */
  readonly told: (outcome: SweepOutcome) => void;
  /** Called with how many files have been looked at. */
  readonly progress?: (looked: number) => void;
}

/** How many candidates came to what. */
export interface SweepSummary {
  readonly looked: number;
  readonly results: Readonly<Record<SweepResult, number>>;
  /** Made, but not intact, or what was to follow failed. */
  readonly doubtful: number;
  /** Whether the tree was left before its end: by --limit or --max-time. */
  readonly isPartial: boolean;
  /** When the first of those that were written to lately will have been left alone long enough, in milliseconds; else Infinity. */
  readonly dueMs: number;
  readonly seconds: number;
}

/** Sweeps once. Throws `interrupted` errors after all workers have ended. */
export async function sweep(options: SweepOptions): Promise<SweepSummary> {
  const run = new Sweep(options);
  return run.run();
}

class Sweep {
  readonly #options: SweepOptions;
  readonly #pool: Pool;
  readonly #clearing: Clearing;
  readonly #isOurs: (candidate: Candidate) => boolean;
  readonly #results: Record<SweepResult, number> = {
    nothing: 0,
    intact: 0,
    finished: 0,
    made: 0,
    'would-make': 0,
    busy: 0,
    failed: 0,
  };
  readonly #running = new Set<Promise<void>>();
  /** Bytes that those being worked on may need, by the file system's room at the place of the result. */
  #promised = 0;
  #doubtful = 0;
  #dueMs = Infinity;
  #looked = 0;
  #bytesRead = 0;
  readonly #started = performance.now();

  constructor(options: SweepOptions) {
    this.#options = options;
    const { program, jobs: workers, timeoutSeconds, maxMemoryBytes } = options;
    this.#pool = new Pool({ program, workers, timeoutSeconds, maxMemoryBytes });
    this.#clearing = new Clearing(options.policy);
    this.#isOurs = inOwnFolders(options.policy);
  }

  async run(): Promise<SweepSummary> {
    const { signal } = this.#options;
    const stop = (): void => void this.#pool.end();
    signal.addEventListener('abort', stop);
    let isPartial: boolean;
    try {
      isPartial = await this.#all();
      await Promise.all(this.#running);
      throwIfInterrupted(signal);
    } finally {
      signal.removeEventListener('abort', stop);
      await this.#pool.end();
      await Promise.allSettled(this.#running);
    }
    return {
      looked: this.#looked,
      results: this.#results,
      doubtful: this.#doubtful,
      isPartial,
      dueMs: this.#dueMs,
      seconds: this.#seconds(),
    };
  }

  #seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  /** Whether it was left before its end. */
  async #all(): Promise<boolean> {
    const { roots, oneFileSystem, signal, progress } = this.#options;
    const pace = new Pace(signal);
    const unreadable = (error: SalvorError): void =>
      this.#count({ path: error.file ?? '', result: 'failed', reason: error.message });
    const entered = (directory: WalkedDirectory): void => this.#clearing.entered(directory);
    for (const candidate of findCandidates(roots, { oneFileSystem, unreadable, entered })) {
      if (pace.isDue) await pace.turn();
      if (candidate === undefined) continue;
      progress?.(++this.#looked);
      if (!this.#isMine(candidate)) continue;
      this.#clearing.before(candidate);
      const known = this.#withoutWork(candidate);
      if (known !== undefined) {
        this.#count(known);
        continue;
      }
      if (!(await this.#mayBegin())) return true;
      this.#begin(candidate);
    }
    return false;
  }

  #isMine(candidate: Candidate): boolean {
    const { isWanted, shard } = this.#options;
    const { place } = candidate;
    return !this.#isOurs(candidate) && isWanted(place) && (shard === undefined || isInShard(place, shard));
  }

  /** What is known of a candidate without a worker. */
  #withoutWork(candidate: Candidate): SweepOutcome | undefined {
    const { memory, retry } = this.#options;
    const { path, kind } = candidate;
    const remembered = memory.recall(candidate, retry);
    if (remembered !== undefined) return remembered;
    if (kind === 'file' && !looksLikeRecording(path)) {
      const nothing: SweepOutcome = { path, result: 'nothing' };
      memory.note(candidate, nothing);
      return nothing;
    }
    return undefined;
  }

  /** Waits until a worker is free and the pace that was asked for is kept; false where no other is to be begun. */
  async #mayBegin(): Promise<boolean> {
    const { limit, maxSeconds, bandwidth, signal } = this.#options;
    await this.#pool.room();
    const done = (): number => this.#results.made + this.#results['would-make'] + this.#results.failed;
    while (done() + this.#running.size >= limit && this.#running.size > 0) await Promise.race(this.#running);
    throwIfInterrupted(signal);
    const wait = this.#bytesRead / bandwidth - this.#seconds();
    if (wait > 0) await sleep(Math.min(wait, maxSeconds) * 1000, undefined, { signal }).catch(() => {});
    throwIfInterrupted(signal);
    return done() < limit && this.#seconds() < maxSeconds;
  }

  #begin(candidate: Candidate): void {
    const { policy, reserve, minAgeSeconds } = this.#options;
    const bytes = bytesOf(candidate);
    const isYoung = isYoungerThan(candidate, minAgeSeconds);
    if (isYoung) this.#dueMs = Math.min(this.#dueMs, lastWritten(candidate) + minAgeSeconds * 1000);
    const full = isYoung ? undefined : lackOfRoom(candidate.path, bytes + this.#promised, policy, reserve);
    const promised = full === undefined ? bytes : 0;
    this.#promised += promised;
    const work = this.#work(candidate, isYoung, full).finally(() => {
      this.#promised -= promised;
      this.#bytesRead += bytes;
      this.#running.delete(work);
    });
    this.#running.add(work);
  }

  /** `full`: why nothing may be made of it. */
  async #work(candidate: Candidate, isYoung: boolean, full: string | undefined): Promise<void> {
    const { memory, exec, signal } = this.#options;
    const answer = await workWithinRoom(full, this.#options.policy, async (policy) =>
      this.#pool.run({ candidate, isYoung, policy }),
    );
    const { outcome, isCutOff = false, isFull = false } = answer;
    if (isCutOff) this.#clearing.afterDeath(candidate);
    if (signal.aborted && outcome.result !== 'made') return;
    if (!isFull) memory.note(candidate, outcome);
    let reason = outcome.reason;
    if (outcome.result === 'made' && exec !== undefined) {
      reason ??= await runAfter(exec, outcome.output ?? outcome.path, `${JSON.stringify(outcome)}\n`, signal);
    }
    this.#count(reason === undefined ? outcome : { ...outcome, reason });
  }

  #count(outcome: SweepOutcome): void {
    const { result, reason } = outcome;
    this.#results[result]++;
    if (result === 'made' && reason !== undefined) this.#doubtful++;
    if (result !== 'nothing' && result !== 'intact') this.#options.told(outcome);
  }
}
