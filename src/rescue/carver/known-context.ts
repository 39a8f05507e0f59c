/**
 * Pictures that an index describes on both sides of a range that is carved: they are put among what is found, marked, so
 * that the output order of the pictures in the range continues theirs. What lies in the range is not known here.
 */
import type { ByteWindow } from './byte-window.ts';
import type { CarvedSamples } from './carved-samples.ts';
import type { SampleSyntax } from './sample-syntax.ts';

/** Samples of a stream that an index describes, in the order in which they lie in the file: a `SampleTable`, say. */
export interface KnownSamples {
  readonly length: number;
  readonly offsets: { readonly data: Float64Array };
  readonly sizes: { readonly data: Uint32Array };
}

/** Pictures before a range that tell the output order of those in it: more than any decoder can hold back, many times over. */
const contextLength = 240;
/** Pictures behind a range that tell how long those in it are held back. */
const contextLengthBehind = 64;

/** Goes along with the carver through the known samples of all streams, forward only. */
export class KnownContext {
  readonly #window: ByteWindow;
  readonly #streams: readonly SampleSyntax[];
  readonly #samples: CarvedSamples;
  readonly #known: readonly (KnownSamples | undefined)[];
  /** By stream: known samples that have been passed. */
  readonly #passed: number[];

  /** `known`: by stream; undefined where no index describes it. What is taken is added to `samples`. */
  constructor(
    window: ByteWindow,
    streams: readonly SampleSyntax[],
    samples: CarvedSamples,
    known: readonly (KnownSamples | undefined)[],
  ) {
    this.#window = window;
    this.#streams = streams;
    this.#samples = samples;
    this.#known = known;
    this.#passed = streams.map(() => 0);
  }

  /** Takes the known pictures before a range. Returns by number of stream where its last known sample before it begins. */
  before(offset: number): Map<number, number> {
    const last = new Map<number, number>();
    for (const [stream, syntax] of this.#streams.entries()) {
      const known = this.#known[stream];
      if (known === undefined) continue;
      const from = this.#passed[stream]!;
      let to = from;
      while (to < known.length && known.offsets.data[to]! < offset) to++;
      this.#passed[stream] = to;
      if (to > 0) last.set(stream, known.offsets.data[to - 1]!);
      if (syntax.kind !== 'video') continue;
      const first = Math.max(from, to - contextLength);
      if (first > from) syntax.interrupt?.();
      for (let i = first; i < to; i++) this.#add(stream, known, i);
    }
    return last;
  }

  /** Takes the known pictures behind the range that was looked through last, up to where another one begins. */
  behind(nextOffset: number): void {
    for (const [stream, syntax] of this.#streams.entries()) {
      const known = this.#known[stream];
      if (known === undefined || syntax.kind !== 'video') continue;
      let i = this.#passed[stream]!;
      const to = Math.min(known.length, i + contextLengthBehind);
      for (; i < to && known.offsets.data[i]! < nextOffset; i++) this.#add(stream, known, i);
      this.#passed[stream] = i;
    }
  }

  #add(stream: number, known: KnownSamples, i: number): void {
    const [start, size] = [known.offsets.data[i]!, known.sizes.data[i]!];
    const facts = this.#streams[stream]!.accept(start, start + size, this.#window);
    this.#samples.add(stream, start, size, facts, { known: true });
  }
}
