/**
 * Finds what a power cut left of media that an index describes: blocks of zeros where data never reached the disk. It reads
 * the media once, from one end to the other.
 */
import { ZeroRanges, type ByteRange } from '../../codecs/zero-ranges.ts';
import type { ByteSource } from '../../io/file-source.ts';
import { setImmediate as turn } from 'node:timers/promises';

const blockLength = 512 * 1024;
/** Bytes after which signals and the progress bar get their turn. */
const turnEvery = 16 * 1024 * 1024;
/** A block of a file system; encoders that pad with zeros do not fill so many bytes. */
const shortestHole = 4096;

/** The holes in the ranges; at the end of the file shorter ones are holes too. `progress`: called with the bytes read. */
export async function zeroHoles(
  source: ByteSource,
  ranges: readonly { readonly offset: number; readonly length: number }[],
  progress: (done: number) => void,
): Promise<ByteRange[]> {
  const found: ByteRange[] = [];
  let done = 0;
  let turned = 0;
  for (const { offset, length } of ranges) {
    const zeros = new ZeroRanges();
    for (let at = offset; at < offset + length;) {
      const bytes = source.read(at, Math.min(blockLength, offset + length - at));
      if (bytes.length === 0) break;
      zeros.feed(bytes, at);
      at += bytes.length;
      done += bytes.length;
      if (done - turned < turnEvery) continue;
      turned = done;
      progress(done);
      await turn();
    }
    for (const hole of zeros.ranges) {
      if (hole.end === source.size || hole.end - hole.start >= shortestHole) found.push(hole);
    }
  }
  return found;
}
