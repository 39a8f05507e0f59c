/**
 * Blocks of coefficients in CABAC (ITU-T H.264, 9.3.3.1.3): which are there, and how large. Values are not kept.
 */
import type { CabacEngine } from '../cabac-engine.ts';
import { Category } from './macroblock-store.ts';

/** First contexts by component and ctxBlockCat (0 to 4, then 5): Table 9-34 with 9-40. */
const categoryOffsets = {
  significant: [0, 15, 29, 44, 47, 0],
  absolute: [0, 10, 20, 30, 39, 0],
} as const;
const significantBases = [
  [105, 484, 528],
  [277, 776, 820],
] as const;
const lastBases = [
  [166, 572, 616],
  [338, 864, 908],
] as const;
const absoluteBases = [227, 952, 982] as const;
const significantBases8x8 = [
  [402, 660, 718],
  [436, 675, 733],
] as const;
const lastBases8x8 = [
  [417, 690, 748],
  [451, 699, 757],
] as const;
const absoluteBases8x8 = [426, 708, 766] as const;

/** ctxIdxInc of 8x8 blocks by place (Table 9-43): significant_coeff_flag of frames and of fields, and of the last. */
const significant8x8 = [
  Uint8Array.from([
    0, 1, 2, 3, 4, 5, 5, 4, 4, 3, 3, 4, 4, 4, 5, 5, 4, 4, 4, 4, 3, 3, 6, 7, 7, 7, 8, 9, 10, 9, 8, 7, 7, 6, 11, 12, 13,
    11, 6, 7, 8, 9, 14, 10, 9, 8, 6, 11, 12, 13, 11, 6, 9, 14, 10, 9, 11, 12, 13, 11, 14, 10, 12,
  ]),
  Uint8Array.from([
    0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 7, 7, 8, 4, 5, 6, 9, 10, 10, 8, 11, 12, 11, 9, 9, 10, 10, 8, 11, 12, 11, 9, 9, 10,
    10, 8, 11, 12, 11, 9, 9, 10, 10, 8, 13, 13, 9, 9, 10, 10, 8, 13, 13, 9, 9, 10, 10, 14, 14, 14, 14, 14,
  ]),
] as const;
const last8x8 = Uint8Array.from({ length: 63 }, (_, n) =>
  n === 0 ? 0 : n < 16 ? 1 : n < 32 ? 2 : n < 40 ? 3 : n < 48 ? 4 : n < 52 ? 5 : n < 56 ? 6 : n < 60 ? 7 : 8,
);

/** Levels and differences of more bits are none that any profile knows. */
const maxSuffixBits = 24;

/** The suffix of a level or a difference, an Exp-Golomb code of this order; undefined where it is longer than any. */
export function readExpGolomb(engine: CabacEngine, order: number): number | undefined {
  let [value, bits] = [0, order];
  while (engine.bypass() === 1) {
    value += 2 ** bits;
    if (++bits > maxSuffixBits) return undefined;
  }
  return value + engine.bypassBits(bits);
}

/** residual_block_cabac() behind coded_block_flag, 7.3.5.3.3; false where it can be none. `field`: 1 in pictures of fields. */
export function readCoefficients(
  engine: CabacEngine,
  field: 0 | 1,
  category: number,
  component: number,
  length: number,
): boolean {
  const is8x8 = category === Category.luma8x8;
  const offset = categoryOffsets.significant[category]!;
  const significant = is8x8 ? significantBases8x8[field][component]! : significantBases[field][component]! + offset;
  const last = is8x8 ? lastBases8x8[field][component]! : lastBases[field][component]! + offset;
  const isChromaDc = category === Category.chromaDc;
  const blocksOfDc = length / 4;
  const places = significant8x8[field];
  let count = 0;
  let n = 0;
  for (; n < length - 1; n++) {
    const dc = isChromaDc ? Math.min(Math.floor(n / blocksOfDc), 2) : n;
    if (engine.decision(significant + (is8x8 ? places[n]! : dc)) === 0) continue;
    count++;
    if (engine.decision(last + (is8x8 ? last8x8[n]! : dc)) === 1) break;
  }
  if (n === length - 1) count++;
  const absolute = is8x8
    ? absoluteBases8x8[component]!
    : absoluteBases[component]! + categoryOffsets.absolute[category]!;
  const maxGreaterBins = isChromaDc ? 3 : 4;
  let [ones, greater] = [0, 0];
  for (; count > 0; count--) {
    if (engine.decision(absolute + (greater > 0 ? 0 : Math.min(4, 1 + ones))) === 0) {
      ones++;
    } else {
      const context = absolute + 5 + Math.min(maxGreaterBins, greater);
      let level = 1;
      while (level < 14 && engine.decision(context) === 1) level++;
      if (level === 14 && readExpGolomb(engine, 0) === undefined) return false;
      greater++;
    }
    engine.bypass(); // coeff_sign_flag
  }
  return true;
}
