/**
 * Places audio in time: every frame lasts exactly as long as its samples, so a run of them is a clock. The clock stops
 * where audio paused while pictures went on, and jumps where media is missing.
 */
import type { Arrivals, MissingMedia, TimeBasis } from './arrivals.ts';
import { samplesAtOnce } from '../../media/sample-table.ts';
import { Column } from '../../media/column.ts';
import { copiedInSteps, medianInSteps } from './in-steps.ts';
import { rhythmOf } from './rhythm.ts';

/** Times that a rhythm is read from. */
const rhythmLength = 96;
/** Audio frames within which pictures that came late have caught up (1.5 s at 44.1 kHz). */
const catchUpFrames = 64;
/** Pictures that run ahead of the audio by less have only been bundled on their way. */
const minPause = 0.12;

/** Pictures beside the audio, by which its pauses are recognised. */
export interface PicturesBeside {
  readonly stream: number;
  readonly step: number;
}

/** Fills the times of `numbers`, the samples of an audio stream whose frames last `frame` seconds, step by step. */
export function* placeAudio(
  arrivals: Arrivals,
  numbers: Uint32Array,
  frame: number,
  tick: number,
  pictures: PicturesBeside | undefined,
): Generator<void, TimeBasis> {
  const { times } = arrivals;
  const firstKnown = numbers.findIndex((number) => !Number.isNaN(times[number]!));
  const pauses = pictures === undefined ? undefined : yield* pausesBefore(arrivals, numbers, frame, pictures);
  // Where audio is lost more pictures stand beside it too.
  const step = (n: number): number => frame + (lostBefore(arrivals, numbers, n, frame) || (pauses?.get(n) ?? 0));
  const beside = firstKnown < 0 && times.some((time) => !Number.isNaN(time));
  const others = beside ? yield* copiedInSteps(times) : undefined;
  if (firstKnown < 0) times[numbers[0]!] = 0;
  let known = firstKnown > 0;
  for (let n = firstKnown - 1; n >= 0; n--) {
    if (n % samplesAtOnce === 0) yield;
    times[numbers[n]!] = times[numbers[n + 1]!]! - step(n + 1);
  }
  let from = Math.max(0, firstKnown);
  for (let n = from + 1; n < numbers.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    if (!Number.isNaN(times[numbers[n]!]!)) {
      settle(arrivals, numbers, from, n);
      from = n;
      continue;
    }
    known = true;
    const begun = n - 1 === from ? clockAt(times, numbers, from, tick, frame) : times[numbers[n - 1]!]!;
    times[numbers[n]!] = begun + step(n);
  }
  yield;
  if (others !== undefined) yield* placeBeside(arrivals, numbers, others, frame);
  return known || firstKnown < 0 ? 'frame length' : 'known';
}

/** The time of a known sample, without what rounding to ticks did to it where the samples before tell. */
function clockAt(times: Float64Array, numbers: Uint32Array, n: number, tick: number, frame: number): number {
  const from = Math.max(0, n + 1 - rhythmLength);
  const before = Float64Array.from(numbers.subarray(from, n + 1), (number) => times[number]!);
  if (before.some((time) => Number.isNaN(time))) return before.at(-1)!;
  const rhythm = rhythmOf(before, tick, frame);
  return rhythm === undefined ? before.at(-1)! : rhythm.phase + (before.length - 1) * rhythm.step;
}

/** Makes the samples between two known ones meet the later: what does not fit is where media is missing, or is spread. */
function settle({ times, losses }: Arrivals, numbers: Uint32Array, from: number, to: number): void {
  if (to - from < 2) return;
  const [start, end] = [times[numbers[from]!]!, times[numbers[to]!]!];
  const next = losses[firstAfter(losses, numbers[from]!)];
  const loss = next !== undefined && next.before <= numbers[to]! ? next : undefined;
  const last = times[numbers[to - 1]!]!;
  const meanStep = (last - start) / (to - 1 - from);
  const surplus = end - last - meanStep;
  if (loss !== undefined && end > start) {
    for (let n = from + 1; n < to; n++) if (numbers[n]! >= loss.before) times[numbers[n]!]! += surplus;
  }
  if (times[numbers[to - 1]!]! < end && times[numbers[from + 1]!]! > start) return;
  for (let n = from + 1; n < to; n++) times[numbers[n]!] = start + ((end - start) * (n - from)) / (to - from);
}

/** Moves audio of which no time is known to where most of the samples of known time beside it are. */
function* placeBeside(
  { times }: Arrivals,
  numbers: Uint32Array,
  others: Float64Array,
  frame: number,
): Generator<void, void> {
  const shifts = new Column(Float64Array, others.length);
  for (let n = 1; n < numbers.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    for (let i = numbers[n - 1]! + 1; i < numbers[n]!; i++) {
      if (!Number.isNaN(others[i]!)) shifts.push(others[i]! - times[numbers[n]!]! + frame / 2);
    }
  }
  const shift = shifts.length === 0 ? 0 : yield* medianInSteps(shifts.values());
  for (let n = 0; n < numbers.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    times[numbers[n]!]! += shift;
  }
}

/**
 * Seconds of media missing between a sample and the one before it: by samples of known time on both sides of it, or by
 * the bytes a second the recording has.
 */
function lostBefore(arrivals: Arrivals, numbers: Uint32Array, n: number, frame: number): number {
  const { losses, mediaBytes, times } = arrivals;
  if (losses.length === 0 || n === 0) return 0;
  const bytesPerSecond = mediaBytes / (numbers.length * frame);
  let bytes = 0;
  for (let l = firstAfter(losses, numbers[n - 1]!); l < losses.length && losses[l]!.before <= numbers[n]!; l++) {
    bytes += losses[l]!.bytes;
  }
  if (bytes === 0) return 0;
  const [before, after] = [knownBeside(times, numbers, n - 1, -1), knownBeside(times, numbers, n, 1)];
  if (before !== undefined && after !== undefined && after > before) {
    return Math.max(0, Math.round((after - before) / frame - 1) * frame);
  }
  return Math.round(bytes / bytesPerSecond / frame) * frame;
}

/** Number of the first of the losses, which are in order, behind a sample. */
function firstAfter(losses: readonly MissingMedia[], sample: number): number {
  let [low, high] = [0, losses.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (losses[middle]!.before <= sample) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Samples beside an audio sample among which one of another stream is looked for. */
const nearby = 12;

/** The known time of another stream's sample next to audio sample `n`, before (-1) or behind it. */
function knownBeside(times: Float64Array, numbers: Uint32Array, n: number, direction: -1 | 1): number | undefined {
  const own = new Set(numbers.subarray(Math.max(0, n - nearby), n + nearby));
  for (let i = numbers[n]! + direction, left = nearby; left > 0 && i >= 0 && i < times.length; i += direction, left--) {
    if (!own.has(i) && !Number.isNaN(times[i]!)) return times[i];
  }
  return undefined;
}

/**
 * Pauses of the audio in seconds, by the number of the audio sample behind each: more pictures stand between two audio
 * frames than fit, and they are not those that were late before.
 */
function* pausesBefore(
  arrivals: Arrivals,
  numbers: Uint32Array,
  frame: number,
  pictures: PicturesBeside,
): Generator<void, Map<number, number>> {
  const pauses = new Map<number, number>();
  const leads = yield* leadsOf(arrivals, numbers, frame, pictures);
  const { step } = pictures;
  for (let n = 2; n < numbers.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    const row = leads[n]! - leads[n - 1]! + frame;
    if (row <= frame + minPause) continue;
    let usual = -Infinity;
    for (let i = Math.max(1, n - catchUpFrames); i < n; i++) usual = Math.max(usual, leads[i]!);
    const ahead = leads[n]! - usual;
    if (ahead <= Math.max(minPause, 2 * step) || !Number.isNaN(arrivals.times[numbers[n]!]!)) continue;
    pauses.set(n, settledLead(leads, n, ahead, Math.max(frame, step)));
  }
  return pauses;
}

/** By how much the pictures before each audio frame lead it, as if there were no pauses; less what is only jitter. */
function* leadsOf(
  { streams }: Arrivals,
  numbers: Uint32Array,
  frame: number,
  { stream, step }: PicturesBeside,
): Generator<void, Float64Array> {
  const leads = new Float64Array(numbers.length);
  for (let n = 1; n < numbers.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    let pictures = 0;
    for (let i = numbers[n - 1]! + 1; i < numbers[n]!; i++) if (streams[i] === stream) pictures++;
    leads[n] = leads[n - 1]! + pictures * step - frame;
  }
  return leads;
}

/** A pause as the lead before and behind it tells, where it is steady: single frames tell it to a picture only. */
function settledLead(leads: Float64Array, n: number, ahead: number, accuracy: number): number {
  const before = leads.subarray(Math.max(1, n - catchUpFrames), n);
  const after = leads.subarray(n, n + catchUpFrames);
  const settled = mean(after) - mean(before);
  return Math.abs(settled - ahead) <= accuracy ? settled : ahead;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
