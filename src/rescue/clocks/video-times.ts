/**
 * Places pictures in time by the clock beside them: a picture arrived between two audio frames, so it is decoded about
 * then. Where between, the rhythm of the stream tells; where the rhythm leaves the place that the clock gives for good,
 * pictures were dropped, the picture stood still, or the rate changed.
 */
import { lowerBound, putAt, samplesOf, valuesAt, type Arrivals, type FoundTimes } from './arrivals.ts';
import { samplesAtOnce } from '../../media/sample-table.ts';
import {
  contradictionOf,
  corridorOf,
  learnFromKnown,
  measureStep,
  minPause,
  minPicturesForShift,
  rateWindow,
  timesUsual,
  waitForBundles,
  type Corridor,
  type VideoHints,
} from './corridor.ts';
import { copiedInSteps } from './in-steps.ts';
import { median, rhythmOf } from './rhythm.ts';

const rhythmLength = 96;
/** Pictures by which a shift is told from jitter: so many seconds of them, but not fewer or more than. */
const shiftSeconds = 0.4;
const maxPicturesForShift = 32;
/** Part of them that have to agree. */
const agreement = 0.75;
/** So many pictures that agree on when the first of them came tell it. */
const minAgreeing = 8;
/** Seconds by which pictures are sent out of order as a rule. */
const maxDisorder = 0.02;
/** A rate that differs by less has not changed. */
const sameRate = 0.15;
/** Seconds from picture to picture that are taken where nothing tells. */
export const assumedStep = 1 / 25;
/** A rhythm that has to be shifted so many times less often is the true one. */
const muchSteadier = 10;

/** Fills the times of the stream's samples, step by step. */
export function* placeVideo(arrivals: Arrivals, stream: number, hints: VideoHints): Generator<void, FoundTimes> {
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
  if (!isAnyUnknown) return { basis: 'known' };
  const corridor = yield* corridorOf(arrivals, numbers, hints.clock);
  const measured = hints.clock === undefined ? undefined : measureStep(corridor, 0, numbers.length, true);
  const step = hints.step ?? measured;
  yield;
  if (!(yield* learnFromKnown(corridor, times, hints.tick))) {
    yield* waitForBundles(corridor, arrivals, stream, hints, step ?? 0);
  }
  const missing = losses(arrivals, numbers, step ?? assumedStep);
  const unplaced = yield* copiedInSteps(times);
  let placer = new Placer(times, corridor, step ?? assumedStep, hints, missing);
  yield* placer.place();
  const difference = contradictionOf(corridor, hints.step, measured);
  let contradiction: number | undefined;
  if (difference !== undefined) {
    const steady = new Placer(unplaced, corridor, measured!, hints, missing);
    yield* steady.place();
    // Pictures that were dropped leave the steps that were announced, and come at none that is measured.
    if (measured! < hints.step! || steady.shifts * muchSteadier < placer.shifts) {
      contradiction = difference;
      placer = steady;
      times.set(unplaced);
    }
  }
  // Audio that comes in bundles leaves pictures beside their places too, but their rhythm never has to be shifted.
  if (placer.shifts > maxShareOfShifts * times.length) yield* spreadIrregular(times, isUnknown, corridor);
  yield* putAt(arrivals.times, numbers, times);
  if (hints.clock !== undefined) return { basis: 'audio clock', contradiction };
  return { basis: step === undefined && !placer.knewRhythm ? 'assumed' : 'rhythm' };
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
    if (Number.isFinite(low[n]! + high[n]!)) spreadInPlace(times, isUnknown, n, end, low[n]!, high[n]!);
    n = end;
  }
  for (let n = 1; n < times.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    if (isUnknown[n] === 1 && times[n]! <= times[n - 1]!) times[n] = times[n - 1]! + 0.001;
  }
}

/** Spreads the pictures from `from` to `to`, which have one place, evenly in it; between those of known time where it has some. */
function spreadInPlace(
  times: Float64Array,
  isUnknown: Uint8Array,
  from: number,
  to: number,
  low: number,
  high: number,
): void {
  for (let n = from; n < to; n++) {
    if (isUnknown[n] === 0) continue;
    let end = n;
    while (end < to && isUnknown[end] === 1) end++;
    const start = n > from ? times[n - 1]! : low;
    const stop = end < to ? times[end]! : high;
    for (let i = n; i < end; i++) times[i] = start + ((stop - start) * (i - n + 0.5)) / (end - n);
    n = end;
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
    if (to < times.length) yield* this.#meet(from, to);
  }

  /** Spreads the last pictures of a run up to the known one that follows, if they came behind it, or at a rate nothing tells. */
  *#meet(from: number, to: number): Generator<void, void> {
    const times = this.#times;
    const isBehind = times[to - 1]! >= times[to]!;
    if (!isBehind && this.#hints.step !== undefined) return;
    // Those that stand in a pause of the clock just before it are free; what lies before has its place.
    let free = to;
    while (free > from && this.#isInPause(free - 1)) free--;
    if (free === to && !isBehind) return;
    if (free === to || times[to]! <= (times[free - 1] ?? -Infinity)) free = from;
    const start = free > 0 ? times[free - 1]! : times[to]! - (to - free + 1) * this.#step;
    const end = times[to]!;
    for (let n = free; n < to; n++) {
      if (n % samplesAtOnce === 0) yield;
      times[n] = start + ((end - start) * (n - free + 1)) / (to - free + 1);
    }
  }

  /** Whether a picture has no place of its own between samples of the clock, as those in a pause of it have none. */
  #isInPause(n: number): boolean {
    const { low, high } = this.#corridor;
    return this.#hints.clock !== undefined && !(high[n]! - low[n]! <= minPause + timesUsual * this.#step);
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
    const room = this.#roomFrom(first, to);
    const middles: number[] = [];
    for (let n = first; n < Math.min(to, first + rateWindow); n++) {
      middles.push((low[n]! + high[n]!) / 2 - (n - first) * this.#step);
    }
    const time =
      room === undefined
        ? median(Float64Array.from(middles.filter(Number.isFinite)))
        : (room.lowest + room.highest) / 2;
    // However irregular the others are, the first one has its own place.
    return Math.max(low[first]!, Math.min(high[first]!, time)) - first * this.#step;
  }

  /**
   * When picture `n` was decoded by its own place and those of the pictures behind it, as far as these agree in coming in
   * steps; undefined where too few do.
   */
  #roomFrom(n: number, to: number): { readonly lowest: number; readonly highest: number } | undefined {
    const { low, high } = this.#corridor;
    const end = Math.min(to, n + rateWindow);
    let [lowest, highest] = [-Infinity, Infinity];
    for (let i = n; i < end; i++) {
      const passed = (i - n) * this.#step;
      const [from, until] = [Math.max(lowest, low[i]! - passed), Math.min(highest, high[i]! - passed)];
      // A pause, or a rate that changes, lies behind those that agree.
      if (from > until) return i - n < minAgreeing ? undefined : { lowest, highest };
      [lowest, highest] = [from, until];
    }
    return Number.isFinite(lowest + highest) ? { lowest, highest } : undefined;
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
    return off < 0 ? this.#ahead(n, to, expected) : this.#late(n, to);
  }

  /** Pictures are missing, or the picture stood still: whole steps on, or as far as the clock says. */
  #ahead(n: number, to: number, expected: number): number {
    const { low, high, tolerance } = this.#corridor;
    const first = expected + Math.ceil((low[n]! - tolerance - expected) / this.#step) * this.#step;
    const last = high[n]! + tolerance;
    if (first > last) return (low[n]! + Math.min(high[n]!, low[n]! + this.#step)) / 2;
    // Where several steps end in a wide place, those behind tell which it was.
    const room = first + this.#step > last ? undefined : this.#roomFrom(n, to);
    if (room === undefined) return first;
    const middle = (room.lowest + room.highest) / 2;
    const onGrid = first + Math.max(0, Math.round((middle - first) / this.#step)) * this.#step;
    const slack = Math.max(tolerance, maxDisorder);
    return onGrid >= room.lowest - slack && onGrid <= room.highest + slack ? onGrid : middle;
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
