/** What the workers of a sweep are sent and send back, and whether what came from one is that. */
import type { SweepOutcome, SweepResult } from '../../media/sweep-outcome.ts';
import type { Candidate } from './candidates.ts';

/** What a worker is to do with what it finds. */
export interface Policy {
  readonly dryRun: boolean;
  /** Directory for results; each keeps its place below it. Undefined: beside the originals. */
  readonly output?: string | undefined;
  /** Results take the place of the originals. */
  readonly replace: boolean;
  /** Directory to which originals that are replaced go. */
  readonly keep?: string | undefined;
}

/** What a worker is sent. */
export interface WorkerJob {
  readonly candidate: Candidate;
  /** Whether it was written to so lately that it is only to be looked at. */
  readonly isYoung: boolean;
  readonly policy: Policy;
}

/** What a worker sends when it has begun. */
export interface WorkerReady {
  readonly isReady: true;
}

/** What a worker sends back. */
export interface WorkerAnswer {
  readonly outcome: SweepOutcome;
  /** Bytes that the process has resident. */
  readonly residentBytes: number;
}

const results: Readonly<Record<SweepResult, true>> = {
  nothing: true,
  intact: true,
  finished: true,
  made: true,
  'would-make': true,
  busy: true,
  failed: true,
};

/** Whether a worker says that it has begun. */
export function isReadyIn(message: unknown): boolean {
  return isRecord(message) && message['isReady'] === true;
}

/** The answer that a message is; undefined where it is none. */
export function answerIn(message: unknown): WorkerAnswer | undefined {
  if (!isRecord(message) || !isRecord(message['outcome'])) return undefined;
  const { path, result } = message['outcome'];
  const isOutcome = typeof path === 'string' && typeof result === 'string' && Object.hasOwn(results, result);
  return isOutcome && typeof message['residentBytes'] === 'number' ? (message as unknown as WorkerAnswer) : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
