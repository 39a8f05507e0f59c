/**
 * Goes through media of which nothing is known, byte by byte, for parameter sets behind a length of four bytes. What they
 * look like is for the codec to say.
 */
import type { ByteSource } from '../../io/file-source.ts';
import { Pace } from '../../io/pace.ts';
import { maxParameterSetBytes } from './access-unit-walk.ts';
import { ByteWindow } from './byte-window.ts';

/** Bytes of a length. */
export const lengthSize = 4;
const block = 256 * 1024;
/** Bytes looked through before giving up: five seconds of 100 Mbit/s, and key frames come oftener. */
const maxBytesSearched = 64 * 1024 * 1024;

/** What the parameter sets of one codec look like. */
export interface ParameterSetPattern<T> {
  /** A cheap look at a NAL unit header of which two bytes are there. */
  mayBegin(first: number, second: number): boolean;
  /** What is found where a length and such a header stand; undefined where it is nothing. */
  read(window: ByteWindow, offset: number, end: number): T | undefined;
}

/** The first place between `from` and `to` that `pattern` finds something at. */
export async function searchParameterSets<T>(
  source: ByteSource,
  from: number,
  to: number,
  pattern: ParameterSetPattern<T>,
  pace = new Pace(),
): Promise<T | undefined> {
  const window = new ByteWindow(source);
  const end = Math.min(to, source.size, from + maxBytesSearched);
  for (let offset = from; offset + lengthSize + 1 < end; offset += block) {
    if (pace.isDue) await pace.turn();
    const index = window.hold(offset, block + lengthSize + 2);
    const { bytes } = window;
    const last = Math.min(index + block, bytes.length - lengthSize - 1);
    for (let at = index; at < last; at++) {
      // Lengths begin with two zeros: where the second byte is none, the next place can be passed over as well.
      if (bytes[at + 1] !== 0) {
        at++;
        continue;
      }
      if (bytes[at] !== 0 || !pattern.mayBegin(bytes[at + 4]!, bytes[at + 5]!)) continue;
      const found = pattern.read(window, window.start + at, end);
      if (found !== undefined) return found;
      // Looking there may have moved the window.
      if (window.bytes !== bytes) {
        offset += at + 1 - index - block;
        break;
      }
    }
  }
  return undefined;
}

/** A copy of the NAL unit whose length stands at `offset`, if it can be a parameter set. */
export function parameterSetAt(window: ByteWindow, offset: number, end: number): Uint8Array | undefined {
  const length = window.uint(offset, lengthSize);
  if (length < 4 || length > maxParameterSetBytes || offset + lengthSize + length > end) return undefined;
  return Uint8Array.from(window.view(offset + lengthSize, length));
}
