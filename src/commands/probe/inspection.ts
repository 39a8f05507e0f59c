/**
 * What a look at a recording gives: what is said about it, and what can be asked on: its samples one by one, and its
 * structure. Each container has a module that makes one (`inspect-mp4.ts` and so on).
 */
import type { ByteSource } from '../../io/file-source.ts';
import type { ProbedRecording, Ratio } from '../../media/probed-recording.ts';

/** How deep a look goes, and who is told of it. */
export interface InspectOptions {
  /** All of the media is read. */
  readonly deep: boolean;
  readonly signal?: AbortSignal;
  /** Told how much of a deep look is done, in bytes. */
  readonly progress?: (done: number, total: number) => void;
}

/** A sample as it is listed. */
export interface SampleRow {
  /** Index of its track. */
  readonly track: number;
  readonly kind: string;
  readonly timeBase: Ratio;
  readonly dtsTicks: number | undefined;
  readonly ptsTicks: number | undefined;
  readonly durationTicks: number | undefined;
  readonly size: number;
  /** Offset of its first byte in the file. */
  readonly offset: number;
  readonly sync: boolean;
}

/** A part of the file's structure. */
export interface TreeRow {
  readonly depth: number;
  /** Four-character code, or the name of a tag or table. */
  readonly type: string;
  readonly offset: number;
  readonly size: number;
  /** What it says, in a few words. */
  readonly text?: string;
}

/** One recording that was looked at; its source stays open while samples or tree are listed. */
export interface Inspection {
  readonly recording: ProbedRecording;
  samples(): Iterable<SampleRow>;
  tree(): Iterable<TreeRow>;
}

/** What makes an inspection of an opened file. */
export type Inspector = (source: ByteSource, options: InspectOptions) => Promise<Inspection>;
