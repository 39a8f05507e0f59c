/**
 * What stands in a slice segment header of H.265 behind the picture order count (ITU-T H.265, 7.3.6.1 to 7.3.6.3, 7.3.8.1).
 * That every element is in its range and the header ends with its alignment bits proves that the
 * parameter sets it was read with are its own: wrong ones break it within a few slices.
 */
import type { BitReader } from '../../bytes/bit-reader.ts';
import { ueUpTo, within } from '../within.ts';
import type { PictureParameterSet, SliceSyntax } from './picture-parameter-set.ts';
import type { SequenceParameterSet } from './sequence-parameter-set.ts';
import { parseShortTermReferencePictureSetOfSlice } from './short-term-reference-picture-set.ts';

const TYPE_B = 0;
const TYPE_I = 2;

/** What the rest of the header depends on from its beginning. */
export interface SliceSegmentStart {
  readonly nalUnitType: number;
  readonly dependentSliceSegmentFlag: boolean;
  readonly sliceType: number | undefined;
}

/** What of a slice decides how the blocks behind its header are read. */
export interface SliceFacts {
  /** 0 B, 1 P, 2 I. */
  readonly sliceType: number;
  readonly saoLuma: boolean;
  readonly saoChroma: boolean;
  readonly sliceQp: number;
  readonly cuChromaQpOffsetEnabledFlag: boolean;
  /** Entries in use of list 0 and list 1; 0 where the slice has no such list. */
  readonly numRefIdxActive: readonly [number, number];
  readonly mvdL1ZeroFlag: boolean;
  readonly cabacInitFlag: boolean;
  readonly maxNumMergeCand: number;
}

/** What is said of prediction in I slices. */
const noPrediction = {
  numRefIdxActive: [0, 0],
  mvdL1ZeroFlag: false,
  cabacInitFlag: false,
  maxNumMergeCand: 1,
} as const;

/** Profiles for screen content (A.3.7, A.3.8), whose sequence parameter sets may add to slice segment headers. */
const SCREEN_CONTENT_PROFILES: ReadonlySet<number> = new Set([9, 11]);

/** Whether all that decides on the syntax of slice segment headers is known. */
function knowsSyntax(sps: SequenceParameterSet, syntax: SliceSyntax | undefined): syntax is SliceSyntax {
  return (
    syntax !== undefined &&
    !syntax.hasFurtherExtensions &&
    !SCREEN_CONTENT_PROFILES.has(sps.profileTierLevel.generalProfileIdc)
  );
}

/**
 * Reads from behind `slice_pic_order_cnt_lsb` to the alignment bits; what is out of its range is a fault of the reader.
 * Gives what it says; `dependent`: nothing, what is said is that of the segment before; undefined where its syntax is not
 * known.
 */
export function readSliceSegmentHeaderEnd(
  reader: BitReader,
  start: SliceSegmentStart,
  sps: SequenceParameterSet,
  pps: PictureParameterSet,
): SliceFacts | 'dependent' | undefined {
  const { sliceSyntax } = pps;
  // Where extensions have a say that is not read here, nothing can be held against the header.
  if (!knowsSyntax(sps, sliceSyntax)) return undefined;
  const facts = start.dependentSliceSegmentFlag ? 'dependent' : readSlice(reader, start, sps, pps, sliceSyntax);
  if (pps.tilesEnabledFlag || pps.entropyCodingSyncEnabledFlag) {
    // 7.4.7.1: one for each row but the first, with tiles for each row of each.
    const most = pps.tilesEnabledFlag ? sps.picSizeInCtbs : sps.picHeightInCtbs - 1;
    const count = ueUpTo(reader, most, 'num_entry_point_offsets');
    if (count > 0) reader.skip(count * (1 + ueUpTo(reader, 31, 'offset_len_minus1')));
  }
  if (sliceSyntax.sliceSegmentHeaderExtensionPresentFlag) {
    reader.skip(8 * ueUpTo(reader, 256, 'slice_segment_header_extension_length'));
  }
  if (!reader.flag()) reader.fail('expected alignment_bit_equal_to_one, found 0');
  if (reader.bits((8 - (reader.position % 8)) % 8) !== 0) reader.fail('expected alignment bits of 0, found 1');
  return facts;
}

function readSlice(
  reader: BitReader,
  { nalUnitType, sliceType }: SliceSegmentStart,
  sps: SequenceParameterSet,
  pps: PictureParameterSet,
  syntax: SliceSyntax,
): SliceFacts {
  const isIdr = nalUnitType === 19 || nalUnitType === 20;
  const pictures = isIdr ? { used: 0 } : readReferencePictures(reader, sps);
  const temporalMvp = !isIdr && sps.temporalMvpEnabledFlag && reader.flag();
  const hasChroma = sps.chromaFormatIdc !== 0 && !sps.separateColourPlaneFlag;
  const saoLuma = sps.sampleAdaptiveOffsetEnabledFlag && reader.flag();
  const saoChroma = sps.sampleAdaptiveOffsetEnabledFlag && hasChroma && reader.flag();
  const prediction =
    sliceType === TYPE_I
      ? noPrediction
      : readPrediction(reader, { isB: sliceType === TYPE_B, used: pictures.used, temporalMvp, hasChroma }, pps, syntax);
  const lowestQp = -6 * (sps.bitDepthLuma - 8);
  const sliceQp = within(reader, pps.initQp + reader.se(), lowestQp, 51, 'SliceQpY');
  if (pps.sliceChromaQpOffsetsPresentFlag) {
    within(reader, reader.se(), -12, 12, 'slice_cb_qp_offset');
    within(reader, reader.se(), -12, 12, 'slice_cr_qp_offset');
  }
  const cuChromaQpOffsetEnabledFlag = syntax.rangeExtension.chromaQpOffsetListEnabledFlag && reader.flag();
  let deblockingDisabled = syntax.deblockingFilterDisabledFlag;
  // deblocking_filter_override_flag
  if (syntax.deblockingFilterOverrideEnabledFlag && reader.flag()) {
    deblockingDisabled = reader.flag();
    if (!deblockingDisabled) {
      within(reader, reader.se(), -6, 6, 'slice_beta_offset_div2');
      within(reader, reader.se(), -6, 6, 'slice_tc_offset_div2');
    }
  }
  // slice_loop_filter_across_slices_enabled_flag
  if (syntax.loopFilterAcrossSlicesEnabledFlag && (saoLuma || saoChroma || !deblockingDisabled)) reader.skip(1);
  return { sliceType: sliceType ?? TYPE_I, saoLuma, saoChroma, sliceQp, cuChromaQpOffsetEnabledFlag, ...prediction };
}

/** Gives NumPicTotalCurr (7-55): the pictures that the slice may refer to. */
function readReferencePictures(reader: BitReader, sps: SequenceParameterSet): { readonly used: number } {
  const sets = sps.shortTermRefPicSets;
  // short_term_ref_pic_set_sps_flag, short_term_ref_pic_set_idx
  const set = reader.flag()
    ? sets[reader.bits(Math.ceil(Math.log2(Math.max(1, sets.length))))]
    : parseShortTermReferencePictureSetOfSlice(reader, sets);
  if (set === undefined) reader.fail(`expected one of ${sets.length} short-term reference picture sets, found none`);
  let used = (set ?? []).filter((reference) => reference.used).length;
  if (!sps.longTermRefPicsPresentFlag) return { used };
  const fromSps = sps.usedLongTermRefPics;
  const numLongTermSps = fromSps.length > 0 ? ueUpTo(reader, fromSps.length, 'num_long_term_sps') : 0;
  const count = numLongTermSps + ueUpTo(reader, 32, 'num_long_term_pics');
  for (let index = 0; index < count && reader.fault === undefined; index++) {
    if (index < numLongTermSps) {
      // lt_idx_sps
      if (fromSps[reader.bits(Math.ceil(Math.log2(fromSps.length)))] === true) used++;
    } else {
      reader.skip(sps.log2MaxPicOrderCntLsb); // poc_lsb_lt
      if (reader.flag()) used++; // used_by_curr_pic_lt_flag
    }
    if (reader.flag()) reader.ue(); // delta_poc_msb_present_flag, delta_poc_msb_cycle_lt
  }
  return { used };
}

interface Prediction {
  readonly isB: boolean;
  readonly used: number;
  readonly temporalMvp: boolean;
  readonly hasChroma: boolean;
}

/** What P and B slices alone have. */
function readPrediction(
  reader: BitReader,
  { isB, used, temporalMvp, hasChroma }: Prediction,
  pps: PictureParameterSet,
  syntax: SliceSyntax,
): Pick<SliceFacts, 'numRefIdxActive' | 'mvdL1ZeroFlag' | 'cabacInitFlag' | 'maxNumMergeCand'> {
  const override = reader.flag(); // num_ref_idx_active_override_flag
  const l0 = override ? 1 + ueUpTo(reader, 14, 'num_ref_idx_l0_active_minus1') : pps.numRefIdxL0DefaultActive;
  const ofB = override && isB ? 1 + ueUpTo(reader, 14, 'num_ref_idx_l1_active_minus1') : pps.numRefIdxL1DefaultActive;
  const l1 = isB ? ofB : 0;
  if (used === 0) reader.fail('expected pictures that a slice of type P or B refers to, found none');
  if (syntax.listsModificationPresentFlag && used > 1) {
    const entryBits = Math.ceil(Math.log2(used));
    if (reader.flag()) reader.skip(l0 * entryBits); // ref_pic_list_modification_flag_l0, list_entry_l0
    if (isB && reader.flag()) reader.skip(l1 * entryBits);
  }
  const mvdL1ZeroFlag = isB && reader.flag();
  const cabacInitFlag = pps.cabacInitPresentFlag && reader.flag();
  if (temporalMvp) {
    const fromL0 = !isB || reader.flag(); // collocated_from_l0_flag
    const entries = fromL0 ? l0 : l1;
    if (entries > 1) ueUpTo(reader, entries - 1, 'collocated_ref_idx');
  }
  if (isB ? pps.weightedBipredFlag : pps.weightedPredFlag) readWeights(reader, isB ? [l0, l1] : [l0], hasChroma);
  const maxNumMergeCand = 5 - ueUpTo(reader, 4, 'five_minus_max_num_merge_cand');
  return { numRefIdxActive: [l0, l1], mvdL1ZeroFlag, cabacInitFlag, maxNumMergeCand };
}

/** pred_weight_table(). The ranges are those of 16 bits per sample with high_precision_offsets_enabled_flag. */
function readWeights(reader: BitReader, entriesOfLists: readonly number[], hasChroma: boolean): void {
  ueUpTo(reader, 7, 'luma_log2_weight_denom');
  if (hasChroma) within(reader, reader.se(), -7, 7, 'delta_chroma_log2_weight_denom');
  for (const entries of entriesOfLists) {
    const luma = reader.bits(entries); // luma_weight_l0_flag
    const chroma = hasChroma ? reader.bits(entries) : 0; // chroma_weight_l0_flag
    for (let bit = 2 ** (entries - 1); bit >= 1 && reader.fault === undefined; bit /= 2) {
      if ((luma & bit) !== 0) {
        within(reader, reader.se(), -128, 127, 'delta_luma_weight');
        within(reader, reader.se(), -(2 ** 15), 2 ** 15 - 1, 'luma_offset');
      }
      if ((chroma & bit) === 0) continue;
      for (let component = 0; component < 2; component++) {
        within(reader, reader.se(), -128, 127, 'delta_chroma_weight');
        within(reader, reader.se(), -(2 ** 17), 2 ** 17 - 1, 'delta_chroma_offset');
      }
    }
  }
}
