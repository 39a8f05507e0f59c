/**
 * How well audio and pictures of a recording agree: a server writes what arrives together side by side, so the distance in
 * time between a picture and the audio before it in the file hardly varies. It must not know who gave the times.
 */

/** Distances are counted to the millisecond up to this one; longer ones count as this. */
const longest = 60_000;
/** Part of the pictures at either end that are left aside: single wild ones. */
const outliers = 0.01;

/** Counts the distances between pictures and the audio before them, in milliseconds. */
export class Agreement {
  readonly #counts = new Uint32Array(2 * longest + 1);
  #pictures = 0;
  #audio: number | undefined;

  /** Takes in the time, in milliseconds, of the next frame in the order of the file. */
  add(kind: 'video' | 'audio', time: number): void {
    if (kind === 'audio') this.#audio = time;
    else if (this.#audio !== undefined) {
      const distance = Math.round(time - this.#audio);
      this.#counts[Math.max(0, Math.min(2 * longest, distance + longest))]!++;
      this.#pictures++;
    }
  }

  /** Milliseconds between the shortest and the longest distance; undefined where there are not both tracks. */
  get apart(): number | undefined {
    if (this.#pictures === 0) return undefined;
    const left = Math.floor(this.#pictures * outliers);
    return this.#at(this.#pictures - 1 - left) - this.#at(left);
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
