/** How a track goes on over time, coarsely enough to be drawn: bytes and sync samples in steps of equal length. */
import type { PlacedTrack } from './timeline.ts';

/** How a track goes on, in steps of equal length from the beginning of the recording's timeline on; for figures. */
export interface TrackCourse {
  readonly stepSeconds: number;
  /** Bytes of the samples that are decoded in each step. */
  readonly bytes: readonly number[];
  /** Sync samples in each step. */
  readonly syncSamples: readonly number[];
}

/** Steps of a figure: about as many as there are points on a screen for a lane. */
const stepsOfFigure = 600;

/** The course of a track, from the beginning of the recording's timeline to the end of the track. */
export function courseOf({ track, delaySeconds, presentationDuration }: PlacedTrack): TrackCourse {
  const { samples, timescale } = track;
  const stepSeconds = Math.max((delaySeconds + presentationDuration / timescale) / stepsOfFigure, 1e-3);
  const bytes = new Array<number>(stepsOfFigure).fill(0);
  const syncSamples = new Array<number>(stepsOfFigure).fill(0);
  const [sizes, durations] = [samples.sizes.data, samples.durations.data];
  let ticks = delaySeconds * timescale;
  for (let i = 0; i < samples.length; i++) {
    const step = Math.min(stepsOfFigure - 1, Math.max(0, Math.floor(ticks / timescale / stepSeconds)));
    bytes[step]! += sizes[i]!;
    if (samples.isSync(i)) syncSamples[step]!++;
    ticks += durations[i]!;
  }
  return { stepSeconds, bytes, syncSamples };
}
