/** Pictures that decoding can begin with, but that may not begin a part, since the part in progress was due. */
import { ticksPerSecond } from '../../mpegts/clock.ts';
import type { EntryPoint } from '../../mpegts/pictures/picture-syntax.ts';
import type { RandomAccess } from './random-access.ts';

/** So many are no accident: there is nothing else to cut at. */
const worthTelling = 2;

/** Counts them, for a finding where there are many. */
export class PassedOver {
  /** Offset of the first of them, undefined where there is none. */
  offset: number | undefined;
  readonly #kinds = new Set<EntryPoint>();
  #count = 0;

  /** A picture that was not cut at. */
  take(offset: number, entry: EntryPoint): void {
    this.offset ??= offset;
    this.#kinds.add(entry);
    this.#count++;
  }

  /** Whether so many were passed over that it has to be said. */
  get isWorthTelling(): boolean {
    return this.#count >= worthTelling;
  }

  /** Another part has begun. */
  reset(): void {
    this.offset = undefined;
    this.#kinds.clear();
    this.#count = 0;
  }

  /** Says why a part was not cut. `until`: where it ends; `ticks`: how long it lasts. */
  message(until: string, ticks: number, randomAccess: RandomAccess, isScrambled: boolean): string {
    const [first] = this.#kinds;
    const others =
      first === undefined
        ? ''
        : `; there are others that decoding can begin with (${this.#count} of kind ${[...this.#kinds].join(', ')}), where --random-access ${first === 'intra' ? 'any-intra' : first} cuts`;
    const reason = isScrambled
      ? 'the video is scrambled'
      : `no picture comes that a part may begin with (--random-access ${randomAccess})`;
    return `${reason} up to ${until}${others}; this part was not cut and lasts ${(ticks / ticksPerSecond).toFixed(2)} s`;
  }
}
