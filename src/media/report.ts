/**
 * What an operation did, as one plain object: the terminal text and the JSON are renderings of it and add nothing.
 * Its form is versioned; fields are added, never renamed or given another meaning, within one version.
 */
import type { SalvorError } from './errors.ts';
import type { Finding } from './findings.ts';

/** The `reportVersion` of every report that is printed with `--json`. */
export const reportVersion = 2;

/** A range of the media that could not be kept. */
export interface LostRange {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  /** When the first of the lost samples was to be decoded, in seconds on the recording's clock. */
  readonly startSeconds: number;
  readonly durationSeconds: number;
}

/** What was kept and lost of one track. */
export interface TrackReport {
  readonly id: number;
  readonly kind: 'video' | 'audio';
  /** RFC 6381 string of the codec, such as `avc1.64001f`. */
  readonly codec: string;
  readonly timescale: number;
  readonly width?: number;
  readonly height?: number;
  readonly sampleRate?: number;
  readonly channels?: number;
  /** Seconds from the beginning of the presentation to the track's first picture or audio sample. */
  readonly startSeconds: number;
  readonly kept: {
    readonly samples: number;
    readonly syncSamples: number;
    readonly bytes: number;
    readonly durationSeconds: number;
  };
  readonly lost: { readonly samples: number; readonly bytes: number; readonly ranges: readonly LostRange[] };
}

/** One file that was read. */
export interface InputReport {
  readonly path: string;
  readonly bytes: number;
  /** What became of it. */
  readonly fate: 'kept' | 'removed' | 'to be removed' | 'patched' | 'to be patched' | 'replaced' | 'to be replaced';
}

/** One file that was written. */
export interface OutputReport {
  readonly path: string;
  readonly bytes: number;
  readonly durationSeconds: number;
  /** Whether a file of that name was there before. */
  readonly replaced: boolean;
}

/** A part of a recording that was split. */
export interface PartReport {
  readonly path: string;
  /** Bytes of the file. */
  readonly bytes: number;
  /** Bytes at its beginning that were put in: tables, and parameter sets that its first picture lacks. */
  readonly insertedBytes: number;
  /** Packets at its end that stand behind the cut in the input, because they end what was begun before it. */
  readonly movedPackets: number;
  /** Seconds from the first picture (or audio sample) of the stream to the first of the part, jumps of the clock left out. */
  readonly startSeconds: number;
  /** Seconds from its first picture to that of the next part, or to the end of its last. */
  readonly durationSeconds: number;
  /** Earliest and latest presentation time as the stream has them. */
  readonly firstPtsSeconds?: number;
  readonly lastPtsSeconds?: number;
  /** Pictures; packets of audio where there is no video. */
  readonly frames: number;
  /** Pictures of it that cannot be shown without the part before. */
  readonly undecodableFrames: number;
  /** What it begins with. */
  readonly beginsWith: 'idr' | 'irap' | 'recovery-point' | 'intra' | 'audio' | 'stream';
  /** Whether the clock of the stream has jumped since the part before began. */
  readonly followsJump: boolean;
  /** Whether the streams have changed since the part before began. */
  readonly followsChange: boolean;
  /** Whether a file of that name was there before. */
  readonly replaced: boolean;
}

/** Pictures by the way in which decoding can begin at them. */
export interface RandomAccessReport {
  readonly idr: number;
  readonly irap: number;
  readonly recoveryPoint: number;
  readonly intra: number;
}

/** A value that was set right in a file; with the old one it can be undone. */
export interface Change {
  /** What it is, such as a property of onMetaData. */
  readonly name: string;
  /** As it was; null where there was none. */
  readonly old: number | string | boolean | null;
  readonly new: number | string | boolean;
  /** First byte of the value in the input. */
  readonly offset?: number;
  /** The bytes from there on as they were, in hexadecimal, of a value that is no single number or text. */
  readonly oldBytes?: string;
}

/** What `flv-fix --retime` did with the times of a recording. */
export interface Retimed {
  /** Frames that got another timestamp or composition time. */
  readonly frames: number;
  /** Seconds by which audio and pictures that lie beside each other in the file were apart at most, more than they are as a rule. */
  readonly apartBeforeSeconds?: number;
  readonly apartAfterSeconds?: number;
}

/** What became of one recording. */
export interface RecordingReport {
  /** The path as the recorder knows it (the target). */
  readonly recording: string;
  /** `made`: the output is in place. `would-make`: a dry run. `already-made`: an earlier run had finished it. `untouched`: it was intact. `failed`: nothing was changed, or only the removal of inputs is left to do. */
  readonly outcome: 'made' | 'would-make' | 'already-made' | 'untouched' | 'failed';
  readonly inputs: readonly InputReport[];
  readonly output?: OutputReport;
  /** Of a recording that was split: its parts, instead of one output. */
  readonly parts?: readonly PartReport[];
  readonly randomAccess?: RandomAccessReport;
  readonly tracks: readonly TrackReport[];
  /** With --recovery: media that no entry describes and that is not in the output. */
  readonly unindexed: readonly { readonly file: string; readonly offset: number; readonly length: number }[];
  readonly findings: readonly Finding[];
  /** With flv-fix: values that were set right. */
  readonly changes?: readonly Change[];
  /** With flv-fix --retime: what was done with the times; not there where nothing was. */
  readonly retimed?: Retimed;
  /** With flv-fix: what a file that was closed lacks at its end, by what it says of itself. */
  readonly missing?: { readonly bytes: number; readonly startSeconds: number; readonly durationSeconds: number };
  /** Why it failed. */
  readonly failure?: {
    readonly kind: string;
    readonly message: string;
    readonly file?: string;
    readonly offset?: number;
    readonly advice?: string;
  };
  readonly elapsedSeconds: number;
  readonly bytesMoved: number;
}

/** What a verb returns: one entry for each recording it was given. */
export interface OperationReport {
  readonly reportVersion: typeof reportVersion;
  readonly operation: string;
  readonly salvorVersion: string;
  readonly recordings: readonly RecordingReport[];
}

/** Seconds to the microsecond: what is beyond that is the noise of adding fractions. */
export function roundSeconds(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}

/** What the report says of a recording of which nothing could be made. */
export function failedRecording(
  recording: string,
  error: SalvorError,
  inputs: readonly InputReport[],
): RecordingReport {
  return {
    recording,
    outcome: 'failed',
    inputs,
    tracks: [],
    unindexed: [],
    findings: error.findings,
    failure: failureOf(error),
    elapsedSeconds: 0,
    bytesMoved: 0,
  };
}

/** An error as a report tells it. */
export function failureOf({
  kind,
  message,
  file,
  offset,
  advice,
}: SalvorError): NonNullable<RecordingReport['failure']> {
  return {
    kind,
    message,
    ...(file === undefined ? {} : { file }),
    ...(offset === undefined ? {} : { offset }),
    ...(advice === undefined ? {} : { advice }),
  };
}
