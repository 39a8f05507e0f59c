/** What joining carved samples onto known ones is about: the streams, and the samples of all of them in one order. */
import type { SampleTable } from '../../media/sample-table.ts';
import type { CodecConfiguration } from '../../media/track.ts';
import type { Arrivals } from '../clocks/arrivals.ts';

/** A stream that was looked for, in the order in which the carver was given them. */
export interface CarvedStream {
  readonly id: number;
  readonly kind: 'video' | 'audio';
  /** Undefined where it is lost: then no track can be made of the stream. */
  readonly configuration: CodecConfiguration | undefined;
  /** Ticks per second of the track to be. */
  readonly timescale: number;
  /** What an index says of the stream; its samples rise in the file. */
  readonly known: SampleTable | undefined;
  /** Numbers of known samples before which others are missing, so that they go on at a time that no index tells. */
  readonly clockBreaks?: readonly number[] | undefined;
  /** What lies before its known samples was described by a moov that is lost, and begins at 0 on their clock. */
  readonly followsMovie?: boolean | undefined;
  /** Number of the known sample from which on the steps between them were assumed: a break of the clock. */
  readonly openFrom?: number | undefined;
  /** Seconds into a recording of the same encoder at which the stream begins there. */
  readonly startSeconds?: number | undefined;
  /** Audio: what each sample lasts, in seconds. */
  readonly frameSeconds: number | undefined;
  /** Video: the step between pictures, where something says it. */
  readonly stepSeconds: number | undefined;
  /** Video: how many pictures the encoder says it holds back to reorder them. */
  readonly reorderedPictures?: number | undefined;
}

/** Which samples of a stream were looked at together: known ones from `from` to `to`, and carved ones. */
export interface JoinedSamples {
  readonly stream: number;
  readonly from: number;
  readonly to: number;
  readonly carved: number;
}

/** When the leading samples of a stream are decoded: the first at 0, the others so that the last ends where the known ones begin. */
export interface LeadingTimes {
  readonly count: number;
  readonly stepSeconds: number;
  /** Seconds between the end of the first and the second; 0 where they fill all of the time. */
  readonly pauseSeconds: number;
}

/** Known and carved samples of all streams in the order of the file. */
export interface Merged {
  readonly arrivals: Arrivals;
  /** By place in `arrivals`: number of a known sample in its table, or ~number of a carved one. */
  readonly references: Int32Array;
  readonly of: readonly JoinedSamples[];
  /** By stream: the times of samples before its known ones, where something tells them. */
  readonly leading: readonly (LeadingTimes | undefined)[];
}
