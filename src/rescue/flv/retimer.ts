/**
 * Gives tags timestamps that rise and stay together: the rule behind `--retime`, one tag after the other, in the order of
 * the file. Both tracks share one clock; where it jumps, steps back, wraps or begins again, the tracks go on from where
 * they were, by the same amount, so that audio and video stay together. No tag is dropped or doubled.
 */
import { signedTimestamp, timestampNear, wrapOf } from '../../flv/track-clock.ts';

/** What new timestamps depend on. */
export interface RetimeOptions {
  /** Silences of a track longer than this are closed; Infinity keeps every pause. */
  readonly maxGapMilliseconds: Readonly<Record<'video' | 'audio', number>>;
  /** The earliest timestamp among the first ones of the tracks, signed: from where an odd start is counted. */
  readonly earliest: number;
  /** The audio clock stalls: each frame lasts at least as long as it is known to. */
  readonly audioStalls: boolean;
  /** Milliseconds from frame to frame, as a rule. */
  readonly usualStep: Readonly<Record<'video' | 'audio', number>>;
}

/** A clock that is set back by less than this has stumbled: the frames wait for it. By more, it began anew. */
const stumbleMilliseconds = 250;
/** What lies side by side in the file is no further apart, while both clocks run. */
const besideMilliseconds = 1000;
/** A recording that begins later than this begins at zero. */
const latestStart = 10_000;

class TrackState {
  /** The recorded time of the last frame, wraps undone, and the time it was given. */
  recorded = 0;
  given = 0;
  /** What the wraps of a counter with too few bits come to. */
  wraps = 0;
  /** What the recorded time is moved by. */
  shift = 0;
  /** Of a stalling clock: the time of the last frame by its length, with fractions. */
  exact = 0;
  /** What the last frame lasts. */
  lasts = 0;
  frames = 0;
}

/** Gives the timestamp of one frame after the other, in the order of the file. */
export class Retimer {
  readonly #options: RetimeOptions;
  readonly #tracks = { video: new TrackState(), audio: new TrackState() };
  /** The shift that was decided on last: the other track takes it over when it gets there. */
  #shift: number;
  /** The latest time given to any frame. */
  #last = 0;

  constructor(options: RetimeOptions) {
    this.#options = options;
    const isOdd = options.earliest < 0 || options.earliest > latestStart;
    this.#shift = isOdd ? -options.earliest : 0;
  }

  /** The time of a frame. `frameMilliseconds`: what an audio frame lasts by the configuration in force; 0: not known. */
  frame(kind: 'video' | 'audio', timestamp: number, frameMilliseconds = 0): number {
    const track = this.#tracks[kind];
    const time = track.frames === 0 ? this.#firstTime(kind, track, timestamp) : this.#nextTime(kind, track, timestamp);
    track.frames++;
    let given = Math.max(time, track.frames === 1 ? 0 : track.given);
    if (kind === 'audio' && this.#options.audioStalls) {
      given = this.#evenly(track, given, frameMilliseconds || this.#options.usualStep.audio);
    }
    track.given = given;
    this.#last = Math.max(this.#last, given);
    return given;
  }

  /** The time of a tag that is no frame: it belongs to what comes next of its track. */
  other(kind: 'video' | 'audio' | undefined, timestamp: number): number {
    const track = kind === undefined ? undefined : this.#tracks[kind];
    const shift = track === undefined || track.frames === 0 ? this.#shift : track.shift;
    const floor = track === undefined || track.frames === 0 ? 0 : track.given;
    const near =
      track === undefined || track.frames === 0
        ? signedTimestamp(timestamp)
        : timestampNear(timestamp + track.wraps, track.recorded);
    const time = near + shift;
    return time >= floor && time <= this.#last + stumbleMilliseconds
      ? time
      : Math.max(floor, Math.min(time, this.#last));
  }

  #firstTime(kind: 'video' | 'audio', track: TrackState, timestamp: number): number {
    track.recorded = signedTimestamp(timestamp);
    track.shift = this.#shift;
    // The counter may have wrapped before the track began.
    const { wraps } = this.#tracks[kind === 'video' ? 'audio' : 'video'];
    if (wraps > 0 && track.recorded + wraps + track.shift <= this.#last + latestStart) {
      track.wraps = wraps;
      track.recorded += wraps;
    }
    const time = track.recorded + track.shift;
    const started = this.#tracks.video.frames + this.#tracks.audio.frames > 0;
    if (!started || (time >= 0 && Math.abs(time - this.#last) <= this.#options.maxGapMilliseconds[kind])) return time;
    track.shift = this.#last - track.recorded;
    return this.#last;
  }

  #nextTime(kind: 'video' | 'audio', track: TrackState, timestamp: number): number {
    let recorded = timestampNear(timestamp + track.wraps, track.recorded);
    if (recorded < track.recorded) {
      const wrap = wrapOf(recorded - track.recorded);
      track.wraps += wrap;
      recorded += wrap;
    }
    const step = recorded - track.recorded;
    track.recorded = recorded;
    const maxGapMilliseconds = this.#options.maxGapMilliseconds[kind];
    if (step >= -stumbleMilliseconds && step <= maxGapMilliseconds) return recorded + track.shift;
    // The other track went on meanwhile: this one paused.
    if (step > 0 && Math.abs(recorded + track.shift - this.#last) <= besideMilliseconds) return recorded + track.shift;
    const usual = Math.round(this.#options.usualStep[kind]);
    // The other track has met the same jump before: the same shift, if it leads on from here.
    const along = recorded + this.#shift;
    if (
      this.#shift !== track.shift &&
      along >= track.given - stumbleMilliseconds &&
      along <= track.given + Math.min(maxGapMilliseconds, latestStart)
    ) {
      track.shift = this.#shift;
      return along;
    }
    track.shift = Math.max(track.given + usual, this.#last) - recorded;
    this.#shift = track.shift;
    return recorded + track.shift;
  }

  /** Never sooner than the length of the frame before allows. `milliseconds`: what this one lasts. */
  #evenly(track: TrackState, time: number, milliseconds: number): number {
    track.exact = track.frames === 1 ? time : Math.max(time, track.exact + track.lasts);
    track.lasts = milliseconds;
    return Math.round(track.exact);
  }
}
