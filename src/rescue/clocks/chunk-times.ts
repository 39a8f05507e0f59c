/**
 * Places two tracks in time whose writer put whole chunks of one after whole chunks of the other (phones, cameras,
 * packagers): there the order in the file says little of single samples, and what lies before was not decoded before. Each
 * track has a clock of its own, by the length of its frames and the step of its pictures; where chunks begin and end tells
 * how far one clock may lead the other, and a lead that changes for good is a pause or a loss in one of them.
 *
 * Both tracks begin together unless the chunks contradict it (of 206 genuine recordings 95 % begin within 67 ms). It knows
 * orders and lengths, no codec and no bytes.
 */
import { putAt, type Arrivals } from './arrivals.ts';
import { chunkBound } from './chunk-bound.ts';
import { followLead } from './chunk-lead.ts';
import { countsAtEdges, likeliestStep, measuredStep } from './chunk-step.ts';
import { runsOf, type StreamRuns } from './interleaving.ts';
import {
  chunkEnd,
  heldUntilClosed,
  mediaSeconds,
  ownClock,
  spansOf,
  chunkStart,
  type ChunkedTracks,
  type OwnClock,
  type RunSpan,
} from './own-clocks.ts';
import { maxUsualRate, median, minUsualRate, partApart } from './rhythm.ts';
import { boundByLead, leadOf, lentRhythm, type WriterLead } from './writer-lead.ts';

/** The pictures' own timing and the audio beside them may differ by this part before the audio is believed. */
const maxTimingError = 0.02;
/** How two tracks in chunks were placed against each other. */
export interface ChunkPlacement {
  /** Seconds from picture to picture that were used. */
  readonly step: number;
  /** By how much the tracks may be off against each other, in seconds, where they did not begin together. */
  readonly boundSeconds: number;
  /** By which part the pictures' own timing and the audio differ (0.38: 38 %); undefined where they agree. */
  readonly contradiction: number | undefined;
  /** Both tracks begin with the presentation, as nothing says otherwise. */
  readonly together: boolean;
}

/**
 * Fills the unknown times of both tracks; undefined, with nothing changed, where there is too little to go by. Goes step by
 * step.
 */
export function* placeChunks(arrivals: Arrivals, tracks: ChunkedTracks): Generator<void, ChunkPlacement | undefined> {
  const runs = yield* runsOf(arrivals.streams, tracks.pictures, tracks.clock);
  const { streams, isClosed = false } = arrivals;
  const counts = countsAtEdges(runs, streams, tracks.clock, tracks.frame, isClosed);
  const measured = measuredStep(counts);
  const likeliest = measured === undefined ? undefined : likeliestStep(counts, measured);
  // Of few chunks of a recording that broke off the last may be cut anywhere: another one by the recorder tells more.
  const isOfFew = measured?.isOfFew !== false && !isClosed;
  const lent = isOfFew ? lentRhythm(arrivals.turns) : undefined;
  const step = tracks.step ?? lent?.step ?? likeliest;
  if (step === undefined) return undefined;
  const layout = yield* layOut(arrivals, runs, tracks, step);
  if (layout.isSteady || likeliest === undefined || tracks.step === undefined) {
    const isUncertain = tracks.step === undefined && isOfFew;
    const uncertain = uncertaintyOf(layout.pictures, lent !== undefined);
    return yield* finish(arrivals, layout, step, { uncertain: isUncertain ? uncertain : 0 });
  }
  const difference = partApart(tracks.step, likeliest);
  if (difference < maxTimingError) return yield* finish(arrivals, layout, step, {});
  const audioLed = yield* layOut(arrivals, runs, tracks, likeliest);
  return yield* finish(arrivals, audioLed, likeliest, { contradiction: difference });
}

/**
 * Seconds by which a step that so few chunks tell, the last of them perhaps cut, may put the last picture wrong. `isLent`: it
 * is that of another recording by the recorder, whose pictures come neither twice as fast nor half as fast.
 */
function uncertaintyOf({ numbers, step }: OwnClock, isLent: boolean): number {
  return numbers.length * (isLent ? step : Math.max(1 / minUsualRate - step, step - 1 / maxUsualRate));
}

/** Both tracks by their own clocks, laid beside each other. */
interface Layout {
  /** The chunks whose order tells something, and the one behind them. */
  readonly spans: readonly RunSpan[];
  readonly all: readonly RunSpan[];
  /** How far its writer keeps one track ahead, where another recording by it tells. */
  readonly lead: WriterLead | undefined;
  readonly pictures: OwnClock;
  readonly audio: OwnClock;
  /** Whether a few pauses explain where the chunks are; otherwise the pictures are spread between the chunks of audio. */
  readonly isSteady: boolean;
  readonly boundSeconds: number;
}

function* layOut(arrivals: Arrivals, runs: StreamRuns, tracks: ChunkedTracks, step: number): Generator<void, Layout> {
  const seconds = mediaSeconds(runs, arrivals, tracks);
  yield;
  const pictures = yield* ownClock(arrivals, tracks.pictures, step, seconds);
  const audio = yield* ownClock(arrivals, tracks.clock, tracks.frame, seconds);
  const all = spansOf(runs, arrivals.streams, tracks.clock, pictures, audio);
  yield;
  const held = heldUntilClosed(all);
  // The last of the chunks that tell an order is left aside everywhere.
  const spans = held === undefined || arrivals.isClosed !== true ? all : all.slice(0, held + 1);
  const lead = leadOf(arrivals.turns, all, audio);
  const isLentVarying =
    tracks.step === undefined && lead !== undefined && lentRhythm(arrivals.turns)?.isVarying === true;
  const varies = isLentVarying || isVarying(spans, audio);
  const pauses = varies ? undefined : yield* followLead(spans, pictures, audio);
  yield;
  const off = pauses ?? spreadInChunks(all, pictures, audio, lead);
  // A pause of the other track beside what was held would not show; and what seems to be one may be what was held.
  const hidden = held === undefined ? 0 : lengthOf(all[held]!, pictures, audio);
  return { spans, all, lead, pictures, audio, isSteady: pauses !== undefined, boundSeconds: off + hidden };
}

function lengthOf({ isAudio, from, to }: RunSpan, pictures: OwnClock, audio: OwnClock): number {
  return (to - from) * (isAudio ? audio : pictures).step;
}

/** Writes a layout into the arrivals. `uncertain`: seconds by which the step may put the last picture wrong. */
function* finish(
  arrivals: Arrivals,
  { spans, all, lead, pictures, audio, isSteady, boundSeconds }: Layout,
  step: number,
  { contradiction = undefined as number | undefined, uncertain = 0 },
): Generator<void, ChunkPlacement> {
  const isBeginKnown = pictures.firstOpen > 0 && audio.firstOpen > 0;
  const isTogether = !isBeginKnown && settleBeginning(spans, pictures, audio, arrivals.isClosed === true);
  // Pictures that were spread by how the writer puts its chunks are beside their audio already.
  const together = isTogether && (isSteady || lead === undefined);
  const byLead = lead === undefined ? undefined : boundByLead(all, lead, pictures, audio);
  const order = isBeginKnown ? 0 : (byLead ?? chunkBound(all, pictures, audio));
  for (const { numbers, times } of [pictures, audio]) yield* putAt(arrivals.times, numbers, times);
  return { together, step, boundSeconds: order + grainOf(pictures, audio) + boundSeconds + uncertain, contradiction };
}

/** What an end of the recording may be off and still be one that both tracks have in common, in seconds. */
const commonEnd = 0.15;

/** When the last sample of a track ends by its own clock, in seconds. */
function endOf({ times, step }: OwnClock): number {
  return times.at(-1)! + step;
}

/**
 * Moves one clock so that both begin together. Where the recording was closed, so that both tracks end together too, and
 * they do only if one began late, it began as late as its chunks allow: a chunk neither begins nor ends before the one that
 * lies before it. Of a recording that broke off the end says nothing, and that order alone is no witness: some writers keep
 * audio two seconds ahead (CoreMedia). Returns whether both begin together as nothing says otherwise.
 */
function settleBeginning(spans: readonly RunSpan[], pictures: OwnClock, audio: OwnClock, isClosed: boolean): boolean {
  // Seconds that the order of the chunks allows to be added to the pictures, by where they begin and where they end.
  const rooms = [chunkStart, chunkEnd].map((edge) => roomBy(edge, spans, pictures, audio));
  const [lowest, highest] = [Math.max(...rooms.map(([from]) => from)), Math.min(...rooms.map(([, to]) => to))];
  const grain = grainOf(pictures, audio);
  const shift = audio.times[0]! - pictures.times[0]!;
  const ordered = shift < lowest - grain ? lowest : shift > highest + grain ? highest : shift;
  const endsApart = endOf(pictures) - endOf(audio);
  const endsWithOrder = Math.abs(endsApart + ordered) <= commonEnd && Math.abs(endsApart + shift) > 2 * commonEnd;
  const isLate = isClosed && lowest <= highest + 2 * grain && endsWithOrder;
  const by = isLate ? ordered : shift;
  const [moved, distance] = pictures.firstOpen > 0 ? [audio, -by] : [pictures, by];
  moved.times.set(moved.times.map((time) => time + distance));
  return !isLate && pictures.firstOpen + audio.firstOpen === 0;
}

/** Seconds to which a length in whole samples tells anything. */
function grainOf(pictures: OwnClock, audio: OwnClock): number {
  return 1.5 * Math.max(pictures.step, audio.step);
}

/** The least and the most seconds that may be added to the pictures so that one end of all chunks is in order. */
function roomBy(
  edge: typeof chunkStart,
  spans: readonly RunSpan[],
  pictures: OwnClock,
  audio: OwnClock,
): readonly [number, number] {
  let [lowest, highest] = [-Infinity, Infinity];
  const last = spans.length > 2 ? spans.length - 1 : spans.length;
  for (let r = 1; r < last; r++) {
    const [before, after] = [spans[r - 1]!, spans[r]!];
    const difference = edge(after, pictures, audio) - edge(before, pictures, audio);
    if (before.isAudio) lowest = Math.max(lowest, -difference);
    else highest = Math.min(highest, difference);
  }
  return [lowest, highest];
}

/** Of the chunks of pictures so many may hold other than the usual number before their rate is a varying one. */
const maxOtherCounts = 0.5;
const minChunksToCompare = 9;

/** Whether the chunks of audio last alike, and those of pictures hold now more, now fewer: the rate varies. */
function isVarying(spans: readonly RunSpan[], audio: OwnClock): boolean {
  const counts = (isAudio: boolean): Float64Array =>
    Float64Array.from(
      spans
        .slice(0, -1)
        .filter((span) => span.isAudio === isAudio)
        .map(({ from, to }) => to - from),
    );
  const [shown, heard] = [counts(false), counts(true)];
  if (shown.length < minChunksToCompare || heard.length < minChunksToCompare) return false;
  const others = (all: Float64Array, allowed: number): number => {
    const usual = median(all);
    return all.filter((count) => Math.abs(count - usual) > allowed).length / all.length;
  };
  return others(heard, Math.max(1, 0.1 / audio.step)) < 1 - maxOtherCounts && others(shown, 1) > maxOtherCounts;
}

/**
 * Lets the pictures of each chunk come evenly in the time that a chunk lasts, which is that of the audio's; both tracks are
 * taken to begin together, and no chunk to end before the one in front of it, or as long after it as the writer is known to
 * let it. Returns what a picture may be off.
 */
function spreadInChunks(
  spans: readonly RunSpan[],
  pictures: OwnClock,
  audio: OwnClock,
  lead: WriterLead | undefined,
): number {
  const lengthsOf = (isAudio: boolean, { step }: OwnClock): Float64Array =>
    Float64Array.from(spans.filter((span) => span.isAudio === isAudio).map(({ from, to }) => (to - from) * step));
  const shown = lengthsOf(false, pictures);
  const usual = median(shown);
  const chunksIn = (length: number): number => Math.max(1, Math.round(length / usual));
  // Those of pictures are full a little later than those of audio, by how much the whole recording tells.
  const all = shown.reduce((sum, length) => sum + chunksIn(length), 0);
  const chunk = lengthsOf(true, audio).reduce((sum, length) => sum + length, 0) / all;
  const grain = Math.max(pictures.step, audio.step);
  let end = pictures.times[pictures.firstOpen]!;
  for (const [r, { isAudio, from, to }] of spans.entries()) {
    if (isAudio || to <= pictures.firstOpen) continue;
    const first = Math.max(from, pictures.firstOpen);
    const start = end;
    const chunks = chunksIn((to - from) * pictures.step);
    const isLast = r + 2 >= spans.length;
    end = start + (isLast ? (to - first) * pictures.step : (chunks * chunk * (to - first)) / (to - from));
    const [before, after] = [spans[r - 1], spans[r + 1]];
    if (lead !== undefined) {
      const { least, most } = lead.video;
      if (before !== undefined && !isLast) end = chunkEnd(before, pictures, audio) + (least + most) / 2;
    } else {
      if (before !== undefined) end = Math.max(end, chunkEnd(before, pictures, audio) - grain);
      if (after !== undefined && !isLast) end = Math.min(end, chunkEnd(after, pictures, audio) + grain);
    }
    end = Math.max(end, start + (to - first) * 0.001);
    for (let n = first; n < to; n++) pictures.times[n] = start + ((end - start) * (n - first)) / (to - first);
  }
  return chunk;
}
