/**
 * The samples of a recording in the order in which they arrived, which is the order in which they lie in the file: what is
 * left to tell the time by where no index does. Plain columns; seconds are on the recording's clock.
 */
import type { ReferenceRun } from '../../media/codec-reference.ts';
import { samplesAtOnce } from '../../media/sample-table.ts';

/** Samples of all streams in the order of the file, in columns of the same length. */
export interface Arrivals {
  /** Which of the streams each sample is of. */
  readonly streams: Uint8Array;
  /** Decode time of each sample in seconds; NaN where it is not known. `placeInTime` fills them. */
  readonly times: Float64Array;
  /** Media that is missing, in order. */
  readonly losses: readonly MissingMedia[];
  /** Bytes of all samples, from which the duration of what is missing is estimated. */
  readonly mediaBytes: number;
  /** Whether the recording was closed, so that its tracks end together: its media lies there to its end. */
  readonly isClosed?: boolean;
  /** Whether the writer is known to have written each sample as it came (media servers): then no run of them is a chunk. */
  readonly isPacketWise?: boolean;
  /** What of a stream is of unknown time, but of known distances. */
  readonly stretches?: readonly TimedStretch[];
  /** How the tracks of a recording by the same recorder lie beside each other, where one is known and this one has a track of each kind. */
  readonly turns?: readonly ReferenceRun[] | undefined;
}

/** A stretch of a stream, within which all distances are known. */
export interface TimedStretch {
  readonly stream: number;
  /** Places of its samples in the arrivals, which rise. */
  readonly numbers: Uint32Array;
  /** Seconds from its first sample to each. */
  readonly passed: Float64Array;
}

/** How the times of a stream were found. */
export interface FoundTimes {
  readonly basis: TimeBasis;
  /** Seconds by which the stream may be off against the others, where that could be found; undefined where nothing bounds it. */
  readonly boundSeconds?: number | undefined;
  /** By which part the pictures' own timing and the audio beside them differ (0.38: 38 %). */
  readonly contradiction?: number | undefined;
  /** Number of a stream with which this one is taken to begin: what is shown first of both comes at one time. Has a bound. */
  readonly beginsWith?: number | undefined;
}

/** Media that is missing before a sample. */
export interface MissingMedia {
  /** Number of the sample behind it. */
  readonly before: number;
  readonly bytes: number;
}

/** What is known of the times of one stream. */
export interface ArrivingStream {
  readonly kind: 'video' | 'audio';
  /** Audio: what each sample lasts, exactly; undefined where they differ or it is not known. */
  readonly frameSeconds?: number | undefined;
  /** Video: the step between pictures where something says it (VUI timing, a flag, a reference). */
  readonly stepSeconds?: number | undefined;
  /** What times were rounded to. */
  readonly tickSeconds: number;
}

/** What the times of a stream that were not known were found by. */
export type TimeBasis =
  /** All were known. */
  | 'known'
  /** Its frames have one exact length. */
  | 'frame length'
  /** The audio between its samples. */
  | 'audio clock'
  /** The pictures of known time between which it arrived, and the length of its frames. */
  | 'pictures beside it'
  /** Chunks of it beside chunks of audio, both from one beginning. */
  | 'chunks'
  /** The step it is known to have, or has had so far. */
  | 'rhythm'
  /** Nothing: 25 a second. */
  | 'assumed';

/** Numbers of the samples of one stream, step by step. */
export function* samplesOf({ streams }: Arrivals, stream: number): Generator<void, Uint32Array> {
  let count = 0;
  for (let i = 0; i < streams.length; i++) {
    if (i % samplesAtOnce === 0) yield;
    if (streams[i] === stream) count++;
  }
  const numbers = new Uint32Array(count);
  let n = 0;
  for (let i = 0; i < streams.length; i++) {
    if (i % samplesAtOnce === 0) yield;
    if (streams[i] === stream) numbers[n++] = i;
  }
  return numbers;
}

/** What a column, the times say, has at some numbers, step by step. */
export function* valuesAt(column: Float64Array, numbers: Uint32Array): Generator<void, Float64Array> {
  const values = new Float64Array(numbers.length);
  for (let n = 0; n < numbers.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    values[n] = column[numbers[n]!]!;
  }
  return values;
}

/** Gives a column other values at some numbers, step by step. */
export function* putAt(column: Float64Array, numbers: Uint32Array, values: Float64Array): Generator<void, void> {
  for (let n = 0; n < numbers.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    column[numbers[n]!] = values[n]!;
  }
}

/** Place of the first of some numbers that rise which is not below `min`; their length where none is. */
export function lowerBound(numbers: Uint32Array | Float64Array, min: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle]! < min) low = middle + 1;
    else high = middle;
  }
  return low;
}
