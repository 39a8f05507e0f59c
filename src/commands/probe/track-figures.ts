/** What the samples of a track add up to: how long, how large, how evenly spaced, where something is missing. */
import type { Gap, KeyFrameInterval } from '../../media/probed-recording.ts';
import type { SampleTable } from '../../media/sample-table.ts';

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
const mostGaps = 100;
/** A pause is a gap from this on, and where it is this many times the usual distance. */
const shortestGapSeconds = 0.5;
const usualsInGap = 4;
/** Frames are unevenly spaced where more than one in a hundred is off by a tenth and by two ticks. */
const unevenShare = 0.01;

/** `startSeconds`: when the first sample is decoded, on the recording's clock. */
export function trackFigures(table: SampleTable, timescale: number, startSeconds = 0): TrackFigures {
  const { length } = table;
  const durations = table.durations.data;
  const usual = usualDuration(table);
  const longest = Math.max(shortestGapSeconds * timescale, usualsInGap * usual);
  const tolerance = Math.max(2, usual / 10);
  const gaps: Gap[] = [];
  const sizes = table.sizes.data;
  const keyFrames = new KeyFrames(table.sync?.data);
  let ticks = 0;
  let bytes = 0;
  let uneven = 0;
  for (let i = 0; i < length; i++) {
    const duration = durations[i]! | 0;
    if (duration > usual + tolerance || duration < usual - tolerance) uneven++;
    if (duration > longest && i < length - 1 && gaps.length < mostGaps) {
      const atSeconds = startSeconds + (ticks + usual) / timescale;
      gaps.push({ atSeconds, durationSeconds: (duration - usual) / timescale });
    }
    if (i === keyFrames.next) keyFrames.take(ticks);
    bytes += sizes[i]!;
    ticks += duration;
  }
  return {
    samples: length,
    bytes,
    durationTicks: ticks,
    keyFrames: table.sync === undefined ? length : keyFrames.count,
    keyFrameInterval: keyFrames.interval(timescale),
    variableFrameRate: uneven > Math.max(1, length * unevenShare),
    gaps,
  };
}

/** The median of the durations, as many as are looked at quickly. */
function usualDuration(table: SampleTable): number {
  const some = table.durations.data.slice(0, Math.min(table.length, 4096)).filter((ticks) => ticks < 0x80000000);
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
export function reorderedFrames(table: SampleTable): number {
  const offsets = table.compositionOffsets?.data;
  if (offsets === undefined) return 0;
  const looked = Math.min(table.length, 256);
  const times = new Float64Array(looked);
  let ticks = 0;
  let most = 0;
  for (let i = 0; i < looked; i++) {
    times[i] = ticks + offsets[i]!;
    ticks += table.durations.data[i]! | 0;
    let later = 0;
    for (let j = Math.max(0, i - 32); j < i; j++) if (times[j]! > times[i]!) later++;
    if (later > most) most = later;
  }
  return most;
}
