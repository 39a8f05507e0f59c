/**
 * Walks the rows of a table box (stts, stsz, co64 …) from front to back through a small window, so that reading a table
 * costs no memory however long the recording. The count in the box is a claim: rows that do not lie in the box are not
 * there.
 */
import { ByteReader } from '../bytes/byte-reader.ts';
import { readVersionAndFlags, type BoxSpan } from './box.ts';

const windowRows = 4096;
/** From this on a read of its own costs less than a window that is filled for it. */
const longRead = 4096;
/** Version and flags, a number that some tables have before the count, the count. */
const maxTableHeader = 12;

/** Tables are big-endian; where the machine is not, blocks of rows are turned round at once. */
const machineIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** A cursor over the rows of a table box of 32-bit numbers. */
export class TableRows {
  readonly version: number;
  /** The rows that are really there. */
  readonly count: number;
  /** The rows the box claims to have. */
  readonly claimed: number;
  /** The columns of the row `next` moved to. */
  readonly values: Uint32Array;
  readonly #span: BoxSpan;
  readonly #rowsOffset: number;
  readonly #columns: number;
  #row = 0;
  readonly #window: Uint8Array;
  readonly #view: DataView;
  #windowStart = 0;
  #windowEnd = 0;

  /** `columns`: 32-bit numbers in a row. `prefix`: 32-bit numbers between flags and the row count (stsz has one). */
  constructor(span: BoxSpan, columns: number, prefix = 0) {
    const header = Math.min(span.end - span.body, maxTableHeader);
    const reader = new ByteReader(span.source.read(span.body, header).slice(), { base: span.body });
    this.version = readVersionAndFlags(reader).version;
    reader.skip(4 * prefix);
    this.claimed = reader.u32();
    this.#rowsOffset = reader.offset;
    const end = Math.min(span.end, span.source.size);
    this.count =
      reader.fault === undefined
        ? Math.min(this.claimed, Math.max(0, Math.floor((end - this.#rowsOffset) / (4 * columns))))
        : 0;
    this.values = new Uint32Array(columns);
    this.#window = new Uint8Array(Math.min(windowRows, this.count) * 4 * columns);
    this.#view = new DataView(this.#window.buffer);
    this.#span = span;
    this.#columns = columns;
  }

  /** Rows given so far. */
  get row(): number {
    return this.#row;
  }

  /** Moves to the next row; false behind the last. */
  next(): boolean {
    if (this.#row >= this.count) return false;
    if (this.#row >= this.#windowEnd) this.#load();
    const at = (this.#row - this.#windowStart) * 4 * this.#columns;
    for (let i = 0; i < this.#columns; i++) this.values[i] = this.#view.getUint32(at + 4 * i);
    this.#row++;
    return true;
  }

  /**
   * The rows behind those given so far, as many as the window holds, their numbers one after the other; undefined behind
   * the last. The view is valid until the next call. Ten times as quick as row by row.
   */
  nextBlock(): Uint32Array | undefined {
    if (this.#row >= this.count) return undefined;
    this.#load();
    const numbers = (this.#windowEnd - this.#row) * this.#columns;
    if (machineIsLittleEndian) Buffer.from(this.#window.buffer, 0, 4 * numbers).swap32();
    this.#row = this.#windowEnd;
    return new Uint32Array(this.#window.buffer, 0, numbers);
  }

  #load(): void {
    const rowLength = 4 * this.#columns;
    const rows = Math.min(windowRows, this.count - this.#row);
    const filled = this.#read(this.#rowsOffset + this.#row * rowLength, rows * rowLength);
    // A file that has become shorter reads as zeros here and is reported by whoever compares the table with the media.
    this.#window.fill(0, filled, rows * rowLength);
    this.#windowStart = this.#row;
    this.#windowEnd = this.#row + rows;
  }

  /** Tables are read side by side: past the window of the source, which would be filled anew for each. */
  #read(offset: number, length: number): number {
    const { source } = this.#span;
    if (source.readInto !== undefined && length >= longRead) {
      return source.readInto(this.#window.subarray(0, length), offset);
    }
    const bytes = source.read(offset, length);
    this.#window.set(bytes);
    return bytes.length;
  }
}
