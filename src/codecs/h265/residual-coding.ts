/**
 * residual_coding() of H.265 (ITU-T H.265, 7.3.8.11): the coefficients of one transform block. Levels are read only as far as
 * the reading of those behind them depends on them; nothing is kept.
 */
import type { CabacEngine } from '../cabac-engine.ts';
import { Context } from './cabac-contexts.ts';

/** What decides how a transform block is read. */
export interface TransformBlock {
  /** Side in samples of its component, as a power of two: 2 to 5. */
  readonly log2Size: number;
  /** 0 luma, 1 Cb, 2 Cr. */
  readonly component: number;
  /** 0 diagonal, 1 across, 2 down (7.4.9.11). */
  readonly scan: 0 | 1 | 2;
  readonly isInter: boolean;
  readonly isBypassed: boolean;
  /** Predicted exactly across or down: IntraPredMode 10 or 26. */
  readonly isStraight: boolean;
}

/** What is the same for all blocks of a picture. */
export interface ResidualSettings {
  readonly signDataHiding: boolean;
  /** Side of the largest block that may go without a transform; 0 where none may. */
  readonly log2MaxTransformSkipSize: number;
  readonly transformSkipContext: boolean;
  readonly implicitRdpcm: boolean;
  readonly explicitRdpcm: boolean;
  readonly persistentRice: boolean;
}

/** Places of a square of 1, 2, 4 or 8 a side in the order of each scan (6.5.3 to 6.5.5): x in the low bits, y above them. */
const scans: readonly (readonly Uint8Array[])[] = [0, 1, 2].map((scan) =>
  [1, 2, 4, 8].map((side) => Uint8Array.from(placesOf(scan, side))),
);

function placesOf(scan: number, side: number): number[] {
  const places: number[] = [];
  const add = (x: number, y: number): void => void places.push((y << 3) | x);
  if (scan === 0) {
    // Up and to the right, from the left edge.
    for (let sum = 0; sum < 2 * side - 1; sum++) {
      for (let y = Math.min(sum, side - 1); y >= 0 && sum - y < side; y--) add(sum - y, y);
    }
    return places;
  }
  for (let n = 0; n < side; n++) {
    for (let m = 0; m < side; m++) add(scan === 1 ? m : n, scan === 1 ? n : m);
  }
  return places;
}

/** ctxIdxMap of 4x4 blocks (Table 9-50). */
const smallBlockContexts = Uint8Array.from([0, 1, 4, 5, 2, 3, 4, 5, 6, 6, 8, 8, 7, 7, 8, 8]);

/** sigCtx by which of the sub-blocks to the right (1) and below (2) are coded, and by place in the sub-block. */
const significantContexts: readonly Uint8Array[] = [0, 1, 2, 3].map((coded) =>
  Uint8Array.from({ length: 16 }, (_, place) => {
    const [x, y] = [place & 3, place >> 2];
    if (coded === 0) return x + y === 0 ? 2 : x + y < 3 ? 1 : 0;
    if (coded === 3) return 2;
    const along = coded === 1 ? y : x;
    return along === 0 ? 2 : along === 1 ? 1 : 0;
  }),
);

/** A level with a longer prefix is none that 16 bits hold. */
const maxPrefix = 32;

/** Reads transform blocks, one after the other, through CABAC. */
export class ResidualCoding {
  readonly #engine: CabacEngine;
  readonly #settings: ResidualSettings;
  readonly #coded = new Uint8Array(64);
  readonly #levels = new Uint8Array(16);
  /** StatCoeff: how large levels were, by kind of block. */
  readonly riceStatistics = new Uint8Array(4);

  constructor(engine: CabacEngine, settings: ResidualSettings) {
    this.#engine = engine;
    this.#settings = settings;
  }

  /** Reads one block; false where it can be none. */
  read(block: TransformBlock): boolean {
    const engine = this.#engine;
    const settings = this.#settings;
    const { log2Size, component, scan, isInter, isBypassed } = block;
    const ofChroma = component > 0 ? 1 : 0;
    const skips =
      !isBypassed &&
      log2Size <= settings.log2MaxTransformSkipSize &&
      engine.decision(Context.transformSkip + ofChroma) === 1;
    let rdpcm = false;
    if (isInter && settings.explicitRdpcm && (skips || isBypassed)) {
      rdpcm = engine.decision(Context.explicitRdpcm + ofChroma) === 1;
      if (rdpcm) engine.decision(Context.explicitRdpcmDirection + ofChroma);
    } else if (!isInter && settings.implicitRdpcm && (skips || isBypassed)) {
      rdpcm = block.isStraight;
    }
    const hidesSigns = settings.signDataHiding && !isBypassed && !rdpcm;

    const prefixX = this.#lastPrefix(Context.lastX, log2Size, ofChroma);
    const prefixY = this.#lastPrefix(Context.lastY, log2Size, ofChroma);
    let lastX = this.#lastPlace(prefixX);
    let lastY = this.#lastPlace(prefixY);
    if (scan === 2) [lastX, lastY] = [lastY, lastX];

    const side = 1 << (log2Size - 2);
    const subBlocks = scans[scan]![log2Size - 2]!;
    const places = scans[scan]![2]!;
    const lastSubBlock = subBlocks.indexOf(((lastY >> 2) << 3) | (lastX >> 2));
    const lastPlace = places.indexOf(((lastY & 3) << 3) | (lastX & 3));
    if (lastSubBlock < 0 || lastPlace < 0) return false;

    const usesOneContext = settings.transformSkipContext && (skips || isBypassed);
    const statistic = settings.persistentRice ? (ofChroma === 0 ? 2 : 0) + (skips || isBypassed ? 1 : 0) : -1;
    this.#coded.fill(0);
    const levels = this.#levels;
    let greater1Context = 1;
    for (let n = lastSubBlock; n >= 0; n--) {
      const subBlock = subBlocks[n]!;
      const [subX, subY] = [subBlock & 7, subBlock >> 3];
      const right = subX + 1 < side ? this.#coded[subY * 8 + subX + 1]! : 0;
      const below = subY + 1 < side ? this.#coded[(subY + 1) * 8 + subX]! : 0;
      let isCoded = 1;
      let infersFirst = false;
      if (n < lastSubBlock && n > 0) {
        isCoded = engine.decision(Context.codedSubBlock + (right | below) + 2 * ofChroma);
        infersFirst = true;
      }
      if (isCoded === 0) continue;
      this.#coded[subY * 8 + subX] = 1;

      // Which coefficients are not 0: their places in the order of the scan, from the last on.
      let count = 0;
      let at = 15;
      if (n === lastSubBlock) {
        levels[count++] = lastPlace;
        at = lastPlace - 1;
      }
      const contexts = significantContexts[right + 2 * below]!;
      const isFirst = subX + subY === 0;
      for (; at > 0 || (at === 0 && !infersFirst); at--) {
        const place = places[at]!;
        const [x, y] = [place & 7, place >> 3];
        let context: number;
        if (usesOneContext) {
          context = ofChroma === 0 ? 42 : 16;
        } else if (log2Size === 2) {
          context = smallBlockContexts[y * 4 + x]!;
        } else if (isFirst && at === 0) {
          context = 0;
        } else {
          context = contexts[y * 4 + x]!;
          if (ofChroma === 0) {
            if (!isFirst) context += 3;
            context += log2Size === 3 ? (scan === 0 ? 9 : 15) : 21;
          } else {
            context += log2Size === 3 ? 9 : 12;
          }
        }
        if (engine.decision(Context.significant + context + 27 * ofChroma) === 1) {
          levels[count++] = at;
          infersFirst = false;
        }
      }
      if (at === 0 && infersFirst) levels[count++] = 0;
      if (count === 0) continue;

      const set = (n === 0 || ofChroma === 1 ? 0 : 2) + (n < lastSubBlock && greater1Context === 0 ? 1 : 0);
      greater1Context = 1;
      let flags = 0;
      let firstGreater = -1;
      for (let m = 0; m < Math.min(8, count); m++) {
        if (engine.decision(Context.greater1 + set * 4 + greater1Context + 16 * ofChroma) === 1) {
          greater1Context = 0;
          flags |= 1 << m;
          if (firstGreater < 0) firstGreater = m;
        } else if (greater1Context > 0 && greater1Context < 3) {
          greater1Context++;
        }
      }
      const isGreater2 = firstGreater >= 0 && engine.decision(Context.greater2 + set + 4 * ofChroma) === 1;
      const isHidden = hidesSigns && levels[0]! - levels[count - 1]! > 3;
      engine.bypassBits(count - (isHidden ? 1 : 0)); // coeff_sign_flag
      if (!this.#remaining(count, flags, firstGreater, isGreater2, statistic)) return false;
    }
    return true;
  }

  /** coeff_abs_level_remaining of the coefficients of a sub-block whose flags do not say all. */
  #remaining(count: number, flags: number, firstGreater: number, isGreater2: boolean, statistic: number): boolean {
    const statistics = this.riceStatistics;
    let rice = statistic < 0 ? 0 : statistics[statistic]! >> 2;
    let isCounted = statistic < 0;
    for (let m = 0; m < count; m++) {
      const isGreater1 = (flags >> m) & 1;
      const base = 1 + isGreater1 + (m === firstGreater && isGreater2 ? 1 : 0);
      if (base !== (m < 8 ? (m === firstGreater ? 3 : 2) : 1)) continue;
      const remaining = this.#level(rice);
      if (remaining < 0) return false;
      if (!isCounted) {
        isCounted = true;
        const value = statistics[statistic]!;
        const initial = value >> 2;
        if (remaining >= 3 << initial) statistics[statistic] = value + 1;
        else if (2 * remaining < 1 << initial && value > 0) statistics[statistic] = value - 1;
      }
      if (base + remaining > 3 * 2 ** rice) rice = statistic < 0 ? Math.min(4, rice + 1) : rice + 1;
    }
    return true;
  }

  /** A prefix of ones, and a suffix whose length follows from it (9.3.3.11); -1 where it is none. */
  #level(rice: number): number {
    const engine = this.#engine;
    let prefix = 0;
    while (engine.bypass() === 1) if (++prefix > maxPrefix) return -1;
    if (prefix <= 3) return prefix * 2 ** rice + engine.bypassBits(rice);
    const length = prefix - 3 + rice;
    if (length > 31) return -1;
    return (2 ** (prefix - 3) + 2) * 2 ** rice + (engine.bypassBits(length) >>> 0);
  }

  #lastPrefix(base: number, log2Size: number, ofChroma: number): number {
    const offset = ofChroma === 1 ? 15 : 3 * (log2Size - 2) + ((log2Size - 1) >> 2);
    const shift = ofChroma === 1 ? log2Size - 2 : (log2Size + 1) >> 2;
    const max = 2 * log2Size - 1;
    let prefix = 0;
    while (prefix < max && this.#engine.decision(base + offset + (prefix >> shift)) === 1) prefix++;
    return prefix;
  }

  /** Both prefixes stand before both suffixes: that across is read first. */
  #lastPlace(prefix: number): number {
    if (prefix <= 3) return prefix;
    const length = (prefix >> 1) - 1;
    return (1 << length) * (2 + (prefix & 1)) + this.#engine.bypassBits(length);
  }
}
