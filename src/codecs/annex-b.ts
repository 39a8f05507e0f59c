/**
 * The byte stream format of H.264 and H.265 (Annex B of both), and the start codes of MPEG-2 video, which are the same:
 * finds where NAL units begin while the bytes go by in pieces, wherever the pieces are cut, and gives the first bytes of
 * each. Where the codec says what a NAL unit is, and what of it is wanted, is for the caller.
 */

const startCode = new Uint8Array([0, 0, 1]);

/** The most that is ever kept of a NAL unit. */
const maxHead = 8192;

/** What is reported of each NAL unit, in the order of the stream. */
export interface NalUnitVisitor {
  /** A NAL unit with this first byte begins: how many of its bytes are wanted? */
  begin(firstByte: number): number;
  /**
   * The bytes that were wanted, or fewer where the unit is shorter: a view, valid until the call returns. Zero bytes at its
   * end may be the first ones of a start code that continues in the next piece.
   */
  head(bytes: Uint8Array): void;
}

/** Finds start codes in pieces of a stream; keeps the wanted head of the unit in progress and no other byte. */
export class NalUnitScanner {
  readonly #visitor: NalUnitVisitor;
  readonly #head = new Uint8Array(maxHead);
  #filled = 0;
  /** Bytes wanted of the unit in progress; 0 before its first byte, -1 once they have been given. */
  #wanted = -1;
  /** Zero bytes at the end of what came before, at most two. */
  #zeros = 0;
  #block: Buffer = Buffer.alloc(0);
  /** The next start code in the block at or behind where we are; Infinity if there is none. */
  #nextCode = -1;

  /**
   * Whether the pieces are searched one by one. Searching the whole block at once is several times faster, but not where
   * there are long runs of zero bytes in it, inside the pieces or between them.
   */
  stepwise = false;

  constructor(visitor: NalUnitVisitor) {
    this.#visitor = visitor;
  }

  /** The pieces that follow lie in this block, one behind the other. To be called again whenever its bytes have changed; it must not be longer than they are. */
  enter(block: Buffer): void {
    this.#block = block;
    this.#nextCode = -1;
  }

  /** The next piece of the stream: `from` to `to` of the block. */
  feed(from: number, to: number): void {
    if (from >= to) return;
    // Nearly all pieces: nothing is wanted of the unit in progress, and no start code is near.
    if (this.#wanted < 0 && this.#zeros === 0 && !this.stepwise && this.#nextCode >= to) {
      if (this.#block[to - 1] === 0) this.#countZeros(from, to);
      return;
    }
    const border = this.#zeros > 0 ? this.#codeOverBorder(from, to) : -1;
    let at = border < 0 ? from : this.#start(border);
    for (let code = this.#find(at, to); code + 3 <= to; code = this.#find(at, to)) {
      this.#take(at, code);
      at = this.#start(code + 3);
    }
    this.#take(at, to);
    this.#countZeros(from, to);
  }

  /**
   * Up to where in the block pieces may be left out, as long as none of them ends with a zero byte: nothing is wanted of the
   * unit in progress, and no other begins before. -1: nowhere.
   */
  get quietTo(): number {
    return this.#wanted < 0 && this.#zeros === 0 && !this.stepwise ? this.#nextCode : -1;
  }

  /** Bytes are missing here: the unit in progress ends where they are, and no start code lies across the gap. */
  interrupt(): void {
    this.#zeros = 0;
    this.#wanted = -1;
  }

  /** Nothing follows: gives what there is of the last unit. */
  finish(): void {
    this.#close();
    this.#zeros = 0;
  }

  #find(from: number, to: number): number {
    if (this.stepwise) return findStartCode(this.#block, from, to);
    if (this.#nextCode < from) {
      const found = this.#block.indexOf(startCode, from);
      this.#nextCode = found < 0 ? Infinity : found;
    }
    return this.#nextCode;
  }

  /** The index behind a start code whose first bytes came before, -1 if there is none. */
  #codeOverBorder(from: number, to: number): number {
    const block = this.#block;
    if (this.#zeros >= 2 && block[from] === 1) return from + 1;
    if (to - from >= 2 && block[from] === 0 && block[from + 1] === 1) return from + 2;
    return -1;
  }

  #start(at: number): number {
    this.#close();
    this.#wanted = 0;
    this.#filled = 0;
    return at;
  }

  #close(): void {
    if (this.#wanted <= 0) {
      this.#wanted = -1;
      return;
    }
    // Zero bytes at the end belong to the start code that follows, or are trailing_zero_8bits.
    let length = this.#filled;
    while (length > 1 && this.#head[length - 1] === 0) length--;
    this.#wanted = -1;
    this.#visitor.head(this.#head.subarray(0, length));
  }

  /** Takes bytes of the unit in progress. */
  #take(from: number, to: number): void {
    if (this.#wanted < 0 || from >= to) return;
    if (this.#wanted === 0) {
      this.#wanted = Math.min(this.#visitor.begin(this.#block[from]!), maxHead);
      if (this.#wanted <= 0) {
        this.#wanted = -1;
        return;
      }
    }
    const count = Math.min(to - from, this.#wanted - this.#filled);
    this.#head.set(this.#block.subarray(from, from + count), this.#filled);
    this.#filled += count;
    if (this.#filled < this.#wanted) return;
    this.#wanted = -1;
    this.#visitor.head(this.#head.subarray(0, this.#filled));
  }

  #countZeros(from: number, to: number): void {
    const block = this.#block;
    if (block[to - 1] !== 0) this.#zeros = 0;
    else if (to - from === 1) this.#zeros = Math.min(2, this.#zeros + 1);
    else this.#zeros = block[to - 2] === 0 ? 2 : 1;
  }
}

/** The first start code between `from` and `to`, or a place behind them. */
function findStartCode(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at + 3 <= to) {
    const third = bytes[at + 2]!;
    if (third > 1) at += 3;
    else if (third === 0) at++;
    else if (bytes[at] === 0 && bytes[at + 1] === 0) return at;
    else at += 3;
  }
  return to;
}
