/**
 * Deals audio out to several tracks that are coded alike: nothing in an access unit says which track it is of, but writers
 * that interleave by time take the track whose clock is behind, and the tracks' sizes tell them apart where that order is
 * broken by missing media. Tracks of different channels are recognised by their first syntax element.
 *
 * Exact as long as nothing is missing; across a hole inferred, and said to be where the sizes do not tell.
 */
import type { ByteSource } from '../../io/file-source.ts';
import type { Carving } from './carver.ts';
import { dealInChunks, findChunkLength, type ChunkLength } from './chunk-pattern.ts';

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

/** How sure the dealing is. */
export interface Dealing {
  /** Holes at which it could not be told which track goes on. */
  readonly unclear: number;
  /** How many samples of a track come in a row, as a clause; undefined where the samples themselves tell the tracks. */
  readonly inferred: string | undefined;
}

/** Gives the samples of `stream`, which stands for all the tracks, to one track each. */
export function dealTracks(
  { samples, skipped }: Carving,
  source: ByteSource,
  stream: number,
  tracks: readonly DealtTrack[],
): Dealing {
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
  return { unclear: dealer.unclear, inferred: dealer.inferred };
}

interface Standing extends DealtTrack {
  count: number;
  /** Of the logarithms of its sizes: their sum, and that of their squares. */
  sum: number;
  squares: number;
}

/** In chunks, places in the turns at which what stands behind a hole may go on. */
const maxTurnsTried = 192;

class Dealer {
  readonly #tracks: readonly Standing[];
  readonly needsElements: boolean;
  /** Holes at which it could not be told which track goes on. */
  unclear = 0;
  #pattern: ChunkLength;
  #isBegun = false;

  constructor(tracks: readonly DealtTrack[]) {
    this.#tracks = tracks.map((track) => ({ ...track, count: 0, sum: 0, squares: 0 }));
    this.needsElements = new Set(tracks.map(({ firstElement }) => firstElement)).size > 1;
  }

  /** The stream of each of the samples that follow one another without a hole. */
  deal(sizes: readonly number[], elements: readonly number[] | undefined): number[] {
    if (sizes.length === 0) return [];
    const frameSeconds = this.#tracks.map((track) => track.frameSeconds);
    if (!this.#isBegun && elements === undefined) this.#pattern = findChunkLength(sizes, frameSeconds);
    this.#isBegun = true;
    const first = this.#firstTurn(sizes, elements);
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

  /** How it was inferred which track each sample is of; undefined where the first elements tell all of them. */
  get inferred(): string | undefined {
    if (new Set(this.#tracks.map(({ firstElement }) => firstElement)).size === this.#tracks.length) return undefined;
    if (this.#pattern === undefined) return 'one sample of each in turn, as their clocks go on';
    const { samples, seconds } = { samples: undefined, seconds: undefined, ...this.#pattern };
    return samples === undefined ? `${seconds} s of each in turn` : `${samples} samples of each in turn`;
  }

  /**
   * By sample, the number of its track: of those it can be of the one that is furthest behind, and `first` before its
   * equals; in chunks, `first` is how many samples the turns have gone on before.
   */
  #turns(length: number, elements: readonly number[] | undefined, first: number): number[] {
    if (this.#pattern !== undefined) {
      const frameSeconds = this.#tracks.map((track) => track.frameSeconds);
      return dealInChunks(length + first, frameSeconds, this.#pattern).slice(first);
    }
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

  /** Samples of the turns that are over at the beginning: behind a hole those with which the sizes are most like those before. */
  #firstTurn(sizes: readonly number[], elements: readonly number[] | undefined): number {
    if (this.#tracks.some(({ count }) => count < 2)) return 0;
    const looked = sizes.slice(0, compared);
    const turns = this.#pattern === undefined ? this.#tracks.length : maxTurnsTried;
    const misfits = Array.from({ length: turns }, (_, first) => {
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
