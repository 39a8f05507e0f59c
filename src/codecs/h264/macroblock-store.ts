/**
 * What is kept of the macroblocks of a slice because those to the right and below are read by it (ITU-T H.264, 6.4): no
 * values of samples, only what decides on the syntax. And what both ways of entropy coding have to give.
 */

/** What a macroblock is. */
export const Kind = { nxn: 1, intra16x16: 2, pcm: 3, inter: 4, skip: 5, direct: 6 } as const;

/** Blocks of 4x4 samples that are kept of each macroblock: 16 of luma, and as many at most of Cb and of Cr. */
const blocks = 48;

/** One slice's macroblocks in columns, indexed from its first macroblock. */
export class MacroblockStore {
  readonly width: number;
  readonly #first: number;
  readonly kinds: Uint8Array;
  /** coded_block_pattern: luma in the lowest four bits, chroma above. */
  readonly patterns: Uint8Array;
  readonly transforms8x8: Uint8Array;
  readonly chromaModes: Uint8Array;
  /** Bit n: the DC coefficients of colour component n are coded. */
  readonly dcFlags: Uint8Array;
  /** TotalCoeff of each block, or whether it is coded. By component 16 in raster order of the macroblock. */
  readonly counts: Uint8Array;
  /** Absolute motion vector differences, no more than 64, by list, component and block. */
  readonly differences: Uint8Array;
  /** By list and 8x8 block whether the index of a reference is above 0. */
  readonly references: Uint8Array;

  /** For one slice, from its macroblock `first` on, of a picture of `size` macroblocks. */
  constructor(width: number, size: number, first: number) {
    this.width = width;
    this.#first = first;
    this.kinds = new Uint8Array(size);
    this.patterns = new Uint8Array(size);
    this.transforms8x8 = new Uint8Array(size);
    this.chromaModes = new Uint8Array(size);
    this.dcFlags = new Uint8Array(size);
    this.counts = new Uint8Array(size * blocks);
    this.differences = new Uint8Array(size * 64);
    this.references = new Uint8Array(size * 8);
  }

  /** The macroblock to the left, if it is of the same slice; -1 otherwise. */
  left(address: number): number {
    return address % this.width > 0 && address > this.#first ? address - 1 : -1;
  }

  /** The macroblock above, if it is of the same slice; -1 otherwise. */
  above(address: number): number {
    return address - this.width >= this.#first ? address - this.width : -1;
  }
}

/** What the syntax elements of one macroblock are read by. */
export interface MacroblockPosition {
  readonly store: MacroblockStore;
  address: number;
  /** Its neighbours of the same slice, -1 where there is none. */
  left: number;
  above: number;
}

/** Which coefficients: ctxBlockCat of luma (Table 9-42). */
export const Category = { dc: 0, ac: 1, luma4x4: 2, chromaDc: 3, chromaAc: 4, luma8x8: 5 } as const;

/** The elements of macroblock_layer() (7.3.5), each by its way of entropy coding. */
export interface MacroblockSyntax {
  /** Whether what was read can be no slice; asked after each macroblock. */
  readonly isBroken: boolean;
  /** Type of a macroblock of an I slice, Table 7-11. */
  intraType(): number;
  /** mb_type of a P slice: 0 to 4, or 5 and more with those of I slices. */
  typeOfP(): number;
  /** Of a B slice: 0 to 22, or 23 and more. */
  typeOfB(): number;
  subTypeOfP(): number;
  subTypeOfB(): number;
  /** ref_idx of the 8x8 block; `active`: how many there are to choose from. */
  reference(list: number, block: number, active: number): number;
  /** Both components of mvd; the block is at the 4x4 block `x`, `y`, of `width` and `height` 4x4 blocks. */
  difference(list: number, x: number, y: number, width: number, height: number): void;
  transform8x8(): boolean;
  codedBlockPattern(isIntra: boolean, hasChroma: boolean): number;
  quantiserDelta(): number;
  intraMode(): void;
  chromaMode(): number;
  /** pcm samples: so many bits, behind the alignment. */
  pcm(bits: number): void;
  /**
   * A block of coefficients, `length` at most. `component`: 0 Y, 1 Cb, 2 Cr; `x`, `y`: its 4x4 block; `columns`, `rows`: 4x4
   * blocks of a macroblock of this component.
   */
  residual(
    category: number,
    component: number,
    x: number,
    y: number,
    columns: number,
    rows: number,
    length: number,
  ): void;
}
