/**
 * macroblock_layer() (ITU-T H.264, 7.3.5): which syntax elements a macroblock has. Each is read by its way of entropy coding,
 * which is not known here; nothing is predicted or reconstructed.
 */
import { Category, Kind, type MacroblockSyntax, type MacroblockPosition } from './macroblock-store.ts';

/** What the syntax of a macroblock depends on and that is the same for a whole slice. */
export interface MacroblockLayer {
  readonly syntax: MacroblockSyntax;
  readonly place: MacroblockPosition;
  readonly sliceKind: 'P' | 'B' | 'I';
  /** Of list 0 and list 1. */
  readonly active: readonly [number, number];
  /** ChromaArrayType. */
  readonly chroma: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  readonly transform8x8Mode: boolean;
  readonly direct8x8Inference: boolean;
}

/** Lists used by the partitions of B_L0_L0_16x8 to B_Bi_Bi_8x16, two types each (Table 7-14): bit n is list n. */
const listsOfB: readonly (readonly [number, number])[] = [
  [1, 1],
  [2, 2],
  [1, 2],
  [2, 1],
  [1, 3],
  [2, 3],
  [3, 1],
  [3, 2],
  [3, 3],
];
/** Of sub-macroblocks of B, Table 7-18: lists, and width and height of their partitions in 4x4 blocks. */
const subTypesOfB: readonly (readonly [number, number, number])[] = [
  [0, 1, 1],
  [1, 2, 2],
  [2, 2, 2],
  [3, 2, 2],
  [1, 2, 1],
  [1, 1, 2],
  [2, 2, 1],
  [2, 1, 2],
  [3, 2, 1],
  [3, 1, 2],
  [1, 1, 1],
  [2, 1, 1],
  [3, 1, 1],
];
const subTypesOfP: readonly (readonly [number, number, number])[] = [
  [1, 2, 2],
  [1, 2, 1],
  [1, 1, 2],
  [1, 1, 1],
];

/** Whether chroma has blocks of its own: in 4:4:4 its components are coded as luma is. */
function hasChromaBlocks(chroma: number): boolean {
  return chroma === 1 || chroma === 2;
}

/** Marks a macroblock that was passed over. */
export function skipMacroblock({ store, address }: MacroblockPosition): void {
  clear(store, address);
  store.kinds[address] = Kind.skip;
}

function clear(store: MacroblockPosition['store'], address: number): void {
  store.patterns[address] = 0;
  store.transforms8x8[address] = 0;
  store.chromaModes[address] = 0;
  store.dcFlags[address] = 0;
  store.counts.fill(0, address * 48, address * 48 + 48);
  store.differences.fill(0, address * 64, address * 64 + 64);
  store.references.fill(0, address * 8, address * 8 + 8);
}

/** Reads one macroblock that is not skipped; gives mb_qp_delta, undefined where it has none. */
export function readMacroblock(layer: MacroblockLayer): number | undefined {
  const { syntax, place, sliceKind } = layer;
  const { store, address } = place;
  clear(store, address);
  store.kinds[address] = 0;
  const intraFrom = sliceKind === 'I' ? 0 : sliceKind === 'P' ? 5 : 23;
  const type = sliceKind === 'I' ? syntax.intraType() : sliceKind === 'P' ? syntax.typeOfP() : syntax.typeOfB();
  if (syntax.isBroken) return undefined;
  return type >= intraFrom ? readIntra(layer, type - intraFrom) : readInter(layer, type);
}

function readIntra(layer: MacroblockLayer, type: number): number | undefined {
  const { syntax, place, chroma } = layer;
  const { store, address } = place;
  if (type === 25) {
    store.kinds[address] = Kind.pcm;
    const chromaSamples = chroma === 0 ? 0 : 2 * (256 >> (chroma === 1 ? 2 : chroma === 2 ? 1 : 0));
    syntax.pcm(256 * layer.bitDepthLuma + chromaSamples * layer.bitDepthChroma);
    store.patterns[address] = 0x2f;
    store.dcFlags[address] = 7;
    store.counts.fill(16, address * 48, address * 48 + 48);
    return undefined;
  }
  const hasChroma = hasChromaBlocks(chroma);
  let transform8x8 = false;
  if (type === 0) {
    store.kinds[address] = Kind.nxn;
    transform8x8 = layer.transform8x8Mode && syntax.transform8x8();
    for (let n = 0; n < (transform8x8 ? 4 : 16); n++) syntax.intraMode();
  } else {
    store.kinds[address] = Kind.intra16x16;
  }
  if (hasChroma) store.chromaModes[address] = syntax.chromaMode();
  let pattern: number;
  if (type === 0) {
    pattern = syntax.codedBlockPattern(true, hasChroma);
  } else {
    pattern = (type >= 13 ? 15 : 0) | ((((type - 1) >> 2) % 3) << 4);
    if (pattern > 15 && !hasChroma) pattern &= 15;
  }
  return readResiduals(layer, pattern, transform8x8, type > 0);
}

function readInter(layer: MacroblockLayer, type: number): number | undefined {
  const { syntax, place, sliceKind, chroma } = layer;
  const { store, address } = place;
  const isB = sliceKind === 'B';
  store.kinds[address] = isB && type === 0 ? Kind.direct : Kind.inter;
  let allows8x8 = true;
  if (isB && type === 0) allows8x8 = layer.direct8x8Inference;
  else if (type === (isB ? 22 : 3) || (!isB && type === 4)) {
    allows8x8 = readSubMacroblocks(layer, isB, !isB && type === 4);
  } else readPartitions(layer, type, isB);
  const hasChroma = hasChromaBlocks(chroma);
  const pattern = syntax.codedBlockPattern(false, hasChroma);
  const transform8x8 = (pattern & 15) > 0 && layer.transform8x8Mode && allows8x8 && syntax.transform8x8();
  return readResiduals(layer, pattern, transform8x8, false);
}

/** mb_pred() of one 16x16, two 16x8 or two 8x16. */
function readPartitions({ syntax, place, active }: MacroblockLayer, type: number, isB: boolean): void {
  const isWhole = isB ? type <= 3 : type === 0;
  const isWide = isB ? type % 2 === 0 : type === 1;
  const lists: readonly number[] = isWhole ? [isB ? type : 1] : isB ? listsOfB[(type - 4) >> 1]! : [1, 1];
  const [width, height] = isWhole ? [4, 4] : isWide ? [4, 2] : [2, 4];
  for (let list = 0; list < 2; list++) {
    for (const [n, used] of lists.entries()) {
      if ((used & (1 << list)) === 0 || active[list]! <= 1) continue;
      const block = isWide ? 2 * n : n;
      const reference = syntax.reference(list, block, active[list]!);
      const at = (place.address * 2 + list) * 4;
      const isSet = reference > 0 ? 1 : 0;
      for (let b = 0; b < 4; b++) {
        if (isWhole || (isWide ? b >> 1 === n : (b & 1) === n)) place.store.references[at + b] = isSet;
      }
    }
  }
  for (let list = 0; list < 2; list++) {
    for (const [n, used] of lists.entries()) {
      if ((used & (1 << list)) === 0) continue;
      syntax.difference(list, isWide || isWhole ? 0 : 2 * n, isWide && !isWhole ? 2 * n : 0, width, height);
    }
  }
}

/** sub_mb_pred(); gives whether the transform may be of 8x8. `isReference0`: P_8x8ref0. */
function readSubMacroblocks(layer: MacroblockLayer, isB: boolean, isReference0: boolean): boolean {
  const { syntax, place, active } = layer;
  const types = [0, 1, 2, 3].map(() => (isB ? subTypesOfB[syntax.subTypeOfB()]! : subTypesOfP[syntax.subTypeOfP()]!));
  for (let list = 0; list < 2; list++) {
    for (let n = 0; n < 4; n++) {
      if ((types[n]![0] & (1 << list)) === 0 || active[list]! <= 1 || isReference0) continue;
      const reference = syntax.reference(list, n, active[list]!);
      place.store.references[(place.address * 2 + list) * 4 + n] = reference > 0 ? 1 : 0;
    }
  }
  for (let list = 0; list < 2; list++) {
    for (let n = 0; n < 4; n++) {
      const [lists, width, height] = types[n]!;
      if ((lists & (1 << list)) === 0) continue;
      for (let y = 0; y < 2; y += height) {
        for (let x = 0; x < 2; x += width) syntax.difference(list, (n & 1) * 2 + x, (n >> 1) * 2 + y, width, height);
      }
    }
  }
  return types.every(([lists, width, height]) => (lists === 0 ? layer.direct8x8Inference : width * height === 4));
}

function readResiduals(
  layer: MacroblockLayer,
  pattern: number,
  transform8x8: boolean,
  isIntra16x16: boolean,
): number | undefined {
  const { syntax, place, chroma } = layer;
  const { store, address } = place;
  store.patterns[address] = pattern;
  store.transforms8x8[address] = transform8x8 ? 1 : 0;
  if (pattern === 0 && !isIntra16x16) return undefined;
  const delta = syntax.quantiserDelta();
  for (let component = 0; component < (chroma === 3 ? 3 : 1); component++) {
    readLuma(layer, component, pattern, transform8x8, isIntra16x16);
  }
  if (!hasChromaBlocks(chroma) || pattern < 16) return delta;
  const rows = chroma === 1 ? 2 : 4;
  for (let component = 1; component < 3; component++) {
    syntax.residual(Category.chromaDc, component, 0, 0, 2, rows, 2 * rows);
  }
  if (pattern < 32) return delta;
  for (let component = 1; component < 3; component++) {
    for (let n = 0; n < 2 * rows && !syntax.isBroken; n++) {
      syntax.residual(Category.chromaAc, component, n & 1, n >> 1, 2, rows, 15);
    }
  }
  return delta;
}

/** residual_luma(), 7.3.5.3.1, of one component of 4:4:4 or of luma. */
function readLuma(
  { syntax }: MacroblockLayer,
  component: number,
  pattern: number,
  transform8x8: boolean,
  isIntra16x16: boolean,
): void {
  if (isIntra16x16) syntax.residual(Category.dc, component, 0, 0, 4, 4, 16);
  for (let block = 0; block < 4; block++) {
    if (((pattern >> block) & 1) === 0) continue;
    const [x, y] = [(block & 1) * 2, (block >> 1) * 2];
    if (transform8x8) {
      syntax.residual(Category.luma8x8, component, x, y, 4, 4, 64);
      continue;
    }
    for (let n = 0; n < 4 && !syntax.isBroken; n++) {
      const [category, length] = isIntra16x16 ? [Category.ac, 15] : [Category.luma4x4, 16];
      syntax.residual(category, component, x + (n & 1), y + (n >> 1), 4, 4, length);
    }
  }
}
