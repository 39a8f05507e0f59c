/**
 * By how much two streams may be off against each other where their samples were written as they came: a sample belongs
 * between those of the other stream that lie beside it in the file, but for what the writer itself shows to put out of
 * order, and for what it cannot show: one of both sent later than the other all the time. It knows orders and times, and not
 * how the times were found.
 */
import { samplesAtOnce } from '../../media/sample-table.ts';
import type { Arrivals } from './arrivals.ts';
import { Column } from '../../media/column.ts';
import { maxAhead } from './chunk-bound.ts';
import { medianInSteps, quantileInSteps } from './in-steps.ts';
import { median } from './rhythm.ts';

/** A place between two samples of the clock that is so many times as wide as usual, and so many seconds, is a pause of it. */
const timesUsual = 3;
const minPause = 0.15;
/**
 * What comes late is handed on when the next packet of its own kind begins (transport streams): so many runs of it may lie
 * behind samples that are later.
 */
const runsOutOfOrder = 2;
/**
 * Seconds by which one stream may have been sent later than the other throughout: the order of both is then that of streams
 * that were not, and tells nothing. Of 206 genuine recordings 201 begin within it.
 */
export const unseenLag = 0.1;

/**
 * Seconds by which two streams, both placed in time, may be off against each other; undefined where they do not lie beside
 * each other. Pauses, in which there is nothing to be off against, do not count. `isLagSeen`: whether known times of both
 * say how much later one was sent than the other. Goes step by step.
 */
export function* arrivalBound(
  arrivals: Pick<Arrivals, 'streams' | 'times'>,
  [one, other]: readonly [number, number],
  isLagSeen: boolean,
): Generator<void, number | undefined> {
  const bounds = [yield* boundBeside(arrivals, one, other), yield* boundBeside(arrivals, other, one)];
  // They are off against each other by one length, whichever of them it is read from.
  const bound = Math.max(...bounds.map((seconds) => seconds ?? -Infinity));
  if (bound === -Infinity) return undefined;
  return bound + (isLagSeen ? 0 : unseenLag);
}

/** A writer of single samples keeps no more than so many seconds of one track ahead of the other: those of more write chunks. */
const maxLead = 1;
/** Samples of a run, on average in that of both tracks which has fewer, and seconds of a turn of both, from which on they are small chunks. */
const minInChunk = 1.3;
const minTurn = 0.08;
/** Fewer turns tell of no writer. */
const minTurns = 3;
/** Samples whose steps are looked at. */
const looked = 256;

/**
 * Seconds by which two streams are off against each other, which may be `ordered` seconds by their order: if both began
 * together and the writer kept one ahead from the beginning on, the order is that of one which began so much later, and tells
 * nothing.
 */
export function boundWithLead(
  { streams, times }: Pick<Arrivals, 'streams' | 'times'>,
  [one, other]: readonly [number, number],
  ordered: number,
): number {
  const [first, second] = [streams.indexOf(one), streams.indexOf(other)];
  if (first < 0 || second < 0) return ordered;
  const [ahead, begins] = first < second ? [one, second] : [other, first];
  const own: number[] = [];
  let count = 0;
  for (let n = 0; n < streams.length && own.length < looked; n++) {
    if (streams[n] !== ahead) continue;
    own.push(times[n]!);
    if (n < begins) count++;
  }
  const turn = turnOfChunks({ streams, times }, begins, [ahead, ahead === one ? other : one]);
  if (turn !== undefined) return ordered + turn + maxAhead;
  const step = median(Float64Array.from(own.slice(1), (time, n) => time - own[n]!));
  const apart = Math.max(Math.abs(times[first]! - times[second]!), Number.isNaN(step) ? 0 : count * step);
  return apart <= maxLead ? Math.max(ordered, apart + unseenLag) : ordered;
}

/**
 * Seconds that a turn of both streams lasts on average behind a place, 0 where too few are there to tell; undefined where
 * these are not turns of small chunks.
 */
function turnOfChunks(
  { streams, times }: Pick<Arrivals, 'streams' | 'times'>,
  from: number,
  [stream, other]: readonly [number, number],
): number | undefined {
  const own: number[] = [];
  let [turns, others] = [0, 0];
  for (let n = from; n < streams.length && own.length < looked; n++) {
    if (streams[n] === other) others++;
    if (streams[n] !== stream) continue;
    if (streams[n - 1] !== stream) turns++;
    own.push(times[n]!);
  }
  if (turns < minTurns) return 0;
  if (Math.min(own.length, others) < minInChunk * turns) return undefined;
  const turn = (own.at(-1)! - own[0]!) / turns;
  return turn >= minTurn ? turn : undefined;
}

/** Seconds by which the samples of `stream` may be off against those of `clock` by their order; undefined where it tells nothing. */
function* boundBeside(
  arrivals: Pick<Arrivals, 'streams' | 'times'>,
  stream: number,
  clock: number,
): Generator<void, number | undefined> {
  const { widths, deviations, runs } = yield* placesBetween(arrivals, stream, clock);
  if (widths.length === 0) return undefined;
  const pause = timesUsual * (yield* medianInSteps(widths.values())) + minPause;
  const bound = yield* largestWithin(widths, deviations, pause);
  return bound + runsOutOfOrder * (yield* quantileInSteps(runs.values().slice(), 0.9));
}

/** How samples of a stream lie between those of the clock. */
interface PlacesBetween {
  /** Seconds between the samples of the clock before and behind each, and how far it is at most from one of both. */
  readonly widths: Column<Float64Array>;
  readonly deviations: Column<Float64Array>;
  /** Seconds that runs of either last. */
  readonly runs: Column<Float64Array>;
}

function* placesBetween(
  { streams, times }: Pick<Arrivals, 'streams' | 'times'>,
  stream: number,
  clock: number,
): Generator<void, PlacesBetween> {
  const widths = new Column(Float64Array, streams.length);
  const deviations = new Column(Float64Array, streams.length);
  const runs = new Column(Float64Array, streams.length);
  let low = Number.NaN;
  // Numbers of the run of the stream that goes on, and when it and that of the clock began.
  let from = -1;
  let clockFrom = Number.NaN;
  for (let i = 0; i < streams.length; i++) {
    if (i % samplesAtOnce === 0) yield;
    if (streams[i] === stream) {
      if (from < 0 && !Number.isNaN(low)) runs.push(low - clockFrom);
      if (from < 0) from = i;
      continue;
    }
    if (streams[i] !== clock) continue;
    const high = times[i]!;
    if (from < 0) {
      if (Number.isNaN(clockFrom)) clockFrom = high;
      low = Number.isNaN(low) ? high : Math.max(low, high);
      continue;
    }
    let last = times[from]!;
    for (let n = from; n < i && !Number.isNaN(low); n++) {
      if (streams[n] !== stream) continue;
      last = times[n]!;
      widths.push(high - low);
      deviations.push(Math.max(Math.abs(last - low), Math.abs(high - last)));
    }
    runs.push(last - times[from]!);
    from = -1;
    clockFrom = high;
    low = Number.isNaN(low) ? high : Math.max(low, high);
  }
  return { widths, deviations, runs };
}

/** The largest deviation where the place is no pause. */
function* largestWithin(
  widths: Column<Float64Array>,
  deviations: Column<Float64Array>,
  pause: number,
): Generator<void, number> {
  let largest = 0;
  for (let n = 0; n < widths.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    if (widths.data[n]! <= pause) largest = Math.max(largest, deviations.data[n]!);
  }
  return largest;
}
