/**
 * The picture parameter set of H.264 (ITU-T H.264, 7.3.2.2), as far as the syntax of slices depends on it. What comes behind
 * `pic_scaling_matrix_present_flag` (scaling lists) is not read: a decoder alone needs it, and its
 * length hangs on the sequence parameter set, which is not known here.
 */
import type { BitReader } from '../../bytes/bit-reader.ts';
import type { Parsed } from '../parsed.ts';
import { within } from '../within.ts';
import { NalUnitType, nalUnitType, payloadReader } from './nal-unit.ts';

/** Slice groups (flexible macroblock ordering, Baseline and Extended only), as far as slice headers depend on them. */
export interface SliceGroups {
  /** 2 to 8. */
  readonly numSliceGroups: number;
  /** 3 to 5: the slice header carries `slice_group_change_cycle`. */
  readonly sliceGroupMapType: number;
  /** Map types 3 to 5 only: with the picture's size it gives the length of `slice_group_change_cycle`. */
  readonly sliceGroupChangeRate: number | undefined;
}

/** pic_parameter_set_rbsp() up to `transform_8x8_mode_flag`; counts, not counts less one. */
export interface PictureParameterSet {
  readonly picParameterSetId: number;
  readonly seqParameterSetId: number;
  /** True: CABAC. False: CAVLC. */
  readonly entropyCodingModeFlag: boolean;
  readonly bottomFieldPicOrderInFramePresentFlag: boolean;
  /** Absent where a picture is one group of slices, as it nearly always is. */
  readonly sliceGroups: SliceGroups | undefined;
  readonly numRefIdxL0DefaultActive: number;
  readonly numRefIdxL1DefaultActive: number;
  readonly weightedPredFlag: boolean;
  /** 0 none, 1 explicit, 2 implicit. */
  readonly weightedBipredIdc: number;
  /** `26 + pic_init_qp_minus26`; below 0 for bit depths above 8. */
  readonly picInitQp: number;
  readonly picInitQs: number;
  readonly chromaQpIndexOffset: number;
  readonly deblockingFilterControlPresentFlag: boolean;
  readonly constrainedIntraPredFlag: boolean;
  readonly redundantPicCntPresentFlag: boolean;
  /** False where it is not said, as the standard infers it. */
  readonly transform8x8ModeFlag: boolean;
  /** Scaling lists of its own, which are not read. */
  readonly picScalingMatrixPresentFlag: boolean;
}

function parseSliceGroups(reader: BitReader, numSliceGroups: number): SliceGroups {
  const sliceGroupMapType = within(reader, reader.ue(), 0, 6, 'slice_group_map_type');
  let sliceGroupChangeRate: number | undefined;
  switch (sliceGroupMapType) {
    case 0:
      for (let group = 0; group < numSliceGroups; group++) reader.ue(); // run_length_minus1
      break;
    case 2:
      for (let group = 0; group < numSliceGroups - 1; group++) {
        reader.ue(); // top_left
        reader.ue(); // bottom_right
      }
      break;
    case 3:
    case 4:
    case 5:
      reader.skip(1); // slice_group_change_direction_flag
      sliceGroupChangeRate = reader.ue() + 1;
      break;
    case 6: {
      const picSizeInMapUnits = reader.ue() + 1;
      reader.skip(picSizeInMapUnits * Math.ceil(Math.log2(numSliceGroups))); // slice_group_id
      break;
    }
  }
  return { numSliceGroups, sliceGroupMapType, sliceGroupChangeRate };
}

/** Parses a NAL unit of type 8, its header byte first, emulation prevention still in it. */
export function parsePictureParameterSet(nalUnit: Uint8Array): Parsed<PictureParameterSet> {
  const type = nalUnitType(nalUnit);
  if (type !== NalUnitType.pictureParameterSet) {
    const found = type < 0 ? 'no byte' : `type ${type}`;
    const message = `expected a picture parameter set (NAL unit type 8), found ${found}`;
    return { value: undefined, fault: { offset: 0, message } };
  }
  const reader = payloadReader(nalUnit);
  const picParameterSetId = within(reader, reader.ue(), 0, 255, 'pic_parameter_set_id');
  const seqParameterSetId = within(reader, reader.ue(), 0, 31, 'seq_parameter_set_id');
  const entropyCodingModeFlag = reader.flag();
  const bottomFieldPicOrderInFramePresentFlag = reader.flag();
  const numSliceGroups = 1 + within(reader, reader.ue(), 0, 7, 'num_slice_groups_minus1');
  const sliceGroups = numSliceGroups > 1 ? parseSliceGroups(reader, numSliceGroups) : undefined;
  const numRefIdxL0DefaultActive = 1 + within(reader, reader.ue(), 0, 31, 'num_ref_idx_l0_default_active_minus1');
  const numRefIdxL1DefaultActive = 1 + within(reader, reader.ue(), 0, 31, 'num_ref_idx_l1_default_active_minus1');
  const weightedPredFlag = reader.flag();
  const weightedBipredIdc = within(reader, reader.bits(2), 0, 2, 'weighted_bipred_idc');
  // The lower bound is that of 14 bits per sample: 26 + QpBdOffset = 26 + 6 * 6.
  const picInitQp = 26 + within(reader, reader.se(), -62, 25, 'pic_init_qp_minus26');
  const picInitQs = 26 + within(reader, reader.se(), -26, 25, 'pic_init_qs_minus26');
  const chromaQpIndexOffset = within(reader, reader.se(), -12, 12, 'chroma_qp_index_offset');
  const deblockingFilterControlPresentFlag = reader.flag();
  const constrainedIntraPredFlag = reader.flag();
  const redundantPicCntPresentFlag = reader.flag();
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };
  const transform8x8ModeFlag = reader.remaining > 0 && reader.flag();
  const picScalingMatrixPresentFlag = reader.remaining > 0 && reader.flag();
  return {
    value: {
      picParameterSetId,
      seqParameterSetId,
      entropyCodingModeFlag,
      bottomFieldPicOrderInFramePresentFlag,
      sliceGroups,
      numRefIdxL0DefaultActive,
      numRefIdxL1DefaultActive,
      weightedPredFlag,
      weightedBipredIdc,
      picInitQp,
      picInitQs,
      chromaQpIndexOffset,
      deblockingFilterControlPresentFlag,
      constrainedIntraPredFlag,
      redundantPicCntPresentFlag,
      transform8x8ModeFlag,
      picScalingMatrixPresentFlag,
    },
    fault: undefined,
  };
}
