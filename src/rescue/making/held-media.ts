/**
 * Whether a finished MP4 holds the media of a file, by the media's own bytes and the MP4's tables: how an earlier result is
 * known where what it was made of is there only in part. It decides nothing; which of two results is the better one is for
 * others.
 */
import { FileSource, type ByteSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { isSameRange } from '../../io/same-bytes.ts';
import { SalvorError } from '../../media/errors.ts';
import { SampleTable } from '../../media/sample-table.ts';
import { movieFileSteps, type MovieFile } from '../../mp4/movie-reader.ts';
import { movieSamplesSteps } from '../../mp4/movie-samples.ts';
import { mediaPlacesOf } from '../../mp4/write-movie.ts';
import { unindexedRanges } from '../../staging/unindexed-ranges.ts';

/** What of a media file an MP4 holds. */
export interface HeldMedia {
  /** The MP4's sample tables, with offsets in the media file. */
  readonly tracks: readonly { readonly samples: SampleTable }[];
  /** Bytes of media in its samples. */
  readonly sampleBytes: number;
  /** Offset in the media file behind the media. */
  readonly end: number;
}

/** By so many bytes the beginning of the MP4's media is looked for. */
const needleLength = 64;
/** What lies before the first sample that an MP4 holds is not longer. */
const searchedLength = 16 * 1024 * 1024;
const searchedBlock = 64 * 1024;
/** Places that are compared from beginning to end: media that repeats itself offers many. */
const maxPlaces = 16;

/**
 * What the MP4 at `path` holds of `media`: undefined where it is no whole MP4 (the boxes that are written here, every sample in its mdat) or
 * its media does not stand in the media file byte for byte. Throws `interrupted` errors.
 */
export async function heldMedia(path: string, media: FileSource, pace: Pace): Promise<HeldMedia | undefined> {
  let file: FileSource;
  try {
    file = new FileSource(path);
  } catch (error) {
    if (error instanceof SalvorError) return undefined;
    throw error;
  }
  try {
    const movie = await pace.through(movieFileSteps(file));
    const mdat = wholeMediaOf(movie);
    if (mdat === undefined) return undefined;
    const { tracks: tables } = await pace.through(movieSamplesSteps(movie));
    for (const { samples } of tables) {
      if (samples.contradictions.length > 0 || !liesInside(samples.table, mdat)) return undefined;
    }
    const start = await placeOf({ source: file, offset: mdat.body }, mdat.end - mdat.body, media, pace);
    if (start === undefined) return undefined;
    const tracks = tables.map(({ samples: { table } }) => ({ samples: table }));
    for (const { samples } of tracks) {
      const { data } = samples.offsets;
      for (let i = 0; i < samples.length; i++) data[i] = data[i]! + start - mdat.body;
    }
    return {
      tracks,
      sampleBytes: tracks.reduce((sum, { samples }) => sum + samples.mediaBytes, 0),
      end: start + mdat.end - mdat.body,
    };
  } finally {
    file.close();
  }
}

/** Whether the file at `path` is a whole MP4 as salvor makes them. Throws `interrupted` errors. */
export async function isWholeMovie(path: string, pace: Pace): Promise<boolean> {
  let file: FileSource;
  try {
    file = new FileSource(path);
  } catch (error) {
    if (error instanceof SalvorError) return false;
    throw error;
  }
  try {
    return await isWholeMovieIn(file, pace);
  } finally {
    file.close();
  }
}

/** The same of a file that is open, or not written yet. */
export async function isWholeMovieIn(file: ByteSource, pace: Pace): Promise<boolean> {
  const movie = await pace.through(movieFileSteps(file));
  const mdat = wholeMediaOf(movie);
  if (mdat === undefined) return false;
  const { tracks } = await pace.through(movieSamplesSteps(movie));
  return tracks.every(({ samples }) => samples.contradictions.length === 0 && liesInside(samples.table, mdat));
}

interface MediaBox {
  readonly body: number;
  readonly end: number;
}

function wholeMediaOf(file: MovieFile): MediaBox | undefined {
  const { layout, movie } = file;
  const { boxes, junk, source } = layout;
  const mdat = boxes.find(({ type }) => type === 'mdat');
  const isWhole =
    (mediaPlacesOf(boxes) !== undefined || isIndexBehind(file)) &&
    boxes.every(({ fault }) => fault === undefined) &&
    junk === undefined &&
    boxes.at(-1)!.end === source.size &&
    movie !== undefined &&
    !movie.torn &&
    movie.tracks.length > 0;
  return isWhole ? mdat : undefined;
}

/** Whether it is laid out as what was made in place: cameras have these boxes too, and another ftyp; FFmpeg has a `free` more. */
function isIndexBehind({ layout: { boxes }, fileType }: MovieFile): boolean {
  return (
    boxes.map(({ type }) => type).join(' ') === 'ftyp mdat moov' &&
    fileType?.majorBrand === 'isom' &&
    fileType.minorVersion === 0x200
  );
}

/**
 * Whether every byte of the media of the whole MP4 at `path` is in a sample of it, but for those whose place another header
 * took and that stand at its end again (mp4/movie-behind.ts). Throws `interrupted` errors.
 */
export async function hasNoUnusedMedia(path: string, pace: Pace): Promise<boolean> {
  const file = new FileSource(path);
  try {
    const movie = await pace.through(movieFileSteps(file));
    const mdat = wholeMediaOf(movie);
    if (mdat === undefined) return false;
    const { tracks } = await pace.through(movieSamplesSteps(movie));
    const tables = tracks.map(({ samples }) => ({ samples: inFileOrder(samples.table) }));
    const [unused, another] = await pace.through(unindexedRanges(tables, mdat.body, mdat.end, 2));
    if (unused === undefined) return true;
    if (another !== undefined || unused.offset !== mdat.body || !isIndexBehind(movie)) return false;
    const { offset, length } = unused;
    return await isSameRange({ source: file, offset }, { source: file, offset: mdat.end - length }, length, pace);
  } finally {
    file.close();
  }
}

/** The samples with those last that begin a track and stand at the end of the file. */
function inFileOrder(table: SampleTable): SampleTable {
  const { length, offsets, sizes } = table;
  let moved = 1;
  while (moved < length && offsets.data[moved]! > offsets.data[moved - 1]!) moved++;
  if (moved >= length) return table;
  const ordered = new SampleTable(length);
  for (let i = 0; i < length; i++) {
    const from = (i + moved) % length;
    ordered.append(offsets.data[from]!, sizes.data[from]!, 0, true);
  }
  return ordered;
}

function liesInside(table: SampleTable, mdat: MediaBox): boolean {
  for (let i = 0; i < table.length; i++) {
    const offset = table.offsets.data[i]!;
    if (offset < mdat.body || offset + table.sizes.data[i]! > mdat.end) return false;
  }
  return table.length > 0;
}

/** Where in the media file the media of an MP4 stands; undefined where it does not. */
async function placeOf(
  held: { readonly source: FileSource; readonly offset: number },
  length: number,
  media: FileSource,
  pace: Pace,
): Promise<number | undefined> {
  const last = Math.min(media.size - length, searchedLength);
  const head = held.source.read(held.offset, Math.min(searchedBlock, length)).slice();
  // Zeros that a damage put at the beginning are found in many places.
  const varied = head.findIndex((byte) => byte !== head[0]);
  const lead = Math.max(0, Math.min(varied, head.length - needleLength));
  const needle = head.subarray(lead, lead + needleLength);
  if (needle.length === 0) return undefined;
  let places = 0;
  for (let from = 0; from <= last; from += searchedBlock) {
    const block = Buffer.from(media.read(from + lead, searchedBlock + needle.length - 1));
    for (let at = block.indexOf(needle); at >= 0 && from + at <= last; at = block.indexOf(needle, at + 1)) {
      if (await isSameRange({ source: media, offset: from + at }, held, length, pace)) return from + at;
      if (++places === maxPlaces) return undefined;
    }
  }
  return undefined;
}
