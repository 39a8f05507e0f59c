/**
 * Media in a closed MP4 that its index does not describe: where a recorder wrote its index too early, or lost a part of it.
 * Intact files have bytes of no sample too (padding, tracks that were removed), so that only what proves itself with
 * the streams of the movie counts, and only where much of it lies together: tracks are interleaved. It changes no index.
 */
import type { Pace } from '../../io/pace.ts';
import type { Findings } from '../../media/findings.ts';
import { SampleTable } from '../../media/sample-table.ts';
import { configurationOf } from '../../mp4/codec-sample-entry.ts';
import { mediaKindOf } from '../../mp4/movie-findings.ts';
import type { ReadTrack } from '../../mp4/movie-samples.ts';
import { unindexedRanges } from '../../staging/unindexed-ranges.ts';
import { carve, type CarveRange } from '../carver/carver.ts';
import type { SampleSyntax } from '../carver/sample-syntax.ts';
import { streamOf } from '../carver/streams.ts';
import { firstOf } from '../carver/tried-media.ts';
import type { IndexedMovie } from './read-movie.ts';

/** Bytes behind the last sample that are looked into, and between samples, where tracks may have been removed. */
const minBytesBehind = 16 * 1024;
const minBytesBetween = 64 * 1024;
/** The same as parts of all media. */
const minShareBehind = 0.01;
const minShareBetween = 0.05;
/** Bytes of a range that are tried, and what of them has to be in samples, and in how many. */
const bytesTried = 256 * 1024;
const minExplained = 0.5;
/** Zeros are passed over so far: what a hole of gigabytes is followed by is not looked for. */
const maxBytesRead = 64 * 1024 * 1024;
const minSamples = 8;
/** Ranges that are tried. */
const maxRanges = 64;
/** Samples of a track out of order that are put into it. */
const maxSorted = 1_000_000;

/** Adds what is found to the findings; gives the ranges, in order. None where the index describes all. */
export async function findUndescribed(
  { file, samples }: IndexedMovie,
  findings: Findings,
  pace: Pace,
): Promise<readonly CarveRange[]> {
  const { layout, movie } = file;
  if (movie === undefined || movie.torn || movie.isFragmented || layout.strays.length > 0) return [];
  // Of files that were joined each has an index of its own.
  const [, joined] = layout.boxes.filter(({ type }) => type === 'ftyp');
  const media = layout.boxes
    .filter(({ type, start, end, body }) => type === 'mdat' && end > body && start < (joined?.start ?? end))
    .map(({ body, end }) => ({ offset: body, length: Math.min(end, layout.source.size) - body }));
  const total = media.reduce((sum, { length }) => sum + length, 0);
  const owned = samples.tracks.reduce((sum, { samples: { table } }) => sum + table.mediaBytes, 0);
  if (owned === 0 || total - owned < Math.max(minBytesBehind, minShareBehind * total)) return [];
  const ranges: CarveRange[] = [];
  for (const gap of await pace.through(largeGaps(samples.tracks, media, total))) {
    if (ranges.length >= maxRanges) break;
    if (await provesItself(file.layout.source, gap, samples.tracks, pace)) ranges.push(gap);
  }
  const [first] = ranges;
  if (first === undefined) return [];
  const bytes = ranges.reduce((sum, { length }) => sum + length, 0);
  const share = ((100 * bytes) / total).toFixed(bytes < 0.1 * total ? 1 : 0);
  const where = ranges.length === 1 ? `from byte ${first.offset} on` : `in ${ranges.length} places`;
  findings.add(
    'mp4-media-undescribed',
    `${share} % of the media (${bytes} bytes ${where}) are samples of these tracks that the index does not describe`,
    { file: layout.source.path, offset: first.offset, length: first.length },
  );
  return ranges;
}

/** Bytes of the media that no sample owns, where so many lie together. */
function* largeGaps(
  tracks: readonly ReadTrack[],
  media: readonly Pick<CarveRange, 'offset' | 'length'>[],
  total: number,
): Generator<void, CarveRange[]> {
  const tables: { samples: SampleTable }[] = [];
  let end = 0;
  for (const { samples: own } of tracks) {
    yield;
    const table = inOrder(own.table);
    if (table === undefined) return [];
    tables.push({ samples: table });
    const last = table.length - 1;
    if (last >= 0) end = Math.max(end, table.offsets.data[last]! + table.sizes.data[last]!);
  }
  const gaps: CarveRange[] = [];
  for (const { offset, length } of media) {
    for (const gap of yield* unindexedRanges(tables, offset, offset + length, Infinity)) {
      const from = Math.max(gap.offset, offset);
      const to = Math.min(gap.offset + gap.length, offset + length);
      const isBehind = from >= end;
      const least = isBehind
        ? Math.max(minBytesBehind, minShareBehind * total)
        : Math.max(minBytesBetween, minShareBetween * total);
      if (to - from >= least) gaps.push({ offset: from, length: to - from, mayBeTorn: isBehind });
    }
  }
  return gaps;
}

/** The table, its samples in the order of the file; undefined where they are too many to be sorted. */
function inOrder(table: SampleTable): SampleTable | undefined {
  const { length, offsets, sizes } = table;
  let rises = true;
  for (let i = 1; i < length && rises; i++) rises = offsets.data[i]! >= offsets.data[i - 1]!;
  if (rises) return table;
  if (length > maxSorted) return undefined;
  const sorted = new SampleTable(length);
  const order = Uint32Array.from({ length }, (_, i) => i).sort((a, b) => offsets.data[a]! - offsets.data[b]!);
  for (const i of order) {
    sorted.offsets.push(offsets.data[i]!);
    sorted.sizes.push(sizes.data[i]!);
    sorted.durations.push(0);
  }
  return sorted;
}

/** Whether samples of the movie's streams stand in the range, such as say themselves what they are. */
async function provesItself(
  source: Parameters<typeof carve>[0],
  range: CarveRange,
  tracks: readonly ReadTrack[],
  pace: Pace,
): Promise<boolean> {
  const syntaxes = tracks.flatMap(({ track }): SampleSyntax[] => {
    const [entry] = track.entries;
    if (entry === undefined || entry.encrypted || mediaKindOf(track) === undefined) return [];
    const sought = streamOf(configurationOf(entry), { id: 1, timescale: undefined, known: undefined }, undefined);
    return sought === undefined || sought.syntax.unmarked !== undefined ? [] : [sought.syntax];
  });
  const beginning = { ...range, length: Math.min(range.length, maxBytesRead) };
  const tried = await firstOf(source, [beginning], bytesTried, pace);
  if (syntaxes.length === 0 || tried.length === 0) return false;
  const { samples, skipped } = await carve(source, tried, syntaxes, { pace });
  const bytes = tried.reduce((sum, { length }) => sum + length, 0);
  const torn = skipped.reduce((sum, { reason, length }) => (reason === 'torn' ? sum + length : sum), 0);
  const explained = samples.sizes.values().reduce((sum, size) => sum + size, 0);
  return samples.length >= minSamples && explained >= minExplained * (bytes - torn);
}
