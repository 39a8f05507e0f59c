/** How IntraPredModeY and IntraPredModeC follow from what is coded (ITU-T H.265, 8.4.2 and 8.4.3): 0 to 34. */

const planar = 0;
const dc = 1;
const across = 10;
const down = 26;

/** Mode of luma. `coded`: mpm_idx, or rem_intra_luma_pred_mode plus 3; `left`, `above`: those of the neighbours. */
export function lumaMode(coded: number, left: number, above: number): number {
  const candidates = candidatesOf(left, above);
  if (coded < 3) return candidates[coded]!;
  let mode = coded - 3;
  for (const candidate of candidates.toSorted((a, b) => a - b)) if (mode >= candidate) mode++;
  return mode;
}

function candidatesOf(left: number, above: number): readonly number[] {
  if (left === above) {
    return left < 2 ? [planar, dc, down] : [left, 2 + ((left + 29) % 32), 2 + ((left - 2 + 1) % 32)];
  }
  const third = [planar, dc, down].find((mode) => mode !== left && mode !== above)!;
  return [left, above, third];
}

/** By the mode of 4:4:4: that of 4:2:2, whose blocks are twice as high as wide (Table 8-3). */
const modesOf422 = Uint8Array.from([
  0, 1, 2, 2, 2, 2, 3, 5, 7, 8, 10, 11, 13, 15, 16, 18, 19, 20, 21, 22, 23, 23, 24, 24, 25, 25, 26, 27, 27, 28, 28, 29,
  29, 30, 31,
]);

/** Mode of chroma. `coded`: intra_chroma_pred_mode; `format`: ChromaArrayType. */
export function chromaMode(coded: number, luma: number, format: number): number {
  const own = [planar, down, across, dc][coded];
  const mode = own === undefined ? luma : own === luma ? 34 : own;
  return format === 2 ? modesOf422[mode]! : mode;
}

/** scanIdx of a small block that is predicted from its own picture: across for what is predicted down, and the other way. */
export function scanOf(mode: number): 0 | 1 | 2 {
  if (mode >= 6 && mode <= 14) return 2;
  return mode >= 22 && mode <= 30 ? 1 : 0;
}

/** Whether a block is predicted exactly across or down. */
export function isStraight(mode: number): boolean {
  return mode === across || mode === down;
}
