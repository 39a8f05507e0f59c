/**
 * How much of a recording is kept, of all its tracks together: as one figure, as the stretches of one bar, and as the line in
 * which people read it. A stretch in which any track is lost counts as lost.
 */
import type { RecordingReport, TrackRange } from '../media/report.ts';
import { formatDuration, plural } from './units.ts';

/** A stretch of the timeline, for all tracks: what the worst of them is there. */
export interface KeptStretch {
  readonly what: TrackRange['what'];
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** How much of a recording is kept. */
export interface KeptShare {
  readonly totalSeconds: number;
  readonly missingSeconds: number;
  /** Stretches that are missing, each longer than nothing. */
  readonly places: number;
  /** Some of what is missing was never counted. */
  readonly isEstimated: boolean;
}

const worst: readonly TrackRange['what'][] = ['lost', 'found', 'described'];

/** The stretches of all tracks one after the other, alike neighbours as one; none where no track has ranges. */
export function stretchesOf(tracks: readonly { readonly ranges: readonly TrackRange[] }[]): KeptStretch[] {
  const edges = tracks
    .flatMap(({ ranges }) => ranges)
    .filter(({ startSeconds, endSeconds }) => endSeconds > startSeconds)
    .flatMap(({ what, startSeconds, endSeconds }) => [
      { at: startSeconds, what, step: 1 },
      { at: endSeconds, what, step: -1 },
    ])
    .toSorted((one, other) => one.at - other.at);
  const open = { lost: 0, found: 0, described: 0 };
  const stretches: KeptStretch[] = [];
  for (const [index, { at, what, step }] of edges.entries()) {
    open[what] += step;
    const end = edges[index + 1]?.at ?? at;
    const now = worst.find((each) => open[each] > 0);
    // What is shorter than a microsecond is the noise of fractions.
    if (now === undefined || end - at < 1e-6) continue;
    const last = stretches.at(-1);
    const isOneMore = last?.what === now && at - last.endSeconds < 1e-6;
    if (isOneMore) stretches.pop();
    stretches.push({ what: now, startSeconds: isOneMore ? last.startSeconds : at, endSeconds: end });
  }
  return stretches;
}

/** How much is kept; undefined where no track has ranges. */
export function keptShareOf(tracks: readonly { readonly ranges: readonly TrackRange[] }[]): KeptShare | undefined {
  const stretches = stretchesOf(tracks);
  if (stretches.length === 0) return undefined;
  const seconds = (of: readonly KeptStretch[]): number =>
    of.reduce((sum, { startSeconds, endSeconds }) => sum + endSeconds - startSeconds, 0);
  const lost = stretches.filter(({ what }) => what === 'lost');
  return {
    totalSeconds: seconds(stretches),
    missingSeconds: seconds(lost),
    places: lost.length,
    isEstimated: tracks.some(({ ranges }) => ranges.some(({ what, isEstimated }) => what === 'lost' && isEstimated)),
  };
}

/** `97 %`; what is not all is never `100 %`, and what is something never `0 %`. */
export function formatShare({ totalSeconds, missingSeconds }: KeptShare): string {
  if (missingSeconds === 0) return '100 %';
  const percent = totalSeconds === 0 ? 0 : (100 * (totalSeconds - missingSeconds)) / totalSeconds;
  if (percent > 99.9) return 'more than 99.9 %';
  if (percent >= 99) return `${Math.floor(percent * 10) / 10} %`;
  if (percent > 0 && percent < 1) return 'less than 1 %';
  return `${Math.floor(percent)} %`;
}

/** `97 % of 1:02:10 would come back; 1.90 s are missing, in 3 places`; undefined where no track has ranges. */
export function shareLine({ outcome, tracks }: Pick<RecordingReport, 'outcome' | 'tracks'>): string | undefined {
  const share = keptShareOf(tracks);
  if (share === undefined) return undefined;
  const total = formatDuration(share.totalSeconds);
  const come = outcome === 'would-make' ? 'would come back' : outcome === 'made' ? 'came back' : 'is there';
  if (share.missingSeconds === 0) return `all of ${total} ${come}`;
  const missing = `${share.isEstimated ? 'about ' : ''}${formatDuration(share.missingSeconds)}`;
  return `${formatShare(share)} of ${total} ${come}; ${missing} are missing, in ${plural(share.places, 'place')}`;
}
