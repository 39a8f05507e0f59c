/**
 * Each of two tracks by a clock of its own: known times, and from them on the length of its samples. And the chunks of
 * both, as ranges of their samples. How the two clocks lie beside each other is not known here.
 */
import { samplesAtOnce } from '../../media/sample-table.ts';
import { lowerBound, samplesOf, valuesAt, type Arrivals } from './arrivals.ts';
import type { StreamRuns } from './interleaving.ts';
import { median } from './rhythm.ts';

/** Media that is missing took from both tracks where it lasted longer than this, in seconds. */
const minLossOfBoth = 0.5;

/** Two tracks in chunks, by their numbers among the streams of the arrivals. */
export interface ChunkedTracks {
  /** Numbers of the streams of the pictures and of the audio, whose frames last `frame` seconds. */
  readonly pictures: number;
  readonly clock: number;
  readonly frame: number;
  /** Seconds from picture to picture by the stream itself or a reference, where one says it. */
  readonly step: number | undefined;
}

/** One track, and its own clock. */
export interface OwnClock {
  /** Places of its samples in the arrivals. */
  readonly numbers: Uint32Array;
  readonly times: Float64Array;
  /** Seconds a sample lasts. */
  readonly step: number;
  /** Number of the first sample behind all whose times an index tells: 0 where none does. */
  readonly firstOpen: number;
}

/** Seconds that all audio of a recording lasts. */
export function mediaSeconds(runs: StreamRuns, { streams }: Arrivals, { clock, frame }: ChunkedTracks): number {
  let frames = 0;
  for (let r = 0; r < runs.length; r++) if (streams[runs.first[r]!] === clock) frames += runs.count[r]!;
  return frames * frame;
}

/** A track by its own clock: known times stay, the others go on from them in steps, and begin at 0 where none is known. */
export function* ownClock(
  arrivals: Arrivals,
  stream: number,
  step: number,
  seconds: number,
): Generator<void, OwnClock> {
  const numbers = yield* samplesOf(arrivals, stream);
  const times = yield* valuesAt(arrivals.times, numbers);
  const lost = lostBefore(arrivals, numbers, step, seconds);
  const firstKnown = times.findIndex((time) => !Number.isNaN(time));
  const lastKnown = times.findLastIndex((time) => !Number.isNaN(time));
  if (firstKnown < 0 && times.length > 0) times[0] = 0;
  for (let n = firstKnown - 1; n >= 0; n--) times[n] = times[n + 1]! - step - (lost.get(n + 1) ?? 0);
  let from = Math.max(0, firstKnown);
  for (let n = from + 1; n < times.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    if (Number.isNaN(times[n]!)) {
      times[n] = times[n - 1]! + step + (lost.get(n) ?? 0);
      continue;
    }
    // Between known ones what does not fit is spread: nothing tells where it belongs.
    const [start, end] = [times[from]!, times[n]!];
    const off = end - (times[n - 1]! + step);
    if (n - from > 1 && Math.abs(off) > step / 2) {
      for (let i = from + 1; i < n; i++) times[i] = start + ((end - start) * (i - from)) / (n - from);
    }
    from = n;
  }
  return { numbers, times, step, firstOpen: lastKnown + 1 };
}

/** Seconds that long losses took from both tracks, by the number of the sample behind each. */
function lostBefore(
  { losses, mediaBytes }: Arrivals,
  numbers: Uint32Array,
  step: number,
  seconds: number,
): Map<number, number> {
  const lost = new Map<number, number>();
  const bytesPerSecond = mediaBytes / Math.max(step, seconds);
  for (const { before, bytes } of losses) {
    const duration = bytes / bytesPerSecond;
    const n = lowerBound(numbers, before);
    if (n === 0 || n === numbers.length || duration < minLossOfBoth) continue;
    lost.set(n, (lost.get(n) ?? 0) + Math.round(duration / step) * step);
  }
  return lost;
}

/** Where a run begins and ends, by numbers of its own track's samples. */
export interface RunSpan {
  readonly isAudio: boolean;
  readonly from: number;
  readonly to: number;
}

/** The runs of both tracks, as far as these have samples. */
export function spansOf(
  runs: StreamRuns,
  streams: Uint8Array,
  clock: number,
  pictures: OwnClock,
  audio: OwnClock,
): readonly RunSpan[] {
  const at = { pictures: 0, audio: 0 };
  const spans: RunSpan[] = [];
  for (const [r, first] of runs.first.entries()) {
    const isAudio = streams[first] === clock;
    const from = isAudio ? at.audio : at.pictures;
    const to = Math.min(from + runs.count[r]!, (isAudio ? audio : pictures).numbers.length);
    if (isAudio) at.audio = to;
    else at.pictures = to;
    spans.push({ isAudio, from, to });
  }
  return spans;
}

/** A chunk so many times as long as is usual, among so many of the last, is what its writer still held when it closed the file. */
const timesUsual = 4;
const lastChunks = 6;

/**
 * The number of a chunk near the end from which on the order of the chunks tells nothing; undefined where there is none. A
 * writer that keeps one track ahead begins with a long chunk of it, and when the recording is closed, what it still holds
 * of the other comes in one. Without that beginning a long chunk near the end is a pause of the other track.
 */
export function heldUntilClosed(spans: readonly RunSpan[]): number | undefined {
  const [shown, heard] = [false, true].map((isAudio) =>
    median(Float64Array.from(spans.filter((span) => span.isAudio === isAudio).map(({ from, to }) => to - from))),
  ) as [number, number];
  const isLong = ({ isAudio, from, to }: RunSpan): boolean => to - from > timesUsual * (isAudio ? heard : shown);
  const [ahead] = spans;
  if (ahead === undefined || spans.length <= 2 * lastChunks || !isLong(ahead)) return undefined;
  const held = spans.findIndex(
    (span, r) => r >= spans.length - lastChunks && span.isAudio !== ahead.isAudio && isLong(span),
  );
  return held < 0 ? undefined : held;
}

/** When a chunk begins by the clock of its own track, in seconds. */
export function chunkStart({ isAudio, from }: RunSpan, pictures: OwnClock, audio: OwnClock): number {
  return (isAudio ? audio : pictures).times[from]!;
}

/** When the last sample of a chunk ends by the clock of its own track, in seconds. */
export function chunkEnd({ isAudio, to }: RunSpan, pictures: OwnClock, audio: OwnClock): number {
  const clock = isAudio ? audio : pictures;
  return clock.times[to - 1]! + clock.step;
}
