/** What a carving tells of the ranges of tracks: where it looked, where it found nothing, and how it found times. */
import type { InferredTimes } from '../../media/report.ts';
import type { DescribedTimes, LostBytes, RangeEvidence } from '../../media/track-ranges.ts';
import type { CarveRange } from './carver.ts';
import type { SkippedRange } from './carved-samples.ts';
import type { JoinedTrack } from './joined-tracks.ts';

/** What one carving tells of all tracks. */
export interface CarvedEvidence {
  readonly searched: readonly CarveRange[];
  readonly lostBytes: readonly LostBytes[];
  /** By track id, of samples that were found. */
  readonly times: ReadonlyMap<number, InferredTimes>;
  /** By track id, of samples that an index describes without their times. */
  readonly described: ReadonlyMap<number, DescribedTimes>;
}

/** Of what was searched, what was passed over there, and what came of it. */
export function carvedEvidence(
  searched: readonly CarveRange[],
  skipped: readonly SkippedRange[],
  joined: readonly JoinedTrack[],
): CarvedEvidence {
  const times = new Map<number, InferredTimes>();
  const described = new Map<number, DescribedTimes>();
  for (const { track, times: found, inferredFrom } of joined) {
    const { basis, boundSeconds } = found;
    if (basis === 'known') continue;
    const own = {
      from: basis,
      ...(boundSeconds === undefined ? {} : { withinSeconds: toTheMillisecond(boundSeconds) }),
    };
    times.set(track.id, own);
    if (inferredFrom !== undefined) described.set(track.id, { from: inferredFrom, times: own });
  }
  return { searched, lostBytes: skipped, times, described };
}

/** A bound that holds for times in ticks too, which are rounded: up to a whole millisecond, and one more. */
function toTheMillisecond(seconds: number): number {
  return seconds === 0 ? 0 : (Math.ceil(seconds * 1000) + 1) / 1000;
}

/** What of it is about one track. */
export function evidenceOf(
  evidence: CarvedEvidence | undefined,
  trackId: number,
): Pick<RangeEvidence, 'searched' | 'lostBytes' | 'times' | 'described'> {
  if (evidence === undefined) return {};
  const { searched, lostBytes, times, described } = evidence;
  return { searched, lostBytes, times: times.get(trackId), described: described.get(trackId) };
}
