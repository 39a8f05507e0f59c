/** What became of one recording in a sweep: what its worker says, and what screen, JSON and state file are made of. */
import type { Finding } from './findings.ts';
import type { RecordingReport, reportVersion } from './report.ts';

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

/** What `salvor sweep --json` prints. */
export interface SweepReport {
  readonly reportVersion: typeof reportVersion;
  readonly operation: 'sweep';
  readonly salvorVersion: string;
  readonly recordings: readonly SweepOutcome[];
  readonly summary: Readonly<Record<SweepResult | 'looked' | 'seconds', number>> & {
    /** It ended before it had looked at everything. */
    readonly partial: boolean;
  };
}
