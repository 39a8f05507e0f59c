/**
 * Whole MP4s that were joined byte by byte: players read the first index and show the first file alone. Where the files
 * have the same tracks, the samples of the later ones are appended to those of the first, on one timeline, as recorders that
 * start anew leave them. It reads indexes; what is written, and how, is for others.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ByteSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { PiecedSource } from '../../io/pieced-source.ts';
import type { Findings } from '../../media/findings.ts';
import type { SampleTable } from '../../media/sample-table.ts';
import type { CodecConfiguration } from '../../media/track.ts';
import { configurationOf } from '../../mp4/codec-sample-entry.ts';
import { mediaKindOf } from '../../mp4/movie-findings.ts';
import { movieFileSteps, type MovieFile } from '../../mp4/movie-reader.ts';
import { movieSamplesSteps, type ReadTrack } from '../../mp4/movie-samples.ts';
import type { DescribedMovie, TrackOrigin } from './described-movie.ts';
import { startOf } from '../../rescue/movie-index/lost-audio-times.ts';

/** One of the files: where it begins in all the bytes, and what it says. */
interface Part {
  readonly start: number;
  readonly file: MovieFile;
  /** Its pictures and its audio. */
  readonly tracks: readonly ReadTrack[];
  /** How many tracks are neither. */
  readonly others: number;
}

/**
 * Appends the samples of the files joined behind the first to its tracks. Undefined, with everything as it was, where they are
 * of other tracks, or not whole. Throws `interrupted` if it is to stop.
 */
export async function withJoined(
  movie: DescribedMovie,
  source: ByteSource,
  findings: Findings,
  pace: Pace,
): Promise<DescribedMovie | undefined> {
  const [first, ...starts] = movie.file.layout.boxes.filter(({ type }) => type === 'ftyp').map(({ start }) => start);
  if (first === undefined || starts.length === 0) return undefined;
  const parts: Part[] = [];
  for (const [index, start] of starts.entries()) {
    const bytes = new PiecedSource(source);
    bytes.add(start, (starts[index + 1] ?? source.size) - start);
    const file = await pace.through(movieFileSteps(bytes));
    const { tracks } = await pace.through(movieSamplesSteps(file));
    const media = tracks.filter(({ track }) => mediaKindOf(track) !== undefined);
    if (!isLike(movie, file, media)) return undefined;
    parts.push({ start, file, tracks: media, others: tracks.length - media.length });
  }
  const origins = new Map<number, TrackOrigin>();
  for (const [id, origin] of movie.origins) origins.set(id, { ...origin, isContinued: true });
  for (const part of parts) {
    append(movie, part);
    if (part.others > 0) {
      findings.add(
        'mp4-track-not-kept',
        `of the file at byte ${part.start} text and data are left out: ${part.others} ${part.others === 1 ? 'track' : 'tracks'}`,
        { file: source.path, offset: part.start },
      );
    }
    if (pace.isDue) await pace.turn();
  }
  return { ...movie, origins };
}

/** Whether a file is whole and has the very tracks of the first: of the same kinds, clocks and codec configurations. */
function isLike({ tracks, origins }: DescribedMovie, file: MovieFile, read: readonly ReadTrack[]): boolean {
  if (file.movie === undefined || file.movie.torn || file.movie.isFragmented) return false;
  if (read.length !== tracks.length) return false;
  return tracks.every((track, index) => {
    const origin = origins.get(track.id);
    const { track: other, samples } = read[index]!;
    const [entry] = other.entries;
    if (origin === undefined || mediaKindOf(other) !== track.kind || entry === undefined || other.entries.length > 1) {
      return false;
    }
    const { table, claimed } = samples;
    const isThere = table.offsets.values().every((offset, i) => offset + table.sizes.at(i) <= file.layout.source.size);
    const isWhole = samples.grouped || claimed === table.length;
    const isSame = isDeepStrictEqual(essence(configurationOf(entry)), essence(origin.configuration));
    return isThere && isWhole && isSame && other.mediaHeader?.timescale === track.timescale;
  });
}

/** What decides how samples are decoded: bit rates, which differ from file to file, do not. */
function essence(configuration: CodecConfiguration): unknown {
  return 'descriptor' in configuration ? { ...configuration, descriptor: undefined } : configuration;
}

/**
 * Appends one file: it begins where the longest track before it ends, and its tracks keep their distance to each other. The
 * last sample before it lasts until there.
 */
function append({ tracks }: DescribedMovie, { start, file, tracks: read }: Part): void {
  const begins = tracks.map(({ timescale }, index) => beginOf(read[index]!, file, timescale) / timescale);
  const ends = tracks.map(({ timescale, samples: table }) => (table.firstDecodeTime + table.mediaDuration) / timescale);
  const from = Math.max(...ends.map((end, index) => end - begins[index]!));
  for (const [index, { timescale, samples: table }] of tracks.entries()) {
    const other = read[index]!.samples.table;
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
  if (other.sync !== undefined) table.ensureSync();
  for (let i = 0; i < other.length; i++) {
    table.offsets.push(other.offsets.at(i) + shift);
    table.sizes.push(other.sizes.at(i));
    table.durations.push(other.durations.at(i));
    table.compositionOffsets?.push(other.compositionOffset(i));
    table.sync?.push(other.isSync(i) ? 1 : 0);
  }
}
