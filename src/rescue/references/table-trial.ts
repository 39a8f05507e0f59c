/**
 * Tries configurations on media whose samples tables place: nothing has to be looked for then, and what is asked is whether
 * the samples there are those of the configurations. Tables of other tracks explain their bytes as well as any.
 */
import { ByteWindow } from '../carver/byte-window.ts';
import type { SampleFacts } from '../carver/sample-syntax.ts';
import { streamOf } from '../carver/streams.ts';
import { placeStreams } from '../movie-index/placed-streams.ts';
import type { ReferenceStream } from '../../media/codec-reference.ts';
import type { SampleTable } from '../../media/sample-table.ts';
import { contradictsOrder, maxPicturesGiven, type Trial, type UndescribedMedia } from './trial.ts';

/** Holds streams against the samples that tables place; undefined where none has any of them, or an order rules one out. */
export function tryOnTables(
  { source, tables = [] }: UndescribedMedia,
  streams: readonly ReferenceStream[],
): Trial | undefined {
  const placed = placeStreams(source, tables, streams);
  let [bytes, explained, proven] = [0, 0, 0];
  const pictures = streams.map((): number[] => []);
  let syncPictures = 0;
  for (const [n, place] of placed.entries()) {
    if (place === undefined) continue;
    const table = tables[place.table]!;
    const { mediaBytes } = table;
    bytes += mediaBytes;
    explained += place.share * mediaBytes;
    if (place.isProven) proven += place.share * mediaBytes;
    const { kind, facts, reordered } = firstFacts(new ByteWindow(source), table, streams[n]!);
    if (kind === 'audio') continue;
    if (contradictsOrder(facts, reordered)) return undefined;
    syncPictures += facts.filter(({ sync }) => sync).length;
    pictures[n]!.push(...table.offsets.values().slice(0, maxPicturesGiven));
  }
  if (bytes === 0) return undefined;
  // What is left is of other tracks only where none of these is missed.
  const all = tables.reduce((sum, table) => sum + table.mediaBytes, 0);
  const of = placed.includes(undefined) ? all : bytes;
  return {
    share: explained / of,
    proven: proven / of,
    passedOver: false,
    samples: placed.map((place) => (place === undefined ? 0 : tables[place.table]!.length)),
    syncPictures,
    pictures,
    audioFirstByte: undefined,
    pictureSeconds: undefined,
    audioSeconds: undefined,
  };
}

/** Pictures whose order is looked at. */
const maxPicturesOrdered = 512;

/** What the first samples of a table say of themselves. */
function firstFacts(
  window: ByteWindow,
  table: SampleTable,
  { configuration }: ReferenceStream,
): { readonly kind: 'video' | 'audio'; readonly facts: SampleFacts[]; readonly reordered: number | undefined } {
  const { stream, syntax } = streamOf(configuration, { id: 1, timescale: undefined, known: undefined }, undefined)!;
  const facts: SampleFacts[] = [];
  for (let i = 0; i < Math.min(maxPicturesOrdered, table.length) && stream.kind === 'video'; i++) {
    const [offset, size] = [table.offsets.data[i]!, table.sizes.data[i]!];
    if (offset + size <= window.size) facts.push(syntax.accept(offset, offset + size, window));
  }
  return { kind: stream.kind, facts, reordered: stream.reorderedPictures };
}
