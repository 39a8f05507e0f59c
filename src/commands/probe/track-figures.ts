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
  let ticks = 0;
  let uneven = 0;
  for (let i = 0; i < length; i++) {
    const duration = durations[i]! | 0;
    if (Math.abs(duration - usual) > tolerance) uneven++;
    if (duration > longest && i < length - 1 && gaps.length < mostGaps) {
      const atSeconds = startSeconds + (ticks + usual) / timescale;
      gaps.push({ atSeconds, durationSeconds: (duration - usual) / timescale });
    }
    ticks += duration;
  }
  return {
    samples: length,
    bytes: table.mediaBytes,
    durationTicks: ticks,
    ...keyFrames(table, timescale),
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

function keyFrames(table: SampleTable, timescale: number): Pick<TrackFigures, 'keyFrames' | 'keyFrameInterval'> {
  const sync = table.sync?.data;
  if (sync === undefined) return { keyFrames: table.length, keyFrameInterval: undefined };
  const distances: number[] = [];
  let count = 0;
  let ticks = 0;
  let before = 0;
  const { length } = table;
  const durations = table.durations.data;
  for (let i = 0; i < length; i++) {
    if (sync[i] === 1) {
      if (count++ > 0) distances.push(ticks - before);
      before = ticks;
    }
    ticks += durations[i]! | 0;
  }
  if (distances.length === 0) return { keyFrames: count, keyFrameInterval: undefined };
  const sorted = Float64Array.from(distances).sort();
  const seconds = (index: number): number => sorted[index]! / timescale;
  return {
    keyFrames: count,
    keyFrameInterval: {
      minimum: seconds(0),
      median: seconds(sorted.length >> 1),
      maximum: seconds(sorted.length - 1),
    },
  };
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
