/**
 * Reads bits of variable length codes, which are looked up by more bits than they have: behind the end there are zeros, and
 * reading on there is told afterwards. It is for macroblocks, of which there are too many for a check at each bit.
 */
export class AheadReader {
  readonly bytes: Uint8Array;
  /** Bits before the end: of a payload those before its stop bit. */
  readonly bitLength: number;
  /** Bits read so far. */
  position: number;

  constructor(bytes: Uint8Array, position: number, bitLength: number) {
    this.bytes = bytes;
    this.position = position;
    this.bitLength = bitLength;
  }

  get remaining(): number {
    return this.bitLength - this.position;
  }

  /** Whether more was read than there is. */
  get isOverrun(): boolean {
    return this.position > this.bitLength;
  }

  /** The next `length` bits (1 to 24), without moving on. */
  peek(length: number): number {
    const at = this.position >>> 3;
    const { bytes } = this;
    const word =
      at + 4 <= bytes.length
        ? (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
        : ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    return (word << (this.position & 7)) >>> (32 - length);
  }

  /** An unsigned integer of `length` bits (0 to 24). */
  bits(length: number): number {
    if (length === 0) return 0;
    const value = this.peek(length);
    this.position += length;
    return value;
  }

  /** Zero bits before the next one that is 1, which is passed over too; at most 32. */
  zeros(): number {
    let count = 0;
    for (;;) {
      const ahead = this.peek(24);
      if (ahead !== 0) {
        const zeros = Math.clz32(ahead) - 8;
        this.position += zeros + 1;
        return Math.min(32, count + zeros);
      }
      count += 24;
      this.position += 24;
      if (count > 32 || this.isOverrun) return 32;
    }
  }

  /** An unsigned Exp-Golomb code: ue(v); larger than any code there is where there is none. */
  ue(): number {
    const zeros = this.zeros();
    if (zeros > 24) return 2 ** 32;
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** A signed Exp-Golomb code: se(v). */
  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : -(code / 2);
  }
}
