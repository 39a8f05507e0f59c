/**
 * Follows the timestamps of one track: the 32 bits of the tags as a time that goes on where they wrap, the step from frame
 * to frame, and whether the clock stalls. It judges nothing and changes nothing; thresholds that are a matter of opinion
 * belong to those who ask.
 */

/** Clocks that count to fewer bits than the tag has: recorders that forget the extended byte, or the sign. */
const wraps = [2 ** 24, 2 ** 31] as const;

/** Steps are counted up to this many milliseconds, to know the usual one. */
const countedSteps = 2048;
const countedSeconds = 600;

/** A step of more than this, ahead or back, is a jump. */
const jumpMilliseconds = 10_000;

/** A clock that is set back by less than this has stumbled, or its pictures come in the order they are shown in. */
const stumbleMilliseconds = 250;
const stumbleSteps = 8;

/** No connection lives through a silence of more than this: the clock was set. Shorter ones are pauses, and last. */
const maxPause = 600_000;

/** From so many frames on, a clock that advances by less than a millisecond a frame does not run. */
const minFramesOfStill = 16;

/** How far a clock that wrapped may be from where it would have been. */
export const wrapTolerance = 10_000;

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

/** By how much a step back is a counter of 24 or 31 bits that wrapped, 0 if it is none. `passed`: how long it may have taken. Milliseconds. */
export function wrapOf(step: number, passed = wrapTolerance): number {
  return wraps.find((wrap) => step + wrap >= 0 && step + wrap < passed) ?? 0;
}

/** The times of one track's frames, in milliseconds, taken one by one in the order of the file. */
export class TrackClock {
  /** Milliseconds of the first and the latest frame. */
  first = 0;
  latest = 0;
  #lowest = Infinity;
  #highest = -Infinity;
  /** The latest frame jumped to where it is, and what follows has to tell whether the clock went with it. */
  #jumped: 'ahead' | 'back' | undefined;
  /** From the frame before to the latest one, and the longest step ahead. */
  step = 0;
  longestStep = 0;
  /** Frames so far. */
  frames = 0;
  /** Steps back, and how far the longest went; and counters that wrapped. */
  backwardSteps = 0;
  longestBack = 0;
  wrapSteps = 0;
  /** Steps of less than half and of more than one and a half frames of the known duration, and what frames lack by them. */
  shortSteps = 0;
  longSteps = 0;
  missingMilliseconds = 0;
  /** Milliseconds that a frame is known to last, such as AAC's 1024 samples; 0 where it is not known. */
  frameDuration = 0;
  /** Most frames in a row that have the timestamp of the frame before. */
  longestUnmoved = 0;
  #unmoved = 0;
  /** How often each step came. */
  readonly #steps = new Uint32Array(countedSteps);
  /** And longer ones, by their whole seconds. */
  readonly #longSteps = new Uint32Array(countedSeconds);
  /** What the wraps of a counter with too few bits come to. */
  #wraps = 0;
  /** The stretch since the clock was last set: where it began and how far it came; and the stretches before it. */
  #stretchStart = 0;
  #stretchEnd = 0;
  #stretches = 0;
  #stretched = 0;
  /** The frames have no length of their own by the clock: what they are known to last is summed up. */
  #framesMilliseconds = 0;

  /** Whether a frame of that timestamp, 32 bits unsigned, would step back, and not because the counter wrapped. */
  stepsBack(timestamp: number): boolean {
    if (this.frames === 0) return false;
    const step = timestampNear(timestamp + this.#wraps, this.latest) - this.latest;
    return step < 0 && (timestamp >= wrapTolerance || wrapOf(step) === 0);
  }

  /** Takes in the timestamp of the next frame, 32 bits unsigned. */
  add(timestamp: number): StepKind {
    if (this.frames++ === 0) {
      this.first = signedTimestamp(timestamp);
      this.latest = this.first;
      this.#jumped = 'ahead';
      return 'first';
    }
    const before = this.latest;
    let time = timestampNear(timestamp + this.#wraps, before);
    // A counter that wrapped begins again near 0; where one byte of one timestamp is wrong, the next steps back from it.
    const wrap = time < before && timestamp < wrapTolerance ? wrapOf(time - before) : 0;
    this.#wraps += wrap;
    time += wrap;
    this.step = time - before;
    this.latest = time;
    this.#framesMilliseconds += this.frameDuration;
    if (this.step > this.longestStep) this.longestStep = this.step;
    this.#unmoved = this.step === 0 ? this.#unmoved + 1 : 0;
    if (this.#unmoved > this.longestUnmoved) this.longestUnmoved = this.#unmoved;
    this.#bound(before, time);
    if (this.step < 0) {
      this.backwardSteps++;
      if (-this.step > this.longestBack) this.longestBack = -this.step;
      return 'backward';
    }
    if (this.step < countedSteps) this.#steps[this.step]!++;
    else this.#longSteps[Math.min(countedSeconds - 1, Math.floor(this.step / 1000))]!++;
    if (this.frameDuration > 0) this.#compare(this.step, this.frameDuration);
    if (wrap === 0 && Math.floor(before / 2 ** 32) === Math.floor(time / 2 ** 32)) return 'forward';
    this.wrapSteps++;
    return 'wrapped';
  }

  #compare(step: number, duration: number): void {
    if (step < duration / 2) {
      this.shortSteps++;
      this.missingMilliseconds += duration;
    } else if (step > duration * 1.5) {
      this.longSteps++;
      this.missingMilliseconds -= duration;
    }
  }

  /** Milliseconds of the earliest and of the last frame in time, single wild ones left aside. */
  get lowest(): number {
    return this.#jumped === undefined ? this.#lowest : Math.min(this.#lowest, this.latest);
  }

  get highest(): number {
    return this.#jumped === undefined ? this.#highest : Math.max(this.#highest, this.latest);
  }

  /** A jump is believed when the next frame does not jump back: one flipped bit must not make a minute of a month. */
  #bound(before: number, time: number): void {
    const { step } = this;
    const returns =
      (this.#jumped === 'ahead' && step < -jumpMilliseconds) || (this.#jumped === 'back' && step > jumpMilliseconds);
    if (this.#jumped !== undefined && !returns) this.#include(before);
    this.#jumped = returns
      ? undefined
      : step > jumpMilliseconds
        ? 'ahead'
        : step < -jumpMilliseconds
          ? 'back'
          : undefined;
    if (this.#jumped === undefined) this.#include(time);
  }

  #include(time: number): void {
    if (this.#highest === -Infinity) {
      this.#stretchStart = time;
      this.#stretchEnd = time;
    } else if (time > this.#stretchEnd && time - this.#stretchEnd <= maxPause) this.#stretchEnd = time;
    else if (time > this.#stretchEnd || (time < this.#stretchEnd - stumbleMilliseconds && this.#isSetBack(time))) {
      this.#stretched += this.#stretchEnd - this.#stretchStart;
      this.#stretches++;
      this.#stretchStart = time;
      this.#stretchEnd = time;
    }
    if (time > this.#highest) this.#highest = time;
    if (time < this.#lowest) this.#lowest = time;
  }

  #isSetBack(time: number): boolean {
    return time < this.#stretchEnd - Math.max(stumbleMilliseconds, stumbleSteps * this.usualStep);
  }

  /** The clock was set, back or far ahead, and goes on from there. */
  get wasSet(): boolean {
    return this.#stretches > 0;
  }

  /**
   * Milliseconds that the frames last, the last one included and pauses too: where the clock was set, all stretches
   * one behind the other.
   */
  get elapsed(): number {
    if (this.frames === 0) return 0;
    const now = this.#stretchEnd - this.#stretchStart + this.usualStep;
    return this.#stretched + this.#stretches * this.usualStep + now;
  }

  /** The clock does not run: its times say nothing of when frames are shown. */
  get isStill(): boolean {
    return this.frames >= minFramesOfStill && this.#stretches === 0 && this.highest - this.lowest < this.frames;
  }

  /** Milliseconds that the frames last by what each is known to last; 0 where that is not known. */
  get framesMilliseconds(): number {
    return this.#framesMilliseconds + this.frameDuration;
  }

  /** Milliseconds from frame to frame as a rule: what they are known to last, or the step met most often; 0 for one frame. */
  get usualStep(): number {
    if (this.frameDuration > 0) return this.frameDuration;
    let usual = 1;
    for (let step = 2; step < countedSteps; step++) if (this.#steps[step]! > this.#steps[usual]!) usual = step;
    return this.#steps[usual] === 0 ? 0 : usual;
  }

  /** Milliseconds that half of the steps ahead are no longer than; those of more than two seconds to the second. */
  get typicalStep(): number {
    const ahead = this.frames - 1 - this.backwardSteps;
    if (ahead <= 0) return 0;
    let below = 0;
    for (let step = 0; step < countedSteps; step++) {
      below += this.#steps[step]!;
      if (2 * below >= ahead) return step;
    }
    for (let seconds = 0; seconds < countedSeconds; seconds++) {
      below += this.#longSteps[seconds]!;
      if (2 * below >= ahead) return (seconds + 1) * 1000;
    }
    return countedSeconds * 1000;
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
    return this.missingMilliseconds > minStalledMilliseconds && this.shortSteps > 2 * this.longSteps;
  }
}

/** Milliseconds that a clock has to fall behind before it is called stalled: what players' audio buffers make up for. */
const minStalledMilliseconds = 150;
