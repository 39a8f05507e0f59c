/**
 * Times of 33 bits at 90 kHz, which start anew after 26.5 hours (ISO/IEC 13818-1, 2.4.3.6), and the one timeline that
 * they are put on. It knows neither packets nor streams.
 */

export const ticksPerSecond = 90_000;
const wrap = 2 ** 33;

/** The way from one time to another, the shorter one around: -2^32 to 2^32 ticks. */
export function ticksBetween(from: number, to: number): number {
  const ahead = (((to - from) % wrap) + wrap) % wrap;
  return ahead >= wrap / 2 ? ahead - wrap : ahead;
}

/** A step ahead that is longer is no pause of the stream but another clock. */
const longestPause = 30 * ticksPerSecond;
/** A step back that is longer is no wrong time but another clock. */
const longestStumble = ticksPerSecond / 2;
/** The same where the stream itself says that its clock changes. */
const longestFlaggedPause = ticksPerSecond;
/** Longer steps tell nothing of the rhythm of the stream. */
const longestStep = ticksPerSecond;
const assumedStep = ticksPerSecond / 25;

/**
 * Puts the decode times of a stream on one timeline that begins with 0: across the wrap of 33 bits, and across jumps of
 * the clock, flagged or not. A jump lasts as long as a usual step, so that it never counts as media time.
 */
export class MediaClock {
  #last = -1;
  #ticks = 0;
  #step = 0;
  /** How many times the clock has jumped. */
  jumps = 0;

  /** Ticks of the timeline at the decode time reached last. */
  get ticks(): number {
    return this.#ticks;
  }

  /** The step from one decode time to the next that was seen last, for what comes after the last one. */
  get step(): number {
    return this.#step === 0 ? assumedStep : this.#step;
  }

  /** The next decode time, in ticks of 33 bits. `flagged`: a discontinuity was announced before it. Gives its place on the timeline. */
  advance(dts: number, flagged: boolean): number {
    if (this.#last < 0) {
      this.#last = dts;
      return this.#ticks;
    }
    const step = ticksBetween(this.#last, dts);
    this.#last = dts;
    const isJump = step > (flagged ? longestFlaggedPause : longestPause) || step < (flagged ? 0 : -longestStumble);
    if (isJump) {
      this.jumps++;
      this.#ticks += this.step;
      return this.#ticks;
    }
    if (step > 0 && step <= longestStep) this.#step = step;
    this.#ticks += step;
    return this.#ticks;
  }
}
