/**
 * Finds the frame rate that times mean: the lowest rate that all of them fit, among those that cameras and encoders use.
 * Millisecond timestamps of 30 frames a second step by 33 and 34, and it says 30. Scripts rely on what ffprobe says here
 * (r_frame_rate), so it weighs the same candidates by the same measure and stops after as many frames.
 */
import type { Ratio } from '../probed-recording.ts';
import { ratio, valueOf } from './ratio.ts';

/** Candidates in units of 1/12012 frame a second: multiples of 1/12, then whole rates up to 60, then a few by name. */
const unit = 12 * 1001;
const candidates: readonly number[] = [
  ...Array.from({ length: 360 }, (_, index) => (index + 1) * 1001),
  ...Array.from({ length: 30 }, (_, index) => (index + 31) * unit),
  ...[80, 120, 240].map((rate) => rate * unit),
  ...[24, 30, 60, 12, 15, 48].map((rate) => rate * 12_000),
];

/** Summed error and squared error of each candidate, with times on its grid and half a step off it. */
class Errors {
  readonly sum = new Float64Array(candidates.length);
  readonly squares = new Float64Array(candidates.length);
}

/** The same as numbers alone, for the loop that every frame goes through. */
const rates = Float64Array.from(candidates);
const all = Uint16Array.from(candidates.keys());

/** What stands in the place of errors once a candidate is given up. */
const givenUp = 2e10;
/** A candidate whose times are spread more widely than this is none. */
const widestSpread = 0.04;
const narrowEnough = 0.01;
/** The first steps may have jitter. */
const jitteryFrames = 3;

/** Weighs candidate rates while times are added, and holds `r_frame_rate` as ffprobe would print it. */
export class FrameRateEstimate {
  readonly #timeBase: number;
  readonly #ratio: Ratio;
  readonly #onGrid = new Errors();
  readonly #offGrid = new Errors();
  /** The candidates that have not been given up. */
  #left: Uint16Array = all;
  #last: number | undefined;
  #count = 0;
  #sum = 0;
  #divisor = 0;
  #frames = 0;
  #ticks = 0;

  constructor(timeBase: Ratio) {
    this.#ratio = timeBase;
    this.#timeBase = valueOf(timeBase);
  }

  /** Times that are enough where the rate is asked of the index: coarse clocks take twice as many. */
  get isEnough(): boolean {
    return this.#count >= (this.#timeBase > 0.0005 ? 40 : 20);
  }

  /** Takes the decode time of the next frame, and how long it lasts where that is known. */
  add(decodeTicks: number, durationTicks = 0): void {
    const last = this.#last;
    if (last !== undefined && decodeTicks > last) this.#step(decodeTicks, decodeTicks - last);
    this.#last = decodeTicks;
    // The first two frames may be of any length.
    if (this.#frames++ > 1 && durationTicks > 0) this.#ticks += durationTicks;
  }

  #step(decodeTicks: number, duration: number): void {
    const seconds = decodeTicks * this.#timeBase;
    const { sum, squares } = this.#onGrid;
    const { sum: offSum, squares: offSquares } = this.#offGrid;
    const left = this.#left;
    const { length } = left;
    for (let index = 0; index < length; index++) {
      const candidate = left[index]!;
      const steps = (seconds * rates[candidate]!) / unit;
      const error = steps - roundHalfEven(steps);
      sum[candidate]! += error;
      squares[candidate]! += error * error;
      const shifted = steps + 0.5;
      const offError = shifted - roundHalfEven(shifted);
      offSum[candidate]! += offError;
      offSquares[candidate]! += offError * offError;
    }
    this.#sum += duration;
    this.#count++;
    if (this.#count % 10 === 0) this.#left = left.filter((candidate) => !this.#isHopeless(candidate));
    if (this.#count > jitteryFrames) this.#divisor = commonDivisor(this.#divisor, duration);
  }

  #isHopeless(candidate: number): boolean {
    const isSpread =
      this.#spread(this.#onGrid, candidate) > widestSpread && this.#spread(this.#offGrid, candidate) > widestSpread;
    if (!isSpread) return false;
    this.#onGrid.squares[candidate] = givenUp;
    this.#offGrid.squares[candidate] = givenUp;
    return true;
  }

  #spread(errors: Errors, index: number): number {
    const mean = errors.sum[index]! / this.#count;
    return errors.squares[index]! / this.#count - mean * mean;
  }

  /** The rate all times fit; undefined where none of the candidates does. */
  real(): Ratio | undefined {
    const { numerator, denominator } = this.#ratio;
    if (this.#count > 15 && this.#divisor > Math.max(1, Math.trunc(denominator / (500 * numerator)))) {
      return ratio(denominator, numerator * this.#divisor);
    }
    if (this.#count <= 1) return undefined;
    let best = 0;
    let bestError = narrowEnough;
    for (const [index, candidate] of candidates.entries()) {
      const isTooSlow = this.#ticks > 0 && this.#ticks * this.#timeBase < (1001 * 11.5) / candidate;
      const isGuess = this.#ticks === 0 && candidate < unit;
      const isTooFast = (this.#timeBase * this.#sum) / this.#count < (unit * 0.8) / candidate;
      if (isTooSlow || isGuess || isTooFast) continue;
      for (const errors of [this.#onGrid, this.#offGrid]) {
        const error = this.#spread(errors, index);
        if (error < bestError && bestError > 1e-9) {
          bestError = error;
          best = candidate;
        }
      }
    }
    // More than one frame a tick cannot be.
    if (best === 0 || best / unit >= 1.01 / this.#timeBase) return undefined;
    return ratio(best, unit);
  }

  /** The rate by how long the frames last, rounded to a usual one that is within a hundredth; undefined: not known. */
  average(): Ratio | undefined {
    const frames = this.#frames - 2;
    if (frames <= 0 || this.#ticks === 0) return undefined;
    const exact = limited(frames * this.#ratio.denominator, this.#ticks * this.#ratio.numerator);
    let best = 0;
    let bestError = 0.01;
    for (const candidate of candidates) {
      const error = Math.abs(valueOf(exact) / (candidate / unit) - 1);
      if (error < bestError) {
        bestError = error;
        best = candidate;
      }
    }
    return best > 0 ? ratio(best, unit) : exact;
  }

  /** Whether the frames that were seen are a steady `rate` apart on the whole. */
  agreesWith(rate: Ratio): boolean {
    return this.#count > 2 && Math.abs(1 / (valueOf(rate) * this.#timeBase) - this.#sum / this.#count) <= 1;
  }
}

function limited(numerator: number, denominator: number): Ratio {
  return ratio(numerator, denominator);
}

/** As C's llrint rounds. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

function commonDivisor(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}
