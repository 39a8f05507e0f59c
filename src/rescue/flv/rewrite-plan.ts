/** What a walk over the tags that are kept has to know; the rules decide it. */
import type { RepeatedRanges } from '../../flv/repeats.ts';
import type { TrackTimes } from '../clocks/times-findings.ts';
import type { RetimeOptions } from './retimer.ts';

/** Times for the frames of each track in the order of the file; undefined where the recorded ones stay. */
export interface PlacedTimes {
  /** Milliseconds, whole. */
  readonly video: Float64Array | undefined;
  readonly audio: Float64Array | undefined;
  /** Composition times of the pictures in milliseconds; undefined where those recorded stay. */
  readonly compositionTimes: Int32Array | undefined;
  /** How times that stood still were found anew, of each track that did. */
  readonly found: readonly TrackTimes[];
}

/** Which tags are kept, and which timestamps they get. */
export interface RewritePlan {
  /** Where the tags begin. */
  readonly firstTag: number;
  /** Times that take the place of those recorded, before anything else is done with them. */
  readonly placed: PlacedTimes | undefined;
  /** Undefined: timestamps stay as they are, or as they were placed. */
  readonly retime: RetimeOptions | undefined;
  /** Sequence headers that only repeat what is in force are left out. */
  readonly dedupeHeaders: boolean;
  /** Frames in these ranges are left out; undefined: none is. */
  readonly droppedRepeats: RepeatedRanges | undefined;
  /** Sequence headers without a configuration are left out of these tracks. */
  readonly withoutEmptyHeaders: ReadonlySet<'video' | 'audio'>;
}
