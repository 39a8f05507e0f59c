/**
 * Stretches of a stream within which all distances were recorded, but not when they begin: entries before them were lost. A
 * stretch moves as a whole, so each of its samples that lies beside the other stream narrows down where it belongs. It knows
 * orders and times, and neither containers nor codecs.
 */
import { lowerBound, samplesOf, valuesAt, type Arrivals, type ArrivingStream, type TimedStretch } from './arrivals.ts';
import { samplesAtOnce } from '../../media/sample-table.ts';
import { roomOf } from './beside-pictures.ts';
import { corridorOf, learnFromKnown, waitForBundles } from './corridor.ts';
import { medianInSteps } from './in-steps.ts';

/** A stretch that may begin at times further apart than this, in seconds, is not placed by the other stream alone. */
const maxRoom = 0.25;

/**
 * Gives the samples of each stretch times, where samples of known time of the other stream say when it began, step by step.
 * Returns the stretches that were placed.
 */
export function* placeStretches(
  arrivals: Arrivals,
  streams: readonly ArrivingStream[],
  stretches: readonly TimedStretch[],
): Generator<void, ReadonlySet<TimedStretch>> {
  const placed = new Set<TimedStretch>();
  for (const [s, own] of streams.entries()) {
    const ofStream = stretches.filter(({ stream }) => stream === s);
    const other = streams.findIndex(({ kind }, n) => kind !== own.kind && arrivals.streams.includes(n));
    if (ofStream.length === 0 || other < 0) continue;
    const numbers = yield* samplesOf(arrivals, s);
    const { low, high } = yield* roomBeside(arrivals, streams, numbers, s, other);
    for (const stretch of ofStream) {
      const start = yield* startOf(stretch, lowerBound(numbers, stretch.numbers[0]!), low, high);
      if (start === undefined) continue;
      yield* putFrom(arrivals.times, stretch, start);
      placed.add(stretch);
    }
  }
  return placed;
}

/** Gives the samples of stretches that were placed one by one the distances that were recorded, where most of them are. */
export function* keepDistances(arrivals: Arrivals, stretches: Iterable<TimedStretch>): Generator<void, void> {
  const { times } = arrivals;
  for (const stretch of stretches) {
    const { stream, numbers, passed } = stretch;
    const shifts = yield* valuesAt(times, numbers);
    for (let n = 0; n < shifts.length; n++) {
      if (n % samplesAtOnce === 0) yield;
      shifts[n]! -= passed[n]!;
    }
    const shift = yield* medianInSteps(shifts);
    const own = yield* samplesOf(arrivals, stream);
    const before = own[lowerBound(own, numbers[0]!) - 1];
    const start = before === undefined ? shift : Math.max(shift, times[before]! + minStep);
    yield* putFrom(times, stretch, start);
  }
}

/** Seconds that a stretch comes behind the sample before it at least. */
const minStep = 0.001;

/** Between which times each sample of a stream arrived by those of known time of the other. */
function* roomBeside(
  arrivals: Arrivals,
  streams: readonly ArrivingStream[],
  numbers: Uint32Array,
  stream: number,
  other: number,
): Generator<void, { readonly low: Float64Array; readonly high: Float64Array }> {
  const { kind, frameSeconds, stepSeconds, tickSeconds } = streams[stream]!;
  if (kind === 'audio') return yield* roomOf(arrivals, numbers, frameSeconds ?? 0, other);
  const corridor = yield* corridorOf(arrivals, numbers, other);
  if (!(yield* learnFromKnown(corridor, yield* valuesAt(arrivals.times, numbers), tickSeconds))) {
    const hints = { step: stepSeconds, tick: tickSeconds, clock: other, frame: streams[other]!.frameSeconds };
    yield* waitForBundles(corridor, arrivals, stream, hints, stepSeconds ?? 0);
  }
  return corridor;
}

/** When a stretch begins, whose first sample is number `first` of its stream; undefined where too little says it. */
function* startOf(
  { passed }: TimedStretch,
  first: number,
  low: Float64Array,
  high: Float64Array,
): Generator<void, number | undefined> {
  let [lowest, highest] = [-Infinity, Infinity];
  const middles = new Float64Array(passed.length).fill(Number.NaN);
  let count = 0;
  for (let n = 0; n < passed.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    const [from, to] = [low[first + n]! - passed[n]!, high[first + n]! - passed[n]!];
    lowest = Math.max(lowest, from);
    highest = Math.min(highest, to);
    if (to - from <= maxRoom) middles[count++] = (from + to) / 2;
  }
  if (highest - lowest > maxRoom || count === 0) return undefined;
  // Samples out of order contradict each other; most of them do not.
  return lowest <= highest ? (lowest + highest) / 2 : yield* medianInSteps(middles.subarray(0, count));
}

function* putFrom(times: Float64Array, { numbers, passed }: TimedStretch, start: number): Generator<void, void> {
  for (let n = 0; n < numbers.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    times[numbers[n]!] = start + passed[n]!;
  }
}
