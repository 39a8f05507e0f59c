/**
 * What an operation did, as one plain object: the terminal text and the JSON are renderings of it and add nothing.
 * Its form is versioned; fields are added, never renamed or given another meaning, within one version.
 */
import type { SalvorError } from './errors.ts';
import type { Finding } from './findings.ts';
import type { DistanceCourse, TrackCourse } from './track-course.ts';

/** The `reportVersion` of every report that is printed with `--json` and `--ndjson`. */
export const reportVersion = 2;

/** What of a track was lost with a range of it. */
export type LossReason =
  /** Zeros, as a file system leaves them where data never reached the disk. */
  | 'zeros'
  /** A sample that does not end. */
  | 'torn'
  /** Bytes that are no media that can be read. */
  | 'unreadable'
  /** Described, and not in the file. */
  | 'missing'
  /** Packets that never came. */
  | 'not-received'
  /** Encrypted, and no key is here. */
  | 'scrambled'
  /** Cannot be decoded without what is lost before it. */
  | 'undecodable';

/** How the times of a range are known that were not recorded. */
export interface InferredTimes {
  /** What they follow from, such as `frame length` or `audio clock`; `assumed` where nothing tells. */
  readonly from: string;
  /** Seconds by which the range may be off against the other tracks; not there where that is not bounded. */
  readonly withinSeconds?: number;
}

/**
 * One stretch of a track. The ranges of a track follow one another in time, without a gap: the end of one is the start of
 * the next, and all together are the track.
 */
export interface TrackRange {
  /** `described`: an index, entries or tags tell of its samples. `found`: they were found in the media. `lost`: they are not in the result. */
  readonly what: 'described' | 'found' | 'lost';
  /** Why it is lost. */
  readonly reason?: LossReason;
  /** Where it lies in an input, from its first byte to its last: other tracks may lie between. Not there where nothing of it is in a file. */
  readonly file?: string;
  readonly offset?: number;
  readonly length?: number;
  /** Seconds on the recording's timeline, which begins at 0 with the first picture or audio sample of any track. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly samples: number;
  /** Bytes of its samples. */
  readonly bytes: number;
  /** Samples and bytes of it were never counted: they are reckoned from the rhythm and the rate of the track. */
  readonly isEstimated?: true;
  /** Not there where the times are as they were recorded. */
  readonly times?: InferredTimes;
}

/** Where the codec configuration of a track comes from. */
export interface ConfigurationOrigin {
  /** `recorded`: as the recorder put it beside the media. `media`: it was lost, and was read in the media or follows from it. `reference`: it was lost, and another recording lent it. */
  readonly from: 'recorded' | 'media' | 'reference';
  /** The recording that lent it. */
  readonly reference?: string;
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
  /** Seconds from there to the end of its last, holes included. */
  readonly durationSeconds: number;
  readonly configuration: ConfigurationOrigin;
  readonly kept: {
    readonly samples: number;
    readonly syncSamples: number;
    readonly bytes: number;
    /** Holes are not counted. */
    readonly durationSeconds: number;
  };
  readonly lost: {
    readonly samples: number;
    readonly bytes: number;
    readonly durationSeconds: number;
    /** Some of it was never counted: see `ranges`. */
    readonly isEstimated?: true;
  };
  readonly ranges: readonly TrackRange[];
  /** Only where a figure is to be drawn (`--report`). */
  readonly course?: TrackCourse;
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
  /** The same over time, both on the timeline of the result. Only where a figure is to be drawn (`--report`). */
  readonly courseBefore?: DistanceCourse;
  readonly courseAfter?: DistanceCourse;
}

/** How an MP4 was made in the file that its media lies in. */
export interface InPlaceReport {
  /** Where its index went: into room that was inserted in front of the media, or behind the media. */
  readonly index: 'front' | 'behind';
  /** Bytes that were written into the file, or would be. */
  readonly writtenBytes: number;
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
  /** Bytes of the inputs that no entry describes and that are not in the output, with why where that is known. */
  readonly unindexed: readonly {
    readonly file: string;
    readonly offset: number;
    readonly length: number;
    readonly reason?: LossReason;
  }[];
  readonly findings: readonly Finding[];
  /** With flv-fix: values that were set right. */
  readonly changes?: readonly Change[];
  /** With flv-fix --retime: what was done with the times; not there where nothing was. */
  readonly retimed?: Retimed;
  /** With flv-fix: what a file that was closed lacks at its end, by what it says of itself. */
  readonly missing?: { readonly bytes: number; readonly startSeconds: number; readonly durationSeconds: number };
  /** With --in-place: how the file with the media became the MP4. */
  readonly inPlace?: InPlaceReport;
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

/** What `--ndjson` prints of a recording: one line each. */
export interface RecordingLine extends RecordingReport, Omit<OperationReport, 'recordings'> {}

/** Where the configuration of a track comes from, by what was found. */
export function configurationOrigin(findings: readonly Finding[], kind: TrackReport['kind']): ConfigurationOrigin {
  const taken = findings.find(({ code, track }) => code === 'codec-configuration-taken' && track === kind);
  if (taken === undefined) return { from: 'recorded' };
  const { reference } = taken;
  return reference === undefined ? { from: 'media' } : { from: 'reference', reference };
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
