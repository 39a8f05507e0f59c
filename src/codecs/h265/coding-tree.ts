/**
 * coding_tree_unit() of H.265 (ITU-T H.265, 7.3.8.2 to 7.3.8.9): the division into coding units, and how those are predicted.
 * Nothing is predicted or reconstructed: kept is only what the reading of others depends on.
 */
import type { CabacEngine } from '../cabac-engine.ts';
import { Context } from './cabac-contexts.ts';
import { dcMode, type CodingStore } from './coding-store.ts';
import { lumaMode } from './intra-modes.ts';
import type { SliceFacts } from './slice-segment-header-end.ts';
import { TransformTree, type CodingUnit } from './transform-tree.ts';

/** No component of a motion vector difference takes a longer prefix: it has 16 bits. */
const maxDifferencePrefix = 16;

/** Reads the coding tree units of one slice; what can be none sets `isBroken`. */
export class CodingTree {
  readonly transforms: TransformTree;
  readonly #engine: CabacEngine;
  readonly #bytes: Uint8Array;
  readonly #store: CodingStore;
  readonly #slice: SliceFacts;
  /** ChromaArrayType. */
  readonly #chroma: number;
  #isBroken = false;

  /** `bytes`: those that the engine reads. */
  constructor(engine: CabacEngine, bytes: Uint8Array, store: CodingStore, slice: SliceFacts) {
    this.#engine = engine;
    this.#bytes = bytes;
    this.#store = store;
    this.#slice = slice;
    const { sps } = store;
    this.#chroma = sps.separateColourPlaneFlag ? 0 : sps.chromaFormatIdc;
    this.transforms = new TransformTree(engine, store, slice, this.#chroma);
  }

  get isBroken(): boolean {
    return this.#isBroken || this.transforms.isBroken || this.#engine.isOverrun;
  }

  /** Reads the coding tree unit at a raster address. `sliceAddress`: SliceAddrRs. */
  read(address: number, sliceAddress: number): void {
    const { sps, tiles } = this.#store;
    const [column, row] = [address % tiles.width, Math.floor(address / tiles.width)];
    if (this.#slice.saoLuma || this.#slice.saoChroma) this.#sao(address, sliceAddress, column, row);
    this.#quadtree(column << sps.ctbLog2Size, row << sps.ctbLog2Size, sps.ctbLog2Size, 0);
  }

  #sao(address: number, sliceAddress: number, column: number, row: number): void {
    const engine = this.#engine;
    const { sps, tiles } = this.#store;
    const above = address - tiles.width;
    const hasLeft = column > 0 && address > sliceAddress && tiles.ids[address - 1] === tiles.ids[address];
    if (hasLeft && engine.decision(Context.saoMerge) === 1) return;
    const hasAbove = row > 0 && above >= sliceAddress && tiles.ids[above] === tiles.ids[address];
    if (hasAbove && engine.decision(Context.saoMerge) === 1) return;
    let type = 0;
    for (let component = 0; component < (this.#chroma === 0 ? 1 : 3); component++) {
      if (component === 0 ? !this.#slice.saoLuma : !this.#slice.saoChroma) continue;
      // sao_type_idx: Cb and Cr have one.
      if (component < 2) type = engine.decision(Context.saoType) === 0 ? 0 : 1 + engine.bypass();
      if (type === 0) continue;
      const depth = component === 0 ? sps.bitDepthLuma : sps.bitDepthChroma;
      const max = (1 << (Math.min(depth, 10) - 5)) - 1;
      let signs = 0;
      for (let n = 0; n < 4; n++) {
        let offset = 0;
        while (offset < max && engine.bypass() === 1) offset++;
        if (offset > 0) signs++;
      }
      if (type === 1) engine.bypassBits(signs + 5); // sao_offset_sign, sao_band_position
      else if (component < 2) engine.bypassBits(2); // sao_eo_class
    }
  }

  #quadtree(x: number, y: number, log2: number, depth: number): void {
    if (this.isBroken) return;
    const { sps, pps } = this.#store;
    const { picWidthInLumaSamples: width, picHeightInLumaSamples: height, blocks } = sps;
    const size = 1 << log2;
    const isSplit =
      log2 > blocks.minCbLog2Size && (x + size > width || y + size > height || this.#splitFlag(x, y, depth));
    const { diffCuQpDeltaDepth } = pps.blocks;
    if (diffCuQpDeltaDepth !== undefined && log2 >= sps.ctbLog2Size - diffCuQpDeltaDepth) {
      this.transforms.awaitsQuantiser = true;
    }
    const chromaDepth = pps.sliceSyntax?.rangeExtension.diffCuChromaQpOffsetDepth ?? 0;
    if (this.#slice.cuChromaQpOffsetEnabledFlag && log2 >= sps.ctbLog2Size - chromaDepth) {
      this.transforms.awaitsChromaOffset = true;
    }
    if (!isSplit) {
      this.#store.fill(this.#store.depths, depth, x, y, size);
      this.#codingUnit(x, y, log2, depth);
      return;
    }
    const half = size >> 1;
    for (let n = 0; n < 4; n++) {
      const [left, top] = [x + (n & 1) * half, y + (n >> 1) * half];
      if (left < width && top < height) this.#quadtree(left, top, log2 - 1, depth + 1);
    }
  }

  #splitFlag(x: number, y: number, depth: number): boolean {
    const { depths } = this.#store;
    const of = (block: number): number => (block >= 0 && depths[block]! > depth ? 1 : 0);
    const context = of(this.#store.left(x, y)) + of(this.#store.above(x, y));
    return this.#engine.decision(Context.splitCodingUnit + context) === 1;
  }

  #codingUnit(x: number, y: number, log2: number, depth: number): void {
    const engine = this.#engine;
    const store = this.#store;
    const { sps, pps } = store;
    const size = 1 << log2;
    const isBypassed = pps.blocks.transquantBypassEnabledFlag && engine.decision(Context.transquantBypass) === 1;
    const mayBeInter = this.#slice.sliceType !== 2;
    const skips = mayBeInter && this.#skipFlag(x, y);
    store.fill(store.skipped, skips ? 1 : 0, x, y, size);
    if (skips) {
      store.fill(store.modes, dcMode, x, y, size);
      this.#mergeIndex();
      return;
    }
    const isIntra = !mayBeInter || engine.decision(Context.predictionMode) === 1;
    const isSmallest = log2 === sps.blocks.minCbLog2Size;
    const unit: CodingUnit = {
      x,
      y,
      log2,
      isIntra,
      isBypassed,
      isSplit: false,
      isWhole: true,
      lumaModes: [],
      chromaModes: [],
    };
    if (isIntra) {
      unit.isSplit = isSmallest && engine.decision(Context.partMode) === 0;
      const { pcm } = sps.blocks;
      const mayBePcm = !unit.isSplit && pcm !== undefined && log2 >= pcm.minLog2Size && log2 <= pcm.maxLog2Size;
      if (mayBePcm && engine.terminate() === 1) {
        store.fill(store.modes, dcMode, x, y, size);
        this.#pcm(log2, pcm.bitDepthLuma, pcm.bitDepthChroma);
        return;
      }
      this.#intraModes(unit);
      this.transforms.readUnit(unit);
      return;
    }
    store.fill(store.modes, dcMode, x, y, size);
    const mayLackResidual = this.#interPrediction(unit, isSmallest, depth);
    if (mayLackResidual && engine.decision(Context.rootCoded) === 0) return;
    this.transforms.readUnit(unit);
  }

  #skipFlag(x: number, y: number): boolean {
    const { skipped } = this.#store;
    const of = (block: number): number => (block >= 0 ? skipped[block]! : 0);
    const context = of(this.#store.left(x, y)) + of(this.#store.above(x, y));
    return this.#engine.decision(Context.skip + context) === 1;
  }

  /** pcm_sample() behind its alignment. */
  #pcm(log2: number, bitDepthLuma: number, bitDepthChroma: number): void {
    const samples = 1 << (2 * log2);
    const chromaSamples =
      this.#chroma === 0 ? 0 : (2 * samples) >> (this.#chroma === 1 ? 2 : this.#chroma === 2 ? 1 : 0);
    const bytes = Math.ceil((samples * bitDepthLuma + chromaSamples * bitDepthChroma) / 8);
    const byte = Math.ceil(this.#engine.position / 8) + bytes;
    if (byte >= this.#bytes.length) this.#isBroken = true;
    else this.#engine.start(byte);
  }

  #intraModes(unit: CodingUnit): void {
    const engine = this.#engine;
    const store = this.#store;
    const parts = unit.isSplit ? 4 : 1;
    const size = (1 << unit.log2) >> (unit.isSplit ? 1 : 0);
    let previous = 0;
    for (let n = 0; n < parts; n++) previous |= engine.decision(Context.previousIntraMode) << n;
    for (let n = 0; n < parts; n++) {
      let coded: number;
      if (((previous >> n) & 1) === 1) coded = engine.bypass() === 0 ? 0 : 1 + engine.bypass();
      else coded = 3 + engine.bypassBits(5);
      const [x, y] = [unit.x + (n & 1) * size, unit.y + (n >> 1) * size];
      const left = store.left(x, y);
      // Of the row of coding tree blocks above no mode is kept.
      const above = (y & ((1 << store.sps.ctbLog2Size) - 1)) === 0 ? -1 : store.above(x, y);
      const mode = lumaMode(coded, left < 0 ? dcMode : store.modes[left]!, above < 0 ? dcMode : store.modes[above]!);
      unit.lumaModes[n] = mode;
      store.fill(store.modes, mode, x, y, size);
    }
    if (this.#chroma === 0) return;
    for (let n = 0; n < (this.#chroma === 3 ? parts : 1); n++) {
      unit.chromaModes[n] = engine.decision(Context.chromaMode) === 0 ? 4 : engine.bypassBits(2);
    }
  }

  /** Partitions and their prediction units; gives whether rqt_root_cbf follows. */
  #interPrediction(unit: CodingUnit, isSmallest: boolean, depth: number): boolean {
    const { sps } = this.#store;
    const engine = this.#engine;
    const { log2 } = unit;
    const size = 1 << log2;
    if (engine.decision(Context.partMode) === 1) return !this.#predictionUnit(size, size, depth);
    unit.isWhole = false;
    const isWide = engine.decision(Context.partMode + 1) === 1;
    let [first, isQuartered] = [size >> 1, false];
    if (isSmallest) {
      isQuartered = !isWide && log2 > 3 && engine.decision(Context.partMode + 2) === 0;
    } else if (sps.blocks.ampEnabledFlag && engine.decision(Context.partMode + 3) === 0) {
      first = engine.bypass() === 0 ? size >> 2 : size - (size >> 2);
    }
    if (isQuartered) {
      for (let n = 0; n < 4; n++) this.#predictionUnit(size >> 1, size >> 1, depth);
      return true;
    }
    for (const part of [first, size - first]) this.#predictionUnit(isWide ? size : part, isWide ? part : size, depth);
    return true;
  }

  /** Gives whether it is merged. */
  #predictionUnit(width: number, height: number, depth: number): boolean {
    const engine = this.#engine;
    const { numRefIdxActive, sliceType, mvdL1ZeroFlag } = this.#slice;
    if (engine.decision(Context.mergeFlag) === 1) {
      this.#mergeIndex();
      return true;
    }
    let lists = 1;
    if (sliceType === 0) {
      const isBi = width + height !== 12 && engine.decision(Context.interPrediction + depth) === 1;
      lists = isBi ? 3 : 1 + engine.decision(Context.interPrediction + 4);
    }
    for (let list = 0; list < 2; list++) {
      if ((lists & (1 << list)) === 0) continue;
      this.#referenceIndex(numRefIdxActive[list]!);
      if (list === 0 || !(mvdL1ZeroFlag && lists === 3)) this.#difference();
      engine.decision(Context.predictorFlag);
    }
    return false;
  }

  #mergeIndex(): void {
    const engine = this.#engine;
    const max = this.#slice.maxNumMergeCand - 1;
    if (max < 1 || engine.decision(Context.mergeIndex) === 0) return;
    for (let n = 1; n < max && engine.bypass() === 1; n++);
  }

  #referenceIndex(count: number): void {
    for (let n = 0; n < count - 1; n++) {
      const bin = n < 2 ? this.#engine.decision(Context.referenceIndex + n) : this.#engine.bypass();
      if (bin === 0) return;
    }
  }

  /** mvd_coding(). */
  #difference(): void {
    const engine = this.#engine;
    const isNot0 = [engine.decision(Context.differenceGreater0), engine.decision(Context.differenceGreater0)];
    const isMore = isNot0.map((flag) => (flag === 1 ? engine.decision(Context.differenceGreater1) : 0));
    for (let component = 0; component < 2; component++) {
      if (isNot0[component] === 0) continue;
      if (isMore[component] === 1) {
        let length = 1;
        while (engine.bypass() === 1) {
          if (++length > maxDifferencePrefix) {
            this.#isBroken = true;
            return;
          }
        }
        engine.bypassBits(length);
      }
      engine.bypass(); // mvd_sign_flag
    }
  }
}
