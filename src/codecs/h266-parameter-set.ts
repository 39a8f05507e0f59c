/**
 * The beginning of a sequence parameter set of H.266 (ITU-T H.266, 7.3.2.4): size, shape of the chroma and depth of the
 * pictures, profile and level. Nothing behind that is read, and slices are not known here.
 */
import type { BitReader } from '../bytes/bit-reader.ts';
import { wholePayloadReader } from './nal-payload.ts';

/** Names are the standard's, in camelCase; what is coded "minus 8" stands here as what it means. */
export interface H266SequenceParameterSet {
  readonly generalProfileIdc: number;
  /** 16 for each level, 3 for each step within it. */
  readonly generalLevelIdc: number;
  /** 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormatIdc: number;
  readonly picWidthMaxInLumaSamples: number;
  readonly picHeightMaxInLumaSamples: number;
  /** What is shown of that, in luma samples. */
  readonly width: number;
  readonly height: number;
  /** Undefined where subpictures are described before it. */
  readonly bitDepth: number | undefined;
}

const nalUnitHeaderLength = 2;
/** `nal_unit_type` SPS_NUT (Table 5). */
const sequenceParameterSet = 15;
const maxSize = 65_536;

/** What general_constraints_info() has where it has anything (7.3.3.2), but for its additional bits. */
const generalConstraintBits = 71;

interface Level {
  readonly profileIdc: number;
  readonly levelIdc: number;
}

/** profile_tier_level() with a profile (7.3.3.1). */
function parseProfileTierLevel(reader: BitReader, maxSublayersMinus1: number): Level {
  const profileIdc = reader.bits(7);
  reader.skip(1); // general_tier_flag
  const levelIdc = reader.bits(8);
  reader.skip(1 + 1); // ptl_frame_only_constraint_flag, ptl_multilayer_enabled_flag
  // gci_present_flag
  if (reader.flag()) {
    reader.skip(generalConstraintBits);
    reader.skip(reader.bits(8)); // gci_num_additional_bits
  }
  reader.byteAlign();
  let levels = 0;
  for (let layer = 0; layer < maxSublayersMinus1; layer++) levels += reader.bits(1); // ptl_sublayer_level_present_flag
  reader.byteAlign();
  reader.skip(8 * levels); // sublayer_level_idc
  reader.skip(32 * reader.bits(8)); // ptl_num_sub_profiles, general_sub_profile_idc
  return { profileIdc, levelIdc };
}

/** Samples cut off both sides and above and below, in luma samples (7.4.3.4, Table 2). */
function parseConformanceWindow(reader: BitReader, chromaFormatIdc: number): readonly [number, number] {
  if (!reader.flag()) return [0, 0];
  const [horizontal, vertical] = [reader.ue() + reader.ue(), reader.ue() + reader.ue()];
  const subWidth = chromaFormatIdc === 1 || chromaFormatIdc === 2 ? 2 : 1;
  return [horizontal * subWidth, vertical * (chromaFormatIdc === 1 ? 2 : 1)];
}

/** `nalUnit`: from its header on, emulation prevention and all. Undefined where it is no such set, or one without a profile. */
export function parseH266SequenceParameterSet(nalUnit: Uint8Array): H266SequenceParameterSet | undefined {
  if (nalUnit.length <= nalUnitHeaderLength || nalUnit[1]! >>> 3 !== sequenceParameterSet) return undefined;
  const reader = wholePayloadReader(nalUnit, nalUnitHeaderLength);
  reader.skip(4 + 4); // sps_seq_parameter_set_id, sps_video_parameter_set_id
  const maxSublayersMinus1 = reader.bits(3);
  const chromaFormatIdc = reader.bits(2);
  reader.skip(2); // sps_log2_ctu_size_minus5
  // sps_ptl_dpb_hrd_params_present_flag: without it the set of another layer says so
  if (!reader.flag()) return undefined;
  const { profileIdc, levelIdc } = parseProfileTierLevel(reader, maxSublayersMinus1);
  reader.skip(1); // sps_gdr_enabled_flag
  if (reader.flag()) reader.skip(1); // sps_ref_pic_resampling_enabled_flag, sps_res_change_in_clvs_allowed_flag
  const picWidthMaxInLumaSamples = reader.ue();
  const picHeightMaxInLumaSamples = reader.ue();
  const [horizontal, vertical] = parseConformanceWindow(reader, chromaFormatIdc);
  const hasSubpictures = reader.flag(); // sps_subpic_info_present_flag
  const bitDepth = hasSubpictures ? undefined : 8 + reader.ue();
  const [width, height] = [picWidthMaxInLumaSamples - horizontal, picHeightMaxInLumaSamples - vertical];
  if (reader.fault !== undefined || maxSublayersMinus1 === 7 || (bitDepth ?? 0) > 16) return undefined;
  if (Math.min(width, height) <= 0 || Math.max(picWidthMaxInLumaSamples, picHeightMaxInLumaSamples) > maxSize) {
    return undefined;
  }
  return {
    generalProfileIdc: profileIdc,
    generalLevelIdc: levelIdc,
    chromaFormatIdc,
    picWidthMaxInLumaSamples,
    picHeightMaxInLumaSamples,
    width,
    height,
    bitDepth,
  };
}
