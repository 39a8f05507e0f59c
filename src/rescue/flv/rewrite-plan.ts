/** What a walk over the tags that are kept has to know; the rules decide it. */
import type { RepeatedRanges } from '../../flv/repeats.ts';
import type { RetimeOptions } from './retimer.ts';

export interface RewritePlan {
  /** Where the tags begin. */
  readonly firstTag: number;
  /** Undefined: timestamps stay as they are. */
  readonly retime: RetimeOptions | undefined;
  /** Sequence headers that only repeat what is in force are left out. */
  readonly dedupeHeaders: boolean;
  /** Frames in these ranges are left out; undefined: none is. */
  readonly droppedRepeats: RepeatedRanges | undefined;
  /** Sequence headers without a configuration are left out of these tracks. */
  readonly withoutEmptyHeaders: ReadonlySet<'video' | 'audio'>;
}
