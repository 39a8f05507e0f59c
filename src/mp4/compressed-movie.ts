/**
 * A moov that QuickTime has compressed with zlib: cmov holds dcom, which names the method, and cmvd, which holds the bytes.
 * It inflates them, bounded; what is in them is not known here.
 */
import { inflateSync } from 'node:zlib';
import type { ByteSource } from '../io/file-source.ts';
import type { BoxWalk } from './box-walk.ts';
import { bodyReader, boxAt, type BoxSpan } from './box.ts';

/** A moov has some ten bytes a sample: more than this is a claim that nobody has to believe. */
const maxMovieBytes = 64 * 1024 * 1024;

/** The moov inside a cmov box, in a source of its own; undefined where it cannot be inflated whole. */
export function inflatedMovie(cmov: BoxSpan, boxes: BoxWalk): BoxSpan | undefined {
  const inner = [...boxes.inside(cmov)];
  const method = inner.find(({ type }) => type === 'dcom');
  const data = inner.find(({ type }) => type === 'cmvd');
  if (method === undefined || data === undefined || bodyReader(method).latin1(4) !== 'zlib') return undefined;
  const length = bodyReader(data).u32();
  const packed = data.end - data.body - 4;
  if (length < 8 || length > maxMovieBytes || packed <= 0 || packed > maxMovieBytes) return undefined;
  let bytes: Uint8Array;
  try {
    bytes = inflateSync(data.source.read(data.body + 4, packed).slice(), { maxOutputLength: length });
  } catch {
    return undefined; // Not zlib, cut off, or longer than it says.
  }
  const source: ByteSource = {
    path: cmov.source.path,
    size: bytes.length,
    read: (offset, count) => bytes.subarray(offset, offset + count),
  };
  const movie = boxAt(source, 0, bytes.length);
  return movie?.type === 'moov' && movie.end <= bytes.length ? movie : undefined;
}
