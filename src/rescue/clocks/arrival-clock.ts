/**
 * Puts samples on one timeline by the order in which they arrived. Audio is the clock: its frames have one exact length.
 * What is known (an index that covers a part) is kept to the tick, and what is not continues it.
 */
import { arrivalBound, boundWithLead } from './arrival-bound.ts';
import { samplesOf, type Arrivals, type ArrivingStream, type FoundTimes, type TimeBasis } from './arrivals.ts';
import { samplesAtOnce } from '../../media/sample-table.ts';
import { placeAudio } from './audio-clock.ts';
import { placeBesidePictures } from './beside-pictures.ts';
import { placeChunks } from './chunk-times.ts';
import { copiedInSteps } from './in-steps.ts';
import { isChunked } from './interleaving.ts';
import { usualStep } from './rhythm.ts';
import { measuredStep, minKnownSamples } from './corridor.ts';
import { keepDistances, placeStretches } from './stretches.ts';
import { placeVideo } from './video-times.ts';

/** Fills the unknown times of `arrivals`, step by step. Returns for each stream how they were found. */
export function* placeInTime(arrivals: Arrivals, streams: readonly ArrivingStream[]): Generator<void, FoundTimes[]> {
  const clock = streams.findIndex(
    ({ kind, frameSeconds }, s) => kind === 'audio' && frameSeconds !== undefined && arrivals.streams.includes(s),
  );
  const found = new Map<number, FoundTimes>();
  const isLearnt: boolean[] = [];
  for (const s of streams.keys()) isLearnt.push((yield* knownCount(arrivals, s)) >= minKnownSamples);
  const { stretches = [] } = arrivals;
  const placed = yield* placeStretches(arrivals, streams, stretches);
  if (clock >= 0) yield* placeInChunks(arrivals, streams, clock, found);
  yield;
  const chunked = new Set(found.keys());
  if (clock >= 0 && !found.has(clock)) found.set(clock, { basis: yield* placeClock(arrivals, streams, clock) });
  const pictures = streams.findIndex(({ kind }, s) => kind === 'video' && arrivals.streams.includes(s));
  const lead = clock >= 0 ? clock : pictures;
  if (lead >= 0 && !found.has(lead)) found.set(lead, yield* placeBeside(arrivals, streams, lead, -1));
  for (const s of streams.keys()) {
    if (!found.has(s)) found.set(s, yield* placeBeside(arrivals, streams, s, lead));
  }
  yield* keepDistances(
    arrivals,
    stretches.filter((stretch) => !placed.has(stretch)),
  );
  for (const [s, { basis }] of found) {
    if (basis !== 'known' || !stretches.some(({ stream }) => stream === s)) continue;
    found.set(s, { basis: streams[s]!.kind === 'audio' ? 'pictures beside it' : 'audio clock' });
  }
  for (const [s, times] of found) {
    const other = s === lead ? streams.findIndex(({ kind }) => kind !== streams[s]!.kind) : lead;
    if (times.basis === 'known' || chunked.has(s) || other < 0 || s === other) continue;
    const isLagSeen = isLearnt[s]! && isLearnt[other]!;
    const ordered = yield* arrivalBound(arrivals, [s, other], isLagSeen);
    // A writer may have kept one track ahead of the other throughout, and both begin together.
    const isLeadShown = ordered === undefined || isLagSeen || arrivals.isPacketWise === true;
    const boundSeconds = isLeadShown ? ordered : boundWithLead(arrivals, [s, other], ordered);
    found.set(s, { ...times, boundSeconds });
  }
  return streams.map((_, s) => found.get(s)!);
}

/** Places a stream beside the one that leads, which is placed; -1: by itself. */
function* placeBeside(
  arrivals: Arrivals,
  streams: readonly ArrivingStream[],
  s: number,
  lead: number,
): Generator<void, FoundTimes> {
  const { kind, frameSeconds, stepSeconds, tickSeconds } = streams[s]!;
  const beside = lead < 0 ? undefined : { clock: lead, frame: streams[lead]!.frameSeconds };
  const step = kind === 'audio' ? frameSeconds : stepSeconds;
  const found = yield* placeVideo(arrivals, s, {
    step,
    tick: tickSeconds,
    clock: undefined,
    frame: undefined,
    ...beside,
  });
  const isByPictures = lead >= 0 && streams[lead]!.kind === 'video' && found.basis === 'audio clock';
  return isByPictures ? { ...found, basis: 'pictures beside it' } : found;
}

function* placeClock(
  arrivals: Arrivals,
  streams: readonly ArrivingStream[],
  clock: number,
): Generator<void, TimeBasis> {
  const { frameSeconds, tickSeconds } = streams[clock]!;
  const numbers = yield* samplesOf(arrivals, clock);
  const frame = frameSeconds!;
  const stream = streams.findIndex(({ kind }) => kind === 'video');
  if (stream < 0) return yield* placeAudio(arrivals, numbers, frame, tickSeconds, undefined);
  const known = yield* copiedInSteps(arrivals.times);
  const isOpen = yield* isAny(known, numbers, Number.isNaN);
  const hasPictures = yield* isAny(known, yield* samplesOf(arrivals, stream), (time) => !Number.isNaN(time));
  const isBeside = isOpen && hasPictures && arrivals.losses.length === 0;
  if (isBeside && (yield* placeBesidePictures(arrivals, numbers, frame, stream))) return 'pictures beside it';
  const step = streams[stream]!.stepSeconds;
  const basis = yield* placeAudio(
    arrivals,
    numbers,
    frame,
    tickSeconds,
    step === undefined ? undefined : { stream, step },
  );
  if (step !== undefined) return basis;
  // The clock as if it never paused tells the rate of the pictures, which then tells where it did.
  yield;
  const measured = yield* measuredStep(arrivals, stream, clock);
  if (measured === undefined) return basis;
  arrivals.times.set(known);
  return yield* placeAudio(arrivals, numbers, frame, tickSeconds, { stream, step: usualStep(measured, 0) });
}

/** How many samples of a stream have a known time. */
function* knownCount({ streams, times }: Arrivals, stream: number): Generator<void, number> {
  let count = 0;
  for (let i = 0; i < streams.length; i++) {
    if (i % samplesAtOnce === 0) yield;
    if (streams[i] === stream && !Number.isNaN(times[i]!)) count++;
  }
  return count;
}

/** Whether something is so of the time of any of these samples, step by step. */
function* isAny(times: Float64Array, numbers: Uint32Array, is: (time: number) => boolean): Generator<void, boolean> {
  for (let n = 0; n < numbers.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    if (is(times[numbers[n]!]!)) return true;
  }
  return false;
}

/** Places all tracks of a recording that was written in chunks, step by step. */
function* placeInChunks(
  arrivals: Arrivals,
  streams: readonly ArrivingStream[],
  clock: number,
  found: Map<number, FoundTimes>,
): Generator<void, void> {
  const frame = streams[clock]!.frameSeconds!;
  const isKnown: boolean[] = [];
  for (const s of streams.keys()) {
    isKnown.push(!(yield* isAny(arrivals.times, yield* samplesOf(arrivals, s), Number.isNaN)));
  }
  for (const [s, { kind, stepSeconds, frameSeconds }] of streams.entries()) {
    if (s === clock || !(yield* isChunked(arrivals, s, clock, frame))) continue;
    const step = kind === 'audio' ? frameSeconds : stepSeconds;
    const placed = yield* placeChunks(arrivals, { pictures: s, clock, frame, step });
    if (placed === undefined) continue;
    const { contradiction, together, boundSeconds } = placed;
    const beginsWith = together ? clock : undefined;
    found.set(s, isKnown[s]! ? { basis: 'known' } : { basis: 'chunks', boundSeconds, contradiction, beginsWith });
    found.set(clock, isKnown[clock]! ? { basis: 'known' } : { basis: 'frame length', boundSeconds });
  }
}
