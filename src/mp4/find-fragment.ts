/**
 * Finds a moof that no size leads to, behind boxes that were lost: by what every one begins with, its type and an mfhd of
 * the one length there is. It knows nothing of what the moof says.
 */
import type { ByteSource } from '../io/file-source.ts';

const blockLength = 1024 * 1024;
/** The moof's size and type, the mfhd's size and type. */
const patternLength = 16;
const mfhdLength = 16;
/** A fragment's moof describes seconds of media. */
const longestMoof = 64 * 1024 * 1024;

/** Offset of the first moof in [start, end), or undefined. Goes step by step. */
export function* findFragment(source: ByteSource, start: number, end: number): Generator<void, number | undefined> {
  for (let from = start; from + patternLength <= end; from += blockLength) {
    yield;
    // A pattern may lie across two blocks.
    const bytes = source.read(from, Math.min(blockLength + patternLength - 1, end - from));
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = buffer.indexOf('moof', 4, 'latin1'); at >= 0; at = buffer.indexOf('moof', at + 1, 'latin1')) {
      if (at + 12 > buffer.length) break;
      const size = buffer.readUInt32BE(at - 4);
      const isFragment =
        size > mfhdLength &&
        size <= longestMoof &&
        buffer.readUInt32BE(at + 4) === mfhdLength &&
        buffer.toString('latin1', at + 8, at + 12) === 'mfhd';
      if (isFragment) return from + at - 4;
    }
  }
  return undefined;
}
