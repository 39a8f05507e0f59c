/**
 * Finds long runs of zero bytes in media that goes by, block after block: what a file system leaves where data never
 * reached the disk. No codec writes such a run (H.264 forbids three zero bytes in a row inside a NAL unit), and holes of
 * file systems are blocks of 512 bytes and more, so looking at one byte in 256 is enough to meet every one of them.
 */

/** The shortest run that is reported. */
export const minZeroRange = 512;
const probeDistance = 256;
/** Zero bytes behind a probe that make it worth following. */
const worthFollowing = 8;

/** Offsets in the file; `end` is behind the last byte. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Whether the bytes may hold a run that is reported, from as few looks as that takes: one of two neighbouring probes lies in the
 * middle of it, with many zeros around. Nearly all media answers no, and nothing is made for it. Looked at are the bytes
 * from `from` to before `to`.
 */
export function hasZeroRange(bytes: Uint8Array, from = 0, to = bytes.length): boolean {
  for (let probe = from + probeDistance; probe < to; probe += probeDistance) {
    if (bytes[probe] === 0 && bytes[probe - 1] === 0 && bytes[probe - 2] === 0) return true;
  }
  return false;
}

/** Collects the long runs of zeros of what it is fed, also those that several blocks share. */
export class ZeroRanges {
  readonly #found: { start: number; end: number }[] = [];
  /** Offset at which the zeros begin that the last block ended with. */
  #openStart = -1;

  /** Takes the next block. Blocks must follow one another without gap. */
  feed(bytes: Uint8Array, offset: number): void {
    const { length } = bytes;
    let at = 0;
    if (this.#openStart >= 0) {
      at = zerosEnd(bytes, 0);
      this.#note(this.#openStart, offset + at);
      if (at === length) return;
    }
    this.#openStart = -1;
    for (let probe = at; probe + worthFollowing <= length; probe += probeDistance) {
      if (bytes[probe] !== 0 || zerosEnd(bytes, probe, probe + worthFollowing) < probe + worthFollowing) continue;
      let start = probe;
      while (start > at && bytes[start - 1] === 0) start--;
      const end = zerosEnd(bytes, probe);
      if (end < length) this.#note(offset + start, offset + end);
      probe += Math.floor((end - probe) / probeDistance) * probeDistance;
    }
    let trailing = length;
    while (trailing > at && bytes[trailing - 1] === 0) trailing--;
    if (trailing < length) {
      this.#openStart = offset + trailing;
      this.#note(this.#openStart, offset + length);
    }
  }

  #note(start: number, end: number): void {
    if (end - start < minZeroRange) return;
    const last = this.#found.at(-1);
    if (last !== undefined && last.start === start) last.end = end;
    else this.#found.push({ start, end });
  }

  /** The runs found so far, in order. */
  get ranges(): readonly ByteRange[] {
    return this.#found;
  }
}

/** Offset of the first byte from `from` on that is not zero, or `limit`. */
function zerosEnd(bytes: Uint8Array, from: number, limit = bytes.length): number {
  let at = from;
  while (at < limit && bytes[at] === 0) at++;
  return at;
}
