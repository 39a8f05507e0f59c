/**
 * Puts samples on one timeline by the order in which they arrived. Audio is the clock: its frames have one exact length.
 * What is known (an index that covers a part) is kept to the tick, and what is not continues it.
 */
import { samplesOf, type Arrivals, type ArrivingStream, type TimeBasis } from './arrivals.ts';
import { placeAudio } from './audio-clock.ts';
import { usualStep } from './rhythm.ts';
import { measuredStep, placeVideo } from './video-times.ts';

/** Fills the unknown times of `arrivals`. Returns for each stream what they were found by. */
export function placeInTime(arrivals: Arrivals, streams: readonly ArrivingStream[]): TimeBasis[] {
  const clock = streams.findIndex(
    ({ kind, frameSeconds }, s) => kind === 'audio' && frameSeconds !== undefined && arrivals.streams.includes(s),
  );
  const bases = new Map<number, TimeBasis>();
  if (clock >= 0) bases.set(clock, placeClock(arrivals, streams, clock));
  for (const [s, { stepSeconds, tickSeconds, kind }] of streams.entries()) {
    if (s === clock) continue;
    const step = kind === 'audio' ? streams[s]!.frameSeconds : stepSeconds;
    const beside = clock < 0 ? undefined : { clock, frame: streams[clock]!.frameSeconds };
    bases.set(s, placeVideo(arrivals, s, { step, tick: tickSeconds, clock: undefined, frame: undefined, ...beside }));
  }
  return streams.map((_, s) => bases.get(s)!);
}

function placeClock(arrivals: Arrivals, streams: readonly ArrivingStream[], clock: number): TimeBasis {
  const { frameSeconds, tickSeconds } = streams[clock]!;
  const numbers = samplesOf(arrivals, clock);
  const frame = frameSeconds!;
  const stream = streams.findIndex(({ kind }) => kind === 'video');
  if (stream < 0) return placeAudio(arrivals, numbers, frame, tickSeconds, undefined);
  const known = arrivals.times.slice();
  const step = streams[stream]!.stepSeconds;
  const basis = placeAudio(arrivals, numbers, frame, tickSeconds, step === undefined ? undefined : { stream, step });
  if (step !== undefined) return basis;
  // The clock as if it never paused tells the rate of the pictures, which then tells where it did.
  const measured = measuredStep(arrivals, stream, clock);
  if (measured === undefined) return basis;
  arrivals.times.set(known);
  return placeAudio(arrivals, numbers, frame, tickSeconds, { stream, step: usualStep(measured, 0) });
}
