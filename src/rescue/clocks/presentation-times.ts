/**
 * Finds when pictures are shown from the order in which they are to be: encoders hold pictures back by a fixed number of
 * them, so the picture that is shown n-th is shown when the picture n places on, and that many more, is decoded (where
 * known times show another constant beside that, it is kept). It knows orders and times, no codec.
 */
import { Column } from '../../media/column.ts';
import { samplesAtOnce } from '../../media/sample-table.ts';
import { withDropped } from './dropped-pictures.ts';
import { medianInSteps, sortedInSteps } from './in-steps.ts';
import { unknownOrder, type OrderedPictures } from './ordered-pictures.ts';

/** No decoder holds back more (ITU-T H.264, A.3.1). */
export const maxReorderedPictures = 16;
/** References that may have been decoded before a stretch begins and are shown in one place of it. */
const maxMissingReferences = 2;
/** Known pictures from which a stretch has a delay of its own. */
const minKnownPictures = 8;
/** Pictures at an end that may be shown before ones that are not there. */
const unsettled = 24;

interface Stretch {
  readonly from: number;
  readonly to: number;
  /** Place in output order of each picture from `from` on. */
  readonly ranks: Int32Array;
}

/** Fills the unknown presentation times, step by step. Returns whether any could not be found and were taken as the decode time. */
export function* fillPresentationTimes(pictures: OrderedPictures): Generator<void, boolean> {
  const completed = yield* withDropped(pictures);
  if (completed === undefined) return yield* fillTimes(pictures);
  const isComplete = yield* fillTimes(completed.pictures);
  const { numbers } = completed;
  for (let n = 0; n < numbers.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    pictures.presentationTimes[n] = completed.pictures.presentationTimes[numbers[n]!]!;
  }
  return isComplete;
}

function* fillTimes(pictures: OrderedPictures): Generator<void, boolean> {
  const { decodeTimes, counts, breaks, reorderedPictures = 0 } = pictures;
  const edges = [0, ...breaks.filter((at) => at > 0 && at < decodeTimes.length), decodeTimes.length];
  const stretches: Stretch[] = [];
  for (let i = 0; i + 1 < edges.length; i++) {
    if (edges[i]! >= edges[i + 1]! || counts[edges[i]!] === unknownOrder) continue;
    stretches.push(yield* rank(pictures, edges[i]!, edges[i + 1]!));
    yield;
  }
  const delays: (Delay | undefined)[] = [];
  const mayBeNegative = yield* isAnyEarly(pictures);
  for (const stretch of stretches) delays.push(yield* delayOfKnown(pictures, stretch, mayBeNegative));
  const known = delays.reduce(
    (best, delay) => ((delay?.agreeing ?? 0) > (best?.agreeing ?? 0) ? delay : best),
    undefined,
  );
  let held = 0;
  for (const stretch of stretches) {
    held = Math.max(held, heldBack(pictures, stretch));
    yield;
  }
  // An encoder holds back as many as it says even where it never makes use of it; one that reorders nothing says too much.
  const announced = held > 0 ? Math.max(held, Math.min(reorderedPictures, maxReorderedPictures)) : 0;
  for (const [s, stretch] of stretches.entries()) {
    // A few known pictures may be those beside damage: many of another stretch tell more.
    const isTold = (delays[s]?.agreeing ?? 0) >= Math.min(minKnownPictures, known?.agreeing ?? 0);
    const own = (isTold ? delays[s] : undefined) ?? {
      // A stretch that begins between pictures lacks some that are shown after its first: its places are early by as many.
      pictures: (known?.pictures ?? announced) + (heldBack(pictures, stretch) - (known?.held ?? held)),
      seconds: known?.seconds ?? 0,
      held,
      inDecodingOrder: known?.inDecodingOrder ?? false,
      mayBeNegative: known?.mayBeNegative ?? false,
      agreeing: 0,
    };
    yield* fill(pictures, stretch, own);
  }
  return yield* takeDecodeTimes(pictures);
}

/** Whether a picture is known that is shown before it is decoded. */
function* isAnyEarly({ decodeTimes, presentationTimes, tickSeconds }: OrderedPictures): Generator<void, boolean> {
  for (let n = 0; n < presentationTimes.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    if (presentationTimes[n]! < decodeTimes[n]! - tickSeconds / 2) return true;
  }
  return false;
}

/** Pictures whose presentation time is not known get their decode time. Returns whether there was none. */
function* takeDecodeTimes({ decodeTimes, presentationTimes }: OrderedPictures): Generator<void, boolean> {
  let complete = true;
  for (let n = 0; n < presentationTimes.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    if (!Number.isNaN(presentationTimes[n]!)) continue;
    presentationTimes[n] = decodeTimes[n]!;
    complete = false;
  }
  return complete;
}

/** The most places that a picture of a stretch is shown before its place in decoding order, its beginning left aside. */
function heldBack({ dropped }: OrderedPictures, { from, ranks }: Stretch): number {
  let most = 0;
  for (let i = ranks.length > 2 * unsettled ? unsettled : 0; i < ranks.length; i++) {
    if (dropped?.[from + i] !== 1) most = Math.max(most, i - ranks[i]!);
  }
  return Math.min(most, maxReorderedPictures);
}

/** Puts the pictures of a stretch in output order. */
function* rank({ periods, counts }: OrderedPictures, from: number, to: number): Generator<void, Stretch> {
  const unordered = new Uint32Array(to - from);
  for (let i = 0; i < unordered.length; i++) unordered[i] = from + i;
  // Pictures without an order are shown where they stand.
  const order = yield* sortedInSteps(
    unordered,
    (a, b) => periods[a]! - periods[b]! || counts[a]! - counts[b]! || a - b,
  );
  const unit = countStep(counts, periods, order);
  const ranks = new Int32Array(to - from);
  let place = 0;
  let start = 0;
  while (start < order.length) {
    let end = start;
    while (end < order.length && periods[order[end]!] === periods[order[start]!]) end++;
    const isLast = end === order.length;
    // At the end pictures may be missing that are shown before others: their places are kept free for them.
    const settled = isLast ? Math.max(start, order.length - atAnEnd(order.length)) : end;
    let free = 0;
    yield;
    for (let i = start; i < end; i++) {
      if (i % samplesAtOnce === 0) yield;
      if (isLast && i > settled && unit > 0) {
        const missing = Math.round((counts[order[i]!]! - counts[order[i - 1]!]!) / unit) - 1;
        if (missing > 0 && missing <= maxReorderedPictures) free += missing;
      }
      ranks[order[i]! - from] = place + (i - start) + free;
    }
    place += end - start;
    start = end;
  }
  leaveOutBeginning(ranks, from, order, counts, periods, unit);
  return { from, to, ranks };
}

/** Pictures that may have been with others that are missing, at the beginning or at the end of a stretch. */
function atAnEnd(length: number): number {
  return Math.min(unsettled, length >> 1);
}

/**
 * A stretch that begins between pictures lacks some that were decoded before its first and are shown among its first ones:
 * those shown before them are that many places earlier than they seem to be.
 */
function leaveOutBeginning(
  ranks: Int32Array,
  from: number,
  order: Uint32Array,
  counts: Int32Array,
  periods: Uint32Array,
  unit: number,
): void {
  if (unit === 0) return;
  let missing = 0;
  for (let i = atAnEnd(order.length); i > 0; i--) {
    const [before, after] = [order[i - 1]!, order[i]!];
    if (periods[before] === periods[after]) {
      const gap = Math.round((counts[after]! - counts[before]!) / unit) - 1;
      if (gap > 0 && gap <= maxMissingReferences) missing += gap;
    }
    ranks[before - from]! -= Math.min(missing, maxReorderedPictures);
  }
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
  /** Pictures are shown in decoding order, whatever their own says. */
  readonly inDecodingOrder: boolean;
  /** Whether pictures are known that are shown before they are decoded. */
  readonly mayBeNegative: boolean;
  /** Known pictures that have it. */
  readonly agreeing: number;
}

/**
 * The delay that most known presentation times of a stretch have: behind the picture so many places on, or behind their own
 * decode times where these tell more (nothing is reordered, or the recorder lost the order).
 */
function* delayOfKnown(
  pictures: OrderedPictures,
  stretch: Stretch,
  mayBeNegative: boolean,
): Generator<void, Delay | undefined> {
  const { tickSeconds } = pictures;
  const held = heldBack(pictures, stretch);
  let best: Delay | undefined;
  const consider = function* (delay: Pick<Delay, 'pictures' | 'inDecodingOrder'>): Generator<void, void> {
    const differences = yield* differencesBy(pictures, stretch, delay);
    if (differences.length === 0) return;
    const middle = yield* medianInSteps(differences);
    const seconds = Math.abs(middle) <= 1.5 * tickSeconds ? 0 : middle;
    let agreeing = 0;
    for (let n = 0; n < differences.length; n++) {
      if (n % samplesAtOnce === 0) yield;
      if (Math.abs(differences[n]! - seconds) <= 1.5 * tickSeconds) agreeing++;
    }
    const better =
      best === undefined ||
      agreeing > best.agreeing * 1.02 ||
      (!delay.inDecodingOrder && agreeing >= best.agreeing * 0.98 && Math.abs(seconds) < Math.abs(best.seconds));
    if (better) best = { ...delay, seconds, agreeing, held, mayBeNegative };
  };
  for (let places = 0; places <= (held === 0 ? 0 : maxReorderedPictures); places++) {
    yield* consider({ pictures: places, inDecodingOrder: false });
  }
  yield* consider({ pictures: 0, inDecodingOrder: true });
  return best;
}

/** By how much known presentation times of a stretch are behind where a delay puts them. */
function* differencesBy(
  { decodeTimes, presentationTimes }: OrderedPictures,
  { from, to, ranks }: Stretch,
  { pictures, inDecodingOrder }: Pick<Delay, 'pictures' | 'inDecodingOrder'>,
): Generator<void, Float64Array> {
  const differences = new Column(Float64Array, ranks.length);
  for (let i = 0; i < ranks.length; i++) {
    if (i % samplesAtOnce === 0) yield;
    const at = inDecodingOrder ? from + i : from + ranks[i]! + pictures;
    const shown = presentationTimes[from + i]!;
    if (!Number.isNaN(shown) && at < to) differences.push(shown - decodeTimes[at]!);
  }
  return differences.values();
}

function* fill(pictures: OrderedPictures, { from, to, ranks }: Stretch, delay: Delay): Generator<void, void> {
  const { decodeTimes, presentationTimes } = pictures;
  const last = to - 1;
  const back = Math.min(last, from + 8);
  const step =
    last > from
      ? (decodeTimes[last]! - decodeTimes[Math.max(from, last - 24)]!) / (last - Math.max(from, last - 24))
      : 0;
  const first = back > from ? (decodeTimes[back]! - decodeTimes[from]!) / (back - from) : step;
  for (let i = 0; i < ranks.length; i++) {
    if (i % samplesAtOnce === 0) yield;
    if (!Number.isNaN(presentationTimes[from + i]!)) continue;
    const at = delay.inDecodingOrder ? from + i : from + ranks[i]! + delay.pictures;
    const shown =
      at > last
        ? decodeTimes[last]! + (at - last) * step
        : at < from
          ? decodeTimes[from]! - (from - at) * first
          : decodeTimes[at]!;
    // Nothing is shown before it is decoded, but where the recording says so (negative composition offsets).
    const earliest = delay.mayBeNegative ? -Infinity : decodeTimes[from + i]!;
    presentationTimes[from + i] = Math.max(shown + delay.seconds, earliest);
  }
}
