/** How large samples of each stream usually are: audio far larger than its like may have swallowed others before its syntax closed. */

/** So many times as large as the mean of so many samples is unusual. */
const unusual = 3;
const minSamplesForMean = 16;

/** Keeps count of sizes, stream by stream. */
export class UsualSizes {
  readonly #sizes: readonly { count: number; bytes: number }[];

  /** `streams`: how many there are. */
  constructor(streams: number) {
    this.#sizes = Array.from({ length: streams }, () => ({ count: 0, bytes: 0 }));
  }

  /** Takes note of a sample of a stream. */
  note(stream: number, size: number): void {
    const sizes = this.#sizes[stream]!;
    sizes.count++;
    sizes.bytes += size;
  }

  /** Whether a sample would be far larger than those before it. */
  isUnusual(stream: number, size: number): boolean {
    const { count, bytes } = this.#sizes[stream]!;
    return count >= minSamplesForMean && size > (unusual * bytes) / count;
  }
}
