/**
 * Times in place of recorded ones that say nothing: of clocks that stood still, by the length of audio frames and the order
 * of the file (`placeInTime`, the model that recovery places samples by); and of timestamps that are presentation times. Times
 * that run are kept as they are: jumps and stalls of a running clock are the retimer's.
 */
import { placeInTime } from '../clocks/arrival-clock.ts';
import { decodeOrder } from './presentation-order.ts';
import type { PlacedTimes } from './rewrite-plan.ts';
import type { TimedFrames } from './timed-frames.ts';
import { withoutWild } from './wild-times.ts';

/** What is known beside the frames. */
export interface PlacingHints {
  /** Seconds from picture to picture, by the stream's own timing. */
  readonly pictureSeconds: number | undefined;
  /** The same by `onMetaData`, which says what encoders aim at: taken where no audio tells the time. */
  readonly claimedSeconds: number | undefined;
  /** Milliseconds from frame to frame as recorded, as a rule; 0 where the clock never ran. */
  readonly usualStep: Readonly<Record<'video' | 'audio', number>>;
  /** The clocks as a whole stand still, whatever little they move. */
  readonly isStill: Readonly<Record<'video' | 'audio', boolean>>;
}

/** So many frames in a row with one timestamp are no slices of a picture. */
const minUnmoved = 64;
/** A clock that is behind by less after it stood still has caught up, as a part of what passed meanwhile. */
const caughtUpPart = 0.5;
const ticksPerSecond = 1000;

/** A run of frames whose clock stood still: from the one behind the last that it ran for to the last that did not move. */
interface Standstill {
  readonly from: number;
  readonly to: number;
}

/** The times that are to take the place of the recorded ones; undefined where those say what they should. Goes step by step. */
export function* placedTimes(frames: TimedFrames, hints: PlacingHints): Generator<void, PlacedTimes | undefined> {
  return (yield* placedStill(frames, hints)) ?? placedInDecodeOrder(frames) ?? placedTame(frames, hints);
}

/** Pictures recorded with presentation times. */
function placedInDecodeOrder({ video, canCompose, compositionTimes }: TimedFrames): PlacedTimes | undefined {
  if (!canCompose || video.length === 0 || compositionTimes.values().some((time) => time !== 0)) return undefined;
  const order = decodeOrder(video.times.values());
  if (order === undefined) return undefined;
  const { times: decode, compositionTimes: composition } = order;
  return {
    video: decode,
    audio: undefined,
    compositionTimes: composition,
    found: [],
  };
}

/** Recordings in which single timestamps are far from those around them. */
function placedTame({ video, audio }: TimedFrames, { usualStep }: PlacingHints): PlacedTimes | undefined {
  const tame = {
    video: withoutWild(video.times.values(), usualStep.video),
    audio: withoutWild(audio.times.values(), usualStep.audio),
  };
  if (tame.video === undefined && tame.audio === undefined) return undefined;
  return { ...tame, compositionTimes: undefined, found: [] };
}

function* placedStill(frames: TimedFrames, hints: PlacingHints): Generator<void, PlacedTimes | undefined> {
  const { video, audio, lasts } = frames;
  const still = {
    audio: standstills(audio.times.values(), hints.isStill.audio),
    video: standstills(video.times.values(), hints.isStill.video),
  };
  const tellsAudio = lasts.length > 0 && lasts.values().every((milliseconds) => milliseconds > 0);
  if (!tellsAudio) still.audio = [];
  if (still.audio.length === 0 && still.video.length === 0) return undefined;
  const times = new Float64Array(frames.length).fill(Number.NaN);
  const seconds = { audio: knownSeconds(audio.times.values()), video: knownSeconds(video.times.values()) };
  for (const { from, to } of still.audio) {
    const passed =
      lasts
        .values()
        .subarray(Math.max(0, from - 1), to + 1)
        .reduce((sum, one) => sum + one, 0) / 1000;
    open(seconds.audio, from, to, passed);
  }
  const sameLength = lasts.values().every((milliseconds) => milliseconds === lasts.at(0));
  const lost = { audio: unknownIn(seconds.audio), video: 0 };
  // Where the length of frames changes, their sum is the clock.
  if (!sameLength) addUp(seconds.audio, lasts.values());
  put(times, audio.places.values(), seconds.audio);
  // Audio that does not say what its frames last is a clock all the same, as long as it runs.
  const usualAudio = hints.usualStep.audio > 0 ? hints.usualStep.audio / 1000 : undefined;
  const frameSeconds = tellsAudio ? lasts.at(0) / 1000 : usualAudio;
  const pictureSeconds = hints.pictureSeconds ?? (frameSeconds === undefined ? hints.claimedSeconds : undefined);
  for (const { from, to } of still.video) {
    const beside = passedBeside(frames, seconds.audio, from, to);
    const step = pictureSeconds ?? (hints.usualStep.video > 0 ? hints.usualStep.video / 1000 : undefined);
    open(seconds.video, from, to, beside ?? (step ?? 0) * (to + 1 - from));
  }
  lost.video = unknownIn(seconds.video);
  put(times, video.places.values(), seconds.video);
  const streams = new Uint8Array(frames.length);
  for (const place of audio.places.values()) streams[place] = 1;
  const found = yield* placeInTime({ streams, times, losses: [], mediaBytes: 1, isPacketWise: true }, [
    { kind: 'video', stepSeconds: pictureSeconds, tickSeconds: 1 / ticksPerSecond },
    { kind: 'audio', frameSeconds, tickSeconds: 1 / ticksPerSecond },
  ]);
  // A recording of which no time is known begins where its clock stood.
  const isAllOpen =
    seconds.audio.every((time) => Number.isNaN(time)) && seconds.video.every((time) => Number.isNaN(time));
  const start = isAllOpen
    ? Math.max(0, Math.min(...[audio, video].filter((t) => t.length > 0).map((t) => t.times.at(0))))
    : 0;
  const early = isAllOpen ? earliest(times) : 0;
  const given = (places: Uint32Array): Float64Array => {
    let last = 0;
    return Float64Array.from(places, (place) => {
      last = Math.max(last, Math.round((times[place]! - early) * 1000) + start);
      return last;
    });
  };
  return {
    video: still.video.length === 0 ? undefined : given(video.places.values()),
    audio: still.audio.length === 0 ? undefined : given(audio.places.values()),
    compositionTimes: undefined,
    found: (['video', 'audio'] as const).flatMap((kind, n) =>
      lost[kind] === 0 ? [] : [{ kind, times: found[n]!, lost: lost[kind] }],
    ),
  };
}

function knownSeconds(milliseconds: Float64Array): Float64Array {
  return milliseconds.map((time) => time / 1000);
}

function unknownIn(seconds: Float64Array): number {
  return seconds.reduce((count, time) => count + (Number.isNaN(time) ? 1 : 0), 0);
}

function put(times: Float64Array, places: Uint32Array, seconds: Float64Array): void {
  for (const [n, place] of places.entries()) times[place] = seconds[n]!;
}

function earliest(times: Float64Array): number {
  let least = Infinity;
  for (const time of times) if (time < least) least = time;
  return least;
}

function standstills(times: Float64Array, isStill: boolean): Standstill[] {
  if (times.length === 0) return [];
  if (isStill) return [{ from: 0, to: times.length - 1 }];
  const runs: Standstill[] = [];
  let from = 0;
  for (let n = 1; n <= times.length; n++) {
    if (n < times.length && times[n] === times[n - 1]) continue;
    if (n - 1 - from >= minUnmoved) runs.push({ from: from + 1, to: n - 1 });
    from = n;
  }
  return runs;
}

/** Forgets the times of a standstill. What comes behind goes on later, where the clock went on from where it stood. */
function open(seconds: Float64Array, from: number, to: number, passed: number): void {
  seconds.fill(Number.NaN, from, to + 1);
  if (from === 0 || to + 1 >= seconds.length) return;
  const advanced = seconds[to + 1]! - seconds[from - 1]!;
  if (advanced >= passed * caughtUpPart) return;
  const behind = passed - advanced;
  for (let n = to + 1; n < seconds.length; n++) seconds[n]! += behind;
}

/** Fills times that are not known by adding up what frames last. */
function addUp(seconds: Float64Array, lasts: Float64Array): void {
  for (const [n, time] of seconds.entries()) {
    if (Number.isNaN(time)) seconds[n] = n === 0 ? 0 : seconds[n - 1]! + lasts[n - 1]! / 1000;
  }
}

/** Seconds that passed by the audio beside pictures, from the one before a standstill to the one behind it. */
function passedBeside(
  { video, audio }: TimedFrames,
  seconds: Float64Array,
  from: number,
  to: number,
): number | undefined {
  if (from === 0 || to + 1 >= video.length) return undefined;
  const [before, behind] = [at(video.places.at(from - 1)), at(video.places.at(to + 1))];
  return before === undefined || behind === undefined || behind <= before ? undefined : behind - before;

  /** Time of the last audio frame before a place. */
  function at(place: number): number | undefined {
    const places = audio.places.values();
    let [low, high] = [0, places.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (places[middle]! < place) low = middle + 1;
      else high = middle;
    }
    const time = low === 0 ? undefined : seconds[low - 1];
    return time === undefined || Number.isNaN(time) ? undefined : time;
  }
}
