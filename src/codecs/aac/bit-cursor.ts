/**
 * Where a parser of AAC's coded frames stands, made for speed: a frame is some thousand codewords, and a carver tries
 * many places that are no frame at all. Like `BitReader` it keeps its first fault and gives zeros afterwards, but a
 * fault is one of a few fixed sentences, nothing is allocated, and the loops over codewords take its fields into local
 * variables and put `position` back. It knows nothing of what it reads.
 */

/** The fault of bytes that end before the frame does: more of them may make it a frame. */
export const NEEDS_MORE_BYTES = 'the bytes end before the frame does';

/** Bytes that are read, though never made use of, behind the limit. */
export const LOOK_AHEAD_BYTES = 4;
/** Bits of a `DataView`, most significant first. One instance is `reset` for every place that is tried. */
export class BitCursor {
  view: DataView = new DataView(new ArrayBuffer(LOOK_AHEAD_BYTES));
  /** Where in `view` position 0 is. */
  base = 0;
  /** Bits read so far. */
  position = 0;
  /** Bits that may be read. */
  limit = 0;
  /** The first fault met. */
  fault: string | undefined;

  /** There have to be `LOOK_AHEAD_BYTES` bytes behind the `limit` bits, of whatever value. */
  reset(view: DataView, base: number, limit: number): void {
    this.view = view;
    this.base = base;
    this.position = 0;
    this.limit = limit;
    this.fault = undefined;
  }

  fail(fault: string): void {
    this.fault ??= fault;
  }

  /** What a loop of its own ends with: the position it came to, which may turn out to lie behind the limit. */
  moveTo(position: number): void {
    if (position > this.limit) this.fail(NEEDS_MORE_BYTES);
    else this.position = position;
  }

  /** An unsigned integer of `length` bits, 1 to 25. */
  bits(length: number): number {
    const position = this.position;
    if (position + length > this.limit) this.fail(NEEDS_MORE_BYTES);
    if (this.fault !== undefined) return 0;
    this.position = position + length;
    const word = this.view.getUint32(this.base + (position >>> 3));
    return (word << (position & 7)) >>> (32 - length);
  }

  skip(length: number): void {
    if (this.fault === undefined) this.moveTo(this.position + length);
  }
}
