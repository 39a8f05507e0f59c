/**
 * slice_data() of H.264 (ITU-T H.264, 7.3.4) read to its end: how many macroblocks a slice has, and whether they end where
 * the slice does. With other parameter sets than its own it hardly ever does: sizes, entropy coding, chroma format, 8x8
 * transforms and numbers of references all decide on the syntax. Nothing is reconstructed, so that what decides on sample
 * values alone (scaling lists, bit depths, filters) is not known.
 */
import { AheadReader } from '../../bytes/ahead-reader.ts';
import { CabacEngine } from '../cabac-engine.ts';
import { bitLengthBeforeStopBit, isSliceEnd, removeEmulationPrevention } from '../nal-payload.ts';
import { contextCount, setContexts } from './cabac-contexts.ts';
import { CabacSyntax } from './cabac-syntax.ts';
import { CavlcSyntax } from './cavlc-syntax.ts';
import { readMacroblock, skipMacroblock, type MacroblockLayer } from './macroblock-layer.ts';
import { MacroblockStore, type MacroblockPosition } from './macroblock-store.ts';
import { NalUnitType, nalUnitType } from './nal-unit.ts';
import { hasSliceHeader, parseSliceDataStart, type ParameterSets, type SliceDataStart } from './slice-header.ts';

/** What came of reading a slice to its end. */
export type SliceReading =
  /** Read to its end: `count` macroblocks from `first` on, of `size` that the picture has. */
  | {
      readonly kind: 'whole';
      readonly start: SliceDataStart;
      readonly first: number;
      readonly count: number;
      readonly size: number;
    }
  /** What contradicts the parameter sets. `isFull`: the slice goes on behind the end of the picture, or begins there. */
  | { readonly kind: 'contradicted'; readonly why: string; readonly isFull: boolean }
  /** Of a syntax that is not read here: nothing is known. */
  | { readonly kind: 'unread'; readonly why: string };

/** Macroblocks between steps. */
const macroblocksAStep = 512;

/** Reads one whole slice, its NAL unit header first, in steps. */
export function* readSlice(nalUnit: Uint8Array, sets: ParameterSets): Generator<void, SliceReading> {
  const type = nalUnitType(nalUnit);
  if (!hasSliceHeader(type) || type === NalUnitType.sliceDataPartitionA) {
    return { kind: 'unread', why: 'data partitioning' };
  }
  const payload = removeEmulationPrevention(nalUnit.subarray(1));
  const { value: start, fault } = parseSliceDataStart(nalUnit, payload, sets);
  if (start === undefined) {
    return { kind: 'contradicted', why: fault.message, isFull: fault.message.includes('first_mb_in_slice') };
  }
  const unread = whyUnread(start);
  if (unread !== undefined) return { kind: 'unread', why: unread };
  const reading = yield* new SliceData(start, payload, false).read();
  if (reading.kind !== 'contradicted' || !isOtherInEarlyX264(start)) return reading;
  const other = yield* new SliceData(start, payload, true).read();
  return other.kind === 'whole' ? other : reading;
}

/** Until its build 151 x264 took other contexts here than the standard says; players read both. */
function isOtherInEarlyX264({ active: { sps, pps } }: SliceDataStart): boolean {
  return sps.chromaFormatIdc === 3 && pps.entropyCodingModeFlag && pps.transform8x8ModeFlag;
}

function whyUnread({ header, active: { sps, pps }, cabacInitIdc }: SliceDataStart): string | undefined {
  if (header.sliceType % 5 > 2) return 'slices of switching pictures';
  if (pps.sliceGroups !== undefined) return 'slice groups';
  if (sps.mbAdaptiveFrameFieldFlag && !header.fieldPicFlag) return 'macroblocks of frames and of fields in one picture';
  if (sps.separateColourPlaneFlag) return 'colour planes coded apart';
  // How these begin in fields has not been verified on real streams: nothing is held against a reference for it.
  if (header.fieldPicFlag && cabacInitIdc !== undefined && pps.transform8x8ModeFlag) return '8x8 transforms in fields';
  if (cabacInitIdc !== undefined && cabacInitIdc > 0) return `cabac_init_idc ${cabacInitIdc}`;
  return undefined;
}

class SliceData {
  readonly #start: SliceDataStart;
  readonly #payload: Uint8Array;
  readonly #layer: MacroblockLayer;
  readonly #place: MacroblockPosition;
  readonly #size: number;
  readonly #bitLength: number;
  readonly #cabac: CabacSyntax | undefined;
  readonly #cavlc: CavlcSyntax | undefined;
  readonly #deltaLimit: number;
  #count = 0;

  constructor(start: SliceDataStart, payload: Uint8Array, isOfEarlyX264: boolean) {
    const { header, active, numRefIdxActive } = start;
    const { sps, pps } = active;
    this.#start = start;
    this.#payload = payload;
    const isFieldOrFrame = header.fieldPicFlag || sps.frameMbsOnlyFlag;
    this.#size = sps.picWidthInMbs * sps.picHeightInMapUnits * (isFieldOrFrame ? 1 : 2);
    const store = new MacroblockStore(sps.picWidthInMbs, this.#size, header.firstMbInSlice);
    this.#place = { store, address: header.firstMbInSlice, left: -1, above: -1 };
    const chroma = sps.chromaFormatIdc;
    // cabac_zero_words behind the stop bit end with a 3 that is no emulation prevention byte's.
    this.#bitLength = bitLengthBeforeStopBit(payload);
    if (pps.entropyCodingModeFlag) {
      const engine = new CabacEngine(payload, contextCount);
      this.#cabac = new CabacSyntax(engine, payload, this.#place, {
        isField: header.fieldPicFlag,
        is444: chroma === 3,
        isOfEarlyX264,
      });
    } else {
      const reader = new AheadReader(payload, start.position, this.#bitLength);
      this.#cavlc = new CavlcSyntax(reader, this.#place);
    }
    this.#layer = {
      syntax: this.#cabac ?? this.#cavlc!,
      place: this.#place,
      sliceKind: (['P', 'B', 'I'] as const)[(header.sliceType % 5) as 0 | 1 | 2],
      active: numRefIdxActive,
      chroma,
      bitDepthLuma: sps.bitDepthLuma,
      bitDepthChroma: sps.bitDepthChroma,
      transform8x8Mode: pps.transform8x8ModeFlag,
      direct8x8Inference: sps.direct8x8InferenceFlag,
    };
    this.#deltaLimit = 26 + 3 * (sps.bitDepthLuma - 8);
  }

  *read(): Generator<void, SliceReading> {
    const isRead = yield* this.#cabac === undefined ? this.#readCavlc(this.#cavlc!) : this.#readCabac(this.#cabac);
    const first = this.#start.header.firstMbInSlice;
    if (isRead !== undefined) {
      const why = `${isRead} at macroblock ${first + this.#count} of ${this.#size}`;
      return { kind: 'contradicted', why, isFull: isRead === tooMany };
    }
    return { kind: 'whole', start: this.#start, first, count: this.#count, size: this.#size };
  }

  /** Goes to the next macroblock; false where there is none. */
  #enter(): boolean {
    const place = this.#place;
    place.address = this.#start.header.firstMbInSlice + this.#count;
    if (place.address >= this.#size) return false;
    place.left = place.store.left(place.address);
    place.above = place.store.above(place.address);
    return true;
  }

  /** Gives whether it can be a macroblock; tells CABAC whether the quantiser changed. */
  #macroblock(): boolean {
    const delta = readMacroblock(this.#layer);
    if (this.#cabac !== undefined) this.#cabac.quantiserChanged = delta !== undefined && delta !== 0;
    return !this.#layer.syntax.isBroken && Math.abs(delta ?? 0) <= this.#deltaLimit;
  }

  /** Gives what is wrong. */
  *#readCavlc(syntax: CavlcSyntax): Generator<void, string | undefined> {
    const { reader } = syntax;
    const isIntra = this.#layer.sliceKind === 'I';
    while (reader.remaining > 0) {
      if (this.#count % macroblocksAStep === 0) yield;
      if (!isIntra) {
        let run = reader.ue();
        for (; run > 0; run--) {
          if (!this.#enter()) return tooMany;
          skipMacroblock(this.#place);
          this.#count++;
        }
        if (reader.remaining <= 0) break;
      }
      if (!this.#enter()) return tooMany;
      if (!this.#macroblock()) return noMacroblock;
      this.#count++;
    }
    return reader.isOverrun ? noMacroblock : undefined;
  }

  *#readCabac(syntax: CabacSyntax): Generator<void, string | undefined> {
    const { engine } = syntax;
    const { position, sliceQp } = this.#start;
    // cabac_alignment_one_bit
    for (let bit = position; bit % 8 !== 0; bit++) {
      if (((this.#payload[bit >>> 3]! >> (7 - (bit & 7))) & 1) === 0) return 'cabac_alignment_one_bit is 0';
    }
    const { sliceKind } = this.#layer;
    setContexts(engine, sliceKind === 'I', sliceQp);
    engine.start(Math.ceil(position / 8));
    for (;;) {
      if (this.#count % macroblocksAStep === 0) yield;
      if (!this.#enter()) return tooMany;
      if (sliceKind !== 'I' && syntax.skip(sliceKind === 'P' ? 11 : 24)) {
        skipMacroblock(this.#place);
        syntax.quantiserChanged = false;
      } else if (!this.#macroblock()) {
        return noMacroblock;
      }
      this.#count++;
      if (engine.terminate() === 1) break;
      if (syntax.isBroken) return noMacroblock;
    }
    return isSliceEnd(this.#payload, engine.position - 1) ? undefined : 'the slice does not end where its bytes do';
  }
}

const tooMany = 'the slice goes on';
const noMacroblock = 'no macroblock can be read';
