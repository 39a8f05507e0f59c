/**
 * Pictures whose timestamps are presentation times: a recorder that knew no decode times wrote when each is shown, so the
 * timestamps swing about B-frames. Decoded in the order of the file, they get the same times sorted, and what is left over
 * is their composition time: every picture is shown when it was. Plain numbers; FLV's tags are not known.
 */

/** Pictures are at most so many places from where they are shown: what decoders hold is 16. */
const maxReorder = 16;
/** A recorder's clock that stumbles does so now and then; B-frames come all the time: one step back in so many pictures. */
const maxPicturesPerStepBack = 40;
const minStepsBack = 3;
/** Milliseconds that a picture is shown late at most. */
const maxDelay = 3000;

/** The times that take the place of presentation times, by picture. */
export interface DecodeOrder {
  /** Decode times in milliseconds, rising, in the order of the file. */
  readonly times: Float64Array;
  readonly compositionTimes: Int32Array;
}

/** Decode times of pictures recorded with their presentation times; undefined where the times are something else. */
export function decodeOrder(shown: Float64Array): DecodeOrder | undefined {
  let stepsBack = 0;
  for (let n = 1; n < shown.length; n++) {
    if (shown[n]! >= shown[n - 1]!) continue;
    stepsBack++;
    if (shown[n - 1]! - shown[n]! > maxDelay) return undefined;
  }
  if (stepsBack < minStepsBack || stepsBack * maxPicturesPerStepBack < shown.length) return undefined;
  const sorted = shown.slice().sort();
  const held = placesHeld(shown, sorted);
  // A clock that stumbles gives times twice; pictures are shown one after the other.
  if (held === undefined || equalNeighbours(sorted) * 50 > shown.length) return undefined;
  const times = delayed(shown, sorted, held);
  const compositionTimes = Int32Array.from(shown, (time, n) => time - times[n]!);
  return compositionTimes.some((time) => time < 0 || time > maxDelay) ? undefined : { times, compositionTimes };
}

function equalNeighbours(sorted: Float64Array): number {
  let equal = 0;
  for (let n = 1; n < sorted.length; n++) if (sorted[n] === sorted[n - 1]) equal++;
  return equal;
}

/** By how many places decoding has to be ahead; undefined where no decoder holds so many pictures. */
function placesHeld(shown: Float64Array, sorted: Float64Array): number | undefined {
  let held = 0;
  let earliest = Infinity;
  for (let n = shown.length - 1; n >= 0; n--) {
    earliest = Math.min(earliest, shown[n]!);
    while (held <= maxReorder && n - held >= 0 && sorted[n - held]! > earliest) held++;
    if (held > maxReorder) return undefined;
  }
  return held;
}

/** The sorted times, so many places later; the first ones before them, spread where there is room. */
function delayed(shown: Float64Array, sorted: Float64Array, held: number): Float64Array {
  const times = new Float64Array(sorted.length);
  times.set(sorted.subarray(0, sorted.length - held), held);
  const [first, second] = [sorted[0]!, sorted[1]!];
  const step = (sorted.at(-1)! - first) / (sorted.length - 1);
  const start = Math.max(Math.min(0, first), first - Math.round(held * step));
  const isFirstShownFirst = shown[0] === first;
  const [until, end] = isFirstShownFirst ? [held + 1, second] : [held, first];
  for (let n = 0; n < until && n < times.length; n++) times[n] = Math.floor(start + ((end - start) * n) / until);
  // Behind a pause nothing is decoded before it that is shown behind it.
  const ahead = Math.ceil((held + 1) * step);
  let earliest = Infinity;
  for (let n = shown.length - 1; n >= until; n--) {
    earliest = Math.min(earliest, shown[n]!);
    times[n] = Math.max(times[n]!, earliest - ahead);
  }
  return times;
}
