/**
 * Places audio beside pictures whose times are known: an audio frame arrived after the picture before it and before the one
 * behind it. Within that room its own clock goes on, for every frame has one exact length; where it leaves the room for
 * good, the audio paused, or some of it is missing. It knows orders and lengths, no codec and no bytes.
 */
import type { Arrivals } from './arrivals.ts';
import { samplesAtOnce } from '../../media/sample-table.ts';
import { framesInBundle } from './bundled-audio.ts';
import { Column } from '../../media/column.ts';
import { filledInSteps, medianInSteps } from './in-steps.ts';
import { median } from './rhythm.ts';

/** Frames that have to be beside their places before the clock is moved: 0.4 s of them, of which so many agree. */
const movedSeconds = 0.4;
const agreement = 0.75;
/** What a publisher may send out of order, in seconds. */
const tolerance = 0.03;
/** A clock that is off by less is moved back by nobody: it is jitter. */
const minMove = 0.06;

/** When each audio frame may have been recorded, in seconds. */
interface Room {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/**
 * Fills the unknown times of `numbers`, audio frames of `frame` seconds, beside the pictures of known time. Returns whether
 * there are enough of those; otherwise nothing is changed. Goes step by step.
 */
export function* placeBesidePictures(
  arrivals: Arrivals,
  numbers: Uint32Array,
  frame: number,
  pictures: number,
): Generator<void, boolean> {
  const room = yield* roomOf(arrivals, numbers, frame, pictures);
  const { times } = arrivals;
  const isOpen = new Uint8Array(numbers.length);
  let bounded = 0;
  for (let n = 0; n < numbers.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    if (!Number.isNaN(times[numbers[n]!]!)) continue;
    isOpen[n] = 1;
    if (Number.isFinite(room.low[n]! + room.high[n]!)) bounded++;
  }
  if (bounded < movedSeconds / frame) return false;
  yield;
  for (let n = 0; n < numbers.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    if (isOpen[n] === 0) continue;
    let end = n;
    while (end < numbers.length && isOpen[end] === 1) end++;
    yield* placeRun(room, numbers, times, frame, n, end);
    n = end;
  }
  return true;
}

/** The pictures of known time before and behind each audio frame. */
export function* roomOf(
  arrivals: Arrivals,
  numbers: Uint32Array,
  frame: number,
  pictures: number,
): Generator<void, Room> {
  const { streams, times } = arrivals;
  const low = yield* filledInSteps(numbers.length, -Infinity);
  const high = yield* filledInSteps(numbers.length, Infinity);
  let last = -Infinity;
  let open = 0;
  let n = 0;
  const steps = new Column(Float64Array, streams.length - numbers.length);
  for (let i = 0; i < streams.length; i++) {
    if (i % samplesAtOnce === 0) yield;
    if (n < numbers.length && numbers[n] === i) {
      low[n++] = last;
    } else if (streams[i] === pictures && !Number.isNaN(times[i]!)) {
      for (; open < n; open++) high[open] = Math.max(times[i]!, low[open]!);
      if (Number.isFinite(last)) steps.push(times[i]! - last);
      last = Math.max(last, times[i]!);
    }
  }
  yield;
  // Audio in bundles was handed on when the next bundle began, a picture when the next one did.
  const bundle = ((yield* framesInBundle(arrivals, pictures, arrivals.streams[numbers[0]!]!)) ?? 0) * frame;
  if (bundle > 0 && steps.length > 0) {
    const step = yield* medianInSteps(steps.values());
    for (let i = 0; i < numbers.length; i++) {
      if (i % samplesAtOnce === 0) yield;
      low[i]! -= 2 * bundle - step;
      high[i]! -= frame + bundle - step;
    }
  }
  return { low, high };
}

/** Places the frames from `from` to `to`, of which no time is known. */
function* placeRun(
  { low, high }: Room,
  numbers: Uint32Array,
  times: Float64Array,
  frame: number,
  from: number,
  to: number,
): Generator<void, void> {
  let next = from > 0 ? times[numbers[from - 1]!]! + frame : beginning(low, high, frame, from, to);
  const count = Math.ceil(movedSeconds / frame);
  for (let n = from; n < to; n++) {
    if (n % samplesAtOnce === 0) yield;
    const off = beside(low[n]!, high[n]!, next);
    if (Math.abs(off) > minMove) {
      const end = Math.min(to, n + count);
      let agreeing = 0;
      for (let i = n; i < end; i++) {
        if (Math.sign(beside(low[i]!, high[i]!, next + (i - n) * frame)) === Math.sign(off)) agreeing++;
      }
      const moved = agreeing >= agreement * (end - n) ? beginning(low, high, frame, n, end) : next;
      next = n === 0 ? moved : Math.max(moved, times[numbers[n - 1]!]! + frame / 2);
    }
    times[numbers[n]!] = next;
    next += frame;
  }
  yield* meetNext(numbers, times, frame, from, to);
}

/** How far a time is before (below 0) or behind its room. */
function beside(low: number, high: number, time: number): number {
  if (time < low - tolerance) return time - low;
  return time > high + tolerance ? time - high : 0;
}

/** When a run of frames begins so that they lie in their rooms, as most of the first ones say; 0 where none does. */
function beginning(low: Float64Array, high: Float64Array, frame: number, from: number, to: number): number {
  const last = Math.min(to, from + Math.ceil((2 * movedSeconds) / frame));
  let [lowest, highest] = [-Infinity, Infinity];
  const middles: number[] = [];
  for (let n = from; n < last; n++) {
    const passed = (n - from) * frame;
    if (Number.isFinite(low[n]!)) lowest = Math.max(lowest, low[n]! - passed);
    if (Number.isFinite(high[n]!)) highest = Math.min(highest, high[n]! - passed);
    if (Number.isFinite(low[n]! + high[n]!)) middles.push((low[n]! + high[n]!) / 2 - passed);
  }
  if (Number.isFinite(lowest + highest) && lowest <= highest) return (lowest + highest) / 2;
  if (middles.length > 0) return median(Float64Array.from(middles));
  // All of the first pictures come before it, or behind it: the first frame that has some on both sides tells where they are.
  let bounded = last;
  while (bounded < to && !Number.isFinite(low[bounded]! + high[bounded]!)) bounded++;
  if (bounded < to) return beginning(low, high, frame, bounded, to) - (bounded - from) * frame;
  if (Number.isFinite(lowest)) return lowest;
  for (let n = last; n < to; n++) if (Number.isFinite(high[n]!)) return high[n]! - (to - 1 - from) * frame;
  return Number.isFinite(highest) ? highest : 0;
}

/** Frames that would come behind the known one that follows them are spread up to it. */
function* meetNext(
  numbers: Uint32Array,
  times: Float64Array,
  frame: number,
  from: number,
  to: number,
): Generator<void, void> {
  if (to >= numbers.length) return;
  const end = times[numbers[to]!]!;
  if (times[numbers[to - 1]!]! < end) return;
  const start = from > 0 ? times[numbers[from - 1]!]! : end - (to - from + 1) * frame;
  for (let n = from; n < to; n++) {
    if (n % samplesAtOnce === 0) yield;
    times[numbers[n]!] = start + ((end - start) * (n - from + 1)) / (to - from + 1);
  }
}
