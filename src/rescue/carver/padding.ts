/**
 * What stands between whole samples and is nobody's: zeros up to the next block, at which QuickTime's recorders begin every
 * chunk, and boxes of fragments that became one piece of media when the recording was closed. Nothing is lost there, no time
 * passes, and what follows begins where they end.
 */
import type { ByteWindow } from './byte-window.ts';

/** Blocks that are lost begin and end at multiples of this; padding begins where a sample ended. */
const blockBytes = 512;
/** More is a hole. */
const maxPadding = 64 * 1024;
/** Fewer zeros are part of whatever stands there. */
const minPadding = 16;

/** Where the zeros end that begin at `from`; -1 where they are too few or too many to be padding. */
export function zerosEnd(window: ByteWindow, from: number, end: number): number {
  const view = window.view(from, Math.min(maxPadding, end - from));
  let length = 0;
  while (length < view.length && view[length] === 0) length++;
  return length < minPadding || length === maxPadding ? -1 : from + length;
}

/** Whether nothing but padding stands from `from` to `next`. The first bytes of a sample may be zeros too. */
export function isPadding(from: number, next: number, zeros: number): boolean {
  return zeros >= 0 && from % blockBytes !== 0 && next <= zeros;
}

/** Whether a sample that begins with at most one zero begins where the zeros end. */
export function isBehindZeros(at: number, zeros: number): boolean {
  return at === zeros || at + 1 === zeros;
}

/** What writers put between pieces of media (ISO/IEC 14496-12, 8.1, 8.2, 8.8 and 8.16), as a whole. QuickTime calls a moov that it has replaced `hoov`. */
const wholeBoxes: ReadonlySet<number> = new Set(
  ['free', 'skip', 'wide', 'ftyp', 'moov', 'hoov', 'moof', 'styp', 'sidx', 'uuid'].map(codeOf),
);
const mediaBox = codeOf('mdat');
const maxBoxes = 16;

function codeOf(type: string): number {
  return Buffer.from(type, 'latin1').readUInt32BE();
}

/** Where the boxes end that begin at `from`, of a piece of media its header alone; undefined where there are none. */
export function behindBoxes(window: ByteWindow, from: number, end: number): number | undefined {
  let at = from;
  for (let count = 0; count < maxBoxes && at + 8 <= end; count++) {
    const type = window.uint(at + 4, 4);
    const isMedia = type === mediaBox;
    if (!isMedia && !wholeBoxes.has(type)) break;
    const size = window.uint(at, 4);
    const header = size === 1 ? 16 : 8;
    if ((!isMedia && size < 8) || at + header > end || (!isMedia && at + size > end)) break;
    at += isMedia ? header : size;
  }
  return at > from ? at : undefined;
}
