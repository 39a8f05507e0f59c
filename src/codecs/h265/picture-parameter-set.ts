/**
 * The picture parameter set of H.265 (ITU-T H.265, 7.3.2.3), as far as slice segment headers depend on it, with what a
 * configuration record says of parallel decoding. What comes behind (tiles, deblocking, scaling lists) is not read: a
 * decoder alone needs it.
 */
import type { Parsed } from '../parsed.ts';
import { ueUpTo, within } from '../within.ts';
import { expectType, payloadReader } from './nal-unit.ts';

export interface PictureParameterSet {
  readonly picParameterSetId: number;
  readonly seqParameterSetId: number;
  readonly dependentSliceSegmentsEnabledFlag: boolean;
  readonly outputFlagPresentFlag: boolean;
  readonly numExtraSliceHeaderBits: number;
  readonly cabacInitPresentFlag: boolean;
  readonly numRefIdxL0DefaultActive: number;
  readonly numRefIdxL1DefaultActive: number;
  readonly weightedPredFlag: boolean;
  readonly weightedBipredFlag: boolean;
  readonly tilesEnabledFlag: boolean;
  readonly entropyCodingSyncEnabledFlag: boolean;
}

/** Parses a NAL unit of type 34, its header first, emulation prevention still in it. */
export function parsePictureParameterSet(nalUnit: Uint8Array): Parsed<PictureParameterSet> {
  const reader = payloadReader(nalUnit);
  expectType(reader, nalUnit, 34, 'picture parameter set');
  const picParameterSetId = ueUpTo(reader, 63, 'pps_pic_parameter_set_id');
  const seqParameterSetId = ueUpTo(reader, 15, 'pps_seq_parameter_set_id');
  const dependentSliceSegmentsEnabledFlag = reader.flag();
  const outputFlagPresentFlag = reader.flag();
  const numExtraSliceHeaderBits = reader.bits(3);
  reader.skip(1); // sign_data_hiding_enabled_flag
  const cabacInitPresentFlag = reader.flag();
  const numRefIdxL0DefaultActive = 1 + ueUpTo(reader, 14, 'num_ref_idx_l0_default_active_minus1');
  const numRefIdxL1DefaultActive = 1 + ueUpTo(reader, 14, 'num_ref_idx_l1_default_active_minus1');
  // The lower bound is that of 16 bits per sample: 26 + QpBdOffset = 26 + 6 * 8.
  within(reader, reader.se(), -74, 25, 'init_qp_minus26');
  reader.skip(2); // constrained_intra_pred_flag, transform_skip_enabled_flag
  if (reader.flag()) ueUpTo(reader, 3, 'diff_cu_qp_delta_depth');
  within(reader, reader.se(), -12, 12, 'pps_cb_qp_offset');
  within(reader, reader.se(), -12, 12, 'pps_cr_qp_offset');
  reader.skip(1); // pps_slice_chroma_qp_offsets_present_flag
  const weightedPredFlag = reader.flag();
  const weightedBipredFlag = reader.flag();
  reader.skip(1); // transquant_bypass_enabled_flag
  const tilesEnabledFlag = reader.flag();
  const entropyCodingSyncEnabledFlag = reader.flag();
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };
  return {
    value: {
      picParameterSetId,
      seqParameterSetId,
      dependentSliceSegmentsEnabledFlag,
      outputFlagPresentFlag,
      numExtraSliceHeaderBits,
      cabacInitPresentFlag,
      numRefIdxL0DefaultActive,
      numRefIdxL1DefaultActive,
      weightedPredFlag,
      weightedBipredFlag,
      tilesEnabledFlag,
      entropyCodingSyncEnabledFlag,
    },
    fault: undefined,
  };
}
