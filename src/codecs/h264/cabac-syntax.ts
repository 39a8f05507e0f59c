/**
 * The syntax elements of macroblocks in CABAC (ITU-T H.264, 9.3): their bins, and which contexts those have by what the
 * neighbours are. It keeps whether blocks are coded and no values. Macroblocks of frames or of fields, not both in a picture.
 */
import type { CabacEngine } from '../cabac-engine.ts';
import { readCoefficients, readExpGolomb } from './cabac-coefficients.ts';
import { Category, Kind, type MacroblockSyntax, type MacroblockPosition } from './macroblock-store.ts';

/** First contexts of coded_block_flag by component and ctxBlockCat: Table 9-34 with 9-40. */
const codedOffsets = [0, 4, 8, 12, 16, 0] as const;
const codedBases = [85, 460, 472] as const;
const codedBases8x8 = [1012, 1016, 1020] as const;

/** What the contexts of a slice depend on. */
export interface CabacSlice {
  /** Of a picture that is one field. */
  readonly isField: boolean;
  readonly is444: boolean;
  /** x264 before its build 151 took the neighbours of 8x8 blocks in 4:4:4 that are no 8x8 blocks for missing ones. */
  readonly isOfEarlyX264: boolean;
}

/** Reads the syntax elements of one slice through CABAC; a value out of its range sets `isBroken`. */
export class CabacSyntax implements MacroblockSyntax {
  readonly engine: CabacEngine;
  readonly #place: MacroblockPosition;
  readonly #bytes: Uint8Array;
  readonly #field: 0 | 1;
  /** 4:4:4: coded_block_flag of 8x8 blocks is coded too. */
  readonly #is444: boolean;
  readonly #isOfEarlyX264: boolean;
  /** Whether the macroblock before, in the order of decoding, changed the quantiser. */
  quantiserChanged = false;
  #isBroken = false;

  constructor(
    engine: CabacEngine,
    bytes: Uint8Array,
    place: MacroblockPosition,
    { isField, is444, isOfEarlyX264 }: CabacSlice,
  ) {
    this.engine = engine;
    this.#bytes = bytes;
    this.#place = place;
    this.#field = isField ? 1 : 0;
    this.#is444 = is444;
    this.#isOfEarlyX264 = isOfEarlyX264;
  }

  get isBroken(): boolean {
    return this.#isBroken || this.engine.isOverrun;
  }

  /** mb_skip_flag; `base`: 11 of P slices, 24 of B slices. */
  skip(base: number): boolean {
    const { store, left, above } = this.#place;
    const increment = (address: number): number => (address >= 0 && store.kinds[address] !== Kind.skip ? 1 : 0);
    return this.engine.decision(base + increment(left) + increment(above)) === 1;
  }

  intraType(): number {
    const { store, left, above } = this.#place;
    const increment = (address: number): number => (address >= 0 && store.kinds[address] !== Kind.nxn ? 1 : 0);
    if (this.engine.decision(3 + increment(left) + increment(above)) === 0) return 0;
    return this.#intra16x16Type(6, 7, 8, 9, 10);
  }

  /** The types of I slices in P and B slices. */
  #intraTypeWithin(base: number): number {
    if (this.engine.decision(base) === 0) return 0;
    return this.#intra16x16Type(base + 1, base + 2, base + 2, base + 3, base + 3);
  }

  #intra16x16Type(luma: number, chroma: number, chromaAc: number, mode0: number, mode1: number): number {
    const { engine } = this;
    if (engine.terminate() === 1) return 25;
    let type = 1 + 12 * engine.decision(luma);
    if (engine.decision(chroma) === 1) type += 4 + 4 * engine.decision(chromaAc);
    type += 2 * engine.decision(mode0);
    return type + engine.decision(mode1);
  }

  typeOfP(): number {
    const { engine } = this;
    if (engine.decision(14) === 1) return 5 + this.#intraTypeWithin(17);
    if (engine.decision(15) === 0) return 3 * engine.decision(16);
    return 2 - engine.decision(17);
  }

  typeOfB(): number {
    const { engine } = this;
    const { store, left, above } = this.#place;
    const increment = (address: number): number =>
      address >= 0 && store.kinds[address] !== Kind.skip && store.kinds[address] !== Kind.direct ? 1 : 0;
    if (engine.decision(27 + increment(left) + increment(above)) === 0) return 0;
    if (engine.decision(30) === 0) return 1 + engine.decision(32);
    let bits = engine.decision(31) << 3;
    bits |= engine.decision(32) << 2;
    bits |= engine.decision(32) << 1;
    bits |= engine.decision(32);
    if (bits < 8) return bits + 3;
    if (bits === 13) return 23 + this.#intraTypeWithin(32);
    if (bits === 14) return 11;
    if (bits === 15) return 22;
    return ((bits << 1) | engine.decision(32)) - 4;
  }

  subTypeOfP(): number {
    const { engine } = this;
    if (engine.decision(21) === 1) return 0;
    if (engine.decision(22) === 0) return 1;
    return engine.decision(23) === 1 ? 2 : 3;
  }

  subTypeOfB(): number {
    const { engine } = this;
    if (engine.decision(36) === 0) return 0;
    if (engine.decision(37) === 0) return 1 + engine.decision(39);
    let type = 3;
    if (engine.decision(38) === 1) {
      if (engine.decision(39) === 1) return 11 + engine.decision(39);
      type += 4;
    }
    type += 2 * engine.decision(39);
    return type + engine.decision(39);
  }

  reference(list: number, block: number, active: number): number {
    const { store, address, left, above } = this.#place;
    const of = (macroblock: number, at: number): number =>
      macroblock < 0 ? 0 : store.references[(macroblock * 2 + list) * 4 + at]!;
    const a = (block & 1) === 1 ? of(address, block - 1) : of(left, block + 1);
    const b = block >= 2 ? of(address, block - 2) : of(above, block + 2);
    let context = a + 2 * b;
    let reference = 0;
    while (this.engine.decision(54 + context) === 1) {
      context = (context >> 2) + 4;
      if (++reference >= 32) break;
    }
    if (reference >= active) this.#isBroken = true;
    return reference;
  }

  difference(list: number, x: number, y: number, width: number, height: number): void {
    const { store, address, left, above } = this.#place;
    for (let component = 0; component < 2; component++) {
      const at = (list * 2 + component) * 16;
      let sum = 0;
      if (x > 0) sum += store.differences[address * 64 + at + y * 4 + x - 1]!;
      else if (left >= 0) sum += store.differences[left * 64 + at + y * 4 + 3]!;
      if (y > 0) sum += store.differences[address * 64 + at + (y - 1) * 4 + x]!;
      else if (above >= 0) sum += store.differences[above * 64 + at + 12 + x]!;
      const value = Math.min(64, this.#absoluteDifference(component === 0 ? 40 : 47, sum));
      for (let row = y; row < y + height; row++) {
        store.differences.fill(value, address * 64 + at + row * 4 + x, address * 64 + at + row * 4 + x + width);
      }
    }
  }

  #absoluteDifference(base: number, neighbours: number): number {
    const { engine } = this;
    if (engine.decision(base + (neighbours < 3 ? 0 : neighbours > 32 ? 2 : 1)) === 0) return 0;
    let value = 1;
    let context = base + 3;
    while (value < 9 && engine.decision(context) === 1) {
      if (value < 4) context++;
      value++;
    }
    if (value >= 9) value += this.#orBroken(readExpGolomb(engine, 3));
    engine.bypass(); // sign
    return value;
  }

  #orBroken(value: number | undefined): number {
    if (value === undefined) this.#isBroken = true;
    return value ?? 0;
  }

  transform8x8(): boolean {
    const { store, left, above } = this.#place;
    const of = (address: number): number => (address < 0 ? 0 : store.transforms8x8[address]!);
    return this.engine.decision(399 + of(left) + of(above)) === 1;
  }

  codedBlockPattern(_isIntra: boolean, hasChroma: boolean): number {
    const { engine } = this;
    const { store, left, above } = this.#place;
    const a = left < 0 ? 0x0f : store.patterns[left]!;
    const b = above < 0 ? 0x0f : store.patterns[above]!;
    const zero = (pattern: number, bit: number): number => ((pattern >> bit) & 1) ^ 1;
    let pattern = engine.decision(73 + zero(a, 1) + 2 * zero(b, 2));
    pattern |= engine.decision(73 + zero(pattern, 0) + 2 * zero(b, 3)) << 1;
    pattern |= engine.decision(73 + zero(a, 3) + 2 * zero(pattern, 0)) << 2;
    pattern |= engine.decision(73 + zero(pattern, 2) + 2 * zero(pattern, 1)) << 3;
    if (!hasChroma) return pattern;
    const [chromaA, chromaB] = [a >> 4, b >> 4];
    if (engine.decision(77 + (chromaA > 0 ? 1 : 0) + (chromaB > 0 ? 2 : 0)) === 0) return pattern;
    const ac = engine.decision(81 + (chromaA === 2 ? 1 : 0) + (chromaB === 2 ? 2 : 0));
    return pattern | ((1 + ac) << 4);
  }

  quantiserDelta(): number {
    let context = this.quantiserChanged ? 1 : 0;
    let code = 0;
    while (this.engine.decision(60 + context) === 1) {
      context = 2 + (context >> 1);
      if (++code > 200) {
        this.#isBroken = true;
        break;
      }
    }
    return code % 2 === 1 ? (code + 1) / 2 : -(code / 2);
  }

  intraMode(): void {
    const { engine } = this;
    if (engine.decision(68) === 1) return;
    for (let n = 0; n < 3; n++) engine.decision(69);
  }

  chromaMode(): number {
    const { engine } = this;
    const { store, left, above } = this.#place;
    const of = (address: number): number => (address >= 0 && store.chromaModes[address]! > 0 ? 1 : 0);
    if (engine.decision(64 + of(left) + of(above)) === 0) return 0;
    if (engine.decision(67) === 0) return 1;
    return 2 + engine.decision(67);
  }

  pcm(bits: number): void {
    const byte = Math.ceil(this.engine.position / 8) + Math.ceil(bits / 8);
    if (byte >= this.#bytes.length) this.#isBroken = true;
    else this.engine.start(byte);
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
    const is8x8 = category === Category.luma8x8;
    const isCoded =
      is8x8 && !this.#is444
        ? true
        : this.engine.decision(
            (is8x8 ? codedBases8x8[component]! : codedBases[this.#is444 ? component : 0]! + codedOffsets[category]!) +
              this.#codedIncrement(category, component, x, y, columns, rows),
          ) === 1;
    if (!isCoded) return;
    const { store, address } = this.#place;
    if (category === Category.dc || category === Category.chromaDc) {
      store.dcFlags[address]! |= 1 << component;
    } else {
      const at = address * 48 + component * 16 + y * columns + x;
      store.counts[at] = 1;
      if (is8x8) {
        store.counts[at + 1] = 1;
        store.counts.fill(1, at + columns, at + columns + 2);
      }
    }
    const isRead = readCoefficients(this.engine, this.#field, category, this.#is444 ? component : 0, length);
    if (!isRead) this.#isBroken = true;
  }

  /** ctxIdxInc of coded_block_flag, 9.3.3.1.1.9. */
  #codedIncrement(category: number, component: number, x: number, y: number, columns: number, rows: number): number {
    const { store, address, left, above } = this.#place;
    const kind = store.kinds[address];
    const absent = kind === Kind.nxn || kind === Kind.intra16x16 ? 1 : 0;
    if (category === Category.dc || category === Category.chromaDc) {
      const of = (macroblock: number): number =>
        macroblock < 0 ? absent : (store.dcFlags[macroblock]! >> component) & 1;
      return of(left) + 2 * of(above);
    }
    const of = (macroblock: number, column: number, row: number): number => {
      if (macroblock < 0) return absent;
      // Only 8x8 blocks are neighbours of 8x8 blocks.
      if (category === Category.luma8x8 && store.transforms8x8[macroblock] === 0) {
        if (this.#isOfEarlyX264) return absent;
        if (store.kinds[macroblock] !== Kind.pcm) return 0;
      }
      return store.counts[macroblock * 48 + component * 16 + row * columns + column]! > 0 ? 1 : 0;
    };
    const a = x > 0 ? of(address, x - 1, y) : of(left, columns - 1, y);
    const b = y > 0 ? of(address, x, y - 1) : of(above, x, rows - 1);
    return a + 2 * b;
  }
}
