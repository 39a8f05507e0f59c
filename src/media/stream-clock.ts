/**
 * One timeline for the tracks of a stream whose clock is one for all of them and may be set: a server that was started
 * anew, recordings that were joined. What comes then follows what was there, all tracks moved by the same amount. Pauses
 * stay. A single time that is far from both of its neighbours is not believed. It knows seconds and no container.
 */

/** A step back of less than this is a stumble of single samples. */
const maxStumble = 1;
/** No stream lives through a longer silence: its clock was set. */
const maxPause = 600;
/** Tracks are sent no farther apart. */
const widestSpread = 10;
const assumedStep = 0.04;

interface TrackState {
  /** Where it is, in seconds of the timeline, and its usual step. */
  at: number;
  step: number;
}

/** Gives seconds of the stream's own clock their place. */
export class StreamClock {
  readonly #tracks = new Map<number, TrackState>();
  #shift = 0;
  /** The amount before the clock was set, for a time that returns to it. */
  #shiftBefore: number | undefined;
  #sinceSet = 0;
  #front = -Infinity;
  /** How often the clock was set. */
  settings = 0;

  /** The place of the next sample of a track, seconds. Gives by how much its time is moved. */
  place(track: number, seconds: number): number {
    const state = this.#tracks.get(track);
    this.#sinceSet++;
    if (this.#front !== -Infinity && !this.#fits(state, seconds + this.#shift)) this.#set(state, seconds);
    const at = seconds + this.#shift;
    if (state === undefined) this.#tracks.set(track, { at, step: assumedStep });
    else {
      const step = at - state.at;
      if (step > 0 && step < 1) state.step = step;
      state.at = at;
    }
    this.#front = Math.max(this.#front, at);
    return this.#shift;
  }

  #fits(state: TrackState | undefined, at: number): boolean {
    const before = state?.at ?? this.#front;
    const tolerated = state === undefined ? widestSpread : maxStumble;
    return at >= before - tolerated && at <= this.#front + maxPause;
  }

  #set(state: TrackState | undefined, seconds: number): void {
    const back = this.#shiftBefore;
    if (back !== undefined && this.#sinceSet <= 4) {
      // What was taken for a new clock was a few wrong times.
      const front = Math.max(...[...this.#tracks.values()].map(({ at }) => at));
      if (Math.abs(seconds + back - front) < widestSpread) {
        this.#shift = back;
        this.#shiftBefore = undefined;
        this.settings--;
        return;
      }
    }
    this.#shiftBefore = this.#shift;
    this.#sinceSet = 0;
    this.settings++;
    const end = Math.max(this.#front, state?.at ?? -Infinity);
    this.#shift = end + (state?.step ?? assumedStep) - seconds;
  }
}
