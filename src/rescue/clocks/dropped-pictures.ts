/**
 * Pictures that a publisher or a server dropped are missing from the order of output and from the rhythm of decode times
 * alike: as many places are free in a group of pictures as steps are left out. Only where both agree, stand-ins are put
 * there, so that those that were not dropped keep their places. It knows no codec.
 */
import { samplesAtOnce } from '../../media/sample-table.ts';
import { medianInSteps, sortedInSteps } from './in-steps.ts';
import { unknownOrder, type OrderedPictures } from './ordered-pictures.ts';

/** What a gap may be off a whole number of steps. */
const evenness = 0.15;
/** More pictures in a row are no drop but a pause. */
const maxDroppedInARow = 16;

/** Part of the pictures that may come between the steps where those are steps at all. */
const maxUneven = 0.2;
/** Pictures behind another among which those shown before it are looked for. */
const lookedBehind = 16;

/** The pictures with stand-ins for those that were dropped. */
export interface CompletedPictures {
  readonly pictures: OrderedPictures;
  /** By number of each picture its number among those with the stand-ins. */
  readonly numbers: Int32Array;
}

/** Where pictures are missing: behind so many of those that are there, with these counts. */
interface Dropped {
  readonly behind: number;
  readonly decodeTime: number;
  readonly period: number;
  readonly count: number;
}

/** The pictures with a stand-in for each that was dropped; undefined where none was, or it cannot be told. Goes step by step. */
export function* withDropped(pictures: OrderedPictures): Generator<void, CompletedPictures | undefined> {
  const { decodeTimes, periods, counts } = pictures;
  if (decodeTimes.length < 3) return undefined;
  const steps = yield* stepsBetween(decodeTimes);
  const step = yield* medianInSteps(steps);
  const unit = yield* usualUnit(counts, periods);
  if (!(step > 0) || unit === 0 || !(yield* areEven(steps, step))) return undefined;
  const dropped: Dropped[] = [];
  const breaks = new Set(pictures.breaks);
  for (let from = 0; from < decodeTimes.length;) {
    let to = from + 1;
    while (to < decodeTimes.length && periods[to] === periods[from] && !breaks.has(to)) to++;
    if (!counts.subarray(from, to).includes(unknownOrder)) {
      for (const one of yield* droppedFrom(pictures, from, to, step, unit)) dropped.push(one);
    }
    from = to;
    yield;
  }
  return dropped.length === 0 ? undefined : yield* complete(pictures, dropped);
}

/** From each time to the next. */
function* stepsBetween(times: Float64Array): Generator<void, Float64Array> {
  const steps = new Float64Array(times.length - 1);
  for (let n = 0; n < steps.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    steps[n] = times[n + 1]! - times[n]!;
  }
  return steps;
}

/** Whether pictures come at whole numbers of steps: where they do not, a longer step says nothing of one that is missing. */
function* areEven(steps: Float64Array, step: number): Generator<void, boolean> {
  let uneven = 0;
  for (let n = 0; n < steps.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    const count = steps[n]! / step;
    if (Math.abs(count - Math.max(1, Math.round(count))) > evenness) uneven++;
  }
  return uneven <= maxUneven * steps.length;
}

/** The most pictures of a period that are decoded behind another one of it and shown before that. */
function* maxShownBefore(counts: Int32Array, from: number, to: number): Generator<void, number> {
  let most = 0;
  for (let n = from; n < to; n++) {
    if (n % samplesAtOnce === 0) yield;
    let shownBefore = 0;
    for (let i = n + 1; i < Math.min(to, n + 1 + lookedBehind); i++) if (counts[i]! < counts[n]!) shownBefore++;
    most = Math.max(most, shownBefore);
  }
  return most;
}

/** Pictures dropped from one period, if the places free in it are as many as the steps left out. */
function* droppedFrom(
  { decodeTimes, periods, counts }: OrderedPictures,
  from: number,
  to: number,
  step: number,
  unit: number,
): Generator<void, Dropped[]> {
  const slots: { behind: number; decodeTime: number }[] = [];
  // The last one may be missing behind the last that is there: the next period tells.
  for (let n = from; n < Math.min(to, decodeTimes.length - 1); n++) {
    if (n % samplesAtOnce === 0) yield;
    const steps = (decodeTimes[n + 1]! - decodeTimes[n]!) / step;
    const left = Math.round(steps) - 1;
    if (left <= 0) continue;
    if (left > maxDroppedInARow || Math.abs(steps - left - 1) > evenness) return [];
    for (let i = 1; i <= left; i++) slots.push({ behind: n, decodeTime: decodeTimes[n]! + i * step });
  }
  const present = yield* inOrder(counts, from, to);
  const free: number[] = [];
  for (let n = 1; n < present.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    for (let count = present[n - 1]! + unit; count < present[n]! - unit / 2; count += unit) free.push(count);
    if (free.length > slots.length) return [];
  }
  // The one shown last leaves no gap behind it, and no more pictures are decoded behind it than behind another.
  if (slots.length === free.length + 1) {
    const decodedBehind = to - 1 - slots.at(-1)!.behind;
    if (decodedBehind <= (yield* maxShownBefore(counts, from, to))) free.push(present.at(-1)! + unit);
  }
  if (slots.length !== free.length) return [];
  return slots.map((slot, n) => ({ ...slot, period: periods[from]!, count: free[n]! }));
}

/** The counts of some pictures, the smallest first. */
function inOrder(counts: Int32Array, from: number, to: number): Generator<void, Int32Array> {
  return sortedInSteps(counts.slice(from, to), (a, b) => a - b);
}

function* complete(pictures: OrderedPictures, dropped: readonly Dropped[]): Generator<void, CompletedPictures> {
  const length = pictures.decodeTimes.length;
  const total = length + dropped.length;
  const numbers = new Int32Array(length);
  const made = {
    decodeTimes: new Float64Array(total),
    presentationTimes: new Float64Array(total).fill(Number.NaN),
    periods: new Uint32Array(total),
    counts: new Int32Array(total),
    dropped: new Uint8Array(total),
  };
  let next = 0;
  let at = 0;
  for (let n = 0; n < length; n++) {
    if (n % samplesAtOnce === 0) yield;
    numbers[n] = at;
    made.decodeTimes[at] = pictures.decodeTimes[n]!;
    made.presentationTimes[at] = pictures.presentationTimes[n]!;
    made.periods[at] = pictures.periods[n]!;
    made.counts[at++] = pictures.counts[n]!;
    for (; next < dropped.length && dropped[next]!.behind === n; next++) {
      const { decodeTime, period, count } = dropped[next]!;
      made.decodeTimes[at] = decodeTime;
      made.periods[at] = period;
      made.dropped[at] = 1;
      made.counts[at++] = count;
    }
  }
  const breaks = pictures.breaks.map((number) => numbers[number]!);
  return { pictures: { ...pictures, ...made, breaks }, numbers };
}

/** By how much the counts of pictures shown one after the other usually differ; 0 where that cannot be told. */
function* usualUnit(counts: Int32Array, periods: Uint32Array): Generator<void, number> {
  const votes = new Map<number, number>();
  for (let from = 0; from < counts.length;) {
    let to = from + 1;
    while (to < counts.length && periods[to] === periods[from]) to++;
    const sorted = yield* inOrder(counts, from, to);
    for (let n = 1; n < sorted.length; n++) {
      if (n % samplesAtOnce === 0) yield;
      const difference = sorted[n]! - sorted[n - 1]!;
      if (difference > 0) votes.set(difference, (votes.get(difference) ?? 0) + 1);
    }
    from = to;
  }
  return [...votes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
}
