/**
 * What is kept of the coding units of a picture because those to the right and below are read by it (ITU-T H.265, 6.4.1):
 * no values of samples, only what decides on the syntax. In blocks of 4x4 samples.
 */
import type { PictureParameterSet } from './picture-parameter-set.ts';
import type { SequenceParameterSet } from './sequence-parameter-set.ts';
import { TileLayout } from './tile-layout.ts';

/** IntraPredModeY of DC, which neighbours stand for that are not predicted from their own picture. */
export const dcMode = 1;

/** Contexts, and statistics of levels, as they were at some place. */
export interface SavedState {
  readonly contexts: Uint8Array;
  readonly statistics: Uint8Array;
}

/** One picture. */
export class CodingStore {
  readonly sps: SequenceParameterSet;
  readonly pps: PictureParameterSet;
  readonly tiles: TileLayout;
  /** Blocks of 4x4 samples in a row. */
  readonly columns: number;
  readonly depths: Uint8Array;
  readonly skipped: Uint8Array;
  readonly modes: Uint8Array;
  /** By coding tree block in raster order: address of the slice it is of, -1 before it is read. */
  readonly slices: Int32Array;
  /** In wavefronts: what the next row of coding tree blocks begins with. */
  behindSecond: SavedState | undefined;

  constructor(sps: SequenceParameterSet, pps: PictureParameterSet) {
    this.sps = sps;
    this.pps = pps;
    this.tiles = new TileLayout(sps, pps);
    const rows = Math.ceil(sps.picHeightInLumaSamples / 4);
    this.columns = Math.ceil(sps.picWidthInLumaSamples / 4);
    this.depths = new Uint8Array(this.columns * rows);
    this.skipped = new Uint8Array(this.columns * rows);
    this.modes = new Uint8Array(this.columns * rows).fill(dcMode);
    this.slices = new Int32Array(sps.picSizeInCtbs).fill(-1);
  }

  /** Whether the coding tree block at a raster address is there, and of the same slice and tile as another one. */
  isAlike(address: number, other: number): boolean {
    return this.slices[other] === this.slices[address] && this.tiles.ids[other] === this.tiles.ids[address];
  }

  /** The 4x4 block to the left of the sample, -1 where it is none of the same slice and tile. */
  left(x: number, y: number): number {
    if (x === 0) return -1;
    return this.#available(x, y, x - 1, y);
  }

  /** The 4x4 block above the sample, -1 where it is none of the same slice and tile. */
  above(x: number, y: number): number {
    if (y === 0) return -1;
    return this.#available(x, y, x, y - 1);
  }

  #available(x: number, y: number, otherX: number, otherY: number): number {
    const { ctbLog2Size: log2 } = this.sps;
    const { width } = this.tiles;
    const address = (y >> log2) * width + (x >> log2);
    const other = (otherY >> log2) * width + (otherX >> log2);
    if (address !== other && !this.isAlike(address, other)) return -1;
    return (otherY >> 2) * this.columns + (otherX >> 2);
  }

  /** Sets what one of the columns says of a square block; what lies outside of the picture is passed over. */
  fill(column: Uint8Array, value: number, x: number, y: number, width: number, height = width): void {
    const { picWidthInLumaSamples, picHeightInLumaSamples } = this.sps;
    const from = x >> 2;
    const to = (Math.min(x + width, picWidthInLumaSamples) + 3) >> 2;
    const end = (Math.min(y + height, picHeightInLumaSamples) + 3) >> 2;
    for (let row = y >> 2; row < end; row++) column.fill(value, row * this.columns + from, row * this.columns + to);
  }
}
