/**
 * Which tables belong to which codec configuration, where tables place samples of a codec that is lost: those of fragments
 * without their moov, or of a track whose sample entry is broken. Samples that say where they end have to do so where the
 * table ends them; those that do not have to be possible ones, all of them, and last as long as the table says. It knows
 * neither where tables nor where configurations come from.
 */
import { ByteWindow } from '../carver/byte-window.ts';
import { streamOf } from '../carver/streams.ts';
import type { ByteSource } from '../../io/file-source.ts';
import type { ReferenceStream } from '../../media/codec-reference.ts';
import type { SampleTable } from '../../media/sample-table.ts';
import { confirmSome, indexesAsked, SampleWitness } from './samples-in-media.ts';

/** A table that has the samples of a stream. */
export interface PlacedStream {
  /** Number of the table. */
  readonly table: number;
  /** Part of the samples looked at that are of the stream. */
  readonly share: number;
  /** Whether the samples say it, or their times do; otherwise nothing contradicts it. */
  readonly isProven: boolean;
}

/** Part of the samples that must be confirmed for a table to be of a stream. */
const minConfirmed = 0.5;
/** And where samples only could be those of the stream: all, but for one that is damaged. */
const minPossible = 0.97;

/** By stream, the table with its samples; undefined where there is none, or none that can be told. */
export function placeStreams(
  source: ByteSource,
  tables: readonly SampleTable[],
  streams: readonly ReferenceStream[],
): (PlacedStream | undefined)[] {
  const placed: (PlacedStream | undefined)[] = streams.map(() => undefined);
  const isOpen = tables.map(({ length }) => length > 0);
  for (const judge of [confirmed, possible]) {
    for (const [table, samples] of tables.entries()) {
      let best: PlacedStream | undefined;
      let of = -1;
      for (const [n, stream] of streams.entries()) {
        if (!isOpen[table] || placed[n] !== undefined) continue;
        const judged = judge(source, samples, stream);
        if (judged === undefined || judged.share <= (best?.share ?? 0)) continue;
        best = { table, ...judged };
        of = n;
      }
      if (best === undefined) continue;
      placed[of] = best;
      isOpen[table] = false;
    }
  }
  return placed;
}

type Judged = Omit<PlacedStream, 'table'>;

/** By samples that say where they end. */
function confirmed(source: ByteSource, table: SampleTable, { configuration }: ReferenceStream): Judged | undefined {
  const witness = SampleWitness.of(source, configuration);
  if (witness === undefined) return undefined;
  const { asked, confirmed: count } = confirmSome(table, witness);
  return count >= minConfirmed * asked ? { share: count / asked, isProven: true } : undefined;
}

/** By samples that do not, of codecs that have a syntax at all; how long they last has to agree where they say it. */
function possible(source: ByteSource, table: SampleTable, stream: ReferenceStream): Judged | undefined {
  const sought = streamOf(stream.configuration, { id: 1, timescale: undefined, known: undefined }, undefined);
  const unmarked = sought?.syntax.unmarked;
  if (sought === undefined || unmarked === undefined || unmarked.unit !== undefined) return undefined;
  const window = new ByteWindow(source);
  let [asked, fitting] = [0, 0];
  for (const index of indexesAsked(table)) {
    const [offset, size] = [table.offsets.data[index]!, table.sizes.data[index]!];
    asked++;
    if (size < unmarked.shortest || size > unmarked.longest || offset + size > window.size) continue;
    const bytes = Uint8Array.from(window.view(offset, size));
    if (unmarked.beginProof(bytes, 0) >= 0 && unmarked.endProof(bytes, 0, size) >= 0) fitting++;
  }
  if (fitting < Math.floor(minPossible * asked)) return undefined;
  const timed = lastsAsSaid(window, table, stream);
  return timed === false ? undefined : { share: fitting / asked, isProven: timed === true };
}

/** How far a duration may be from what the samples last: ticks are whole. */
const durationTolerance = 0.05;

/** Whether samples of audio last as long as the table says; undefined where they do not say it, or the table does not. */
function lastsAsSaid(window: ByteWindow, table: SampleTable, stream: ReferenceStream): boolean | undefined {
  const { configuration, timescale } = stream;
  const sought = streamOf(configuration, { id: 1, timescale, known: undefined }, undefined);
  if (sought?.stream.kind !== 'audio') return undefined;
  sought.syntax.accept(table.offsets.at(0)!, table.offsets.at(0)! + table.sizes.at(0)!, window);
  const { frameSeconds, timescale: ticks } = sought.stream;
  const said = table.length > 1 ? table.durations.at(0)! : 0;
  if (frameSeconds === undefined || said <= 1) return undefined;
  return Math.abs(said / (frameSeconds * ticks) - 1) < durationTolerance;
}
