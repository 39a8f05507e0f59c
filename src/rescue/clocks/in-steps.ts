/**
 * What takes long for a whole column, a day of samples, done in steps that take some milliseconds each: copies, its median, and
 * its order. What the numbers mean is not known here.
 */
import { samplesAtOnce } from '../../media/sample-table.ts';

/** So few are sorted at once. */
const sortedAtOnce = 8192;

/** A column of one value. Memory that is new takes most of the time. */
export function* filledInSteps(length: number, value: number): Generator<void, Float64Array> {
  const values = new Float64Array(length);
  for (let at = 0; at < length; at += samplesAtOnce) {
    values.fill(value, at, Math.min(at + samplesAtOnce, length));
    yield;
  }
  return values;
}

/** A copy of a column. */
export function* copiedInSteps(values: Float64Array): Generator<void, Float64Array> {
  const copy = new Float64Array(values.length);
  for (let at = 0; at < values.length; at += samplesAtOnce) {
    copy.set(values.subarray(at, at + samplesAtOnce), at);
    yield;
  }
  return copy;
}

/** The middle one of some values, as `median` gives it: values that are not known (NaN) come last. */
export function* medianInSteps(values: Float64Array): Generator<void, number> {
  return yield* quantileInSteps(values, 0.5);
}

/** The value behind such a part (from 0, below 1) of all, if they were sorted. */
export function* quantileInSteps(values: Float64Array, part: number): Generator<void, number> {
  const known = new Float64Array(values.length);
  let length = 0;
  for (let i = 0; i < values.length; i++) {
    if (i % samplesAtOnce === 0) yield;
    if (!Number.isNaN(values[i]!)) known[length++] = values[i]!;
  }
  return yield* nthSmallest(known.subarray(0, length), Math.floor(values.length * part));
}

/** The value that would stand in this place if they were sorted; NaN behind the last. Changes their order. */
function* nthSmallest(values: Float64Array, place: number): Generator<void, number> {
  if (place >= values.length) return Number.NaN;
  let [low, high] = [0, values.length - 1];
  let seed = 1;
  let swaps = 0;
  while (high - low >= sortedAtOnce) {
    yield;
    // Any place will do, but for one that whoever made the values could foresee to be the worst each time.
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    const pivot = values[low + (seed % (high - low + 1))]!;
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const swapped = values[i]!;
      values[i++] = values[j]!;
      values[j--] = swapped;
      if (++swaps % samplesAtOnce === 0) yield;
    }
    if (place <= j) high = j;
    else if (place >= i) low = i;
    else return values[place]!;
  }
  return values.subarray(low, high + 1).sort()[place - low]!;
}

/** The values in order, `compare` telling of any two which comes first. The array given is used up. */
export function* sortedInSteps<A extends Uint32Array | Int32Array>(
  values: A,
  compare: (a: number, b: number) => number,
): Generator<void, A> {
  const { length } = values;
  for (let at = 0; at < length; at += sortedAtOnce) {
    values.subarray(at, at + sortedAtOnce).sort(compare);
    yield;
  }
  if (length <= sortedAtOnce) return values;
  let from = values;
  let to = values.slice() as A;
  for (let width = sortedAtOnce; width < length; width *= 2) {
    for (let at = 0; at < length; at += 2 * width) {
      const [middle, end] = [Math.min(at + width, length), Math.min(at + 2 * width, length)];
      if (middle === end || compare(from[middle - 1]!, from[middle]!) <= 0) {
        to.set(from.subarray(at, end), at);
        yield;
        continue;
      }
      let [one, other] = [at, middle];
      for (let n = at; n < end; n++) {
        if (n % sortedAtOnce === 0) yield;
        const takesOne = other >= end || (one < middle && compare(from[one]!, from[other]!) <= 0);
        to[n] = from[takesOne ? one++ : other++]!;
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
