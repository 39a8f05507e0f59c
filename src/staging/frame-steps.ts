/**
 * Holds an audio configuration against the times that were recorded: the frames it makes have one exact length, and the
 * record of another recording gives itself away by frames of another.
 */
import type { CodecConfiguration } from '../media/track.ts';
import { frameTicks } from './sample-times.ts';
import type { TrackEntries } from './track-file.ts';

/** Steps from which a mean is taken. */
const minStepsForMean = 8;
/** So many are enough where most are alike: frames that last whole ticks leave no more runs. */
const minStepsAlike = 3;

/** Mean ticks between the samples whose times are known; undefined where they are too few. */
export function meanKnownStep({ samples, durationsKnown }: TrackEntries): number | undefined {
  const known = samples.durations.data.subarray(0, durationsKnown);
  // A pause is no frame: the middle one is the measure, refined by those that are about as long.
  const middle = Float64Array.from(known.subarray(0, 4096)).sort()[Math.min(known.length, 4096) >> 1]!;
  let sum = 0;
  let count = 0;
  for (const step of known) {
    if (Math.abs(step - middle) > 1 + middle / 4) continue;
    sum += step;
    count++;
  }
  const isEnough = durationsKnown > minStepsForMean || (count >= minStepsAlike && 2 * count > durationsKnown);
  return isEnough && sum > 0 ? sum / count : undefined;
}

/** Rates are at least 8 % apart. */
const stepTolerance = 0.03;

/** Whether the configuration's frames are as long as `step`, both in ticks of `timescale`; true where it does not tell. */
export function fits(configuration: CodecConfiguration, timescale: number, step: number): boolean {
  const frame = frameTicks(configuration, timescale);
  return frame === undefined || Math.abs(frame / step - 1) < stepTolerance;
}
