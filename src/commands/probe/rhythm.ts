/**
 * The rhythm of a track whose frames go by one after the other, from their times in milliseconds: how far its key frames
 * are apart, where frames are missing, whether they come evenly. It keeps nothing a frame but the key frames' distances.
 */
import type { Gap, ProbedTrack } from '../../media/probed-recording.ts';

/** A longer step tells nothing of the rhythm. */
const maxCounted = 1000;
/** A pause is a gap from this on, and where it is this many times the usual step. */
const minGap = 500;
const usualsInGap = 4;
const maxGaps = 100;

/** Takes the frames of one track in order. */
export class FrameRhythm {
  readonly gaps: Gap[] = [];
  keyFrames = 0;
  readonly #distances: number[] = [];
  /** How often each step came, longer ones with the longest counted. */
  readonly #steps = new Uint32Array(maxCounted + 1);
  #usual = 0;

  /** `time`: of the frame, after a step from the one before it; none is taken for the first frame. Milliseconds. */
  step(time: number, step: number): void {
    if (step >= 0) {
      const counted = Math.min(maxCounted, Math.round(step));
      this.#steps[counted]!++;
      if (this.#steps[counted]! > this.#steps[this.#usual]!) this.#usual = counted;
    }
    if (step <= minGap || step <= usualsInGap * this.#usual || this.gaps.length === maxGaps) return;
    const missing = step - this.#usual;
    this.gaps.push({ atSeconds: (time - missing) / 1000, durationSeconds: missing / 1000 });
  }

  /** A key frame, so many milliseconds after the one before; undefined where that is not known. */
  keyFrame(distance: number | undefined): void {
    this.keyFrames++;
    if (distance !== undefined && distance > 0) this.#distances.push(distance);
  }

  /** Frames are unevenly spaced where more than one in a hundred is off the usual step by a tenth and two milliseconds. */
  get isVariable(): boolean {
    const tolerance = Math.max(2, this.#usual / 10);
    let uneven = 0;
    let all = 0;
    for (const [step, count] of this.#steps.entries()) {
      all += count;
      if (Math.abs(step - this.#usual) > tolerance) uneven += count;
    }
    return uneven > Math.max(1, all / 100);
  }

  keyFrameInterval(): Pick<ProbedTrack, 'keyFrameInterval'> {
    const distances = Float64Array.from(this.#distances).sort();
    if (distances.length === 0) return {};
    const [minimum, median, maximum] = [distances[0]!, distances[distances.length >> 1]!, distances.at(-1)!];
    return { keyFrameInterval: { minimum: minimum / 1000, median: median / 1000, maximum: maximum / 1000 } };
  }
}
