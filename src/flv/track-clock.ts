/**
 * Follows the timestamps of one track: the 32 bits of the tags as a time that goes on where they wrap, the step from frame
 * to frame, and whether the clock stalls. It judges nothing and mends nothing; thresholds that are a matter of opinion
 * belong to those who ask.
 */

/** Clocks that count to fewer bits than the tag has: recorders that forget the extended byte, or the sign. */
const wraps = [2 ** 24, 2 ** 31] as const;

/** Steps are counted up to this many milliseconds, to know the usual one. */
const countedSteps = 2048;

/** A step of more than this, ahead or back, is a leap. */
const leapMilliseconds = 10_000;

/** How far a clock that wrapped may be from where it would have been. */
const wrapTolerance = 10_000;

/** What a step from one frame to the next was. */
export type StepKind = 'first' | 'forward' | 'backward' | 'wrapped';

/** Milliseconds of a timestamp as the clock of a stream that may have begun before zero. */
export function signedTimestamp(timestamp: number): number {
  return timestamp >= 2 ** 31 ? timestamp - 2 ** 32 : timestamp;
}

/** A timestamp as the time next to another one, in the turn of 2^32 that is nearest to it. */
export function timestampNear(timestamp: number, milliseconds: number): number {
  return milliseconds + ((timestamp - milliseconds) | 0);
}

/** By how much a step back is a counter that wrapped, 0 if it is none. */
export function wrapOf(step: number): number {
  return wraps.find((wrap) => step + wrap >= 0 && step + wrap < wrapTolerance) ?? 0;
}

export class TrackClock {
  /** Milliseconds of the first and the latest frame. */
  first = 0;
  latest = 0;
  #lowest = Infinity;
  #highest = -Infinity;
  /** The latest frame leapt to where it is, and what follows has to tell whether the clock went with it. */
  #leapt: 'ahead' | 'back' | undefined;
  /** From the frame before to the latest one, and the longest step ahead. */
  step = 0;
  longestStep = 0;
  /** Frames so far. */
  frames = 0;
  /** Steps of less than half and of more than one and a half frames of the known duration. */
  shortSteps = 0;
  longSteps = 0;
  /** Milliseconds that a frame is known to last, such as AAC's 1024 samples; 0 where it is not known. */
  frameDuration = 0;
  /** How often each step came. */
  readonly #steps = new Uint32Array(countedSteps);

  /** Takes in the timestamp of the next frame, 32 bits unsigned. */
  add(timestamp: number): StepKind {
    if (this.frames++ === 0) {
      this.first = signedTimestamp(timestamp);
      this.latest = this.first;
      this.#leapt = 'ahead';
      return 'first';
    }
    const before = this.latest;
    const time = timestampNear(timestamp, before);
    this.step = time - before;
    this.latest = time;
    if (this.step > this.longestStep) this.longestStep = this.step;
    this.#bound(before, time);
    if (this.step < 0) return wrapOf(this.step) === 0 ? 'backward' : 'wrapped';
    if (this.step < countedSteps) this.#steps[this.step]!++;
    if (this.frameDuration > 0) {
      if (this.step < this.frameDuration / 2) this.shortSteps++;
      else if (this.step > this.frameDuration * 1.5) this.longSteps++;
    }
    return Math.floor(before / 2 ** 32) === Math.floor(time / 2 ** 32) ? 'forward' : 'wrapped';
  }

  /** Milliseconds of the earliest and of the last frame in time, single wild ones left aside. */
  get lowest(): number {
    return this.#leapt === undefined ? this.#lowest : Math.min(this.#lowest, this.latest);
  }

  get highest(): number {
    return this.#leapt === undefined ? this.#highest : Math.max(this.#highest, this.latest);
  }

  /** A leap is believed when the next frame does not leap back: one flipped bit must not make a minute of a month. */
  #bound(before: number, time: number): void {
    const { step } = this;
    const returns =
      (this.#leapt === 'ahead' && step < -leapMilliseconds) || (this.#leapt === 'back' && step > leapMilliseconds);
    if (this.#leapt !== undefined && !returns) this.#include(before);
    this.#leapt = returns
      ? undefined
      : step > leapMilliseconds
        ? 'ahead'
        : step < -leapMilliseconds
          ? 'back'
          : undefined;
    if (this.#leapt === undefined) this.#include(time);
  }

  #include(time: number): void {
    if (time > this.#highest) this.#highest = time;
    if (time < this.#lowest) this.#lowest = time;
  }

  /** Milliseconds from frame to frame as a rule: what they are known to last, or the step met most often; 0 for one frame. */
  get usualStep(): number {
    if (this.frameDuration > 0) return this.frameDuration;
    let usual = 1;
    for (let step = 2; step < countedSteps; step++) if (this.#steps[step]! > this.#steps[usual]!) usual = step;
    return this.#steps[usual] === 0 ? 0 : usual;
  }

  /** Where the last frame in time ends; of no meaning where there is none. */
  get end(): number {
    return this.highest + this.usualStep;
  }

  /**
   * Whether frames of known duration were given too little time, again and again, without its being made up for: a
   * recorder that repeats the timestamp of the frame before (observed: go-rtmp, with chunks of type 3). Timestamps that
   * jitter have as many long steps as short ones.
   */
  get stalls(): boolean {
    const missing = (this.shortSteps - this.longSteps) * this.frameDuration;
    return missing > stalledAtLeast && this.shortSteps > 2 * this.longSteps;
  }
}

/** Milliseconds that a clock has to fall behind before it is called stalled: what players' audio buffers make up for. */
const stalledAtLeast = 150;
