/**
 * The boolean decoder of VP9 (VP9 specification, 9.2): bits of given probability, packed into bytes. It decodes, and says
 * whether its bytes end as those of an encoder do; what the bits mean is not known here.
 */

/** Bits an encoder may have left out at the end: they are zeros, and a decoder reads ahead. */
const maxBitsBeyondEnd = 16;

/**
 * Decodes the booleans of one compressed header; past the end it gives zeros, and `isAtEnd` tells that too much was
 * read.
 */
export class BoolDecoder {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  #value: number;
  #range = 255;
  /** Bits of the byte at `#at` that are not taken yet. */
  #left = 8;
  #beyond = 0;
  readonly #marker: boolean;

  /** Decodes bytes from `start` to `end`, of which there is at least one. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#end = end;
    this.#value = bytes[start]!;
    this.#at = start + 1;
    this.#marker = this.flag(128);
  }

  /** A bit that is 0 with a probability of so many 256ths. */
  flag(probability: number): boolean {
    const split = 1 + (((this.#range - 1) * probability) >> 8);
    const isSet = this.#value >= split;
    if (isSet) {
      this.#range -= split;
      this.#value -= split;
    } else {
      this.#range = split;
    }
    while (this.#range < 128) {
      this.#range <<= 1;
      this.#value = (this.#value << 1) | this.#bit();
    }
    return isSet;
  }

  #bit(): number {
    if (this.#at >= this.#end) {
      this.#beyond++;
      return 0;
    }
    const bit = (this.#bytes[this.#at]! >> --this.#left) & 1;
    if (this.#left === 0) {
      this.#left = 8;
      this.#at++;
    }
    return bit;
  }

  /** An integer of `length` bits, each as likely as the other, most significant bit first. */
  literal(length: number): number {
    let value = 0;
    for (let n = 0; n < length; n++) value = (value << 1) | (this.flag(128) ? 1 : 0);
    return value;
  }

  /** Whether the bytes began with the marker of an encoder and have been read to their padding, which is zeros (9.2.3). */
  get isAtEnd(): boolean {
    if (this.#marker || this.#beyond > maxBitsBeyondEnd) return false;
    if (this.#at >= this.#end) return true;
    if ((this.#bytes[this.#at]! & ((1 << this.#left) - 1)) !== 0) return false;
    for (let at = this.#at + 1; at < this.#end; at++) if (this.#bytes[at] !== 0) return false;
    return true;
  }
}
