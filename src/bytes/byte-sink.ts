/**
 * Where a structure is written to, field after field (big-endian, as ISO BMFF, FLV and MPEG-TS are).
 *
 * A writer of a structure knows only this class. What becomes of the bytes is the subclass's business: gathered in
 * memory (`ByteWriter`), streamed to a file through a small buffer (`io`), or only counted (`ByteCounter`), which is how
 * sizes are known before a table of many megabytes is written, without anyone counting by hand.
 */
export abstract class ByteSink {
  #position = 0;

  /** Bytes written so far. */
  get position(): number {
    return this.#position;
  }

  /** Makes room for `length` (at most 16) bytes: the view to write them into, and where in it they begin. */
  protected abstract reserve(length: number): { view: DataView; at: number };
  protected abstract append(bytes: Uint8Array): void;

  #reserve(length: number): { view: DataView; at: number } {
    this.#position += length;
    return this.reserve(length);
  }

  u8(value: number): void {
    const { view, at } = this.#reserve(1);
    view.setUint8(at, value);
  }

  u16(value: number): void {
    const { view, at } = this.#reserve(2);
    view.setUint16(at, value);
  }

  u24(value: number): void {
    const { view, at } = this.#reserve(3);
    view.setUint8(at, value >>> 16);
    view.setUint16(at + 1, value & 0xffff);
  }

  u32(value: number): void {
    const { view, at } = this.#reserve(4);
    view.setUint32(at, value);
  }

  i16(value: number): void {
    this.u16(value & 0xffff);
  }

  i32(value: number): void {
    this.u32(value >>> 0);
  }

  /** An unsigned 64-bit integer, exact to 2^53. */
  u64(value: number): void {
    const { view, at } = this.#reserve(8);
    view.setUint32(at, Math.floor(value / 2 ** 32));
    view.setUint32(at + 4, value % 2 ** 32);
  }

  /** A signed 64-bit integer, exact to ±2^53. */
  i64(value: number): void {
    const { view, at } = this.#reserve(8);
    view.setBigInt64(at, BigInt(value));
  }

  f64(value: number): void {
    const { view, at } = this.#reserve(8);
    view.setFloat64(at, value);
  }

  bytes(bytes: Uint8Array): void {
    this.#position += bytes.length;
    this.append(bytes);
  }

  zeros(length: number): void {
    this.bytes(new Uint8Array(length));
  }

  /** Text, one byte a character (four-character codes, handler names in ASCII). */
  latin1(text: string): void {
    for (let i = 0; i < text.length; i++) this.u8(text.charCodeAt(i));
  }
}

/** Gathers the bytes in memory. For structures of bounded size: headers, configuration records, test data. */
export class ByteWriter extends ByteSink {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;
  readonly #slot: { view: DataView; at: number };

  constructor(capacity = 256) {
    super();
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
    this.#slot = { view: this.#view, at: 0 };
  }

  #grow(length: number): void {
    const needed = this.#length + length;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
    this.#slot.view = this.#view;
  }

  protected override reserve(length: number): { view: DataView; at: number } {
    this.#grow(length);
    this.#slot.at = this.#length;
    this.#length += length;
    return this.#slot;
  }

  protected override append(bytes: Uint8Array): void {
    this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** The bytes written so far (a view: copy it before writing on). */
  toBytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** Where counters have written what nobody reads; each box of a movie is counted once. */
const forgotten = { view: new DataView(new ArrayBuffer(16)), at: 0 };

/** Counts the bytes and forgets them. */
export class ByteCounter extends ByteSink {
  protected override reserve(): { view: DataView; at: number } {
    return forgotten;
  }

  protected override append(): void {}
}
