/** In which order the coding tree blocks of a picture are coded (ITU-T H.265, 6.5.1): tile by tile, row by row in each. */
import type { PictureParameterSet } from './picture-parameter-set.ts';
import type { SequenceParameterSet } from './sequence-parameter-set.ts';

/** The tiles of a picture; without tiles one that is all of it. */
export class TileLayout {
  /** Coding tree blocks in a row of the picture. */
  readonly width: number;
  /** By raster address: number of the tile. */
  readonly ids: Uint16Array;
  /** By place in the order of coding: raster address. */
  readonly toRaster: Int32Array;
  /** By raster address: place in the order of coding. */
  readonly toCoded: Int32Array;
  /** By raster address: 1 where it is in the first column of its tile. */
  readonly beginsRow: Uint8Array;

  constructor(sps: SequenceParameterSet, pps: PictureParameterSet) {
    const height = sps.picHeightInCtbs;
    this.width = sps.picSizeInCtbs / height;
    const columns = bounds(pps.tiles?.columnWidths, pps.tiles?.columns ?? 1, this.width);
    const rows = bounds(pps.tiles?.rowHeights, pps.tiles?.rows ?? 1, height);
    this.ids = new Uint16Array(sps.picSizeInCtbs);
    this.toRaster = new Int32Array(sps.picSizeInCtbs);
    this.toCoded = new Int32Array(sps.picSizeInCtbs);
    this.beginsRow = new Uint8Array(sps.picSizeInCtbs);
    let [coded, id] = [0, 0];
    for (let row = 0; row + 1 < rows.length; row++) {
      for (let column = 0; column + 1 < columns.length; column++, id++) {
        for (let y = rows[row]!; y < rows[row + 1]!; y++) {
          for (let x = columns[column]!; x < columns[column + 1]!; x++) {
            const raster = y * this.width + x;
            this.ids[raster] = id;
            this.toRaster[coded] = raster;
            this.toCoded[raster] = coded++;
            if (x === columns[column]) this.beginsRow[raster] = 1;
          }
        }
      }
    }
  }
}

/** Where the columns or rows begin, and the end. `sizes`: of all but the last; undefined: all alike. */
function bounds(sizes: readonly number[] | undefined, count: number, total: number): number[] {
  if (sizes === undefined) return Array.from({ length: count + 1 }, (_, n) => Math.floor((n * total) / count));
  const places = [0];
  for (const size of sizes) places.push(Math.min(total, places.at(-1)! + size));
  return [...places, total];
}
