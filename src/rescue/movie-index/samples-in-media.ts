/**
 * Whether the samples that an index describes stand in the media where it places them: by the syntax of their codec, which
 * has to begin and to end just there. Of codecs whose samples say neither, nothing can be said. It changes no index.
 */
import { ByteWindow } from '../carver/byte-window.ts';
import type { SampleSyntax } from '../carver/sample-syntax.ts';
import { streamOf } from '../carver/streams.ts';
import type { ByteSource } from '../../io/file-source.ts';
import type { SampleTable } from '../../media/sample-table.ts';
import { configurationOf } from '../../mp4/codec-sample-entry.ts';
import { mediaKindOf } from '../../mp4/movie-findings.ts';
import type { ReadTrack } from '../../mp4/movie-samples.ts';
import type { CodecConfiguration } from '../../media/track.ts';

/** Tells of single samples of one stream whether they stand where they are said to. */
export class SampleWitness {
  readonly #window: ByteWindow;
  readonly #syntax: SampleSyntax;

  private constructor(source: ByteSource, syntax: SampleSyntax) {
    this.#window = new ByteWindow(source);
    this.#syntax = syntax;
  }

  /** Undefined where samples with this configuration say nothing of their end. */
  static of(source: ByteSource, configuration: CodecConfiguration): SampleWitness | undefined {
    const sought = streamOf(configuration, { id: 1, timescale: undefined, known: undefined }, undefined);
    if (sought === undefined || sought.syntax.unmarked !== undefined) return undefined;
    return new SampleWitness(source, sought.syntax);
  }

  /** Whether `size` bytes from `offset` on are one sample. */
  confirms(offset: number, size: number): boolean {
    if (size === 0 || offset + size > this.#window.size) return false;
    const question = { window: this.#window, end: offset + size, mayBeTorn: false, searching: false };
    const { outcome, end } = this.#syntax.match(offset, question);
    return outcome === 'closed' && end === offset + size;
  }

  /** Whether decoding can begin with the sample there, which is confirmed; asked of one after the other. */
  isSync(offset: number, size: number): boolean {
    return this.#syntax.accept(offset, offset + size, this.#window).sync;
  }
}

/** The witness of a track's samples, by its first sample entry. */
export function witnessOf(source: ByteSource, { track }: ReadTrack): SampleWitness | undefined {
  const [entry] = track.entries;
  if (entry === undefined || entry.encrypted || mediaKindOf(track) === undefined) return undefined;
  return SampleWitness.of(source, configurationOf(entry));
}

/** Samples of which some were asked for a witness. */
interface Confirmed {
  readonly asked: number;
  readonly confirmed: number;
}

/** Samples of a track that are looked at: spread over all of it. */
const samplesAsked = 48;

/** How many of some samples of a table are confirmed, those spread over a part of it that begins at `from` (0 to 1). */
export function confirmSome(table: SampleTable, witness: SampleWitness, from = 0): Confirmed {
  let [asked, confirmed] = [0, 0];
  for (const index of indexesAsked(table, from)) {
    asked++;
    if (witness.confirms(table.offsets.data[index]!, table.sizes.data[index]!)) confirmed++;
  }
  return { asked, confirmed };
}

/** Numbers of some samples of a table, rising, spread over a part of it that begins at `from` (0 to 1). */
export function* indexesAsked({ length }: SampleTable, from = 0): Generator<number> {
  const first = Math.floor(length * from);
  const count = Math.min(samplesAsked, length - first);
  for (let n = 0; n < count; n++) yield first + Math.floor((n * (length - first)) / count);
}
