/**
 * What crashes make of an intact MP4: copies without their moov, cut, with a torn moov, with zeros in the media, with half a
 * last fragment. Of each it is known which of the bytes that samples lie in are still there. It knows boxes, no samples.
 */
import type { TopLevelBox } from '../src/mp4/file-layout.ts';
import type { MovieFile } from '../src/mp4/movie-reader.ts';

/** A damaged copy. */
export interface CrashVariant {
  readonly name: string;
  readonly bytes: Buffer;
  /** Whether the bytes of the intact file from `offset` on are in the copy, `size` of them. */
  readonly has: (offset: number, size: number) => boolean;
}

/** Part of the file that is left where it is cut. */
const partLeft = 0.61;
const zeroBytes = 64 * 1024;
/** Media so many times as large as the zeros has enough around them. */
const minMediaOfZeros = 4;

/** The damaged copies of a file; `whole` are its bytes. Kinds of damage that it cannot have are left out. */
export function* crashVariants(whole: Buffer, { layout, movie, fragments }: MovieFile): Generator<CrashVariant> {
  const moov = layout.boxes.find(({ type }) => type === 'moov');
  if (moov === undefined || movie === undefined || movie.isCompressed) return;
  const media = layout.boxes.filter(({ type }) => type === 'mdat');
  const lastMedia = media.at(-1);
  if (lastMedia === undefined) return;
  yield { name: 'no moov', bytes: without(whole, moov), has: () => true };
  const cut = Math.floor(whole.length * partLeft);
  yield {
    name: 'cut at 61 %',
    bytes: Buffer.from(whole.subarray(0, cut)),
    has: (offset, size) => offset + size <= cut,
  };
  if (fragments.length > 0) {
    const end = Math.floor((lastMedia.body + lastMedia.end) / 2);
    yield {
      name: 'last fragment cut',
      bytes: Buffer.from(whole.subarray(0, end)),
      has: (offset, size) => offset + size <= end,
    };
    return;
  }
  yield { name: 'torn moov', bytes: withTornMovie(whole, moov, lastMedia), has: () => true };
  const largest = media.reduce((a, b) => (b.end - b.body > a.end - a.body ? b : a));
  if (largest.end - largest.body < minMediaOfZeros * zeroBytes) return;
  const from = Math.floor((largest.body + largest.end) / 2);
  const zeroed = Buffer.from(whole).fill(0, from, from + zeroBytes);
  yield {
    name: '64 KiB of zeros, no moov',
    bytes: without(zeroed, moov),
    has: (offset, size) => offset + size <= from || offset >= from + zeroBytes,
  };
}

function without(whole: Buffer, { start, end }: TopLevelBox): Buffer {
  return Buffer.concat([whole.subarray(0, start), whole.subarray(end)]);
}

/** The file with half of its moov at its end: one that comes before the media is moved there, and leaves a gap. */
function withTornMovie(whole: Buffer, { start, end }: TopLevelBox, media: TopLevelBox): Buffer {
  const half = start + Math.floor((end - start) / 2);
  if (start >= media.end) return Buffer.from(whole.subarray(0, half));
  const moved = Buffer.concat([whole.subarray(0, media.end), whole.subarray(start, half)]);
  moved.write('free', start + 4, 'latin1');
  return moved;
}
