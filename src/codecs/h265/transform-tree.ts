/**
 * transform_tree() and transform_unit() of H.265 (ITU-T H.265, 7.3.8.8 to 7.3.8.14): which transform blocks a coding unit has,
 * and what stands before their coefficients.
 */
import type { CabacEngine } from '../cabac-engine.ts';
import { Context } from './cabac-contexts.ts';
import type { CodingStore } from './coding-store.ts';
import { chromaMode, isStraight, scanOf } from './intra-modes.ts';
import { ResidualCoding } from './residual-coding.ts';
import type { SliceFacts } from './slice-segment-header-end.ts';

/** What of a coding unit its transform tree depends on. */
export interface CodingUnit {
  readonly x: number;
  readonly y: number;
  readonly log2: number;
  readonly isIntra: boolean;
  /** cu_transquant_bypass_flag. */
  readonly isBypassed: boolean;
  /** IntraSplitFlag: four parts, each with a mode of its own. */
  isSplit: boolean;
  /** PartMode is 2Nx2N. */
  isWhole: boolean;
  /** IntraPredModeY of each part. */
  readonly lumaModes: number[];
  /** intra_chroma_pred_mode: of each part in 4:4:4, of the first otherwise. */
  readonly chromaModes: number[];
}

/** Which of the chroma blocks of a transform unit are coded: bit 0 the only or upper one, bit 1 the lower one of 4:2:2. */
interface ChromaCoded {
  readonly cb: number;
  readonly cr: number;
}

/** A larger prefix of cu_qp_delta_abs goes on with an Exp-Golomb code. */
const maxQuantiserPrefix = 5;

/** Reads the transform trees of one slice; what can be none sets `isBroken`. */
export class TransformTree {
  /** Whether the next coded block says by how much the quantiser changes, or that of chroma. */
  awaitsQuantiser = false;
  awaitsChromaOffset = false;
  isBroken = false;
  readonly residuals: ResidualCoding;
  readonly #engine: CabacEngine;
  readonly #store: CodingStore;
  readonly #slice: SliceFacts;
  readonly #chroma: number;

  constructor(engine: CabacEngine, store: CodingStore, slice: SliceFacts, chroma: number) {
    this.#engine = engine;
    this.#store = store;
    this.#slice = slice;
    this.#chroma = chroma;
    const { sps, pps } = store;
    const range = sps.rangeExtension;
    const { blocks, sliceSyntax } = pps;
    this.residuals = new ResidualCoding(engine, {
      signDataHiding: blocks.signDataHidingEnabledFlag,
      log2MaxTransformSkipSize: blocks.transformSkipEnabledFlag
        ? (sliceSyntax?.rangeExtension.log2MaxTransformSkipSize ?? 2)
        : 0,
      transformSkipContext: range?.transformSkipContextEnabledFlag ?? false,
      implicitRdpcm: range?.implicitRdpcmEnabledFlag ?? false,
      explicitRdpcm: range?.explicitRdpcmEnabledFlag ?? false,
      persistentRice: range?.persistentRiceAdaptationEnabledFlag ?? false,
    });
  }

  /** Reads the transform tree of a coding unit. */
  readUnit(unit: CodingUnit): void {
    this.#tree(unit, unit.x, unit.y, unit.log2, 0, 0, { cb: 1, cr: 1 });
  }

  #tree(unit: CodingUnit, x: number, y: number, log2: number, depth: number, part: number, parent: ChromaCoded): void {
    if (this.isBroken || this.#engine.isOverrun) return;
    const engine = this.#engine;
    const { blocks } = this.#store.sps;
    const splitsByPart = unit.isSplit && depth === 0;
    const maxDepth = unit.isIntra
      ? blocks.maxTransformHierarchyDepthIntra + (unit.isSplit ? 1 : 0)
      : blocks.maxTransformHierarchyDepthInter;
    let isSplit: boolean;
    if (log2 <= blocks.maxTbLog2Size && log2 > blocks.minTbLog2Size && depth < maxDepth && !splitsByPart) {
      isSplit = engine.decision(Context.splitTransform + 5 - log2) === 1;
    } else {
      const splitsInter = blocks.maxTransformHierarchyDepthInter === 0 && !unit.isIntra && !unit.isWhole && depth === 0;
      isSplit = log2 > blocks.maxTbLog2Size || splitsByPart || (splitsInter && log2 > blocks.minTbLog2Size);
    }
    // Blocks of 4x4 luma samples have their chroma in common with those beside them.
    let coded: ChromaCoded = log2 === 2 && this.#chroma !== 3 ? parent : { cb: 0, cr: 0 };
    if ((log2 > 2 && this.#chroma !== 0) || this.#chroma === 3) {
      const isTwice = this.#chroma === 2 && (!isSplit || log2 === 3);
      const cb = parent.cb === 0 ? 0 : this.#chromaCoded(depth, isTwice);
      coded = { cb, cr: parent.cr === 0 ? 0 : this.#chromaCoded(depth, isTwice) };
    } else if (this.#chroma === 0) {
      coded = { cb: 0, cr: 0 };
    }
    if (isSplit) {
      const half = 1 << (log2 - 1);
      for (let n = 0; n < 4; n++) {
        const of = depth === 0 && unit.isSplit ? n : part;
        this.#tree(unit, x + (n & 1) * half, y + (n >> 1) * half, log2 - 1, depth + 1, of, coded);
        // Behind the last of four blocks of 4x4 comes the chroma of all.
        if (n === 3 && log2 === 3) this.#chromaOfFour(unit, coded);
      }
      return;
    }
    const isSure = !unit.isIntra && depth === 0 && coded.cb === 0 && coded.cr === 0;
    const luma = isSure || engine.decision(Context.lumaCoded + (depth === 0 ? 1 : 0)) === 1;
    this.#unit(unit, log2, part, luma, coded);
  }

  #chromaCoded(depth: number, isTwice: boolean): number {
    const upper = this.#engine.decision(Context.chromaCoded + depth);
    return isTwice ? upper | (this.#engine.decision(Context.chromaCoded + depth) << 1) : upper;
  }

  #unit(unit: CodingUnit, log2: number, part: number, luma: boolean, coded: ChromaCoded): void {
    const hasChroma = coded.cb > 0 || coded.cr > 0;
    if (!luma && !hasChroma) return;
    this.#quantisers(unit, hasChroma);
    const mode = unit.isIntra ? unit.lumaModes[part]! : -1;
    if (luma) this.#residual(unit, log2, 0, mode);
    if (log2 === 2 && this.#chroma !== 3) return;
    this.#chromaBlocks(unit, log2, part, luma, coded);
  }

  /** The chroma of four blocks of 4x4 luma samples: of one block of 8x8. */
  #chromaOfFour(unit: CodingUnit, coded: ChromaCoded): void {
    if (this.#chroma === 3 || this.#chroma === 0) return;
    this.#chromaBlocks(unit, 2, 0, false, coded);
  }

  #chromaBlocks(unit: CodingUnit, log2: number, part: number, luma: boolean, coded: ChromaCoded): void {
    const engine = this.#engine;
    const log2Chroma = this.#chroma === 3 ? log2 : Math.max(2, log2 - 1);
    const ofPart = this.#chroma === 3 ? part : 0;
    const choice = unit.chromaModes[ofPart] ?? 4;
    const mode = unit.isIntra ? chromaMode(choice, unit.lumaModes[ofPart]!, this.#chroma) : -1;
    const isCross =
      this.#store.pps.sliceSyntax?.rangeExtension.crossComponentPredictionEnabledFlag === true &&
      luma &&
      (!unit.isIntra || choice === 4);
    for (let component = 1; component < 3; component++) {
      if (isCross) this.#crossPrediction(component - 1);
      const flags = component === 1 ? coded.cb : coded.cr;
      for (let n = 0; n < 2 && !engine.isOverrun; n++) {
        if (((flags >> n) & 1) === 1) this.#residual(unit, log2Chroma, component, mode);
      }
    }
  }

  #crossPrediction(component: number): void {
    const engine = this.#engine;
    let bins = 0;
    while (bins < 4 && engine.decision(Context.resScaleAbs + 4 * component + bins) === 1) bins++;
    if (bins > 0) engine.decision(Context.resScaleSign + component);
  }

  #quantisers(unit: CodingUnit, hasChroma: boolean): void {
    const engine = this.#engine;
    const { sps, pps } = this.#store;
    if (pps.blocks.diffCuQpDeltaDepth !== undefined && this.awaitsQuantiser) {
      this.awaitsQuantiser = false;
      let value = 0;
      while (value < maxQuantiserPrefix && engine.decision(Context.quantiserDelta + (value > 0 ? 1 : 0)) === 1) value++;
      if (value === maxQuantiserPrefix) value += this.#expGolomb();
      const isNegative = value > 0 && engine.bypass() === 1;
      const offset = 3 * (sps.bitDepthLuma - 8);
      // 7.4.9.14: CuQpDeltaVal.
      if (value > (isNegative ? 26 : 25) + offset) this.isBroken = true;
    }
    if (this.#slice.cuChromaQpOffsetEnabledFlag && hasChroma && !unit.isBypassed && this.awaitsChromaOffset) {
      this.awaitsChromaOffset = false;
      if (engine.decision(Context.chromaQpOffset) === 0) return;
      const max = (pps.sliceSyntax?.rangeExtension.chromaQpOffsetListLength ?? 1) - 1;
      for (let n = 0; n < max && engine.decision(Context.chromaQpOffsetIndex) === 1; n++);
    }
  }

  /** An Exp-Golomb code of order 0. */
  #expGolomb(): number {
    let [value, length] = [0, 0];
    while (this.#engine.bypass() === 1) {
      value += 2 ** length;
      if (++length > 8) {
        this.isBroken = true;
        return value;
      }
    }
    return value + this.#engine.bypassBits(length);
  }

  /** `mode`: IntraPredModeY or IntraPredModeC, -1 of blocks that are predicted from other pictures. */
  #residual(unit: CodingUnit, log2Size: number, component: number, mode: number): void {
    if (this.isBroken) return;
    const isSmall = log2Size === 2 || (log2Size === 3 && (component === 0 || this.#chroma === 3));
    const isRead = this.residuals.read({
      log2Size,
      component,
      scan: unit.isIntra && isSmall ? scanOf(mode) : 0,
      isInter: !unit.isIntra,
      isBypassed: unit.isBypassed,
      isStraight: isStraight(mode),
    });
    if (!isRead) this.isBroken = true;
  }
}
