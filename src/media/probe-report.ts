/**
 * The form in which `salvor probe` prints what it found, as `--json` and `--ndjson` have it. `streams` and `format` are
 * ffprobe's; everything else is documented in man salvor-probe.
 */
import type { Finding } from './findings.ts';
import type { Advice, ContainerName, Expected, probeVersion, Verdict } from './probed-recording.ts';

/** Fields under ffprobe's names, of ffprobe's types. */
type FfprobeFields = Readonly<Record<string, string | number | object>>;

/** One track; what is not known of it is absent. Times in seconds. */
export interface ProbeTrackReport {
  readonly index: number;
  readonly kind: string;
  readonly codec?: string | undefined;
  readonly samples?: number | undefined;
  readonly bytes?: number | undefined;
  readonly bitRate?: number | undefined;
  /** From the beginning of the recording to that of the track. */
  readonly startOffset?: number | undefined;
  readonly duration?: number | undefined;
  readonly frameRate?: number | undefined;
  readonly variableFrameRate?: boolean | undefined;
  readonly keyFrames?: number | undefined;
  readonly keyFrameInterval?:
    | { readonly minimum: number; readonly median: number; readonly maximum: number }
    | undefined;
  readonly gaps: readonly { readonly at: number; readonly duration: number }[];
}

/** What was found of one recording. */
interface ProbedReport {
  readonly probeVersion: typeof probeVersion;
  readonly salvorVersion: string;
  readonly file: string;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly container: ContainerName;
  readonly containerName: string;
  readonly recorder?: string | undefined;
  readonly streams: readonly FfprobeFields[];
  readonly format: FfprobeFields;
  readonly tracks: readonly ProbeTrackReport[];
  readonly health: {
    readonly verdict: Verdict;
    readonly deep: boolean;
    readonly duration?: number | undefined;
    readonly claimedDuration?: number | undefined;
    readonly findings: readonly Finding[];
    readonly advice: readonly Advice[];
    readonly finishedAs?: string | undefined;
  };
  /** With `--deep`, of a recording that is not complete: what would come back. */
  readonly expected?: Expected | undefined;
}

/** What is said of a file that cannot be looked at. */
interface FailedProbeReport {
  readonly probeVersion: typeof probeVersion;
  readonly salvorVersion: string;
  readonly file: string;
  readonly error: { readonly code: string; readonly string: string };
}

/** One object of `salvor probe --json`. */
export type ProbeReport = ProbedReport | FailedProbeReport;
