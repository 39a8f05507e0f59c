/**
 * Finds a moov that no size leads to, by what every one begins with: its type, and behind it an mvhd of one of the two
 * lengths there are. Looks at the end of the file first, where recorders put it. It knows nothing of what the moov says.
 */
import type { ByteSource } from '../io/file-source.ts';

/** What is looked through when there is no time for all: as much as the moov of a long recording may have. */
const searchedTail = 8 * 1024 * 1024;
const blockLength = 1024 * 1024;
/** `moov`, the mvhd's length, `mvhd`. */
const patternLength = 12;
const mvhdLengths: ReadonlySet<number> = new Set([108, 120]);

/** Offset of the last moov in [start, end), or undefined. `thorough`: all of it is looked through. Goes step by step. */
export function* findMovieBox(
  source: ByteSource,
  start: number,
  end: number,
  thorough: boolean,
): Generator<void, number | undefined> {
  const from = thorough ? start : Math.max(start, end - searchedTail);
  let blockEnd = end;
  while (blockEnd > from) {
    yield;
    const blockStart = Math.max(from, blockEnd - blockLength);
    // A pattern may lie across two blocks.
    const bytes = source.read(blockStart, Math.min(end, blockEnd + patternLength - 1) - blockStart);
    const found = lastMovieIn(bytes);
    if (found >= 0 && blockStart + found - 4 >= start) return blockStart + found - 4;
    blockEnd = blockStart;
  }
  return undefined;
}

function lastMovieIn(bytes: Uint8Array): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = buffer.lastIndexOf('moov', buffer.length, 'latin1');
  while (at >= 0) {
    const isMovie =
      at + patternLength <= buffer.length &&
      mvhdLengths.has(buffer.readUInt32BE(at + 4)) &&
      buffer.toString('latin1', at + 8, at + 12) === 'mvhd';
    if (isMovie) return at;
    at = at === 0 ? -1 : buffer.lastIndexOf('moov', at - 1, 'latin1');
  }
  return -1;
}
