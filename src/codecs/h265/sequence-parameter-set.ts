/**
 * The sequence parameter set of H.265 (ITU-T H.265, 7.3.2.2): what a container has to say about the pictures (their size,
 * shape and chroma format), and what is needed to read slice headers and to compute the order of output. Scaling lists
 * are passed over: they are of use to a decoder alone. Nothing is known here of slices, of streams or of containers.
 */
import type { BitReader } from '../../bytes/bit-reader.ts';
import type { Parsed } from '../parsed.ts';
import { ueUpTo } from '../within.ts';
import { expectType, payloadReader } from './nal-unit.ts';
import { parseProfileTierLevel, type ProfileTierLevel } from './profile-tier-level.ts';
import { skipScalingListData } from './scaling-list-data.ts';
import {
  parseShortTermReferencePictureSets,
  type ShortTermReferencePictureSet,
} from './short-term-reference-picture-set.ts';
import { parseSubLayerOrdering, type SubLayerOrdering } from './sub-layer-ordering.ts';
import {
  parseVideoUsabilityInformation,
  parseWindow,
  type PictureWindow,
  type VideoUsabilityInformation,
} from './video-usability-information.ts';

/**
 * Names are the standard's, in camelCase; values coded "minus 8", "minus 4", "minus 1" stand here as what they mean.
 */
export interface SequenceParameterSet {
  readonly spsVideoParameterSetId: number;
  readonly maxSubLayers: number;
  readonly temporalIdNestingFlag: boolean;
  readonly profileTierLevel: ProfileTierLevel;
  readonly seqParameterSetId: number;
  /** 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormatIdc: number;
  /** 4:4:4 only: the three colour planes are coded apart, each like a monochrome picture. */
  readonly separateColourPlaneFlag: boolean;
  readonly picWidthInLumaSamples: number;
  readonly picHeightInLumaSamples: number;
  /** What is cut off the decoded picture on each side, in luma samples. */
  readonly conformanceWindow: PictureWindow;
  /** Luma samples of what is left: what is shown, before the sample aspect ratio is applied. */
  readonly width: number;
  readonly height: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  readonly log2MaxPicOrderCntLsb: number;
  /** Of the highest sub-layer, the whole stream. */
  readonly ordering: SubLayerOrdering;
  /** Luma samples of a coding tree block's side, as a power of two. */
  readonly ctbLog2Size: number;
  readonly sampleAdaptiveOffsetEnabledFlag: boolean;
  readonly shortTermRefPicSets: readonly ShortTermReferencePictureSet[];
  readonly longTermRefPicsPresentFlag: boolean;
  /** `used_by_curr_pic_lt_sps_flag` of each long-term picture that slices refer to by number. */
  readonly usedLongTermRefPics: readonly boolean[];
  readonly temporalMvpEnabledFlag: boolean;
  readonly strongIntraSmoothingEnabledFlag: boolean;
  readonly blocks: BlockStructure;
  readonly rangeExtension: SequenceRangeExtension | undefined;
  /** Extensions for layers, depth and screen content, or some that could not be read. */
  readonly hasFurtherExtensions: boolean;
  /** Slice segment addresses run to this number, exclusive. */
  readonly picSizeInCtbs: number;
  readonly picHeightInCtbs: number;
  readonly vui: VideoUsabilityInformation | undefined;
}

/** As much as the 16 bits of a container's size can say, and far beyond every level (8.2 Level 6.2: 16888). */
const MAX_SIDE = 65535;

/** How pictures are divided into blocks: sizes as powers of two of luma samples. */
export interface BlockStructure {
  readonly minCbLog2Size: number;
  readonly minTbLog2Size: number;
  readonly maxTbLog2Size: number;
  readonly maxTransformHierarchyDepthInter: number;
  readonly maxTransformHierarchyDepthIntra: number;
  readonly ampEnabledFlag: boolean;
  /** Blocks of samples that are not coded; undefined where there are none. */
  readonly pcm: PcmBlocks | undefined;
}

/** Of which sizes blocks of samples that are not coded may be, and their bits per sample. */
interface PcmBlocks {
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  readonly minLog2Size: number;
  readonly maxLog2Size: number;
}

/** sps_range_extension(), 7.3.2.2.2, as far as slice data depends on it. */
export interface SequenceRangeExtension {
  readonly transformSkipContextEnabledFlag: boolean;
  readonly implicitRdpcmEnabledFlag: boolean;
  readonly explicitRdpcmEnabledFlag: boolean;
  readonly extendedPrecisionProcessingFlag: boolean;
  readonly persistentRiceAdaptationEnabledFlag: boolean;
  readonly cabacBypassAlignmentEnabledFlag: boolean;
}

/** From `log2_min_luma_coding_block_size_minus3` to `pcm_loop_filter_disabled_flag`. */
function parseBlockStructure(
  reader: BitReader,
): BlockStructure & Pick<SequenceParameterSet, 'ctbLog2Size' | 'sampleAdaptiveOffsetEnabledFlag'> {
  const minCbLog2Size = 3 + ueUpTo(reader, 3, 'log2_min_luma_coding_block_size_minus3');
  const ctbLog2Size = minCbLog2Size + ueUpTo(reader, 3, 'log2_diff_max_min_luma_coding_block_size');
  if (ctbLog2Size > 6) reader.fail(`expected coding tree blocks of at most 64 samples, found 2^${ctbLog2Size}`);
  const minTbLog2Size = 2 + ueUpTo(reader, 3, 'log2_min_luma_transform_block_size_minus2');
  const maxTbLog2Size = minTbLog2Size + ueUpTo(reader, 3, 'log2_diff_max_min_luma_transform_block_size');
  const maxTransformHierarchyDepthInter = ueUpTo(reader, 4, 'max_transform_hierarchy_depth_inter');
  const maxTransformHierarchyDepthIntra = ueUpTo(reader, 4, 'max_transform_hierarchy_depth_intra');
  // scaling_list_enabled_flag, sps_scaling_list_data_present_flag
  if (reader.flag() && reader.flag()) skipScalingListData(reader);
  const ampEnabledFlag = reader.flag();
  const sampleAdaptiveOffsetEnabledFlag = reader.flag();
  const pcm = reader.flag() ? parsePcmBlocks(reader) : undefined; // pcm_enabled_flag
  return {
    ctbLog2Size,
    minCbLog2Size,
    minTbLog2Size,
    maxTbLog2Size,
    maxTransformHierarchyDepthInter,
    maxTransformHierarchyDepthIntra,
    ampEnabledFlag,
    sampleAdaptiveOffsetEnabledFlag,
    pcm,
  };
}

function parsePcmBlocks(reader: BitReader): PcmBlocks {
  const [bitDepthLuma, bitDepthChroma] = [1 + reader.bits(4), 1 + reader.bits(4)];
  const minLog2Size = 3 + ueUpTo(reader, 2, 'log2_min_pcm_luma_coding_block_size_minus3');
  const maxLog2Size = minLog2Size + ueUpTo(reader, 2, 'log2_diff_max_min_pcm_luma_coding_block_size');
  reader.skip(1); // pcm_loop_filter_disabled_flag
  return { bitDepthLuma, bitDepthChroma, minLog2Size, maxLog2Size };
}

/** What stands behind the usability information: the range extension, and whether there are others. */
function parseExtensions(
  reader: BitReader,
): Pick<SequenceParameterSet, 'rangeExtension' | 'hasFurtherExtensions'> | undefined {
  // sps_extension_present_flag; sps_range_extension_flag and seven more
  const extensions = reader.flag() ? reader.bits(8) : 0;
  let rangeExtension: SequenceRangeExtension | undefined;
  if (extensions >= 0x80) {
    reader.skip(1); // transform_skip_rotation_enabled_flag
    const transformSkipContextEnabledFlag = reader.flag();
    const implicitRdpcmEnabledFlag = reader.flag();
    const explicitRdpcmEnabledFlag = reader.flag();
    const extendedPrecisionProcessingFlag = reader.flag();
    reader.skip(2); // intra_smoothing_disabled_flag, high_precision_offsets_enabled_flag
    const persistentRiceAdaptationEnabledFlag = reader.flag();
    rangeExtension = {
      transformSkipContextEnabledFlag,
      implicitRdpcmEnabledFlag,
      explicitRdpcmEnabledFlag,
      extendedPrecisionProcessingFlag,
      persistentRiceAdaptationEnabledFlag,
      cabacBypassAlignmentEnabledFlag: reader.flag(),
    };
  }
  return reader.fault === undefined ? { rangeExtension, hasFurtherExtensions: (extensions & 0x7f) !== 0 } : undefined;
}

/** Which of the long-term pictures are used, their counts passed over; undefined where slices may have none. */
function parseLongTermReferencePictures(reader: BitReader, log2MaxPicOrderCntLsb: number): boolean[] | undefined {
  if (!reader.flag()) return undefined; // long_term_ref_pics_present_flag
  const used: boolean[] = [];
  const numLongTermRefPicsSps = ueUpTo(reader, 32, 'num_long_term_ref_pics_sps');
  for (let index = 0; index < numLongTermRefPicsSps; index++) {
    reader.skip(log2MaxPicOrderCntLsb); // lt_ref_pic_poc_lsb_sps
    used.push(reader.flag());
  }
  return used;
}

/**
 * Parses a NAL unit of type 33, its header first, emulation prevention still in it, of the base layer: in other layers the
 * syntax differs. A fault in the usability information costs only what stands behind it: the size is there.
 */
export function parseSequenceParameterSet(nalUnit: Uint8Array): Parsed<SequenceParameterSet> {
  const reader = payloadReader(nalUnit);
  expectType(reader, nalUnit, 33, 'sequence parameter set');
  const spsVideoParameterSetId = reader.bits(4);
  const maxSubLayers = 1 + reader.bits(3);
  if (maxSubLayers > 7) reader.fail('expected at most 7 temporal sub-layers, found 8', 2);
  const temporalIdNestingFlag = reader.flag();
  const profileTierLevel = parseProfileTierLevel(reader, maxSubLayers);
  const seqParameterSetId = ueUpTo(reader, 15, 'sps_seq_parameter_set_id');
  const chromaFormatIdc = ueUpTo(reader, 3, 'chroma_format_idc');
  const separateColourPlaneFlag = chromaFormatIdc === 3 && reader.flag();
  const picWidthInLumaSamples = ueUpTo(reader, MAX_SIDE, 'pic_width_in_luma_samples');
  const picHeightInLumaSamples = ueUpTo(reader, MAX_SIDE, 'pic_height_in_luma_samples');
  const noWindow = { left: 0, right: 0, top: 0, bottom: 0 };
  const conformanceWindow = reader.flag() ? parseWindow(reader, chromaFormatIdc) : noWindow;
  const width = picWidthInLumaSamples - conformanceWindow.left - conformanceWindow.right;
  const height = picHeightInLumaSamples - conformanceWindow.top - conformanceWindow.bottom;
  if (width <= 0 || height <= 0) {
    const coded = `${picWidthInLumaSamples}x${picHeightInLumaSamples}`;
    reader.fail(`expected a conformance window that leaves something of ${coded}, found ${width}x${height} left`);
  }
  const bitDepthLuma = 8 + ueUpTo(reader, 8, 'bit_depth_luma_minus8');
  const bitDepthChroma = 8 + ueUpTo(reader, 8, 'bit_depth_chroma_minus8');
  const log2MaxPicOrderCntLsb = 4 + ueUpTo(reader, 12, 'log2_max_pic_order_cnt_lsb_minus4');
  const ordering = parseSubLayerOrdering(reader, maxSubLayers);
  const { ctbLog2Size, sampleAdaptiveOffsetEnabledFlag, ...blocks } = parseBlockStructure(reader);
  const shortTermRefPicSets = parseShortTermReferencePictureSets(
    reader,
    ueUpTo(reader, 64, 'num_short_term_ref_pic_sets'),
  );
  const longTermRefPics = parseLongTermReferencePictures(reader, log2MaxPicOrderCntLsb);
  const temporalMvpEnabledFlag = reader.flag();
  const strongIntraSmoothingEnabledFlag = reader.flag();
  // From here on a fault costs nothing but the usability information.
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };
  const vui = reader.flag() ? parseVideoUsabilityInformation(reader, { chromaFormatIdc, maxSubLayers }) : undefined;
  const extensions = parseExtensions(reader) ?? { rangeExtension: undefined, hasFurtherExtensions: true };
  const ctbSize = 2 ** ctbLog2Size;
  const picHeightInCtbs = Math.ceil(picHeightInLumaSamples / ctbSize);
  return {
    value: {
      spsVideoParameterSetId,
      maxSubLayers,
      temporalIdNestingFlag,
      profileTierLevel,
      seqParameterSetId,
      chromaFormatIdc,
      separateColourPlaneFlag,
      picWidthInLumaSamples,
      picHeightInLumaSamples,
      conformanceWindow,
      width,
      height,
      bitDepthLuma,
      bitDepthChroma,
      log2MaxPicOrderCntLsb,
      ordering,
      ctbLog2Size,
      sampleAdaptiveOffsetEnabledFlag,
      shortTermRefPicSets,
      longTermRefPicsPresentFlag: longTermRefPics !== undefined,
      usedLongTermRefPics: longTermRefPics ?? [],
      temporalMvpEnabledFlag,
      strongIntraSmoothingEnabledFlag,
      blocks,
      ...extensions,
      picSizeInCtbs: Math.ceil(picWidthInLumaSamples / ctbSize) * picHeightInCtbs,
      picHeightInCtbs,
      vui,
    },
    fault: reader.fault,
  };
}
