/**
 * Deals audio out to several tracks that are coded alike: nothing in an access unit says which track it is of, but writers
 * that interleave by time take the track whose clock is behind, and the tracks' sizes tell them apart where that order is
 * broken by missing media. Tracks of different channels are told by their first syntax element.
 *
 * Exact as long as nothing is missing; across a hole inferred, and said to be where the sizes do not tell.
 */
import type { ByteSource } from '../../io/file-source.ts';
import type { Carving } from './carver.ts';

/** A track that takes part. */
export interface DealtTrack {
  /** Its number among the streams. */
  readonly stream: number;
  readonly frameSeconds: number;
  /** The first three bits of its access units, where its channels fix them. */
  readonly firstElement: number | undefined;
}

/** Samples behind a hole whose sizes are held against those before it. */
const compared = 96;
/** A guess has to be so much better than the next, in standard deviations summed over the samples compared. */
const clear = 3;

/**
 * Gives the samples of `stream`, which stands for all the tracks, to one track each. Returns at how many holes it could not
 * be told which track goes on.
 */
export function dealTracks(
  { samples, skipped }: Carving,
  source: ByteSource,
  stream: number,
  tracks: readonly DealtTrack[],
): number {
  const dealer = new Dealer(tracks);
  const segments = [...skipped.map(({ samplesBefore }) => samplesBefore), samples.length];
  let from = 0;
  for (const to of segments) {
    const numbers: number[] = [];
    for (let i = from; i < to; i++) if (samples.streams.data[i] === stream) numbers.push(i);
    from = Math.max(from, to);
    const elements = dealer.needsElements
      ? numbers.map((i) => source.read(samples.offsets.data[i]!, 1)[0]! >>> 5)
      : undefined;
    const sizes = numbers.map((i) => samples.sizes.data[i]!);
    for (const [n, track] of dealer.deal(sizes, elements).entries()) samples.streams.data[numbers[n]!] = track;
  }
  return dealer.unclear;
}

interface Standing extends DealtTrack {
  count: number;
  /** Of the logarithms of its sizes: their sum, and that of their squares. */
  sum: number;
  squares: number;
}

class Dealer {
  readonly #tracks: readonly Standing[];
  readonly needsElements: boolean;
  /** Holes at which it could not be told which track goes on. */
  unclear = 0;

  constructor(tracks: readonly DealtTrack[]) {
    this.#tracks = tracks.map((track) => ({ ...track, count: 0, sum: 0, squares: 0 }));
    this.needsElements = new Set(tracks.map(({ firstElement }) => firstElement)).size > 1;
  }

  /** The stream of each of the samples that follow one another without a hole. */
  deal(sizes: readonly number[], elements: readonly number[] | undefined): number[] {
    if (sizes.length === 0) return [];
    const first = this.#firstTrack(sizes, elements);
    const dealt = this.#turns(sizes.length, elements, first);
    for (const [n, t] of dealt.entries()) {
      const track = this.#tracks[t]!;
      const size = Math.log(sizes[n]!);
      track.count++;
      track.sum += size;
      track.squares += size * size;
    }
    return dealt.map((t) => this.#tracks[t]!.stream);
  }

  /** By sample, the number of its track: of those it can be of the one that is furthest behind, `first` before its equals. */
  #turns(length: number, elements: readonly number[] | undefined, first: number): number[] {
    const clocks = this.#tracks.map(() => 0);
    const order = this.#tracks.map((_, t) => (first + t) % this.#tracks.length);
    return Array.from({ length }, (_, n) => {
      const element = elements?.[n];
      let possible = order.filter((t) => element === undefined || this.#tracks[t]!.firstElement === element);
      if (possible.length === 0) possible = order;
      // Sums of many frames differ by rounding where they are equal.
      const chosen = possible.reduce((best, t) => (clocks[t]! < clocks[best]! - 1e-6 ? t : best));
      clocks[chosen]! += this.#tracks[chosen]!.frameSeconds;
      return chosen;
    });
  }

  /** The track that goes on behind a hole: the one with which the sizes are most like those before it. */
  #firstTrack(sizes: readonly number[], elements: readonly number[] | undefined): number {
    if (this.#tracks.some(({ count }) => count < 2)) return 0;
    const looked = sizes.slice(0, compared);
    const misfits = this.#tracks.map((_, first) => {
      const dealt = this.#turns(looked.length, elements, first);
      return dealt.reduce((sum, t, n) => sum + this.#misfit(t, looked[n]!), 0);
    });
    const ranked = [...misfits.keys()].sort((a, b) => misfits[a]! - misfits[b]!);
    const [best, next] = ranked as [number, number];
    if (misfits[next]! - misfits[best]! < clear && !this.#isTold(elements)) this.unclear++;
    return best;
  }

  /** Whether the first elements alone tell each track from the others. */
  #isTold(elements: readonly number[] | undefined): boolean {
    return (
      elements !== undefined &&
      new Set(this.#tracks.map(({ firstElement }) => firstElement)).size === this.#tracks.length
    );
  }

  #misfit(t: number, size: number): number {
    const { count, sum, squares } = this.#tracks[t]!;
    const mean = sum / count;
    const deviation = Math.max(0.02, Math.sqrt(Math.max(0, squares / count - mean * mean)));
    return Math.min(4, Math.abs(Math.log(size) - mean) / deviation);
  }
}
