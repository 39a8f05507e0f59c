/**
 * Reads the fields of a structure, one after the other, from bytes in memory.
 *
 * The reader keeps its **first fault** and gives zeros from then on, so that a parser is straight-line field reads with
 * one look at `fault` at the end: the habit that makes damaged files cheap to handle. It knows no file; `base` is only
 * there so that a fault can name the offset in the file the bytes came from.
 */

/** What went wrong first: where in the file, and what was expected there. */
export interface ByteFault {
  /** Offset in the file (or in the bytes, where no base was given). */
  readonly offset: number;
  readonly message: string;
}

/**
 * A cursor over bytes, big-endian unless told otherwise. No read throws: a read past the end sets `fault` and gives 0.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #base: number;
  readonly #littleEndian: boolean;
  #position = 0;
  #fault: ByteFault | undefined;

  /** `base`: file offset of the first byte, for faults. `littleEndian`: byte order of all integers read. */
  constructor(bytes: Uint8Array, options: { base?: number; littleEndian?: boolean } = {}) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#base = options.base ?? 0;
    this.#littleEndian = options.littleEndian ?? false;
  }

  /** Bytes read so far, counted from the start of the bytes. */
  get position(): number {
    return this.#position;
  }

  /** Offset in the file of the next byte. */
  get offset(): number {
    return this.#base + this.#position;
  }

  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  /** The first fault met, or undefined while everything read was there. */
  get fault(): ByteFault | undefined {
    return this.#fault;
  }

  /** Records a fault found by the caller (a value out of its range); an earlier one stands. */
  fail(message: string, offset: number = this.offset): void {
    this.#fault ??= { offset, message };
  }

  #take(length: number): number {
    if (this.#fault !== undefined) return -1;
    if (length > this.remaining) {
      this.fail(`expected ${length} more byte${length === 1 ? '' : 's'}, found ${this.remaining}`);
      return -1;
    }
    const at = this.#position;
    this.#position += length;
    return at;
  }

  u8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : this.#bytes[at]!;
  }

  u16(): number {
    const at = this.#take(2);
    return at < 0 ? 0 : this.#view.getUint16(at, this.#littleEndian);
  }

  i16(): number {
    const at = this.#take(2);
    return at < 0 ? 0 : this.#view.getInt16(at, this.#littleEndian);
  }

  u24(): number {
    const at = this.#take(3);
    if (at < 0) return 0;
    const [a, b, c] = [this.#bytes[at]!, this.#bytes[at + 1]!, this.#bytes[at + 2]!];
    return this.#littleEndian ? (c << 16) | (b << 8) | a : (a << 16) | (b << 8) | c;
  }

  u32(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.#view.getUint32(at, this.#littleEndian);
  }

  i32(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.#view.getInt32(at, this.#littleEndian);
  }

  /** An unsigned 64-bit integer as a double: exact to 2^53, and a fault beyond, where no file offset or time can be. */
  u64(): number {
    const start = this.offset;
    const at = this.#take(8);
    if (at < 0) return 0;
    const first = this.#view.getUint32(at, this.#littleEndian);
    const second = this.#view.getUint32(at + 4, this.#littleEndian);
    const value = this.#littleEndian ? second * 2 ** 32 + first : first * 2 ** 32 + second;
    if (!Number.isSafeInteger(value)) {
      this.fail('expected a 64-bit number below 2^53', start);
      return 0;
    }
    return value;
  }

  /** A signed 64-bit integer as a double; a fault beyond ±2^53. */
  i64(): number {
    const start = this.offset;
    const at = this.#take(8);
    if (at < 0) return 0;
    const value = Number(this.#view.getBigInt64(at, this.#littleEndian));
    if (!Number.isSafeInteger(value)) {
      this.fail('expected a 64-bit number between -2^53 and 2^53', start);
      return 0;
    }
    return value;
  }

  /** IEEE 754 double. */
  f64(): number {
    const at = this.#take(8);
    return at < 0 ? 0 : this.#view.getFloat64(at, this.#littleEndian);
  }

  /** `length` bytes as a view (not a copy); empty after a fault. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return at < 0 ? new Uint8Array(0) : this.#bytes.subarray(at, at + length);
  }

  /** `length` bytes as text, one character a byte (ISO 8859-1, which four-character codes are written in). */
  latin1(length: number): string {
    const bytes = this.bytes(length);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  }

  skip(length: number): void {
    this.#take(length);
  }

  /** The next `length` bytes, or as many as are left, without reading them; none after a fault. */
  ahead(length: number): DataView {
    const there = this.#fault === undefined ? Math.min(length, this.remaining) : 0;
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#position, there);
  }
}
