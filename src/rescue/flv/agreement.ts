/**
 * How well audio and pictures of a recording agree: a server writes what arrives together side by side, so a picture lies in
 * time where it lies in the file, between the audio before and behind it, or at a distance from there that hardly varies.
 * A pause of the audio leaves room for all pictures in it. It must not know who gave the times.
 */

import { DistanceRecorder, type DistanceCourse } from '../../media/track-course.ts';

/** Distances are counted to the millisecond up to this one; longer ones count as this. */
const longest = 60_000;
/** Part of the pictures at either end that are left aside: single wild ones. */
const outliers = 0.01;
/** Pictures without audio behind them that are kept in mind; earlier ones lie in a pause of it. */
const maxWaiting = 10_000;

/** Counts how far pictures are from their places between the audio, in milliseconds. */
export class Agreement {
  readonly #counts = new Uint32Array(2 * longest + 1);
  #pictures = 0;
  #audioFrames = 0;
  #before = -Infinity;
  #waiting: number[] = [];
  /** When those pictures are decoded in the result. */
  #waitingAt: number[] = [];
  readonly #course = new DistanceRecorder();

  /**
   * Takes in the time, in milliseconds, of the next frame in the order of the file. `at`: the time that it has in the result,
   * where other times are looked at.
   */
  add(kind: 'video' | 'audio', time: number, at: number = time): void {
    if (kind === 'video') {
      this.#waiting.push(time);
      this.#waitingAt.push(at);
      if (this.#waiting.length > maxWaiting) this.#settle(Infinity);
      return;
    }
    this.#settle(time);
    this.#before = time;
    this.#audioFrames++;
  }

  /** Milliseconds between the shortest and the longest distance; undefined where there are not both tracks. */
  get apart(): number | undefined {
    this.#settle(Infinity);
    if (this.#pictures === 0 || this.#audioFrames === 0) return undefined;
    const left = Math.floor(this.#pictures * outliers);
    return this.#at(this.#pictures - 1 - left) - this.#at(left);
  }

  /** The distances over time, less the usual one; undefined where there are none. `start`: milliseconds at which the recording begins. */
  course(start: number): DistanceCourse | undefined {
    if (this.apart === undefined) return undefined;
    return this.#course.from(start, this.#at(this.#pictures >>> 1) - longest);
  }

  /** Counts the pictures that lie before audio of this time. */
  #settle(behind: number): void {
    for (const [n, time] of this.#waiting.entries()) {
      const [early, late] = [time - this.#before, time - behind];
      const nearer = Math.abs(early) < Math.abs(late) ? early : late;
      const distance = Math.round(early >= 0 && late <= 0 ? 0 : nearer);
      this.#counts[Math.max(0, Math.min(2 * longest, distance + longest))]!++;
      this.#pictures++;
      this.#course.add(this.#waitingAt[n]!, distance);
    }
    this.#waiting = [];
    this.#waitingAt = [];
  }

  /** The distance that so many pictures are below or at. */
  #at(rank: number): number {
    let below = 0;
    for (let n = 0; n < this.#counts.length; n++) {
      below += this.#counts[n]!;
      if (below > rank) return n;
    }
    return this.#counts.length - 1;
  }
}
