/**
 * Times of 33 bits at 90 kHz, which start anew after 26.5 hours (ISO/IEC 13818-1, 2.4.3.6), and the one timeline that
 * they are put on. It knows neither packets nor streams.
 */

/** Of PTS, DTS and the base of the PCR. */
export const ticksPerSecond = 90_000;
const wrap = 2 ** 33;

/** The way from one time to another, the shorter one around: -2^32 to 2^32 ticks. */
export function ticksBetween(from: number, to: number): number {
  const ahead = (((to - from) % wrap) + wrap) % wrap;
  return ahead >= wrap / 2 ? ahead - wrap : ahead;
}

/** A step ahead that is longer is no pause of the stream but another clock. */
const maxPause = 30 * ticksPerSecond;
/** A step back that is longer is no wrong time but another clock. */
const maxStumble = ticksPerSecond / 2;
/** The same where the stream itself says that its clock changes. */
const maxFlaggedPause = ticksPerSecond;
/** Longer steps tell nothing of the rhythm of the stream. */
const maxStep = ticksPerSecond;
const assumedStep = ticksPerSecond / 25;

/**
 * Puts the decode times of a stream on one timeline that begins with 0: across the wrap of 33 bits, and across jumps of
 * the clock, flagged or not. A jump lasts as long as a usual step, so that it never counts as media time.
 */
export class MediaClock {
  #last = -1;
  /** Position of the last time. */
  #ticks = 0;
  /** Pictures since then that had no time. */
  #untimed = 0;
  #step = 0;
  #changesStream = false;
  /** Pictures before the first that has a time. */
  before = 0;
  /** How many times the clock has jumped. */
  jumps = 0;

  /** Ticks of the timeline at the decode time reached last; pictures without a time last as long as the others. */
  get ticks(): number {
    return this.#ticks + this.#untimed * this.step;
  }

  /** Pictures without a time since the last one that has one. */
  get untimed(): number {
    return this.#untimed;
  }

  /** The step from one decode time to the next that was seen last, for what comes after the last one. */
  get step(): number {
    return this.#step === 0 ? assumedStep : this.#step;
  }

  /** A picture without a time. Gives its position on the timeline. */
  pass(): number {
    if (this.#last >= 0) this.#untimed++;
    else this.before++;
    return this.ticks;
  }

  /** The next time is that of another stream with the same clock, a little earlier or later than this one. */
  changeStream(): void {
    this.#changesStream = true;
  }

  /** The next decode time, in ticks of 33 bits. `flagged`: a discontinuity was announced before it. Gives its position on the timeline. */
  advance(dts: number, flagged: boolean): number {
    const changesStream = this.#changesStream;
    this.#changesStream = false;
    if (this.#last < 0) {
      this.#last = dts;
      return this.#ticks;
    }
    const step = ticksBetween(this.#last, dts);
    const pictures = this.#untimed + 1;
    this.#last = dts;
    const isJump = changesStream
      ? Math.abs(step) > maxPause
      : step > (flagged ? maxFlaggedPause : maxPause) || step < (flagged ? 0 : -maxStumble);
    if (isJump) {
      this.jumps++;
      this.#ticks = this.ticks + this.step;
      this.#untimed = 0;
      return this.#ticks;
    }
    const pictureStep = Math.round(step / pictures);
    if (pictureStep > 0 && pictureStep <= maxStep && !changesStream) this.#step = pictureStep;
    this.#ticks += step;
    this.#untimed = 0;
    return this.#ticks;
  }
}
