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
  const sorted = Uint32Array.from(steps).sort();
  if (sorted.at(-1)! - sorted[0]! > 2) return undefined;
  return steps.reduce((sum, step) => sum + step, 0) / steps.length;
}

/** The step with which the last sample comes where the rhythm of the samples before puts it. */
function stepThatKeepsRhythm(samples: SampleTable, known: number, open: number, rhythm: number): number {
  const durations = samples.durations.data;
  const from = Math.max(0, known - rhythmLength);
  let time = 0;
  let phase = 0;
  for (let i = from; i <= known; i++) {
    phase += time - (i - from) * rhythm;
    if (i < known) time += durations[i]! | 0;
  }
  const mean = phase / (known - from + 1);
  const expected = mean + (known + open - from) * rhythm;
  return Math.max(1, Math.round((expected - time) / open));
}

/**
 * Decode time of the first sample in ticks, where it follows from the record. The record has the last decode time of *its*
 * state; the steps up to there must be known.
 */
export function firstDecodeTimeOf(
  entries: TrackEntries,
  record: TrackRecord,
  frame: number | undefined,
): number | undefined {
  const { samples } = entries;
  const steps = record.sampleCount - 1;
  if (record.sampleCount <= samples.length) return record.lastDecodeTime - sumOfSteps(samples, record.sampleCount);
  if (record.durationRuns === entries.durationRuns) {
    const open = steps - entries.durationsKnown;
    return (
      record.lastDecodeTime - sumOfSteps(samples, entries.durationsKnown + 1) - open * record.lastDurationRun.value
    );
  }
  return frame === undefined ? undefined : Math.round(record.lastDecodeTime - steps * frame);
}

/** What `arrivalShift` needs of a track. */
export interface ArrivingTrack {
  readonly samples: SampleTable;
  readonly timescale: number;
}

/**
 * Seconds by which `late` is to be shifted against `early` so that the samples of both, which stand in the file in order of
 * arrival, are in order of time. Each neighbourhood of samples of both tracks narrows it down; the middle of what is left
 * is taken. Times count from each track's own first decode time.
 */
export function arrivalShift(early: ArrivingTrack, late: ArrivingTrack): number {
  let lowest = -Infinity;
  let highest = Infinity;
  let e = 0;
  let l = 0;
  let earlyTime = 0;
  let lateTime = 0;
  let previousEarly: number | undefined;
  let previousLate: number | undefined;
  while (e < early.samples.length || l < late.samples.length) {
    const earlyNext =
      e < early.samples.length &&
      (l >= late.samples.length || early.samples.offsets.data[e]! < late.samples.offsets.data[l]!);
    if (earlyNext) {
      const time = earlyTime / early.timescale;
      if (previousLate !== undefined) highest = Math.min(highest, time - previousLate);
      previousEarly = time;
      earlyTime += early.samples.durations.data[e++]! | 0;
    } else {
      const time = lateTime / late.timescale;
      if (previousEarly !== undefined) lowest = Math.max(lowest, previousEarly - time);
      previousLate = time;
      lateTime += late.samples.durations.data[l++]! | 0;
    }
  }
  if (lowest === -Infinity && highest === Infinity) return 0;
  if (lowest === -Infinity) return highest;
  if (highest === Infinity) return lowest;
  return (lowest + highest) / 2;
}
