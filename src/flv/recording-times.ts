/**
 * From when to when an FLV recording lasts, over all of its tracks: the one place that says so. Milliseconds on the clock of
 * the tags, wraps undone. What `onMetaData` claims is held against it in every way in which recorders count.
 */
import type { TrackClock } from './track-clock.ts';

/** What is known of a track's times. */
export interface FlvTrackTimes {
  readonly clock: TrackClock;
  readonly frames: number;
  /** The longest time from decoding a picture to showing it, milliseconds. */
  readonly longestComposition: number;
}

/** Pictures are shown this many milliseconds after they are decoded at most, whatever a tag claims. */
const maxComposition = 2000;
/** A claim may be off by this part of the length, and by this many milliseconds: the last frames, or the longer track. */
const toleratedPart = 0.05;
const toleratedMilliseconds = 1000;

/** Times of a recording in milliseconds. */
export interface RecordingTimes {
  /** The earliest and the last timestamp, and the end of the last frame. */
  readonly start: number;
  readonly last: number;
  readonly end: number;
  /** What the recording lasts; where a clock was set, what came before and after it. */
  readonly duration: number;
  /** No clock runs: the timestamps say nothing, and the duration is what the frames are known to last, or 0. */
  readonly isStill: boolean;
  /** What a right claim is between, counted from the first frame: with and without the last one. */
  readonly minDuration: number;
  readonly maxDuration: number;
  /** How far a claim may be off. */
  readonly tolerance: number;
}

/** The times of the tracks together; undefined where there is no frame. */
export function recordingTimes(all: readonly FlvTrackTimes[]): RecordingTimes | undefined {
  const tracks = all.filter(({ frames }) => frames > 0);
  if (tracks.length === 0) return undefined;
  const running = tracks.filter(({ clock }) => !clock.isStill);
  const counted = running.length === 0 ? tracks : running;
  const start = Math.min(...counted.map(({ clock }) => clock.lowest));
  const last = Math.max(...counted.map(({ clock }) => clock.highest));
  const end = Math.max(...counted.map(({ clock }) => clock.end));
  const isStill = running.length === 0;
  const elapsed = Math.max(...counted.map(({ clock }) => elapsedFrom(clock, start)));
  const summed = isStill ? Math.max(...tracks.map(({ clock }) => clock.framesMilliseconds)) : 0;
  const duration = Math.max(elapsed, summed);
  const shown = Math.max(
    ...counted.map(({ clock, longestComposition }) => clock.end + Math.min(longestComposition, maxComposition)),
  );
  const step = Math.max(...counted.map(({ clock }) => clock.usualStep));
  const unknownEnd = Math.max(...counted.map(({ clock }) => lastFrameUpTo(clock)));

  // Nothing in the media tells how long a single picture is shown.
  const isLengthKnown = counted.some(({ clock }) => clock.frames > 1 || clock.usualStep > 0);
  const tolerated = isLengthKnown ? Math.min(toleratedMilliseconds, toleratedPart * duration) : toleratedMilliseconds;
  const tolerance = Math.max(step + 1, tolerated);
  return {
    start,
    last,
    end,
    duration,
    isStill,
    minDuration: isStill ? duration : Math.min(duration, last - start),
    maxDuration: isStill ? Infinity : Math.max(duration, shown - start) + unknownEnd,
    tolerance,
  };
}

/** How long the last frame may last of a track that has no usual step, as of a camera that takes a picture every 15 seconds; otherwise 0. */
function lastFrameUpTo(clock: TrackClock): number {
  return clock.frames > 1 && clock.usualStep === 0 ? clock.typicalStep : 0;
}

/** Milliseconds from `start` to the end of a track. Where the clock was set, its stretches one behind the other. */
function elapsedFrom(clock: TrackClock, start: number): number {
  return clock.wasSet ? clock.lowest - start + clock.elapsed : clock.end - start;
}

/** Whether a claimed duration, in seconds, is right in one of the ways recorders count and round. */
export function isRightDuration(seconds: number, times: RecordingTimes): boolean {
  if (!Number.isFinite(seconds) || seconds < 0) return false;
  if (seconds === 0) return times.duration === 0;
  return isWithin(seconds, times, times.minDuration, times.maxDuration);
}

/** The duration that people are shown, in seconds: what is claimed, where that is what the recording lasts. */
export function shownSeconds(claimed: number | undefined, times: RecordingTimes): number {
  const { duration, isStill } = times;
  if (claimed !== undefined && claimed > 0) {
    if (isStill && isRightDuration(claimed, times)) return claimed;
    if (
      isWithin(
        claimed,
        times,
        Math.min(duration, Math.max(times.minDuration, duration - times.tolerance)),
        times.maxDuration,
      )
    ) {
      return claimed;
    }
  }
  return duration / 1000;
}

/** Whether a claim in seconds lies between two numbers of milliseconds, counted from the first frame or from zero. */
function isWithin(seconds: number, { start, tolerance }: RecordingTimes, min: number, max: number): boolean {
  const off = Math.max(tolerance, Number.isInteger(seconds) ? toleratedMilliseconds : 0);
  const between = (value: number): boolean => value >= min - off && value <= max + off;
  return between(seconds * 1000) || (start > 0 && between(seconds * 1000 - start));
}
