/**
 * Between which times of a clock each picture arrived, and what that says of their rate: the place of a picture is the
 * room between two audio frames, widened or moved by what is known of the sender.
 */
import { samplesOf, type Arrivals } from './arrivals.ts';
import { samplesAtOnce } from '../../media/sample-table.ts';
import { framesInBundle } from './bundled-audio.ts';
import { Column } from '../../media/column.ts';
import { filledInSteps, medianInSteps, quantileInSteps } from './in-steps.ts';
import { median, partApart, usualStep } from './rhythm.ts';

/** Pictures from which a rate is measured. */
export const rateWindow = 64;
/** Pictures of which the usual width of their places is taken. */
const looked = 4096;
/** So few of them make a window where there are few. */
const minWindow = 8;
/** Windows that differ by less are of one rate. */
const sameRate = 0.02;
/** Fewer pictures say nothing of a shift or a rate. */
export const minPicturesForShift = 4;
/** Known samples from which the usual place between those of the clock is learnt. */
export const minKnownSamples = 48;
/** Seconds from a picture to the only audio beside it, where media is missing on the other side. */
const nearLoss = 0.03;
/** More pictures than these between what is missing and the audio beside it stand in a pause of the audio. */
const maxBesideLoss = 8;
/** What pictures announce and what is measured may differ by this part before they contradict each other. */
const maxTimingError = 0.02;

/** A place between the clock's samples that is so many times as wide as usual, and so many seconds, is a pause of the clock. */
export const timesUsual = 3;
/** Seconds: see `timesUsual`. */
export const minPause = 0.15;

/** Between which times of the clock each picture arrived. */
export interface Corridor {
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** How far beside it a picture may be. */
  tolerance: number;
}

/** What the times of pictures are inferred from; all times in seconds. */
export interface VideoHints {
  readonly step: number | undefined;
  readonly tick: number;
  /** The stream that is the clock, all its times known. */
  readonly clock: number | undefined;
  /** What a sample of the clock lasts. */
  readonly frame: number | undefined;
}

/** The usual step of a stream by the clock beside it, undefined where there is too little of either. Goes step by step. */
export function* measuredStep(arrivals: Arrivals, stream: number, clock: number): Generator<void, number | undefined> {
  const numbers = yield* samplesOf(arrivals, stream);
  return measureStep(yield* corridorOf(arrivals, numbers, clock), 0, numbers.length, true);
}

/** The places of the samples `numbers` between those of the clock; unbounded where there is none. Goes step by step. */
export function* corridorOf(
  { streams, times, losses: missing }: Arrivals,
  numbers: Uint32Array,
  clock: number | undefined,
): Generator<void, Corridor> {
  const low = yield* filledInSteps(numbers.length, -Infinity);
  const high = yield* filledInSteps(numbers.length, Infinity);
  if (clock === undefined) return { low, high, tolerance: 0 };
  let last = -Infinity;
  let open = 0;
  let n = 0;
  let loss = 0;
  let beforeLoss = -Infinity;
  for (let i = 0; i < streams.length; i++) {
    if (i % samplesAtOnce === 0) yield;
    const stream = streams[i]!;
    if (missing[loss]?.before === i) {
      // The clock stands on the other side of what is missing: pictures before it came soon after the audio before.
      if (n - open <= maxBesideLoss) for (; open < n; open++) high[open] = low[open]! + nearLoss;
      beforeLoss = Math.max(beforeLoss, last);
      last = -Infinity;
      loss++;
    }
    if (stream === clock) {
      const time = times[i]!;
      if (Number.isNaN(time)) continue;
      const isPause = n - open > maxBesideLoss;
      for (; open < n; open++) {
        high[open] = Math.max(time, last, beforeLoss);
        if (loss > 0 && low[open] === -Infinity) low[open] = isPause ? beforeLoss : time - nearLoss;
      }
      last = time;
    } else if (n < numbers.length && numbers[n] === i) {
      low[n++] = last;
    }
  }
  return { low, high, tolerance: 0 };
}

/** Audio in bundles lies behind pictures that are later: the corridor is moved to when its bundles were handed on. */
export function* waitForBundles(
  { low, high }: Corridor,
  arrivals: Arrivals,
  stream: number,
  { clock, frame }: VideoHints,
  step: number,
): Generator<void, void> {
  if (clock === undefined || frame === undefined) return;
  const frames = yield* framesInBundle(arrivals, stream, clock);
  if (frames === undefined) return;
  const bundle = frames * frame;
  // A picture, too, was handed on when the next one came.
  for (let n = 0; n < low.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    low[n]! += frame + bundle - step;
    high[n]! += 2 * bundle - step;
  }
}

/**
 * Where pictures of known time stand between the audio: the corridor is moved there and made as wide as they need. Returns
 * whether there are enough of them.
 */
export function* learnFromKnown(corridor: Corridor, times: Float64Array, tick: number): Generator<void, boolean> {
  // A pause of the clock is one place for many pictures, whose middle tells of none of them.
  const maxWidth = timesUsual * (yield* medianInSteps(yield* widthsOf(corridor))) + minPause;
  const offsets = yield* offsetsFromMiddle(corridor, times, maxWidth);
  if (offsets.length < minKnownSamples) {
    corridor.tolerance = Math.max(tick, 0.002);
    return false;
  }
  const bias = yield* medianInSteps(offsets);
  corridor.tolerance = (yield* quantileInSteps(yield* distancesBeside(corridor, times, maxWidth, bias), 0.95)) + tick;
  // A publisher that sends in order of decode time needs no correction, and half a frame of it would be noise.
  if (Math.abs(bias) > corridor.tolerance + tick) yield* moveBy(corridor, bias);
  return true;
}

/** Seconds that the places of a corridor are wide, each place once. */
function* widthsOf({ low, high }: Corridor): Generator<void, Float64Array> {
  const widths = new Column(Float64Array, low.length);
  for (let n = 0; n < low.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    const isSame = n > 0 && low[n] === low[n - 1] && high[n] === high[n - 1];
    if (!isSame && Number.isFinite(low[n]! + high[n]!)) widths.push(high[n]! - low[n]!);
  }
  return widths.values();
}

/** Seconds by which known times are behind the middle of their places, as far as these are no pauses. */
function* offsetsFromMiddle(
  { low, high }: Corridor,
  times: Float64Array,
  maxWidth: number,
): Generator<void, Float64Array> {
  const offsets = new Column(Float64Array, times.length);
  for (let n = 0; n < times.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    if (!Number.isNaN(times[n]!) && high[n]! - low[n]! <= maxWidth) offsets.push(times[n]! - (low[n]! + high[n]!) / 2);
  }
  return offsets.values();
}

/** Seconds by which known times lie beside their places once these are moved. */
function* distancesBeside(
  { low, high }: Corridor,
  times: Float64Array,
  maxWidth: number,
  bias: number,
): Generator<void, Float64Array> {
  const distances = new Column(Float64Array, times.length);
  for (let n = 0; n < times.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    const time = times[n]!;
    if (Number.isNaN(time) || !(high[n]! - low[n]! <= maxWidth)) continue;
    distances.push(Math.max(0, low[n]! + bias - time, time - high[n]! - bias));
  }
  return distances.values();
}

function* moveBy({ low, high }: Corridor, seconds: number): Generator<void, void> {
  for (let n = 0; n < low.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    low[n]! += seconds;
    high[n]! += seconds;
  }
}

/** Seconds from one sample to the next, measured, and the part that it may be off. */
export interface MeasuredSlope {
  readonly step: number;
  readonly accuracy: number;
}

/** The usual step of pictures from `from` to `to` by the clock, or the mean of all; undefined where too few lie beside it. */
export function measureStep(corridor: Corridor, from: number, to: number, usual: boolean): number | undefined {
  const measured = measuredSlope(corridor, from, to, usual);
  return measured === undefined || !(measured.step > 0) ? undefined : usualStep(measured.step, measured.accuracy);
}

/**
 * The step that the longest stretch of a steady one has; the mean of all if `usual` is false. Pictures that lie in pauses of
 * the clock are counted, and their places not used.
 */
export function measuredSlope(
  { low, high }: Corridor,
  from: number,
  to: number,
  usual: boolean,
): MeasuredSlope | undefined {
  const widths = low.slice(from, Math.min(to, from + looked)).map((at, n) => high[from + n]! - at);
  const width = median(widths.filter(Number.isFinite));
  const placed: number[] = [];
  let places = 0;
  for (let n = from; n < to; n++) {
    if (high[n]! - low[n]! > timesUsual * width + minPause) continue;
    if (placed.length === 0 || low[placed.at(-1)!] !== low[n]) places++;
    placed.push(n);
  }
  // What comes in bundles has one place for all of a bundle.
  const bundled = Math.max(0, placed.length / Math.max(1, places) - 1);
  const last = placed.length - 1;
  if (last < minPicturesForShift) return undefined;
  const middle = (n: number): number => (low[n]! + high[n]!) / 2;
  const between = (start: number, end: number): MeasuredSlope => {
    const [a, b] = [placed[start]!, placed[end]!];
    const step = (middle(b) - middle(a)) / (b - a);
    return { step, accuracy: (width / step + bundled) / (b - a) };
  };
  if (!usual) return between(0, last);
  // Short windows stand beside pauses; the longest stretch of those that agree measures best.
  const window = Math.min(rateWindow, Math.max(minWindow, last >> 2), last);
  const hop = Math.max(1, window >> 1);
  const starts: number[] = [];
  for (let n = 0; n + window <= last; n += hop) starts.push(n);
  const steps = starts.map((n) => between(n, n + window).step);
  const step = median(Float64Array.from(steps));
  if (!(step > 0)) return undefined;
  const allowed = (width / step + bundled) / window + sameRate;
  let [begin, stop] = [0, 0];
  for (let n = 0; n < steps.length; n++) {
    let end = n;
    while (end < steps.length && Math.abs(steps[end]! / step - 1) <= allowed) end++;
    if (end - n > stop - begin) [begin, stop] = [n, end];
    n = Math.max(n, end);
  }
  return stop > begin ? between(starts[begin]!, starts[stop - 1]! + window) : { step, accuracy: allowed };
}

/** By which part the step that the pictures announce and the one that the clock measures differ; undefined where they agree. */
export function contradictionOf(
  { low, high }: Corridor,
  announced: number | undefined,
  measured: number | undefined,
): number | undefined {
  if (announced === undefined || measured === undefined || low.length <= rateWindow) return undefined;
  const widths = Float64Array.from(low.subarray(0, 2 * rateWindow), (from, n) => high[n]! - from);
  const accuracy = median(widths.filter(Number.isFinite)) / (rateWindow * measured);
  const difference = partApart(announced, measured);
  return difference > Math.max(maxTimingError, 2 * accuracy) ? difference : undefined;
}
