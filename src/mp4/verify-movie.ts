/**
 * Reads back what was written, before it gets its name: the boxes fill the file, and every sample of every track is where
 * the tables say, inside the media, with its size, times and sync flag. It trusts nothing it could have from memory but
 * the source's tables, which it compares with.
 */
import { FileSource, type ByteSource } from '../io/file-source.ts';
import { Pace } from '../io/pace.ts';
import { SalvorError } from '../media/errors.ts';
import type { PlacedTrack } from '../media/timeline.ts';
import type { DataTrack, Track } from '../media/track.ts';
import { childrenOf, readBoxes, type BoxSpan } from './box.ts';
import { compositionShift, inOldOrder } from './movie.ts';
import { SampleCursor, sampleTableOf } from './sample-cursor.ts';
import { frameBytesOf } from './uncompressed-audio.ts';
import { boxTypesOf, type MovieLayout, type MovieSource } from './write-movie.ts';

/** Bytes at each end of the media that are compared with the source. */
const comparedLength = 4096;
/** Rows of the tables that are compared before the pace is asked. */
const rowsAtOnce = 1024;

/** What a movie is compared with. */
type ExpectedMovie = Omit<MovieSource, 'media'> & { readonly media: ByteSource };

/** Throws an `output` error if the file at `path` is not what it should be. */
export async function verifyMovie(
  path: string,
  source: MovieSource,
  layout: MovieLayout,
  pace = new Pace(),
): Promise<void> {
  const file = new FileSource(path);
  try {
    await verifyMovieIn(file, source, layout, pace);
  } finally {
    file.close();
  }
}

/** The same of a file that is open, or not written yet. */
export async function verifyMovieIn(
  file: ByteSource,
  source: ExpectedMovie,
  layout: MovieLayout,
  pace: Pace,
): Promise<void> {
  const { path } = file;
  const mdat = verifyStructure(file, source, layout);
  const moov = [...readBoxes(file, 0, file.size)].find(({ type }) => type === 'moov')!;
  const tracks = [...childrenOf(moov)].filter(({ type }) => type === 'trak');
  const expected = inOldOrder([...source.tracks, ...(source.data ?? [])], source.carried);
  if (tracks.length !== expected.length) {
    fail(path, `has ${tracks.length} tracks, expected ${expected.length}`, moov.start);
  }
  for (const [index, place] of expected.entries()) {
    await verifyTrack(path, tracks[index]!, place, layout.shift, mdat, pace);
  }
  verifyEnds(file, source, layout);
}

function fail(path: string, message: string, offset?: number): never {
  throw new SalvorError('output', `what was written does not read back right: ${message}; nothing was changed`, {
    file: path,
    ...(offset === undefined ? {} : { offset }),
    advice: 'check the disk and the memory of this machine, then run again',
  });
}

function verifyStructure(file: ByteSource, source: ExpectedMovie, layout: MovieLayout): BoxSpan {
  const { path } = file;
  const boxes = [...readBoxes(file, 0, file.size)];
  if (file.size !== layout.fileLength) fail(path, `has ${file.size} bytes, expected ${layout.fileLength}`);
  const types = boxes.map(({ type }) => type).join(' ');
  if (types !== boxTypesOf(layout)) fail(path, `has the boxes ${types}`);
  const mdat = boxes[layout.head.length]!;
  const behind = (layout.tail ?? []).reduce((sum, { size }) => sum + size, 0);
  if (mdat.end + behind !== file.size || mdat.body !== source.mediaStart + layout.shift) {
    fail(path, 'the mdat box does not hold the media', mdat.start);
  }
  return mdat;
}

async function verifyTrack(
  path: string,
  trak: BoxSpan,
  place: PlacedTrack<Track | DataTrack>,
  shift: number,
  mdat: BoxSpan,
  pace: Pace,
): Promise<void> {
  const { samples, kind } = place.track;
  const compositionBase = compositionShift(place);
  const table = sampleTableOf(trak);
  if (table === undefined) fail(path, `the ${kind} track has no sample table`, trak.start);
  const cursor = new SampleCursor(table);
  const frameBytes = place.track.kind === 'data' ? undefined : frameBytesOf(place.track.configuration);
  for (let index = 0; index < samples.length; index++) {
    if (index % rowsAtOnce === 0 && pace.isDue) await pace.turn();
    const right =
      nextRow(cursor, samples.sizes.data[index]!, frameBytes) &&
      cursor.offset === samples.offsets.data[index]! + shift &&
      cursor.size === samples.sizes.data[index]! &&
      cursor.offset >= mdat.body &&
      cursor.offset + cursor.size <= mdat.end &&
      cursor.duration === samples.durations.data[index]! &&
      cursor.compositionOffset === samples.compositionOffset(index) + compositionBase &&
      cursor.sync === samples.isSync(index);
    if (!right) fail(path, `${kind} sample ${index + 1} of ${samples.length} is not as it should be`, table.start);
  }
  if (cursor.next()) fail(path, `the ${kind} track has more than ${samples.length} samples`, table.start);
}

/** Goes on to the next row of the tables: a sample, or as many values of audio that is not compressed as have `size` bytes. */
function nextRow(cursor: SampleCursor, size: number, frameBytes: number | undefined): boolean {
  if (!cursor.next()) return false;
  if (frameBytes === undefined) return true;
  const { offset } = cursor;
  let { duration } = cursor;
  let end = offset + cursor.size;
  while (end < offset + size) {
    if (!cursor.next() || cursor.offset !== end || cursor.size !== frameBytes) return false;
    end += frameBytes;
    duration += cursor.duration;
  }
  cursor.offset = offset;
  cursor.size = end - offset;
  cursor.duration = duration;
  return true;
}

function verifyEnds(file: ByteSource, source: ExpectedMovie, layout: MovieLayout): void {
  const length = Math.min(comparedLength, source.mediaEnd - source.mediaStart);
  for (const offset of [source.mediaStart, source.mediaEnd - length]) {
    const expected = Buffer.from(source.media.read(offset, length));
    if (!expected.equals(file.read(offset + layout.shift, length))) {
      fail(file.path, 'the media is not that of the source', offset + layout.shift);
    }
  }
}
