/** What became of one recording in a sweep: what its worker tells, and what screen, JSON and state file are made of. */
import type { Finding } from '../../media/findings.ts';
import type { RecordingReport } from '../../media/report.ts';
import type { Candidate } from './candidates.ts';

/**
 * nothing: no recording, or one of another kind. intact: nothing is to be done. finished: what was made of it by an earlier run
 * lies where it should. made, would-make: done now, or would be. busy: still being written, or young. failed: it could not be
 * repaired, or not now; `reason` says why.
 */
export type SweepResult = 'nothing' | 'intact' | 'finished' | 'made' | 'would-make' | 'busy' | 'failed';

/** What became of one candidate. */
export interface SweepOutcome {
  readonly path: string;
  readonly result: SweepResult;
  /** The verb that was run. */
  readonly verb?: string;
  /** What that verb reports. */
  readonly report?: RecordingReport;
  /** Where the finished recording lies. */
  readonly output?: string;
  /** Where the original lies now, if it was put aside. */
  readonly kept?: string;
  /** Why it was not done, for people. */
  readonly reason?: string;
  /** What else is to be said of it. */
  readonly findings?: readonly Finding[];
  readonly seconds?: number;
}

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

/** What a worker sends back. */
export interface WorkerAnswer {
  readonly outcome: SweepOutcome;
  /** Bytes that the process has resident. */
  readonly residentBytes: number;
}
