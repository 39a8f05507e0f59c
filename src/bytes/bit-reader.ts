/**
 * Reads fields that do not end on byte boundaries, one after the other, from bytes in memory: parameter sets of video,
 * audio configurations. Like `ByteReader` it keeps its **first fault** and gives zeros from then on, so that a parser
 * is straight-line field reads. It knows neither a file nor any codec; emulation prevention is gone before it is made.
 */
import type { ByteFault } from './byte-reader.ts';

/** The longest Exp-Golomb prefix that H.264 and H.265 allow: values end at 2^32 - 2 (ITU-T H.264, 7.2 and 9.1). */
const MAX_LEADING_ZERO_BITS = 31;

/** Bits that are kept as they came: left bit first, the last byte filled up with zeros. */
export interface BitString {
  readonly bytes: Uint8Array;
  readonly bitLength: number;
}

/** The empty bit string: what a parser keeps where nothing stands behind its last field. */
export const NO_BITS: BitString = { bytes: new Uint8Array(0), bitLength: 0 };

/** A cursor over bits, most significant first. No read throws: a read past the end sets `fault` and gives 0. */
export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #base: number;
  readonly #bitLength: number;
  #position = 0;
  #fault: ByteFault | undefined;

  /**
   * `base`: file offset of the first byte, for faults.
   * `bitLength`: where reading ends, if not with the last byte (a payload that ends at its stop bit).
   */
  constructor(bytes: Uint8Array, options: { base?: number; bitLength?: number } = {}) {
    this.#bytes = bytes;
    this.#base = options.base ?? 0;
    this.#bitLength = Math.min(options.bitLength ?? Infinity, bytes.length * 8);
  }

  /** Bits read so far. */
  get position(): number {
    return this.#position;
  }

  /** Bits not read yet; what was there when the first fault was met stays there. */
  get remaining(): number {
    return this.#bitLength - this.#position;
  }

  /** Offset in the file of the byte that holds the next bit. */
  get offset(): number {
    return this.#base + Math.floor(this.#position / 8);
  }

  /** The first fault met, or undefined while everything read was there. */
  get fault(): ByteFault | undefined {
    return this.#fault;
  }

  /** Records a fault found by the caller (a value out of its range); an earlier one stands. */
  fail(message: string, offset: number = this.offset): void {
    this.#fault ??= { offset, message };
  }

  #has(length: number): boolean {
    if (this.#fault !== undefined) return false;
    if (length <= this.remaining) return true;
    this.fail(`expected ${length} more bit${length === 1 ? '' : 's'}, found ${this.remaining}`);
    return false;
  }

  /** An unsigned integer of `length` bits (0 to 32), most significant bit first: u(n). */
  bits(length: number): number {
    const value = this.peek(length);
    if (this.#fault === undefined) this.#position += length;
    return value;
  }

  /** What `bits(length)` would give, without moving on. */
  peek(length: number): number {
    if (length > 32) throw new RangeError(`at most 32 bits can be read at once, not ${length}`);
    if (!this.#has(length)) return 0;
    let value = 0;
    let at = this.#position;
    const end = at + length;
    while (at < end) {
      const taken = Math.min(8 - (at & 7), end - at);
      const chunk = (this.#bytes[at >>> 3]! >>> (8 - (at & 7) - taken)) & ((1 << taken) - 1);
      // Not shifts: the 32nd bit would make the number negative.
      value = value * (1 << taken) + chunk;
      at += taken;
    }
    return value;
  }

  /** One bit: u(1) as a flag. */
  flag(): boolean {
    return this.bits(1) === 1;
  }

  skip(length: number): void {
    if (this.#has(length)) this.#position += length;
  }

  /** An unsigned Exp-Golomb code: ue(v), 0 to 2^32 - 2 (ITU-T H.264, 9.1). */
  ue(): number {
    const start = this.offset;
    let leadingZeroBits = 0;
    while (!this.flag()) {
      if (this.#fault !== undefined) return 0;
      if (++leadingZeroBits > MAX_LEADING_ZERO_BITS) {
        this.fail('expected an Exp-Golomb code, found 32 zero bits', start);
        return 0;
      }
    }
    const suffix = this.bits(leadingZeroBits);
    return this.#fault === undefined ? 2 ** leadingZeroBits - 1 + suffix : 0;
  }

  /** A signed Exp-Golomb code: se(v), -2^31 + 1 to 2^31 - 1 (ITU-T H.264, 9.1.1). */
  se(): number {
    const code = this.ue();
    // 0 stands apart because its negative would be -0.
    if (code === 0) return 0;
    return code % 2 === 1 ? (code + 1) / 2 : -(code / 2);
  }

  /** Moves on to the next byte boundary, if not on one already. */
  byteAlign(): void {
    this.skip((8 - (this.#position % 8)) % 8);
  }

  /** All bits not read yet; none after a fault. */
  rest(): BitString {
    const bitLength = this.#fault === undefined ? this.remaining : 0;
    const bytes = new Uint8Array(Math.ceil(bitLength / 8));
    for (let index = 0; index < bytes.length; index++) {
      const length = Math.min(8, this.remaining);
      bytes[index] = this.bits(length) << (8 - length);
    }
    return { bytes, bitLength };
  }
}
