/** What the workers of a sweep are sent and send back. */
import type { SweepOutcome } from '../../media/sweep-outcome.ts';
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
