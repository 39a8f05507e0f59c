/**
 * Finds when pictures are shown from the order in which they are to be: encoders hold pictures back by a fixed number of
 * them, so the picture that is shown n-th is shown when the picture n places on, and that many more, is decoded (where
 * known times show another constant beside that, it is kept). It knows orders and times, no codec.
 */
import { median } from './rhythm.ts';
import { unknownOrder } from './sample-syntax.ts';

/** Pictures in decoding order. */
export interface OrderedPictures {
  /** Decode times, all known. */
  readonly decodeTimes: Float64Array;
  /** Presentation times; NaN where unknown, and then filled. */
  readonly presentationTimes: Float64Array;
  /** See `CarvedSamples`; a picture whose order is not known has the count `unknownOrder`. */
  readonly periods: Uint32Array;
  readonly counts: Int32Array;
  /**
   * Numbers of pictures before which others are missing, so that order cannot be followed across; and where pictures of
   * unknown order begin and end.
   */
  readonly breaks: readonly number[];
  /** Pictures that the stream says are held back, where it says so. */
  readonly reorderedPictures: number | undefined;
  /** What a decode time and a presentation time may be apart and still be the same. */
  readonly tickSeconds: number;
}

/** No decoder holds back more (ITU-T H.264, A.3.1). */
const mostHeldBack = 16;
/** Pictures at an end that may be shown before ones that are not there. */
const unsettled = 24;

interface Stretch {
  readonly from: number;
  readonly to: number;
  /** Place in output order of each picture from `from` on. */
  readonly ranks: Int32Array;
}

/** Fills the unknown presentation times. Returns whether any could not be found and were taken as the decode time. */
export function fillPresentationTimes(pictures: OrderedPictures): boolean {
  const { decodeTimes, presentationTimes, counts, breaks, reorderedPictures = 0 } = pictures;
  const edges = [0, ...breaks.filter((at) => at > 0 && at < decodeTimes.length), decodeTimes.length];
  const stretches: Stretch[] = [];
  for (let i = 0; i + 1 < edges.length; i++) {
    if (edges[i]! >= edges[i + 1]! || counts[edges[i]!] === unknownOrder) continue;
    stretches.push(rank(pictures, edges[i]!, edges[i + 1]!));
  }
  const known = stretches.map((stretch) => delayOfKnown(pictures, stretch)).find((delay) => delay !== undefined);
  const held = Math.max(0, ...stretches.map((stretch) => heldBack(stretch)));
  // An encoder holds back as many as it says even where it never makes use of it; one that reorders nothing says too much.
  const announced = held > 0 ? Math.max(held, Math.min(reorderedPictures, mostHeldBack)) : 0;
  for (const stretch of stretches) {
    const own = delayOfKnown(pictures, stretch) ?? {
      // A stretch that begins between pictures lacks some that are shown after its first: its places are early by as many.
      pictures: (known?.pictures ?? announced) + (heldBack(stretch) - (known?.held ?? held)),
      seconds: known?.seconds ?? 0,
      held,
    };
    fill(pictures, stretch, own);
  }
  let complete = true;
  for (const [n, time] of presentationTimes.entries()) {
    if (!Number.isNaN(time)) continue;
    presentationTimes[n] = decodeTimes[n]!;
    complete = false;
  }
  return complete;
}

/** The most places that a picture of a stretch is shown before its place in decoding order, its beginning left aside. */
function heldBack({ ranks }: Stretch): number {
  let most = 0;
  for (let i = ranks.length > 2 * unsettled ? unsettled : 0; i < ranks.length; i++) {
    most = Math.max(most, i - ranks[i]!);
  }
  return Math.min(most, mostHeldBack);
}

/** Puts the pictures of a stretch in output order. */
function rank({ periods, counts }: OrderedPictures, from: number, to: number): Stretch {
  const order = new Uint32Array(to - from);
  for (let i = 0; i < order.length; i++) order[i] = from + i;
  // Pictures without an order are shown where they stand.
  order.sort((a, b) => periods[a]! - periods[b]! || counts[a]! - counts[b]! || a - b);
  const unit = countStep(counts, periods, order);
  const ranks = new Int32Array(to - from);
  let place = 0;
  let start = 0;
  while (start < order.length) {
    let end = start;
    while (end < order.length && periods[order[end]!] === periods[order[start]!]) end++;
    const isLast = end === order.length;
    // At the end pictures may be missing that are shown before others: their places are kept free for them.
    const settled = isLast ? Math.max(start, order.length - unsettled) : end;
    let free = 0;
    for (let i = start; i < end; i++) {
      if (isLast && i > settled && unit > 0) {
        const missing = Math.round((counts[order[i]!]! - counts[order[i - 1]!]!) / unit) - 1;
        if (missing > 0 && missing <= mostHeldBack) free += missing;
      }
      ranks[order[i]! - from] = place + (i - start) + free;
    }
    place += end - start;
    start = end;
  }
  return { from, to, ranks };
}

/** By how much the counts of pictures shown one after the other usually differ; 0 where none do. */
function countStep(counts: Int32Array, periods: Uint32Array, order: Uint32Array): number {
  const votes = new Map<number, number>();
  for (let i = Math.max(1, order.length - 2000); i < order.length; i++) {
    const [a, b] = [order[i - 1]!, order[i]!];
    const step = counts[b]! - counts[a]!;
    if (periods[a] === periods[b] && step > 0) votes.set(step, (votes.get(step) ?? 0) + 1);
  }
  return [...votes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
}

/** How long pictures are held back: so many pictures, and seconds beside that. */
interface Delay {
  readonly pictures: number;
  readonly seconds: number;
  /** What `heldBack` says of the stretch it was learnt from. */
  readonly held: number;
}

/** The delay that most known presentation times of a stretch have. */
function delayOfKnown(pictures: OrderedPictures, stretch: Stretch): Delay | undefined {
  const { decodeTimes, presentationTimes, tickSeconds } = pictures;
  let best: (Delay & { agreeing: number }) | undefined;
  for (let held = 0; held <= mostHeldBack; held++) {
    const differences: number[] = [];
    for (const [i, place] of stretch.ranks.entries()) {
      const at = stretch.from + place + held;
      const shown = presentationTimes[stretch.from + i]!;
      if (!Number.isNaN(shown) && at < stretch.to) differences.push(shown - decodeTimes[at]!);
    }
    if (differences.length === 0) continue;
    const middle = median(Float64Array.from(differences));
    const seconds = Math.abs(middle) <= 1.5 * tickSeconds ? 0 : middle;
    const agreeing = differences.filter((one) => Math.abs(one - seconds) <= 1.5 * tickSeconds).length;
    const better =
      best === undefined ||
      agreeing > best.agreeing * 1.02 ||
      (agreeing >= best.agreeing * 0.98 && Math.abs(seconds) < Math.abs(best.seconds));
    if (better) best = { pictures: held, seconds, agreeing, held: heldBack(stretch) };
  }
  return best;
}

function fill(pictures: OrderedPictures, { from, to, ranks }: Stretch, delay: Delay): void {
  const { decodeTimes, presentationTimes } = pictures;
  const last = to - 1;
  const back = Math.min(last, from + 8);
  const step =
    last > from
      ? (decodeTimes[last]! - decodeTimes[Math.max(from, last - 24)]!) / (last - Math.max(from, last - 24))
      : 0;
  const first = back > from ? (decodeTimes[back]! - decodeTimes[from]!) / (back - from) : step;
  for (const [i, place] of ranks.entries()) {
    if (!Number.isNaN(presentationTimes[from + i]!)) continue;
    const at = from + place + delay.pictures;
    const shown =
      at > last
        ? decodeTimes[last]! + (at - last) * step
        : at < from
          ? decodeTimes[from]! - (from - at) * first
          : decodeTimes[at]!;
    // Nothing is shown before it is decoded, but where the recording says so (negative composition offsets).
    presentationTimes[from + i] =
      delay.seconds < 0 ? shown + delay.seconds : Math.max(shown + delay.seconds, decodeTimes[from + i]!);
  }
}
