/**
 * The syntax elements of macroblocks in CAVLC (ITU-T H.264, 9.1 and 9.2): Exp-Golomb codes, and coefficients by how many the
 * neighbours have. It keeps counts of coefficients and no values.
 */
import type { AheadReader } from '../../bytes/ahead-reader.ts';
import {
  codedBlockPatterns,
  coeffTokensByNeighbours,
  coeffTokensOfChromaDc,
  runsBefore,
  totalZeros,
  totalZerosOfChromaDc,
  type CodeTable,
} from './cavlc-tables.ts';
import { Category, type MacroblockSyntax, type MacroblockPosition } from './macroblock-store.ts';

/** A level of more is none that any profile knows (16 bits, and 6 more for 14 bits per sample). */
const maxLevelPrefix = 24;
/** No component of a motion vector difference is larger, in quarters of a sample. */
const maxDifference = 1 << 15;

/** Reads the syntax elements of one slice in CAVLC; a value out of its range or past the end sets `isBroken`. */
export class CavlcSyntax implements MacroblockSyntax {
  readonly reader: AheadReader;
  readonly #place: MacroblockPosition;
  #isBroken = false;

  constructor(reader: AheadReader, place: MacroblockPosition) {
    this.reader = reader;
    this.#place = place;
  }

  get isBroken(): boolean {
    return this.#isBroken || this.reader.isOverrun;
  }

  #upTo(value: number, max: number): number {
    if (value >= 0 && value <= max) return value;
    this.#isBroken = true;
    return 0;
  }

  intraType(): number {
    return this.#upTo(this.reader.ue(), 25);
  }

  typeOfP(): number {
    return this.#upTo(this.reader.ue(), 30);
  }

  typeOfB(): number {
    return this.#upTo(this.reader.ue(), 48);
  }

  subTypeOfP(): number {
    return this.#upTo(this.reader.ue(), 3);
  }

  subTypeOfB(): number {
    return this.#upTo(this.reader.ue(), 12);
  }

  reference(_list: number, _block: number, active: number): number {
    if (active === 1) return 0;
    if (active === 2) return 1 - this.reader.bits(1);
    return this.#upTo(this.reader.ue(), active - 1);
  }

  difference(): void {
    for (let component = 0; component < 2; component++) {
      if (Math.abs(this.reader.se()) > maxDifference) this.#isBroken = true;
    }
  }

  transform8x8(): boolean {
    return this.reader.bits(1) === 1;
  }

  codedBlockPattern(isIntra: boolean, hasChroma: boolean): number {
    const tables = isIntra ? codedBlockPatterns.intra : codedBlockPatterns.inter;
    const table = tables[hasChroma ? 0 : 1];
    return table[this.#upTo(this.reader.ue(), table.length - 1)]!;
  }

  quantiserDelta(): number {
    return this.reader.se();
  }

  intraMode(): void {
    if (this.reader.bits(1) === 0) this.reader.position += 3;
  }

  chromaMode(): number {
    return this.#upTo(this.reader.ue(), 3);
  }

  pcm(bits: number): void {
    const { reader } = this;
    while (reader.position % 8 !== 0) if (reader.bits(1) === 1) this.#isBroken = true; // pcm_alignment_zero_bit
    reader.position += bits;
  }

  residual(
    category: number,
    component: number,
    x: number,
    y: number,
    columns: number,
    rows: number,
    length: number,
  ): void {
    if (category === Category.luma8x8) {
      for (let n = 0; n < 4; n++) {
        this.residual(Category.luma4x4, component, x + (n & 1), y + (n >> 1), columns, rows, 16);
      }
      return;
    }
    if (category === Category.chromaDc) {
      const format = length === 4 ? 0 : 1;
      this.#coefficients(coeffTokensOfChromaDc[format]!, length, totalZerosOfChromaDc[format]!);
      return;
    }
    const neighbours = Math.min(8, this.#neighbours(component, x, y, columns, rows));
    const count = this.#coefficients(coeffTokensByNeighbours[neighbours]!, length, totalZeros);
    // 9.2.1: DC coefficients of Intra16x16 macroblocks do not count.
    if (category === Category.dc) return;
    this.#place.store.counts[this.#place.address * 48 + component * 16 + y * columns + x] = count;
  }

  /** nC: coefficients of the blocks to the left and above. */
  #neighbours(component: number, x: number, y: number, columns: number, rows: number): number {
    const { store, address, left, above } = this.#place;
    const { counts } = store;
    const base = component * 16;
    let [a, b] = [-1, -1];
    if (x > 0) a = counts[address * 48 + base + y * columns + x - 1]!;
    else if (left >= 0) a = counts[left * 48 + base + y * columns + columns - 1]!;
    if (y > 0) b = counts[address * 48 + base + (y - 1) * columns + x]!;
    else if (above >= 0) b = counts[above * 48 + base + (rows - 1) * columns + x]!;
    if (a >= 0 && b >= 0) return (a + b + 1) >> 1;
    return Math.max(a, 0) + Math.max(b, 0);
  }

  #code({ bits, entries }: CodeTable): number {
    const entry = entries[this.reader.peek(bits)]!;
    if (entry === 0) this.#isBroken = true;
    this.reader.position += entry >> 8;
    return entry & 0xff;
  }

  /** residual_block_cavlc(), 7.3.5.3.2. */
  #coefficients(tokens: CodeTable, length: number, zerosTables: readonly CodeTable[]): number {
    const { reader } = this;
    const token = this.#code(tokens);
    const total = token >> 2;
    const ones = token & 3;
    if (total === 0 || this.#isBroken) return 0;
    if (total > length) {
      this.#isBroken = true;
      return 0;
    }
    reader.position += ones; // trailing_ones_sign_flag
    let suffixLength = total > 10 && ones < 3 ? 1 : 0;
    for (let n = ones; n < total; n++) {
      const prefix = reader.zeros();
      if (prefix > maxLevelPrefix) {
        this.#isBroken = true;
        return 0;
      }
      let level = Math.min(15, prefix) << suffixLength;
      const suffixSize = prefix === 14 && suffixLength === 0 ? 4 : prefix >= 15 ? prefix - 3 : suffixLength;
      level += reader.bits(suffixSize);
      if (prefix >= 15 && suffixLength === 0) level += 15;
      if (prefix >= 16) level += (1 << (prefix - 3)) - 4096;
      if (n === ones && ones < 3) level += 2;
      if (suffixLength === 0) suffixLength = 1;
      // levelCode 2n is level n + 1, 2n + 1 is -n - 1.
      if ((level >> 1) + 1 > 3 << (suffixLength - 1) && suffixLength < 6) suffixLength++;
    }
    let zeros = total < length ? this.#code(zerosTables[total - 1]!) : 0;
    if (zeros > length - total) this.#isBroken = true;
    for (let n = 0; n < total - 1 && zeros > 0 && !this.#isBroken; n++) {
      const run = this.#code(runsBefore[Math.min(zeros, 7) - 1]!);
      if (run > zeros) this.#isBroken = true;
      zeros -= run;
    }
    return total;
  }
}
