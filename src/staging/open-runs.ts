/**
 * Finds the times that no track file holds: the open run of durations and of composition offsets, and the first decode
 * time. They stand in `.info` if that belongs to the same state; otherwise they follow from the rhythm of the samples
 * before, from the length of an audio frame, and from the order in which the two tracks arrived.
 */
import type { SampleTable } from '../media/sample-table.ts';
import { usualDuration } from '../media/timeline.ts';
import type { TrackRecord } from './info.ts';
import { sumOfSteps } from './sample-times.ts';
import type { TrackEntries } from './track-file.ts';

/** Samples from which the rhythm is learnt. */
const rhythmLength = 96;

/**
 * Whether a record of `.info` can be of this track at an earlier, the same or a later time: the runs that had ended when it
 * was written must cover exactly the samples before its open run.
 */
export function belongsTo(record: TrackRecord, entries: TrackEntries): boolean {
  const { samples } = entries;
  if (record.sampleCount <= samples.length) {
    const open = (coverage: number | undefined, run: { count: number }): boolean =>
      coverage !== undefined && coverage + run.count === record.sampleCount;
    return (
      open(entries.durationCoverage, record.lastDurationRun) &&
      (record.kind === 'audio' || open(entries.compositionCoverage, record.lastCompositionRun))
    );
  }
  // Written after the entries that are left: it can only have as many runs or more, reaching as far or further.
  return (
    record.durationRuns >= entries.durationRuns &&
    record.sampleCount - record.lastDurationRun.count >= entries.durationsKnown &&
    (record.kind === 'audio' || record.compositionRuns >= entries.compositionRuns)
  );
}

/** How the open durations were found. */
export type DurationSource = 'recorded' | 'frame length' | 'rhythm' | 'assumed';

/**
 * Fills the durations that the runs in the track file do not reach. `record`: only if it belongs to the track. `frame`:
 * ticks of an audio frame. `fallback`: ticks to take where nothing else tells.
 */
export function fillOpenDurations(
  entries: TrackEntries,
  record: TrackRecord | undefined,
  frame: number | undefined,
  fallback: number,
): DurationSource {
  const { samples, durationsKnown: known } = entries;
  const durations = samples.durations.data;
  const { length } = samples;
  if (record !== undefined && record.durationRuns === entries.durationRuns) {
    durations.fill(record.lastDurationRun.value, known, length);
    return 'recorded';
  }
  const open = length - 1 - known;
  const rhythm = frame ?? meanStep(samples, known);
  const value = open <= 0 || rhythm === undefined ? undefined : stepThatKeepsRhythm(samples, known, open, rhythm);
  const usual = known > 0 ? usualDuration(samples) : Math.round(frame ?? fallback);
  durations.fill(value ?? usual, known, length);
  durations[length - 1] = frame === undefined ? usual : Math.round(frame);
  if (open <= 0) return 'recorded';
  return frame !== undefined ? 'frame length' : known > 0 ? 'rhythm' : 'assumed';
}

/** The mean of the last known steps where they are regular (a constant rate, rounded to ticks), otherwise undefined. */
function meanStep(samples: SampleTable, known: number): number | undefined {
  const from = Math.max(0, known - rhythmLength);
  if (known - from < 3) return undefined;
  const steps = samples.durations.data.subarray(from, known);
  const sorted = steps.slice().sort();
  if (sorted.at(-1)! - sorted[0]! > 2) return undefined;
  return steps.reduce((sum, step) => sum + step, 0) / steps.length;
}

/** The step with which the last sample comes where the rhythm of the samples before puts it. */
function stepThatKeepsRhythm(samples: SampleTable, known: number, open: number, rhythm: number): number {
  const durations = samples.durations.data;
  // A pause is no part of the rhythm: what stands before it has no say.
  let from = known;
  while (from > Math.max(0, known - rhythmLength) && Math.abs(durations[from - 1]! - rhythm) <= 1 + rhythm / 10) from--;
  let time = 0;
  let phase = 0;
  for (let i = from; i <= known; i++) {
    phase += time - (i - from) * rhythm;
    if (i < known) time += durations[i]!;
  }
  const mean = phase / (known - from + 1);
  const expected = mean + (known + open - from) * rhythm;
  return Math.max(1, Math.round((expected - time) / open));
}

/** Where a track begins, in ticks of its timescale. */
export interface FirstDecodeTime {
  readonly ticks: number;
  /** Steps that are lost were taken to be one frame each: a pause among them is not known of. */
  readonly isReckoned: boolean;
}

/**
 * Decode time of the first sample in ticks, where it follows from the record. The record has the last decode time of *its*
 * state; the steps up to there must be known.
 */
export function firstDecodeTimeOf(
  entries: TrackEntries,
  record: TrackRecord,
  frame: number | undefined,
): FirstDecodeTime | undefined {
  const { samples } = entries;
  const steps = record.sampleCount - 1;
  if (record.sampleCount <= samples.length) {
    return { ticks: record.lastDecodeTime - sumOfSteps(samples, record.sampleCount), isReckoned: false };
  }
  if (record.durationRuns === entries.durationRuns) {
    const open = steps - entries.durationsKnown;
    const known = sumOfSteps(samples, entries.durationsKnown + 1);
    return { ticks: record.lastDecodeTime - known - open * record.lastDurationRun.value, isReckoned: false };
  }
  if (frame === undefined) return undefined;
  return { ticks: Math.round(record.lastDecodeTime - steps * frame), isReckoned: true };
}

/** What `arrivalShift` needs of a track. */
export interface ArrivingTrack {
  readonly samples: SampleTable;
  readonly timescale: number;
  /** 1 for samples whose entries are true. */
  readonly keep: Uint8Array;
  /** Steps that were recorded, where those behind them were assumed and may be longer; undefined where none were. */
  readonly recordedSteps?: number | undefined;
}

/** Where a track begins by the order of arrival. */
export interface ArrivalShift {
  readonly seconds: number;
  /** By how much it may be another; undefined where one side of it is open. */
  readonly boundSeconds: number | undefined;
}

/**
 * Seconds by which `late` is to be shifted against `early` so that the samples of both, which stand in the file in order of
 * arrival, are in order of time. Each neighbourhood of samples of both tracks narrows it down; the middle of what is left
 * is taken. Times count from each track's own first decode time, and only up to where entries of it were lost. Undefined
 * where nothing tells.
 */
export function arrivalShift(early: ArrivingTrack, late: ArrivingTrack): ArrivalShift | undefined {
  let lowest = -Infinity;
  let highest = Infinity;
  const [earlier, later] = [arrivalsOf(early), arrivalsOf(late)];
  let e = 0;
  let l = 0;
  while (e < earlier.offsets.length || l < later.offsets.length) {
    const earlyNext =
      e < earlier.offsets.length && (l >= later.offsets.length || earlier.offsets[e]! < later.offsets[l]!);
    // Behind the last of one track the other may have gone on alone.
    if (earlyNext) {
      if (l > 0) highest = Math.min(highest, earlier.times[e]! - later.times[l - 1]!);
      e++;
    } else {
      if (e > 0) lowest = Math.max(lowest, earlier.times[e - 1]! - later.times[l]!);
      l++;
    }
  }
  if (lowest === -Infinity && highest === Infinity) return undefined;
  if (lowest === -Infinity) return { seconds: highest, boundSeconds: undefined };
  if (highest === Infinity) return { seconds: lowest, boundSeconds: undefined };
  // Samples out of order contradict each other by as much as the shift may be off.
  const room = highest - lowest;
  return { seconds: (lowest + highest) / 2, boundSeconds: room >= 0 ? room / 2 : -room };
}

/** More samples than this tell no more of how the tracks begin. */
const maxArrivals = 200_000;

/** Offsets, and seconds from the first sample of the table, of the true entries before any that were lost behind them, as far as steps were recorded. */
function arrivalsOf({ samples, timescale, keep, recordedSteps = Infinity }: ArrivingTrack): {
  offsets: Float64Array;
  times: Float64Array;
} {
  const capacity = Math.min(samples.length, maxArrivals);
  const offsets = new Float64Array(capacity);
  const times = new Float64Array(capacity);
  let count = 0;
  let time = 0;
  for (let i = 0; i < samples.length && count < capacity; i++) {
    if ((samples.sizes.data[i] === 0 && count > 0) || i > recordedSteps) break;
    if (keep[i] === 1) {
      offsets[count] = samples.offsets.data[i]!;
      times[count++] = time / timescale;
    }
    time += samples.durations.data[i]!;
  }
  return { offsets: offsets.subarray(0, count), times: times.subarray(0, count) };
}
