/**
 * The slice header of H.264 (ITU-T H.264, 7.3.3) as far as the order of output and the boundaries of pictures depend on it,
 * with the parameter sets that it cannot be read without. The first bytes of a slice are enough, so that nobody has to load
 * a picture to place it. What a decoder does with reference pictures is read over; no state is kept from slice to slice.
 */
import { BitReader } from '../../bytes/bit-reader.ts';
import type { ByteFault } from '../../bytes/byte-reader.ts';
import { payloadStartReader } from '../nal-payload.ts';
import type { Parsed } from '../parsed.ts';
import { within } from '../within.ts';
import { nalRefIdc, NalUnitType, nalUnitType } from './nal-unit.ts';
import { parsePictureParameterSet, type PictureParameterSet } from './picture-parameter-set.ts';
import { parseSequenceParameterSet, type SequenceParameterSet } from './sequence-parameter-set.ts';

/** The parameter sets of a stream by their ids; a later set with the same id replaces the earlier one. */
export interface ParameterSets {
  readonly sequence: Map<number, SequenceParameterSet>;
  readonly picture: Map<number, PictureParameterSet>;
}

/** The two parameter sets that a slice is read with. */
export interface ActiveParameterSets {
  readonly sps: SequenceParameterSet;
  readonly pps: PictureParameterSet;
}

/** Names are the standard's, in camelCase. */
export interface SliceHeader {
  /** 0 says that no other picture refers to this one. */
  readonly nalRefIdc: number;
  /** 1, 2 or 5; 5 is a slice of an IDR picture. */
  readonly nalUnitType: number;
  readonly firstMbInSlice: number;
  /** Table 7-6: modulo 5 it is 0 P, 1 B, 2 I, 3 SP, 4 SI; 5 and above say that all slices of the picture are of one type. */
  readonly sliceType: number;
  readonly picParameterSetId: number;
  /** Streams with `separateColourPlaneFlag` only: 0 Y, 1 Cb, 2 Cr. */
  readonly colourPlaneId: number | undefined;
  readonly frameNum: number;
  /** True: the picture is a field, and a frame has two such pictures. */
  readonly fieldPicFlag: boolean;
  readonly bottomFieldFlag: boolean;
  /** IDR pictures only: differs between two IDR pictures that follow one another. */
  readonly idrPicId: number | undefined;
  /** `pic_order_cnt_type` 0 only. */
  readonly picOrderCntLsb: number | undefined;
  /** 0 where it is not coded, as the standard infers it; so are both of `deltaPicOrderCnt`. */
  readonly deltaPicOrderCntBottom: number;
  readonly deltaPicOrderCnt: readonly [number, number];
  /** Above 0: a slice of a redundant picture, which repeats the primary one and has no place of its own in the order. */
  readonly redundantPicCnt: number;
  /**
   * Whether the picture carries a `memory_management_control_operation` equal to 5: it drops all reference pictures and
   * starts the order of output anew, like an IDR picture. Absent where the header breaks off before it is told.
   */
  readonly memoryManagementControlOperation5: boolean | undefined;
}

/** Far above what a header with 32 reference pictures in both lists, all of them weighted, can take up. */
const MAX_SLICE_HEADER_BYTES = 4096;

/** Takes a NAL unit of type 7 or 8 into `sets`, others are passed over. A set that cannot be read replaces none. */
export function addParameterSet(sets: ParameterSets, nalUnit: Uint8Array): ByteFault | undefined {
  switch (nalUnitType(nalUnit)) {
    case NalUnitType.sequenceParameterSet: {
      const { value, fault } = parseSequenceParameterSet(nalUnit);
      if (value !== undefined) sets.sequence.set(value.seqParameterSetId, value);
      return fault;
    }
    case NalUnitType.pictureParameterSet: {
      const { value, fault } = parsePictureParameterSet(nalUnit);
      if (value !== undefined) sets.picture.set(value.picParameterSetId, value);
      return fault;
    }
    default:
      return undefined;
  }
}

/** The parameter sets among `nalUnits`: those of a configuration record, say. Sets that cannot be read are left out. */
export function parameterSetsOf(nalUnits: Iterable<Uint8Array>): ParameterSets {
  const sets: ParameterSets = { sequence: new Map(), picture: new Map() };
  for (const nalUnit of nalUnits) addParameterSet(sets, nalUnit);
  return sets;
}

/** The parameter sets that a slice with this `pic_parameter_set_id` is read with, if both are there. */
export function activeParameterSets(sets: ParameterSets, picParameterSetId: number): ActiveParameterSets | undefined {
  const pps = sets.picture.get(picParameterSetId);
  const sps = pps === undefined ? undefined : sets.sequence.get(pps.seqParameterSetId);
  return pps === undefined || sps === undefined ? undefined : { sps, pps };
}

/** Whether a NAL unit of this type begins with a slice header and belongs to a primary or redundant coded picture. */
export function hasSliceHeader(type: number): boolean {
  return type === NalUnitType.nonIdrSlice || type === NalUnitType.idrSlice || type === NalUnitType.sliceDataPartitionA;
}

/** ref_pic_list_modification(), 7.3.3.1, for one list. */
function skipRefPicListModification(reader: BitReader): void {
  if (!reader.flag()) return; // ref_pic_list_modification_flag
  for (;;) {
    const modificationOfPicNumsIdc = within(reader, reader.ue(), 0, 3, 'modification_of_pic_nums_idc');
    if (reader.fault !== undefined || modificationOfPicNumsIdc === 3) return;
    reader.ue(); // abs_diff_pic_num_minus1 or long_term_pic_num
  }
}

function skipWeights(reader: BitReader, count: number): void {
  if (!reader.flag()) return; // luma_weight_flag, chroma_weight_flag
  for (let index = 0; index < count; index++) {
    within(reader, reader.se(), -128, 127, 'a weight of a reference picture');
    within(reader, reader.se(), -128, 127, 'an offset of a reference picture');
  }
}

/** pred_weight_table(), 7.3.3.2. `numRefIdxActive`: entries of each list that the slice uses. */
function skipPredWeightTable(reader: BitReader, hasChroma: boolean, numRefIdxActive: readonly number[]): void {
  within(reader, reader.ue(), 0, 7, 'luma_log2_weight_denom');
  if (hasChroma) within(reader, reader.ue(), 0, 7, 'chroma_log2_weight_denom');
  for (const count of numRefIdxActive) {
    for (let index = 0; index < count && reader.fault === undefined; index++) {
      skipWeights(reader, 1);
      if (hasChroma) skipWeights(reader, 2);
    }
  }
}

/** dec_ref_pic_marking() of a picture that is not IDR, 7.3.3.3: whether operation 5 is among those it asks for. */
function parseDecRefPicMarking(reader: BitReader): boolean {
  let found = false;
  if (!reader.flag()) return found; // adaptive_ref_pic_marking_mode_flag
  for (;;) {
    const operation = within(reader, reader.ue(), 0, 6, 'memory_management_control_operation');
    if (reader.fault !== undefined || operation === 0) return found;
    if (operation === 5) {
      found = true;
      continue;
    }
    reader.ue(); // difference_of_pic_nums_minus1, long_term_pic_num, long_term_frame_idx, max_long_term_frame_idx_plus1
    if (operation === 3) reader.ue(); // long_term_frame_idx
  }
}

/** From `direct_spatial_mv_pred_flag` to the end of pred_weight_table(): gives the entries of each list that are in use. */
function readPrediction(
  reader: BitReader,
  { sps, pps }: ActiveParameterSets,
  sliceType: number,
  fieldPicFlag: boolean,
): number[] {
  const kind = sliceType % 5;
  const isB = kind === 1;
  const isPredicted = kind === 0 || kind === 3;
  if (isB) reader.skip(1); // direct_spatial_mv_pred_flag
  if (!isB && !isPredicted) return [];
  const numRefIdxActive = [pps.numRefIdxL0DefaultActive];
  if (isB) numRefIdxActive.push(pps.numRefIdxL1DefaultActive);
  // num_ref_idx_active_override_flag
  if (reader.flag()) {
    const maximum = fieldPicFlag ? 31 : 15;
    for (const list of numRefIdxActive.keys()) {
      numRefIdxActive[list] = 1 + within(reader, reader.ue(), 0, maximum, `num_ref_idx_l${list}_active_minus1`);
    }
  }
  skipRefPicListModification(reader);
  if (isB) skipRefPicListModification(reader);
  if ((pps.weightedPredFlag && isPredicted) || (pps.weightedBipredIdc === 1 && isB)) {
    const hasChroma = sps.chromaFormatIdc !== 0 && !sps.separateColourPlaneFlag; // ChromaArrayType
    skipPredWeightTable(reader, hasChroma, numRefIdxActive);
  }
  return numRefIdxActive;
}

/** The same to the end of dec_ref_pic_marking(), for a reference picture that is not IDR. */
function findMemoryManagementControlOperation5(
  reader: BitReader,
  active: ActiveParameterSets,
  sliceType: number,
  fieldPicFlag: boolean,
): boolean | undefined {
  readPrediction(reader, active, sliceType, fieldPicFlag);
  const found = parseDecRefPicMarking(reader);
  return reader.fault === undefined ? found : undefined;
}

/** What a slice header says of the macroblocks behind it. */
export interface SliceDataStart {
  readonly header: SliceHeader;
  readonly active: ActiveParameterSets;
  /** Entries in use of list 0 and list 1; 0 where the slice has no such list. */
  readonly numRefIdxActive: readonly [number, number];
  /** Undefined in I slices, and with CAVLC. */
  readonly cabacInitIdc: number | undefined;
  readonly sliceQp: number;
  /** Bits of the payload, behind the NAL unit header, before slice_data(). */
  readonly position: number;
}

/**
 * Parses the header of a slice that is not data partitioned and not of switching pictures to its last bit: every element has
 * to be in its range. `payload`: that of the NAL unit, emulation prevention bytes taken out.
 */
export function parseSliceDataStart(
  nalUnit: Uint8Array,
  payload: Uint8Array,
  parameterSets: ParameterSets,
): Parsed<SliceDataStart> {
  const reader = new BitReader(payload, { base: 1 });
  const { value: header, fault } = readSliceHeader(reader, nalUnit, parameterSets, true);
  if (header === undefined) return { value: undefined, fault };
  const active = activeParameterSets(parameterSets, header.picParameterSetId)!;
  const { sps, pps } = active;
  const isIdr = header.nalUnitType === NalUnitType.idrSlice;
  const numRefIdxActive = readPrediction(reader, active, header.sliceType, header.fieldPicFlag);
  if (header.nalRefIdc !== 0) {
    if (isIdr) reader.skip(2);
    else parseDecRefPicMarking(reader);
  }
  const cabacInitIdc =
    pps.entropyCodingModeFlag && header.sliceType % 5 !== 2
      ? within(reader, reader.ue(), 0, 2, 'cabac_init_idc')
      : undefined;
  const lowest = -6 * (sps.bitDepthLuma - 8);
  const sliceQp = within(reader, pps.picInitQp + reader.se(), lowest, 51, 'SliceQPY');
  if (
    pps.deblockingFilterControlPresentFlag &&
    within(reader, reader.ue(), 0, 2, 'disable_deblocking_filter_idc') !== 1
  ) {
    within(reader, reader.se(), -6, 6, 'slice_alpha_c0_offset_div2');
    within(reader, reader.se(), -6, 6, 'slice_beta_offset_div2');
  }
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };
  return {
    value: {
      header,
      active,
      numRefIdxActive: [numRefIdxActive[0] ?? 0, numRefIdxActive[1] ?? 0],
      cabacInitIdc,
      sliceQp,
      position: reader.position,
    },
    fault: undefined,
  };
}

function parseDeltaPicOrderCnt(
  reader: BitReader,
  { sps, pps }: ActiveParameterSets,
  fieldPicFlag: boolean,
): Pick<SliceHeader, 'picOrderCntLsb' | 'deltaPicOrderCntBottom' | 'deltaPicOrderCnt'> {
  const { picOrderCnt } = sps;
  const hasBottom = pps.bottomFieldPicOrderInFramePresentFlag && !fieldPicFlag;
  if (picOrderCnt.type === 0) {
    const picOrderCntLsb = reader.bits(picOrderCnt.log2MaxPicOrderCntLsb);
    return { picOrderCntLsb, deltaPicOrderCntBottom: hasBottom ? reader.se() : 0, deltaPicOrderCnt: [0, 0] };
  }
  const isCoded = picOrderCnt.type === 1 && !picOrderCnt.deltaPicOrderAlwaysZeroFlag;
  const deltaPicOrderCnt: readonly [number, number] = isCoded ? [reader.se(), hasBottom ? reader.se() : 0] : [0, 0];
  return { picOrderCntLsb: undefined, deltaPicOrderCntBottom: 0, deltaPicOrderCnt };
}

/**
 * Parses the header of a slice (NAL unit type 1, 2 or 5) from the first bytes of its NAL unit, the header byte first,
 * emulation prevention still in them: 64 are nearly always enough. A header that breaks off behind the order of output
 * gives its value with the fault. Offsets of faults count bytes of the NAL unit without the emulation prevention bytes.
 */
export function parseSliceHeader(nalUnit: Uint8Array, parameterSets: ParameterSets): Parsed<SliceHeader> {
  return readSliceHeader(payloadStartReader(nalUnit, 1, MAX_SLICE_HEADER_BYTES), nalUnit, parameterSets, false);
}

/** `onlyOrder`: what stands behind redundant_pic_cnt is passed over, as the caller reads it itself. */
function readSliceHeader(
  reader: BitReader,
  nalUnit: Uint8Array,
  parameterSets: ParameterSets,
  onlyOrder: boolean,
): Parsed<SliceHeader> {
  const type = nalUnitType(nalUnit);
  if (!hasSliceHeader(type)) {
    const message = `expected a slice (NAL unit type 1, 2 or 5), found ${type < 0 ? 'no byte' : `type ${type}`}`;
    return { value: undefined, fault: { offset: 0, message } };
  }
  const isIdr = type === NalUnitType.idrSlice;
  const refIdc = nalRefIdc(nalUnit);

  const firstMbInSlice = reader.ue();
  const sliceType = within(reader, reader.ue(), 0, 9, 'slice_type');
  if (isIdr && sliceType % 5 !== 2 && sliceType % 5 !== 4) {
    reader.fail(`expected slices of type I or SI in an IDR picture, found slice_type ${sliceType}`);
  }
  const picParameterSetId = within(reader, reader.ue(), 0, 255, 'pic_parameter_set_id');
  const active = activeParameterSets(parameterSets, picParameterSetId);
  if (active === undefined) {
    reader.fail(`expected the parameter sets of a slice, found none for pic_parameter_set_id ${picParameterSetId}`);
    // An earlier fault stands.
    return { value: undefined, fault: reader.fault! };
  }
  const { sps, pps } = active;

  const colourPlaneId = sps.separateColourPlaneFlag
    ? within(reader, reader.bits(2), 0, 2, 'colour_plane_id')
    : undefined;
  const frameNum = reader.bits(sps.log2MaxFrameNum);
  const fieldPicFlag = sps.frameMbsOnlyFlag ? false : reader.flag();
  const bottomFieldFlag = fieldPicFlag ? reader.flag() : false;
  // 7.4.3: a slice begins inside its picture. In an MBAFF frame first_mb_in_slice counts pairs of macroblocks.
  const unitsOfRow = fieldPicFlag || sps.frameMbsOnlyFlag || sps.mbAdaptiveFrameFieldFlag ? 1 : 2;
  const lastMb = sps.picWidthInMbs * sps.picHeightInMapUnits * unitsOfRow - 1;
  within(reader, firstMbInSlice, 0, lastMb, 'first_mb_in_slice');
  const idrPicId = isIdr ? within(reader, reader.ue(), 0, 65535, 'idr_pic_id') : undefined;
  const order = parseDeltaPicOrderCnt(reader, active, fieldPicFlag);
  const redundantPicCnt = pps.redundantPicCntPresentFlag ? within(reader, reader.ue(), 0, 127, 'redundant_pic_cnt') : 0;
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };

  // Only reference pictures carry the operations, and an IDR picture needs none.
  const memoryManagementControlOperation5 =
    isIdr || refIdc === 0 || onlyOrder
      ? false
      : findMemoryManagementControlOperation5(reader, active, sliceType, fieldPicFlag);
  return {
    value: {
      nalRefIdc: refIdc,
      nalUnitType: type,
      firstMbInSlice,
      sliceType,
      picParameterSetId,
      colourPlaneId,
      frameNum,
      fieldPicFlag,
      bottomFieldFlag,
      idrPicId,
      ...order,
      redundantPicCnt,
      memoryManagementControlOperation5,
    },
    fault: reader.fault,
  };
}

/**
 * Whether a slice belongs to another picture than the slice before it (7.4.1.2.4). Both are slices of primary coded
 * pictures: `redundantPicCnt` 0. Two fields of one frame are two pictures.
 */
export function startsNewPicture(previous: SliceHeader, current: SliceHeader): boolean {
  return (
    previous.frameNum !== current.frameNum ||
    previous.picParameterSetId !== current.picParameterSetId ||
    previous.fieldPicFlag !== current.fieldPicFlag ||
    previous.bottomFieldFlag !== current.bottomFieldFlag ||
    (previous.nalRefIdc === 0) !== (current.nalRefIdc === 0) ||
    previous.picOrderCntLsb !== current.picOrderCntLsb ||
    previous.deltaPicOrderCntBottom !== current.deltaPicOrderCntBottom ||
    previous.deltaPicOrderCnt[0] !== current.deltaPicOrderCnt[0] ||
    previous.deltaPicOrderCnt[1] !== current.deltaPicOrderCnt[1] ||
    previous.idrPicId !== current.idrPicId
  );
}

/** Whether a field completes the frame of the field before it (clause 3: complementary field pairs). */
export function completesFrame(first: SliceHeader, second: SliceHeader): boolean {
  return (
    first.fieldPicFlag &&
    second.fieldPicFlag &&
    first.bottomFieldFlag !== second.bottomFieldFlag &&
    first.frameNum === second.frameNum &&
    second.nalUnitType !== NalUnitType.idrSlice &&
    (first.nalRefIdc !== 0 || second.nalRefIdc === 0)
  );
}
