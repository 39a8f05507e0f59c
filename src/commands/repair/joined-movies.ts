/**
 * Whole MP4s that were joined byte by byte: players read the first index and show the first file alone. Where the files
 * have the same tracks, the samples of the later ones are appended to those of the first, on one timeline, as recorders that
 * start anew leave them. It reads indexes; what is written, and how, is for others.
 */
import type { ByteSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { PiecedSource } from '../../io/pieced-source.ts';
import { Column } from '../../media/column.ts';
import type { SampleTable } from '../../media/sample-table.ts';
import { mediaKindOf } from '../../mp4/movie-findings.ts';
import { movieFileSteps, type MovieFile, type MovieTrack } from '../../mp4/movie-reader.ts';
import { movieSamplesSteps, type MovieSamples, type ReadTrack } from '../../mp4/movie-samples.ts';
import { startOf, type DescribedMovie, type TrackOrigin } from './described-movie.ts';

/** One of the files: where it begins in all the bytes, and what it says. */
interface Part {
  readonly start: number;
  readonly file: MovieFile;
  readonly samples: MovieSamples;
}

/**
 * Appends the samples of the files joined behind the first to its tracks. Undefined, with everything as it was, where they are
 * of other tracks, or not whole. Throws `interrupted` if it is to stop.
 */
export async function withJoined(
  movie: DescribedMovie,
  source: ByteSource,
  pace: Pace,
): Promise<DescribedMovie | undefined> {
  const [first, ...starts] = movie.file.layout.boxes.filter(({ type }) => type === 'ftyp').map(({ start }) => start);
  if (first === undefined || starts.length === 0 || movie.data.length > 0) return undefined;
  const parts: Part[] = [];
  for (const [index, start] of starts.entries()) {
    const bytes = new PiecedSource(source);
    bytes.add(start, (starts[index + 1] ?? source.size) - start);
    const file = await pace.through(movieFileSteps(bytes));
    const samples = await pace.through(movieSamplesSteps(file));
    if (!isLike(movie, file, samples)) return undefined;
    parts.push({ start, file, samples });
  }
  const origins = new Map<number, TrackOrigin>();
  for (const [id, origin] of movie.origins) origins.set(id, { ...origin, isContinued: true });
  for (const part of parts) {
    append(movie, part);
    if (pace.isDue) await pace.turn();
  }
  return { ...movie, origins };
}

/** Whether a file is whole and has the very tracks of the first: of the same kinds, clocks and sample descriptions. */
function isLike({ tracks, origins }: DescribedMovie, file: MovieFile, { tracks: read }: MovieSamples): boolean {
  if (file.movie === undefined || file.movie.torn || file.movie.isFragmented || read.length !== tracks.length)
    return false;
  return tracks.every((track, index) => {
    const origin = origins.get(track.id);
    const { track: other, samples } = read[index]!;
    if (origin === undefined || mediaKindOf(other) !== track.kind || other.entries.length !== 1) return false;
    const { table, claimed } = samples;
    const isThere = table.offsets.values().every((offset, i) => offset + table.sizes.at(i) <= file.layout.source.size);
    const isWhole = samples.grouped || claimed === table.length;
    return (
      isThere &&
      isWhole &&
      other.mediaHeader?.timescale === track.timescale &&
      descriptionsOf(other).equals(descriptionsOf(origin.track))
    );
  });
}

/** The bytes of the sample descriptions. */
function descriptionsOf({ tables }: MovieTrack): Buffer {
  const span = tables.get('stsd');
  return span === undefined
    ? Buffer.alloc(0)
    : Buffer.from(span.source.read(span.start, span.end - span.start).slice());
}

/**
 * Appends one file: it begins where the longest track before it ends, and its tracks keep their distance to each other. The
 * last sample before it lasts until there.
 */
function append({ tracks }: DescribedMovie, { start, file, samples }: Part): void {
  const begins = tracks.map(({ timescale }, index) => beginOf(samples.tracks[index]!, file, timescale) / timescale);
  const ends = tracks.map(({ timescale, samples: table }) => (table.firstDecodeTime + table.mediaDuration) / timescale);
  const from = Math.max(...ends.map((end, index) => end - begins[index]!));
  for (const [index, { timescale, samples: table }] of tracks.entries()) {
    const other = samples.tracks[index]!.samples.table;
    const gap = Math.round((from + begins[index]! - ends[index]!) * timescale);
    if (table.length > 0) table.durations.data[table.length - 1]! += gap;
    else table.firstDecodeTime += gap;
    appendTable(table, other, start);
  }
}

/** When the first sample of a track is decoded, on the clock of its own file, in ticks. */
function beginOf({ track, samples }: ReadTrack, { movie }: MovieFile, timescale: number): number {
  return samples.table.firstDecodeTime + startOf(track, movie!, timescale);
}

function appendTable(table: SampleTable, other: SampleTable, shift: number): void {
  if (other.compositionOffsets !== undefined) table.ensureCompositionOffsets();
  if (other.sync !== undefined && table.sync === undefined) {
    table.sync = new Column(Uint8Array, table.length);
    table.sync.resize(table.length);
    table.sync.data.fill(1, 0, table.length);
  }
  for (let i = 0; i < other.length; i++) {
    table.offsets.push(other.offsets.at(i) + shift);
    table.sizes.push(other.sizes.at(i));
    table.durations.push(other.durations.at(i));
    table.compositionOffsets?.push(other.compositionOffset(i));
    table.sync?.push(other.isSync(i) ? 1 : 0);
  }
}
