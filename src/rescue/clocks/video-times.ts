/**
 * Places pictures in time by the clock beside them: a picture arrived between two audio frames, so it is decoded about
 * then. Where between, the rhythm of the stream tells; where the rhythm leaves the place that the clock gives for good,
 * pictures were dropped, the picture stood still, or the rate changed.
 */
import { lowerBound, putAt, samplesOf, valuesAt, type Arrivals, type TimeBasis } from './arrivals.ts';
import { samplesAtOnce } from '../../media/sample-table.ts';
import { framesInBundle } from './bundled-audio.ts';
import { Column } from '../../media/column.ts';
import { filledInSteps, medianInSteps, quantileInSteps } from './in-steps.ts';
import { median, rhythmOf, usualStep } from './rhythm.ts';

const rhythmLength = 96;
/** Pictures by which a shift is told from jitter: so many seconds of them, but not fewer or more than. */
const shiftSeconds = 0.4;
const minPicturesForShift = 4;
const maxPicturesForShift = 32;
/** Part of them that have to agree. */
const agreement = 0.75;
/** Pictures from which a rate is measured. */
const rateWindow = 64;
/** Known pictures from which the usual place between the audio is learnt. */
const minKnownPictures = 48;
/** A rate that differs by less has not changed. */
const sameRate = 0.15;
const assumedStep = 1 / 25;
/** Seconds from a picture to the only audio beside it, where media is missing on the other side. */
const nearLoss = 0.03;

/** Between which times of the clock each picture arrived. */
interface Corridor {
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

/** Fills the times of the stream's samples, step by step. */
export function* placeVideo(arrivals: Arrivals, stream: number, hints: VideoHints): Generator<void, TimeBasis> {
  const numbers = yield* samplesOf(arrivals, stream);
  const times = yield* valuesAt(arrivals.times, numbers);
  const isUnknown = new Uint8Array(times.length);
  let isAnyUnknown = false;
  for (let n = 0; n < times.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    if (!Number.isNaN(times[n]!)) continue;
    isUnknown[n] = 1;
    isAnyUnknown = true;
  }
  if (!isAnyUnknown) return 'known';
  const corridor = yield* corridorOf(arrivals, numbers, hints.clock);
  const measured = hints.clock === undefined ? undefined : measureStep(corridor, 0, numbers.length, true);
  const step = hints.step ?? measured;
  yield;
  if (!(yield* learnFromKnown(corridor, times, hints.tick))) {
    yield* waitForBundles(corridor, arrivals, stream, hints, step ?? 0);
  }
  const placer = new Placer(
    times,
    corridor,
    step ?? assumedStep,
    hints,
    losses(arrivals, numbers, step ?? assumedStep),
  );
  yield* placer.place();
  // Audio that comes in bundles leaves pictures beside their places too, but their rhythm never has to be shifted.
  if (placer.shifts > maxShareOfShifts * times.length) yield* spreadIrregular(times, isUnknown, corridor);
  yield* putAt(arrivals.times, numbers, times);
  if (hints.clock !== undefined) return 'audio clock';
  return step === undefined && !placer.knewRhythm ? 'assumed' : 'rhythm';
}

/** The usual step of a stream by the clock beside it, undefined where there is too little of either. Goes step by step. */
export function* measuredStep(arrivals: Arrivals, stream: number, clock: number): Generator<void, number | undefined> {
  const numbers = yield* samplesOf(arrivals, stream);
  return measureStep(yield* corridorOf(arrivals, numbers, clock), 0, numbers.length, true);
}

function* corridorOf(
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
  for (let i = 0; i < streams.length; i++) {
    if (i % samplesAtOnce === 0) yield;
    const stream = streams[i]!;
    if (missing[loss]?.before === i) {
      // The clock stands on the other side of what is missing: pictures before it came soon after the audio before.
      for (; open < n; open++) high[open] = low[open]! + nearLoss;
      last = -Infinity;
      loss++;
    }
    if (stream === clock) {
      const time = times[i]!;
      if (Number.isNaN(time)) continue;
      for (; open < n; open++) {
        high[open] = Math.max(time, last);
        if (loss > 0 && low[open] === -Infinity) low[open] = time - nearLoss;
      }
      last = time;
    } else if (n < numbers.length && numbers[n] === i) {
      low[n++] = last;
    }
  }
  return { low, high, tolerance: 0 };
}

/** Audio in bundles lies behind pictures that are later: the corridor is moved to when its bundles were handed on. */
function* waitForBundles(
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
function* learnFromKnown(corridor: Corridor, times: Float64Array, tick: number): Generator<void, boolean> {
  const { low, high } = corridor;
  const offsets = new Column(Float64Array, times.length);
  for (let n = 0; n < times.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    const time = times[n]!;
    const middle = (low[n]! + high[n]!) / 2;
    if (!Number.isNaN(time) && Number.isFinite(middle)) offsets.push(time - middle);
  }
  if (offsets.length < minKnownPictures) {
    corridor.tolerance = Math.max(tick, 0.002);
    return false;
  }
  const bias = yield* medianInSteps(offsets.values());
  const beside = new Column(Float64Array, times.length);
  for (let n = 0; n < times.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    const time = times[n]!;
    if (Number.isNaN(time) || !Number.isFinite(low[n]! + high[n]!)) continue;
    beside.push(Math.max(0, low[n]! + bias - time, time - high[n]! - bias));
  }
  corridor.tolerance = (yield* quantileInSteps(beside.values(), 0.95)) + tick;
  // A publisher that sends in order of decode time needs no correction, and half a frame of it would be noise.
  if (Math.abs(bias) > corridor.tolerance + tick) {
    for (let n = 0; n < low.length; n++) {
      if (n % samplesAtOnce === 0) yield;
      low[n]! += bias;
      high[n]! += bias;
    }
  }
  return true;
}

/** The mean step of pictures from `from` to `to` by the clock; `usual`: that of the middle one of many stretches. */
function measureStep({ low, high }: Corridor, from: number, to: number, usual: boolean): number | undefined {
  const middle = (n: number): number => (low[n]! + high[n]!) / 2;
  let first = from;
  while (first < to && !Number.isFinite(middle(first))) first++;
  let last = to - 1;
  while (last > first && !Number.isFinite(middle(last))) last--;
  if (last - first < minPicturesForShift) return undefined;
  const width = Math.max(high[first]! - low[first]!, high[last]! - low[last]!);
  const window = usual ? Math.min(rateWindow, last - first) : last - first;
  const steps: number[] = [];
  for (let n = first; n + window <= last; n += Math.max(1, window >> 1)) {
    steps.push((middle(n + window) - middle(n)) / window);
  }
  const step = median(Float64Array.from(steps));
  if (!(step > 0)) return undefined;
  // Many stretches measure the whole of the track where the middle one shows that nothing was left out of it.
  const whole = (middle(last) - middle(first)) / (last - first);
  const accuracy = width / (window * step);
  if (usual && Math.abs(whole / step - 1) < accuracy) return usualStep(whole, width / ((last - first) * whole));
  return usualStep(step, accuracy);
}

/** Seconds of media missing before a picture, by its number. */
function losses({ losses: all, mediaBytes }: Arrivals, numbers: Uint32Array, step: number): Map<number, number> {
  const seconds = new Map<number, number>();
  const bytesPerSecond = mediaBytes / (numbers.length * step);
  for (const { before, bytes } of all) {
    const n = lowerBound(numbers, before);
    if (n === 0 || n === numbers.length) continue;
    seconds.set(n, (seconds.get(n) ?? 0) + Math.round(bytes / bytesPerSecond / step) * step);
  }
  return seconds;
}

/** Part of the pictures at which a rhythm may have to be shifted. */
const maxShareOfShifts = 0.05;
/** Part of the pictures that may lie outside of their corridors where a rhythm holds. */
const maxShareOutside = 0.1;

/**
 * Where the rhythm leaves many pictures outside of their corridors there is none: pictures are spread evenly between the
 * audio beside them.
 */
function* spreadIrregular(
  times: Float64Array,
  isUnknown: Uint8Array,
  { low, high, tolerance }: Corridor,
): Generator<void, void> {
  let outside = 0;
  let judged = 0;
  for (let n = 0; n < times.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    const time = times[n]!;
    if (isUnknown[n] === 0 || !Number.isFinite(low[n]! + high[n]!)) continue;
    judged++;
    if (time < low[n]! - tolerance || time > high[n]! + tolerance) outside++;
  }
  if (outside <= maxShareOutside * judged) return;
  let next = samplesAtOnce;
  for (let n = 0; n < times.length;) {
    if (n >= next) {
      next = n + samplesAtOnce;
      yield;
    }
    let end = n + 1;
    while (end < times.length && low[end] === low[n] && high[end] === high[n]) end++;
    const width = high[n]! - low[n]!;
    if (Number.isFinite(width)) {
      for (let i = n; i < end; i++) {
        if (isUnknown[i] === 1) times[i] = low[n]! + (width * (i - n + 0.5)) / (end - n);
      }
    }
    n = end;
  }
  for (let n = 1; n < times.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    if (isUnknown[n] === 1 && times[n]! <= times[n - 1]!) times[n] = times[n - 1]! + 0.001;
  }
}

class Placer {
  readonly #times: Float64Array;
  readonly #corridor: Corridor;
  readonly #hints: VideoHints;
  readonly #losses: ReadonlyMap<number, number>;
  #step: number;
  knewRhythm = false;
  /** How often pictures had to leave the rhythm. */
  shifts = 0;

  constructor(
    times: Float64Array,
    corridor: Corridor,
    step: number,
    hints: VideoHints,
    missing: ReadonlyMap<number, number>,
  ) {
    this.#times = times;
    this.#corridor = corridor;
    this.#step = step;
    this.#hints = hints;
    this.#losses = missing;
  }

  *place(): Generator<void, void> {
    const times = this.#times;
    let n = 0;
    while (n < times.length) {
      if (n % samplesAtOnce === 0) yield;
      if (!Number.isNaN(times[n]!)) {
        n++;
        continue;
      }
      let end = n;
      while (end < times.length && Number.isNaN(times[end]!)) end++;
      yield* this.#run(n, end);
      n = end;
    }
  }

  /** Places a run of pictures of unknown time. */
  *#run(from: number, to: number): Generator<void, void> {
    const times = this.#times;
    if (from === 0 && to < times.length) {
      const known = times.subarray(to, Math.min(times.length, to + rhythmLength));
      const step = rhythmOf(known.subarray(0, firstNaN(known)), this.#hints.tick, this.#hints.step)?.step ?? this.#step;
      for (let n = to - 1; n >= 0; n--) {
        if (n % samplesAtOnce === 0) yield;
        times[n] = times[n + 1]! - step;
      }
      if (!this.#leavesCorridor(to)) return;
    }
    let next = from === 0 ? this.#firstTime(to) : this.#timeAfter(from);
    for (let n = from; n < to; n++) {
      if (n % samplesAtOnce === 0) yield;
      const shifted = this.#hints.clock === undefined ? next + (this.#losses.get(n) ?? 0) : this.#shift(n, to, next);
      times[n] = n === 0 ? shifted : Math.max(shifted, times[n - 1]! + this.#step / 8);
      next = times[n]! + this.#step;
    }
    if (to < times.length && times[to - 1]! >= times[to]!) {
      const start = from > 0 ? times[from - 1]! : times[to]! - (to - from + 1) * this.#step;
      const end = times[to]!;
      for (let n = from; n < to; n++) {
        if (n % samplesAtOnce === 0) yield;
        times[n] = start + ((end - start) * (n - from + 1)) / (to - from + 1);
      }
    }
  }

  /** Whether many of the first pictures, up to `to`, are beside the places that the clock gives them. */
  #leavesCorridor(to: number): boolean {
    let outside = 0;
    for (let n = 0; n < to; n++) if (Math.abs(this.#beside(n, this.#times[n]!)) > this.#step) outside++;
    return outside > maxShareOutside * to;
  }

  /** Where the rhythm of the known pictures before puts the next one. */
  #timeAfter(from: number): number {
    const times = this.#times;
    let first = from;
    while (first > 0 && from - first < rhythmLength && !Number.isNaN(times[first - 1]!)) first--;
    const known = times.subarray(first, from);
    // The longest end of it that is regular: a pause further back has no say.
    for (let length = known.length; length >= 8; length = Math.floor(length / 2)) {
      const rhythm = rhythmOf(known.subarray(known.length - length), this.#hints.tick, this.#hints.step);
      if (rhythm === undefined) continue;
      this.#step = rhythm.step;
      this.knewRhythm = true;
      return rhythm.phase + length * rhythm.step;
    }
    return times[from - 1]! + this.#step;
  }

  /** When the first picture is decoded where no time is known: as the clock puts most of the first ones beside it. */
  #firstTime(to: number): number {
    const { low, high } = this.#corridor;
    let first = 0;
    while (first < to && !Number.isFinite(low[first]! + high[first]!)) first++;
    if (first === to) return this.#besideClockAtOneEnd(to);
    let lowest = -Infinity;
    let highest = Infinity;
    const middles: number[] = [];
    for (let n = first; n < Math.min(to, first + rateWindow); n++) {
      lowest = Math.max(lowest, low[n]! - (n - first) * this.#step);
      highest = Math.min(highest, high[n]! - (n - first) * this.#step);
      middles.push((low[n]! + high[n]!) / 2 - (n - first) * this.#step);
    }
    const isRegular = lowest <= highest;
    const time = isRegular ? (lowest + highest) / 2 : median(Float64Array.from(middles.filter(Number.isFinite)));
    // However irregular the others are, the first one has its own place.
    return Math.max(low[first]!, Math.min(high[first]!, time)) - first * this.#step;
  }

  /** All pictures come before the clock begins or after it ends. */
  #besideClockAtOneEnd(to: number): number {
    const { low, high } = this.#corridor;
    if (Number.isFinite(low[0]!)) return low[0]!;
    return Number.isFinite(high[to - 1]!) ? high[to - 1]! - (to - 1) * this.#step : 0;
  }

  /** How far a time is below (negative) or above the place that the clock gives picture `n`. */
  #beside(n: number, time: number): number {
    const { low, high, tolerance } = this.#corridor;
    if (time < low[n]! - tolerance) return time - low[n]!;
    return time > high[n]! + tolerance ? time - high[n]! : 0;
  }

  /** The time of picture `n`, which the rhythm puts at `expected`: there, unless the clock is elsewhere for good. */
  #shift(n: number, to: number, expected: number): number {
    const off = this.#beside(n, expected);
    if (off === 0) return expected;
    const count = Math.max(minPicturesForShift, Math.min(maxPicturesForShift, Math.ceil(shiftSeconds / this.#step)));
    const end = Math.min(to, n + count);
    let agreeing = 0;
    for (let i = n; i < end; i++) {
      const other = this.#beside(i, expected + (i - n) * this.#step);
      if (Math.sign(other) === Math.sign(off)) agreeing++;
    }
    if (agreeing < agreement * (end - n)) return expected;
    this.shifts++;
    return off < 0 ? this.#ahead(n, expected) : this.#late(n, to);
  }

  /** Pictures are missing, or the picture stood still: whole steps on, or as far as the clock says. */
  #ahead(n: number, expected: number): number {
    const { low, high, tolerance } = this.#corridor;
    const steps = Math.ceil((low[n]! - tolerance - expected) / this.#step);
    const onGrid = expected + steps * this.#step;
    return onGrid <= high[n]! + tolerance ? onGrid : (low[n]! + Math.min(high[n]!, low[n]! + this.#step)) / 2;
  }

  /** The pictures come faster than was thought. */
  #late(n: number, to: number): number {
    const { low, high } = this.#corridor;
    const measured = measureStep(this.#corridor, n, Math.min(to, n + rateWindow), false);
    if (measured !== undefined && Math.abs(measured / this.#step - 1) > sameRate) this.#step = measured;
    return Number.isFinite(low[n]!) ? (low[n]! + high[n]!) / 2 : high[n]!;
  }
}

function firstNaN(times: Float64Array): number {
  const found = times.findIndex((time) => Number.isNaN(time));
  return found < 0 ? times.length : found;
}
