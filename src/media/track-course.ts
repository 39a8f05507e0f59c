/**
 * How a track goes on over time, coarsely enough to be drawn: what is added up in steps of equal length. The steps grow with
 * what comes, so that nothing has to be known of the length of a recording before its end.
 */
import type { PlacedTrack } from './timeline.ts';

/** How a track goes on, in steps of equal length on the recording's timeline; for figures. */
export interface TrackCourse {
  /** Where the first step begins, in seconds from the beginning of the recording. */
  readonly startSeconds: number;
  readonly stepSeconds: number;
  /** Bytes of the samples that are decoded in each step. */
  readonly bytes: readonly number[];
  /** Sync samples in each step. */
  readonly syncSamples: readonly number[];
}

/** Steps at most: as many as there are points on a screen for a lane. */
const maxSteps = 1000;

/** Steps are so long at first: some samples lie in each. */
const firstStepSeconds = 0.1;

/** Steps of equal length from the first time on, which become twice as long whenever there would be too many. */
export class TimeSteps {
  /** The time at which the first step begins; undefined as long as there is none. */
  start: number | undefined;
  /** What a step lasts, in the unit of the times. */
  length: number;
  readonly #join: () => void;

  /** `length`: what a step lasts at first. `join`: makes one of each two neighbours. */
  constructor(length: number, join: () => void) {
    this.length = length;
    this.#join = join;
  }

  /** The number of the step that a time lies in. What lies before the first time counts to the first step. */
  at(time: number): number {
    this.start ??= time;
    let step = Math.floor((time - this.start) / this.length);
    while (step >= maxSteps) {
      this.#join();
      this.length *= 2;
      step = Math.floor((time - this.start) / this.length);
    }
    return Math.max(0, step);
  }
}

/** Gathers the course of a track, sample after sample. */
export class CourseRecorder {
  readonly #bytes: number[] = [];
  readonly #syncSamples: number[] = [];
  readonly #steps: TimeSteps;
  readonly #unitsPerSecond: number;

  /** `unitsPerSecond`: of the times that come. */
  constructor(unitsPerSecond: number) {
    this.#unitsPerSecond = unitsPerSecond;
    this.#steps = new TimeSteps(unitsPerSecond * firstStepSeconds, () => {
      joinSums(this.#bytes);
      joinSums(this.#syncSamples);
    });
  }

  /** Takes in a sample. `time`: when it is decoded. */
  add(time: number, bytes: number, isSync: boolean): void {
    const step = this.#steps.at(time);
    while (this.#bytes.length <= step) {
      this.#bytes.push(0);
      this.#syncSamples.push(0);
    }
    this.#bytes[step]! += bytes;
    if (isSync) this.#syncSamples[step]!++;
  }

  /** The course so far; undefined where nothing came. `start`: the time at which the recording begins. */
  from(start: number): TrackCourse | undefined {
    const { start: first, length } = this.#steps;
    if (first === undefined) return undefined;
    return {
      startSeconds: (first - start) / this.#unitsPerSecond,
      stepSeconds: length / this.#unitsPerSecond,
      bytes: this.#bytes,
      syncSamples: this.#syncSamples,
    };
  }
}

function joinSums(sums: number[]): void {
  const count = (sums.length + 1) >>> 1;
  for (let step = 0; step < count; step++) sums[step] = sums[2 * step]! + (sums[2 * step + 1] ?? 0);
  sums.length = count;
}

/** How far audio and pictures are apart over time; for figures. */
export interface DistanceCourse {
  readonly startSeconds: number;
  readonly stepSeconds: number;
  /** In each step the distance that is farthest from the usual one, less that, in seconds; null where no picture lies in it. */
  readonly seconds: readonly (number | null)[];
}

/** Gathers distances, picture after picture; times and distances in milliseconds. */
export class DistanceRecorder {
  readonly #lowest: number[] = [];
  readonly #highest: number[] = [];
  readonly #steps = new TimeSteps(1000 * firstStepSeconds, () => {
    joinExtremes(this.#lowest, Math.min, Infinity);
    joinExtremes(this.#highest, Math.max, -Infinity);
  });

  /** Takes in the distance of a picture that is decoded at a time. */
  add(time: number, distance: number): void {
    const step = this.#steps.at(time);
    while (this.#lowest.length <= step) {
      this.#lowest.push(Infinity);
      this.#highest.push(-Infinity);
    }
    this.#lowest[step] = Math.min(this.#lowest[step]!, distance);
    this.#highest[step] = Math.max(this.#highest[step]!, distance);
  }

  /** The distances so far, less the usual one; `start`: the time at which the recording begins. */
  from(start: number, usual: number): DistanceCourse | undefined {
    const { start: first, length } = this.#steps;
    if (first === undefined) return undefined;
    const seconds = this.#lowest.map((lowest, step) => {
      if (lowest === Infinity) return null;
      const [low, high] = [lowest - usual, this.#highest[step]! - usual];
      return (Math.abs(low) > Math.abs(high) ? low : high) / 1000;
    });
    return { startSeconds: (first - start) / 1000, stepSeconds: length / 1000, seconds };
  }
}

function joinExtremes(values: number[], of: (a: number, b: number) => number, none: number): void {
  const count = (values.length + 1) >>> 1;
  for (let step = 0; step < count; step++) values[step] = of(values[2 * step]!, values[2 * step + 1] ?? none);
  values.length = count;
}

/** The course of a track, in steps from its first sample on. */
export function courseOf({ track, delaySeconds }: PlacedTrack): TrackCourse | undefined {
  const { samples, timescale } = track;
  const course = new CourseRecorder(timescale);
  const [sizes, durations] = [samples.sizes.data, samples.durations.data];
  let ticks = 0;
  for (let i = 0; i < samples.length; i++) {
    course.add(ticks, sizes[i]!, samples.isSync(i));
    ticks += durations[i]!;
  }
  return course.from(-delaySeconds * timescale);
}
