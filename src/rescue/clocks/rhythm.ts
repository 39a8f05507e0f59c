/**
 * The rhythm of a stream: the step at which its samples come where they come regularly. It is found from times that are
 * known, or from a clock beside the stream, and knows no codec and no bytes.
 */

/** Frames per second that cameras and encoders are set to; a measured rate close to one of them is that one. */
const usualRates = [
  5,
  6,
  7.5,
  8,
  10,
  12,
  12.5,
  15,
  20,
  24000 / 1001,
  24,
  25,
  30000 / 1001,
  30,
  48,
  50,
  60000 / 1001,
  60,
  90,
  100,
  120,
];
/** Pictures a second that recorders write as a rule, at least. */
export const minUsualRate = 5;
/** Pictures a second that recorders write as a rule, at most. */
export const maxUsualRate = 120;
/** 23.976 and 24 are 0.1 % apart: a measurement says no more than that. */
const sameRate = 0.0004;

/** The step of a usual rate where `step` seconds are one within the `accuracy` of its measurement, otherwise `step` itself. */
export function usualStep(step: number, accuracy: number): number {
  let nearest = step;
  let distance = Math.max(accuracy, sameRate);
  for (const rate of usualRates) {
    const off = Math.abs(step * rate - 1);
    if (off >= distance) continue;
    distance = off;
    nearest = 1 / rate;
  }
  return nearest;
}

/** The steps of usual rates that `step` seconds may be, if they are off by at most a part of `accuracy`; the nearest first. */
export function usualStepsNear(step: number, accuracy: number): number[] {
  const off = (rate: number): number => Math.abs(step * rate - 1);
  return usualRates
    .filter((rate) => off(rate) < Math.max(accuracy, sameRate))
    .toSorted((a, b) => off(a) - off(b))
    .map((rate) => 1 / rate);
}

/** Whether a number of pictures a second is a usual rate, but for a part of `tolerance`. */
export function isUsualRate(perSecond: number, tolerance: number): boolean {
  return usualRates.some((rate) => Math.abs(perSecond / rate - 1) <= tolerance);
}

/** A line through times: sample n comes at `phase + n * step`. */
export interface Rhythm {
  readonly phase: number;
  readonly step: number;
}

/** Fewer times than this have no rhythm. */
const minTimes = 8;

/**
 * The regular step of known times, which were rounded to `tick` seconds; undefined where they are not regular. `hint`: a
 * step that is known from elsewhere and preferred where the times bear it out, for it is exact.
 */
export function rhythmOf(times: Float64Array, tick: number, hint: number | undefined): Rhythm | undefined {
  const last = times.length - 1;
  if (last + 1 < minTimes) return undefined;
  const mean = (times[last]! - times[0]!) / last;
  const accuracy = (2 * tick) / (last * mean);
  for (const step of [hint, usualStep(mean, accuracy), mean]) {
    if (step === undefined || !(step > 0)) continue;
    const phase = phaseOf(times, tick, step);
    if (phase !== undefined) return { phase, step };
  }
  return undefined;
}

/** The phase with which a line of this step, rounded to ticks, gives the times; undefined where none does. */
function phaseOf(times: Float64Array, tick: number, step: number): number | undefined {
  let lowest = -Infinity;
  let highest = Infinity;
  for (const [n, time] of times.entries()) {
    lowest = Math.max(lowest, time - n * step);
    highest = Math.min(highest, time - n * step);
  }
  // Rounded times lie within one tick of each other beside the true line; half a tick more for what was rounded twice.
  return lowest - highest <= 1.5 * tick ? (lowest + highest) / 2 : undefined;
}

/** By which part two steps, or two rates, differ: of 32 and 44.1 kHz 0.38, whichever is the first. */
export function partApart(one: number, other: number): number {
  return Math.max(one / other, other / one) - 1;
}

/** The middle one of some values. */
export function median(values: Float64Array): number {
  return values.slice().sort()[values.length >> 1] ?? Number.NaN;
}
