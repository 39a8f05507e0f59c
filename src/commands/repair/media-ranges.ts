/**
 * Where a damaged MP4 has media, by its boxes, and which of it no sample covers. It knows boxes and sample tables and nothing of
 * what is in the samples.
 */
import type { ByteSource } from '../../io/file-source.ts';
import type { Track } from '../../media/track.ts';
import type { MovieFile } from '../../mp4/movie-reader.ts';
import type { CarveRange } from '../../rescue/carver/carver.ts';
import { unindexedRanges } from '../../staging/unindexed-ranges.ts';

/** Where media lies: in mdat boxes, in what follows one whose size is wrong, and, without any box, everywhere. */
export function mediaOf({ layout }: MovieFile): CarveRange[] {
  const { boxes, junk, strays, source } = layout;
  const ranges: CarveRange[] = [];
  for (const { type, body, end, fault } of boxes) {
    if (type !== 'mdat' || end <= body) continue;
    // A box that says that it ends there was closed, and with it its last sample.
    const mayBeTorn = fault === 'beyond-end' || (fault !== undefined && end >= source.size);
    const start = behindHeaders(source, body, end);
    ranges.push({ offset: start, length: end - start, mayBeTorn, isCut: fault === 'beyond-end' });
  }
  for (const stray of strays) {
    // The media of a fragment whose moof is lost begins behind the header of its mdat.
    const start = mediaStartIn(source, stray.start, stray.end);
    ranges.push({ offset: start, length: stray.end - start, mayBeTorn: false });
  }
  ranges.sort((a, b) => a.offset - b.offset);
  if (boxes.length === 0) return [{ offset: 0, length: source.size, mayBeTorn: true }];
  if (junk !== undefined) {
    const last = ranges.at(-1);
    const follows = last !== undefined && last.offset + last.length === junk.start;
    if (follows) ranges[ranges.length - 1] = { offset: last.offset, length: junk.end - last.offset, mayBeTorn: true };
    else ranges.push({ offset: junk.start, length: junk.end - junk.start, mayBeTorn: true });
  }
  return ranges;
}

const headerLength = 8;
/** Headers that a media box may begin with; each is one that was never used. */
const maxHeaders = 2;

/** Where the media in a box begins: some writers leave the room for a larger header in it, as an empty box or one without a size. */
function behindHeaders(source: ByteSource, body: number, end: number): number {
  let at = body;
  for (let n = 0; n < maxHeaders && at + headerLength < end; n++) {
    const header = Buffer.from(source.read(at, headerLength));
    const [size, type] = [header.readUInt32BE(0), header.toString('latin1', 4)];
    const isHeader = type === 'mdat' ? size === 0 || size === headerLength : type === 'wide' && size === headerLength;
    if (!isHeader) break;
    at += headerLength;
  }
  return at;
}

/** Bytes in which the header of an mdat is looked for. */
const searchedForHeader = 4 * 1024 * 1024;

function mediaStartIn(source: ByteSource, start: number, end: number): number {
  const bytes = Buffer.from(source.read(start, Math.min(searchedForHeader, end - start)));
  for (let at = bytes.indexOf('mdat', 4, 'latin1'); at >= 0; at = bytes.indexOf('mdat', at + 1, 'latin1')) {
    if (start + at - 4 + bytes.readUInt32BE(at - 4) === end) return start + at + 4;
  }
  return start;
}

/** What no sample of any track covers within the media. */
export function* gapsIn(
  media: readonly CarveRange[],
  tracks: readonly Pick<Track, 'samples'>[],
): Generator<void, CarveRange[]> {
  const [first] = media;
  const last = media.at(-1);
  if (first === undefined || last === undefined) return [];
  const gaps = yield* unindexedRanges(tracks, first.offset, last.offset + last.length, Infinity);
  const ranges: CarveRange[] = [];
  let g = 0;
  for (const { offset, length, mayBeTorn, isCut = false } of media) {
    const end = offset + length;
    while (g < gaps.length && gaps[g]!.offset + gaps[g]!.length <= offset) g++;
    for (let i = g; i < gaps.length && gaps[i]!.offset < end; i++) {
      const start = Math.max(offset, gaps[i]!.offset);
      const stop = Math.min(end, gaps[i]!.offset + gaps[i]!.length);
      const isLast = stop === end;
      ranges.push({ offset: start, length: stop - start, mayBeTorn: mayBeTorn && isLast, isCut: isCut && isLast });
    }
  }
  return ranges;
}
