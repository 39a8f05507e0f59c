/** What the samples of a track add up to: how long, how large, how evenly spaced, where something is missing. */
import type { Gap, KeyFrameInterval } from '../../media/probed-recording.ts';
import type { SampleTable } from '../../media/sample-table.ts';

/** Figures of one track, in ticks of its timescale unless they are named seconds. */
export interface TrackFigures {
  readonly samples: number;
  readonly bytes: number;
  /** Sum of all durations; those below zero count as such. */
  readonly durationTicks: number;
  readonly keyFrames: number;
  /** Seconds; undefined with fewer than two key frames, or where all samples are. */
  readonly keyFrameInterval: KeyFrameInterval | undefined;
  readonly variableFrameRate: boolean;
  readonly gaps: readonly Gap[];
}

/** More gaps than this are told by their number alone. */
const maxGaps = 100;
/** A pause is a gap from this on, and where it is this many times the usual distance. */
const minGapSeconds = 0.5;
const usualsInGap = 4;
/** Frames are unevenly spaced where more than one in a hundred is off by a tenth and by two ticks. */
const unevenShare = 0.01;

/** `startSeconds`: when the first sample is decoded, on the recording's clock. */
export function trackFigures(table: SampleTable, timescale: number, startSeconds = 0): TrackFigures {
  const { length } = table;
  const durations = table.durations.data;
  const sizes = table.sizes.data;
  const usual = usualDuration(table);
  const sums = new Sums(usual, Math.max(minGapSeconds * timescale, usualsInGap * usual));
  const keyFrames = new KeyFrames(table.sync?.data);
  const gaps: Gap[] = [];
  for (let i = 0; ;) {
    const until = keyFrames.next < 0 ? length : Math.min(length, keyFrames.next);
    i = sums.takeSteady(durations, sizes, i, until);
    if (i < until) {
      const duration = durations[i]!;
      if (i < length - 1 && gaps.length < maxGaps) {
        const atSeconds = startSeconds + (sums.ticks + usual) / timescale;
        gaps.push({ atSeconds, durationSeconds: (duration - usual) / timescale });
      }
      sums.take(duration, sizes[i]!);
      i++;
    } else if (i < length) {
      keyFrames.take(sums.ticks);
    } else {
      break;
    }
  }
  return {
    samples: length,
    bytes: sums.bytes,
    durationTicks: sums.ticks,
    keyFrames: table.sync === undefined ? length : keyFrames.count,
    keyFrameInterval: keyFrames.interval(timescale),
    variableFrameRate: sums.uneven > Math.max(1, length * unevenShare),
    gaps,
  };
}

/** What the samples of a track add up to. */
class Sums {
  ticks = 0;
  bytes = 0;
  /** Samples that last noticeably more or less than usual. */
  uneven = 0;
  readonly #least: number;
  readonly #most: number;
  readonly #longest: number;

  constructor(usual: number, longest: number) {
    const tolerance = Math.max(2, usual / 10);
    this.#least = usual - tolerance;
    this.#most = usual + tolerance;
    this.#longest = longest;
  }

  /** Takes samples up to the first that lasts too long, or to `to`; gives where it stopped. */
  takeSteady(durations: Int32Array, sizes: Uint32Array, from: number, to: number): number {
    const least = this.#least;
    const most = this.#most;
    const longest = this.#longest;
    let ticks = this.ticks;
    let bytes = this.bytes;
    let uneven = 0;
    let i = from;
    for (; i < to; i++) {
      const duration = durations[i]!;
      if (duration > longest) break;
      if (duration > most || duration < least) uneven++;
      ticks += duration;
      bytes += sizes[i]!;
    }
    this.ticks = ticks;
    this.bytes = bytes;
    this.uneven += uneven;
    return i;
  }

  take(duration: number, size: number): void {
    if (duration > this.#most || duration < this.#least) this.uneven++;
    this.ticks += duration;
    this.bytes += size;
  }
}

/** The median of the durations, as many as are looked at quickly. */
function usualDuration(table: SampleTable): number {
  const some = table.durations.data.slice(0, Math.min(table.length, 4096)).filter((ticks) => ticks >= 0);
  some.sort();
  return some[some.length >> 1] ?? 0;
}

/** The key frames of a track, found one from the other while its samples go by. */
class KeyFrames {
  /** Index of the next one, -1 behind the last. */
  next: number;
  count = 0;
  readonly #sync: Uint8Array | undefined;
  readonly #distances: number[] = [];
  #before = 0;

  constructor(sync: Uint8Array | undefined) {
    this.#sync = sync;
    this.next = sync?.indexOf(1) ?? -1;
  }

  /** Takes the one that is next, at its decode time. */
  take(ticks: number): void {
    if (this.count++ > 0) this.#distances.push(ticks - this.#before);
    this.#before = ticks;
    this.next = this.#sync!.indexOf(1, this.next + 1);
  }

  interval(timescale: number): KeyFrameInterval | undefined {
    if (this.#distances.length === 0) return undefined;
    const sorted = Float64Array.from(this.#distances).sort();
    return {
      minimum: sorted[0]! / timescale,
      median: sorted[sorted.length >> 1]! / timescale,
      maximum: sorted.at(-1)! / timescale,
    };
  }
}

/** How many pictures are held back: the most that are decoded before one that is shown before them. */
export function reorderedFramesOf(table: SampleTable): number {
  const offsets = table.compositionOffsets?.data;
  if (offsets === undefined) return 0;
  const looked = Math.min(table.length, 256);
  const times = new Float64Array(looked);
  let ticks = 0;
  let most = 0;
  for (let i = 0; i < looked; i++) {
    times[i] = ticks + offsets[i]!;
    ticks += table.durations.data[i]!;
    let later = 0;
    for (let j = Math.max(0, i - 32); j < i; j++) if (times[j]! > times[i]!) later++;
    if (later > most) most = later;
  }
  return most;
}
