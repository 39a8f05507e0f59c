/**
 * Where the clock of a track broke off whose file lost entries: before samples whose entries were lost, and behind the steps
 * that were recorded, where those that follow may have a pause among them. When the samples behind a break were decoded is
 * not known here.
 */
import type { SampleTable } from '../../media/sample-table.ts';
import type { OpenedTrack } from '../../staging/opened-tracks.ts';

/** Breaks of a clock, by numbers among the samples that are kept, in order. */
export interface ClockBreaks {
  /** Samples that come at times which no distance from the sample before tells. */
  readonly breaks: readonly number[];
  /** The last of them, where no step behind it was recorded. */
  readonly open: number | undefined;
}

/**
 * The breaks of a track. `isAfloat`: nothing recorded tells when it begins. `recordedSteps`: so many of its steps were
 * recorded and those behind them not, -1: none and not the beginning; undefined: all were, or follow from what was.
 */
export function clockBreaksIn(
  samples: SampleTable,
  keep: Uint8Array,
  isAfloat: boolean,
  recordedSteps: number | undefined,
): ClockBreaks {
  const kept = keep.reduce((sum, one) => sum + one, 0);
  const before =
    recordedSteps === undefined ? kept : keep.subarray(0, recordedSteps + 1).reduce((sum, one) => sum + one, 0);
  const lost = [...(isAfloat ? [0] : []), ...breaksIn(samples, keep)].filter((first) => first < before);
  return before < kept ? { breaks: [...lost, before], open: before } : { breaks: lost, open: undefined };
}

/**
 * Numbers, among the samples that are kept, of those before which entries were overwritten: how many is not known, and so
 * neither is how long after the sample before they were decoded.
 */
function breaksIn(samples: SampleTable, keep: Uint8Array): number[] {
  const breaks: number[] = [];
  let kept = 0;
  let isBroken = false;
  for (let i = 0; i < samples.length; i++) {
    if (samples.sizes.data[i] === 0) isBroken = true;
    if (keep[i] === 0) continue;
    if (isBroken && kept > 0) breaks.push(kept);
    isBroken = false;
    kept++;
  }
  return breaks;
}

/** Whether a track file lost entries behind those it has: the last of its runs that is open need not have been the last. */
export function hasLostRuns({ entries, record }: OpenedTrack): boolean {
  const { samples, tornBytes, durationRuns } = entries;
  if (tornBytes > 0 || samples.sizes.values().includes(0)) return true;
  return record !== undefined && (record.durationRuns > durationRuns || record.sampleCount > samples.length);
}
