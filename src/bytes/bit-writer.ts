/**
 * Gathers fields that do not end on byte boundaries in memory: the counterpart of `BitReader`, for the few structures
 * written bit by bit, all of them small. It knows neither a file nor any codec.
 */
import type { BitString } from './bit-reader.ts';

/**
 * A growing bit string, most significant bit first. Throws `RangeError` where a value of more than 32 bits is asked
 * for.
 */
export class BitWriter {
  readonly #bytes: number[] = [];
  #position = 0;

  /** Bits written so far. */
  get position(): number {
    return this.#position;
  }

  /** The low `length` bits (0 to 32) of an unsigned integer, most significant bit first: u(n). */
  bits(value: number, length: number): void {
    if (length > 32) throw new RangeError(`at most 32 bits can be written at once, not ${length}`);
    for (let shift = length - 1; shift >= 0; shift--) {
      const bit = ((value >>> shift) & 1) << (7 - (this.#position % 8));
      const at = Math.floor(this.#position / 8);
      this.#bytes[at] = (this.#bytes[at] ?? 0) | bit;
      this.#position++;
    }
  }

  /** One bit. */
  flag(value: boolean): void {
    this.bits(value ? 1 : 0, 1);
  }

  bitString(bits: BitString): void {
    for (let at = 0; at < bits.bitLength; at += 8) {
      const length = Math.min(8, bits.bitLength - at);
      this.bits(bits.bytes[at / 8]! >>> (8 - length), length);
    }
  }

  /** The bits written so far, the last byte filled up with zeros (a copy). */
  toBytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}
