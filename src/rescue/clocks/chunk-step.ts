/**
 * Finds the seconds from picture to picture in a recording that was written in chunks: by how much audio lies beside how
 * many pictures, and by the usual rate near that under which the order of the chunks makes sense. It knows counts alone.
 */
import type { StreamRuns } from './interleaving.ts';
import { median, usualStep, usualStepsNear } from './rhythm.ts';

/** What lies before the end of a chunk: seconds of audio and pictures, and whether the chunk is of audio. */
export interface CountsAtEnd {
  readonly isAudio: boolean;
  readonly seconds: number;
  readonly pictures: number;
}

/**
 * What lies before each end of a chunk, in order. The last chunk, which a crash may have cut, is left aside where others are
 * enough; not where it is a large part of its track and the recording was closed.
 */
export function countsAtEdges(
  runs: StreamRuns,
  streams: Uint8Array,
  clock: number,
  frame: number,
  isClosed: boolean,
): CountsAtEnd[] {
  const counts: CountsAtEnd[] = [{ isAudio: false, seconds: 0, pictures: 0 }];
  let [seconds, pictures] = [0, 0];
  const whole = runs.length > 3 && !(isClosed && isLargePart(runs)) ? runs.length - 1 : runs.length;
  for (let r = 0; r < whole; r++) {
    const isAudio = streams[runs.first[r]!] === clock;
    if (isAudio) seconds += runs.count[r]! * frame;
    else pictures += runs.count[r]!;
    counts.push({ isAudio, seconds, pictures });
  }
  return counts;
}

/** A chunk that is a larger part of its track than this is a large one. */
const maxPartAside = 0.25;

/** Whether the last run is a large part of its track. */
function isLargePart({ count, length }: StreamRuns): boolean {
  let all = 0;
  for (let r = length - 1; r >= 0; r -= 2) all += count[r]!;
  return count[length - 1]! > maxPartAside * all;
}

/** Seconds from picture to picture, measured by the audio beside them. */
export interface MeasuredStep {
  readonly step: number;
  /** The part that it may be off by how the chunks were cut. */
  readonly accuracy: number;
  /** The part by which the middle one of many spans and the mean of all differ: pauses, or a track that began late. */
  readonly spread: number;
  /** Too few spans were there to tell pauses from the rate. */
  readonly isOfFew: boolean;
}

/** Seconds of audio that a rate is measured over: long enough for whole frames, short enough to lie beside most pauses. */
const measuredSpan = 4;

/** Fewer spans between chunk ends than this have no usual one. */
const minSpans = 3;

/** Seconds of audio for one picture: the middle one of many spans between chunk ends, so that pauses do not count. */
export function measuredStep(counts: readonly CountsAtEnd[]): MeasuredStep | undefined {
  const ends = counts.filter((_, n) => n % 2 === 0);
  const last = ends.length - 1;
  const all = ends[last]!;
  if (last < 1 || all.pictures === 0 || all.seconds === 0) return undefined;
  const pairs = Math.round((measuredSpan * last) / all.seconds);
  const span = Math.min(Math.max(1, pairs), Math.max(1, last >> 2));
  const steps: number[] = [];
  for (let n = 0; n + span <= last; n++) {
    const [from, to] = [ends[n]!, ends[n + span]!];
    if (to.pictures === from.pictures || to.seconds <= from.seconds) continue;
    steps.push((to.seconds - from.seconds) / (to.pictures - from.pictures));
  }
  if (steps.length === 0) return undefined;
  const step = median(Float64Array.from(steps));
  // Chunks are cut at whole frames and pictures, and those that drift against each other lie a whole chunk apart.
  const chunk = all.pictures / last;
  const mean = all.seconds / all.pictures;
  const accuracy = (last > 3 ? chunk + 2 : 2) / all.pictures;
  const spread = Math.abs(mean / step - 1);
  // So few spans have no middle one.
  if (last < minSpans) return { step: mean, accuracy: 2 / all.pictures, spread, isOfFew: true };
  const isMean = spread < 2 * accuracy;
  return { ...(isMean ? { step: mean, accuracy } : { step, accuracy: 2 / (span * chunk) }), spread, isOfFew: false };
}

/** The usual rate near the measured one under which the chunks contradict their order least; the measured one where none is near. */
export function likeliestStep(counts: readonly CountsAtEnd[], { step, accuracy }: MeasuredStep): number {
  let best = { step: usualStep(step, 0), contradiction: Infinity };
  for (const candidate of usualStepsNear(step, accuracy)) {
    const contradiction = contradictionOf(counts, candidate);
    if (contradiction < best.contradiction - candidate / 2) best = { step: candidate, contradiction };
  }
  return best.step;
}

/** Seconds by which the chunks, at a step of the pictures, contradict the order in which they were written. */
function contradictionOf(counts: readonly CountsAtEnd[], step: number): number {
  let [lowest, highest] = [-Infinity, Infinity];
  let sum = 0;
  for (const { isAudio, seconds, pictures } of counts.slice(2)) {
    const lead = pictures * step - seconds;
    if (isAudio) lowest = Math.max(lowest, lead);
    else highest = Math.min(highest, lead);
    sum = Math.max(sum, lowest - highest);
  }
  return sum;
}
