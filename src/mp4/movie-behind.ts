/**
 * Lays an MP4 out in the very file that its media lies in, with the index behind the media, which stays where it is:
 *
 *     ftyp · mdat: the media, then what stood where ftyp does now · moov
 *
 * The recorder left 16 bytes before the media, and ftyp and a header of mdat need 40 or more. A file may begin with mdat (one
 * without ftyp is to be read as of brand mp41, ISO/IEC 14496-12 clause 4.3), and FFmpeg and QuickTime play it; but Android and
 * whatever goes by the first bytes (browsers, `file`) do not know it for an MP4. So the first samples, as many as lie under
 * the longer header, are repeated behind the others, and all players find what they look for. The bytes to write are given
 * here; who writes them, and how, is not known.
 */
import { ByteWriter } from '../bytes/byte-sink.ts';
import type { FileSource } from '../io/file-source.ts';
import type { Pace } from '../io/pace.ts';
import { PatchedSource, type Patch } from '../io/patched-source.ts';
import { SalvorError } from '../media/errors.ts';
import type { SampleTable } from '../media/sample-table.ts';
import { mdatHeaderLength, needsLargeHeader, writeMdatHeader } from './boxes/mdat.ts';
import { movieBoxSteps } from './movie.ts';
import { verifyMovieIn } from './verify-movie.ts';
import { fileTypeOf, type MovieLayout, type MovieSource } from './write-movie.ts';

/** More bytes than any sample has that is one. */
const maxRepeated = 256 * 1024 * 1024;

/** How a media file becomes an MP4. */
export interface MovieBehind {
  readonly patches: readonly Patch[];
  /** Its layout then; offsets are those of the media file, for no byte of media moves but the first ones. */
  readonly layout: MovieLayout;
}

/** Where the first samples are, and where they will be. */
interface Moved {
  /** Offset of the first byte that is repeated. */
  readonly start: number;
  /** Samples that begin before this offset are moved. */
  readonly below: number;
  /** Added to their offsets. */
  readonly by: number;
}

/**
 * What is to be written into a media file of which `movie` is all of the media, behind a header of `mediaStart` bytes. It is
 * checked as it will be read. Throws an `output` error where that fails, and `interrupted` errors; the tables are as before.
 */
export async function layOutBehind(movie: MovieSource, media: FileSource, pace: Pace): Promise<MovieBehind> {
  const { mediaStart: own, mediaHeader, tracks, creationTime, timescale } = movie;
  const fileType = fileTypeOf(tracks);
  const tables = tracks.map(({ track }) => track.samples);
  for (const isLarge of mediaHeader === 'large' ? [true] : [false, true]) {
    const headLength = fileType.size + mdatHeaderLength(0, isLarge);
    const repeatedLength = headLength <= own ? 0 : Math.min(endOfFirst(tables, headLength), media.size) - own;
    if (repeatedLength > maxRepeated) {
      throw new SalvorError(
        'unrecoverable',
        `the samples at its beginning have ${repeatedLength} bytes, which is too much to repeat them; nothing was changed`,
        { file: media.path, advice: 'run without --in-place' },
      );
    }
    const repeated = media.read(own, repeatedLength).slice();
    const mediaEnd = media.size + repeated.length;
    if (!isLarge && needsLargeHeader(mediaEnd - headLength)) continue;
    const head = new ByteWriter();
    fileType.write(head);
    writeMdatHeader(mediaEnd - headLength, head, isLarge);
    const moved: Moved = { start: own, below: headLength, by: media.size - own };
    move(tables, moved);
    try {
      const largeOffsets = mediaEnd > 0xffffffff;
      const options = { creationTime, timescale, largeOffsets, shift: () => 0 };
      const moov = await pace.through(movieBoxSteps(tracks, options));
      const tail = new ByteWriter();
      tail.bytes(repeated);
      if (moov.writeSteps === undefined) moov.write(tail);
      else await pace.through(moov.writeSteps(tail));
      const patches = [
        { offset: 0, bytes: head.toBytes() },
        { offset: media.size, bytes: tail.toBytes() },
      ];
      const fileLength = mediaEnd + moov.size;
      const longTimes = tables.some((table) => table.mediaDuration > 0xfffffffe);
      const layout: MovieLayout = {
        head: [fileType],
        tail: [moov],
        hasLargeHeader: isLarge,
        shift: 0,
        fileLength,
        largeFields: largeOffsets || longTimes,
      };
      const patched = new PatchedSource(media, patches, fileLength);
      await verifyMovieIn(patched, { ...movie, media: patched, mediaStart: headLength, mediaEnd }, layout, pace);
      return { patches, layout };
    } finally {
      move(tables, { start: moved.start + moved.by, below: Infinity, by: -moved.by });
    }
  }
  throw new Error('unreachable: 64 bits fit every size');
}

/** Where the samples end that begin before an offset, this offset at least. */
function endOfFirst(tables: readonly SampleTable[], below: number): number {
  let end = below;
  for (const { length, offsets, sizes } of tables) {
    for (let i = 0; i < length; i++) {
      if (offsets.data[i]! < below) end = Math.max(end, offsets.data[i]! + sizes.data[i]!);
    }
  }
  return end;
}

function move(tables: readonly SampleTable[], { start, below, by }: Moved): void {
  for (const { length, offsets } of tables) {
    for (let i = 0; i < length; i++) {
      const offset = offsets.data[i]!;
      if (offset >= start && offset < below) offsets.data[i] = offset + by;
    }
  }
}
