/**
 * The picture parameter set of H.265 (ITU-T H.265, 7.3.2.3), as far as slice segment headers and slice data depend on it, with
 * what a configuration record says of parallel decoding. Scaling lists are passed over: a decoder alone needs them.
 */
import type { BitReader } from '../../bytes/bit-reader.ts';
import type { Parsed } from '../parsed.ts';
import { ueUpTo, within } from '../within.ts';
import { expectType, payloadReader } from './nal-unit.ts';
import { skipScalingListData } from './scaling-list-data.ts';

/** pic_parameter_set_rbsp(), without scaling lists; counts, not counts less one. */
export interface PictureParameterSet {
  readonly picParameterSetId: number;
  readonly seqParameterSetId: number;
  readonly dependentSliceSegmentsEnabledFlag: boolean;
  readonly outputFlagPresentFlag: boolean;
  readonly numExtraSliceHeaderBits: number;
  readonly cabacInitPresentFlag: boolean;
  readonly numRefIdxL0DefaultActive: number;
  readonly numRefIdxL1DefaultActive: number;
  /** QP of the first block before `slice_qp_delta`. */
  readonly initQp: number;
  /** pps_cb_qp_offset and pps_cr_qp_offset. */
  readonly cbQpOffset: number;
  readonly crQpOffset: number;
  readonly sliceChromaQpOffsetsPresentFlag: boolean;
  readonly weightedPredFlag: boolean;
  readonly weightedBipredFlag: boolean;
  readonly tilesEnabledFlag: boolean;
  readonly entropyCodingSyncEnabledFlag: boolean;
  readonly blocks: BlockSyntax;
  /** Undefined where a picture is one tile. */
  readonly tiles: Tiles | undefined;
  /** Undefined where what stands behind `entropy_coding_sync_enabled_flag` cannot be read. */
  readonly sliceSyntax: SliceSyntax | undefined;
}

/** What else decides which syntax elements a slice segment header has. */
export interface SliceSyntax {
  readonly loopFilterAcrossSlicesEnabledFlag: boolean;
  readonly deblockingFilterOverrideEnabledFlag: boolean;
  readonly deblockingFilterDisabledFlag: boolean;
  readonly listsModificationPresentFlag: boolean;
  readonly sliceSegmentHeaderExtensionPresentFlag: boolean;
  readonly rangeExtension: PictureRangeExtension;
  /** Extensions for layers, depth and screen content, which may add to slice segment headers. */
  readonly hasFurtherExtensions: boolean;
}

/** What decides which syntax elements blocks have. */
export interface BlockSyntax {
  readonly signDataHidingEnabledFlag: boolean;
  readonly constrainedIntraPredFlag: boolean;
  readonly transformSkipEnabledFlag: boolean;
  /** Undefined where the quantiser is that of the slice. */
  readonly diffCuQpDeltaDepth: number | undefined;
  readonly transquantBypassEnabledFlag: boolean;
}

/** pps_range_extension(), 7.3.2.3.2. */
export interface PictureRangeExtension {
  readonly log2MaxTransformSkipSize: number;
  readonly crossComponentPredictionEnabledFlag: boolean;
  readonly chromaQpOffsetListEnabledFlag: boolean;
  readonly diffCuChromaQpOffsetDepth: number;
  readonly chromaQpOffsetListLength: number;
}

/** How a picture is divided into tiles. */
export interface Tiles {
  readonly columns: number;
  readonly rows: number;
  /** Coding tree blocks of all but the last; undefined where all are alike. */
  readonly columnWidths: readonly number[] | undefined;
  readonly rowHeights: readonly number[] | undefined;
}

/** A picture of the largest level has no more (A.4.1: 20 and 22), one beyond all levels hardly. */
const MAX_TILES_A_SIDE = 64;

function parseTiles(reader: BitReader): Tiles {
  const columns = 1 + ueUpTo(reader, MAX_TILES_A_SIDE - 1, 'num_tile_columns_minus1');
  const rows = 1 + ueUpTo(reader, MAX_TILES_A_SIDE - 1, 'num_tile_rows_minus1');
  const isUniform = reader.flag();
  const sizes = (count: number): number[] | undefined =>
    isUniform ? undefined : Array.from({ length: count - 1 }, () => 1 + reader.ue());
  const columnWidths = sizes(columns);
  const rowHeights = sizes(rows);
  reader.skip(1); // loop_filter_across_tiles_enabled_flag
  return { columns, rows, columnWidths, rowHeights };
}

/** The usual sizes of blocks without a transform: 4x4. */
const noRangeExtension: PictureRangeExtension = {
  log2MaxTransformSkipSize: 2,
  crossComponentPredictionEnabledFlag: false,
  chromaQpOffsetListEnabledFlag: false,
  diffCuChromaQpOffsetDepth: 0,
  chromaQpOffsetListLength: 0,
};

function parseRangeExtension(reader: BitReader, transformSkipEnabledFlag: boolean): PictureRangeExtension {
  const log2MaxTransformSkipSize =
    2 + (transformSkipEnabledFlag ? ueUpTo(reader, 3, 'log2_max_transform_skip_block_size_minus2') : 0);
  const crossComponentPredictionEnabledFlag = reader.flag();
  const chromaQpOffsetListEnabledFlag = reader.flag();
  let [diffCuChromaQpOffsetDepth, chromaQpOffsetListLength] = [0, 0];
  if (chromaQpOffsetListEnabledFlag) {
    diffCuChromaQpOffsetDepth = ueUpTo(reader, 3, 'diff_cu_chroma_qp_offset_depth');
    chromaQpOffsetListLength = 1 + ueUpTo(reader, 5, 'chroma_qp_offset_list_len_minus1');
  }
  return {
    log2MaxTransformSkipSize,
    crossComponentPredictionEnabledFlag,
    chromaQpOffsetListEnabledFlag,
    diffCuChromaQpOffsetDepth,
    chromaQpOffsetListLength,
  };
}

/** From behind the tiles to the extensions. */
function parseSliceSyntax(reader: BitReader, transformSkipEnabledFlag: boolean): SliceSyntax | undefined {
  const loopFilterAcrossSlicesEnabledFlag = reader.flag();
  // deblocking_filter_control_present_flag
  const hasDeblocking = reader.flag();
  const deblockingFilterOverrideEnabledFlag = hasDeblocking && reader.flag();
  const deblockingFilterDisabledFlag = hasDeblocking && reader.flag();
  if (hasDeblocking && !deblockingFilterDisabledFlag) {
    within(reader, reader.se(), -6, 6, 'pps_beta_offset_div2');
    within(reader, reader.se(), -6, 6, 'pps_tc_offset_div2');
  }
  if (reader.flag()) skipScalingListData(reader);
  const listsModificationPresentFlag = reader.flag();
  ueUpTo(reader, 4, 'log2_parallel_merge_level_minus2');
  const sliceSegmentHeaderExtensionPresentFlag = reader.flag();
  // pps_extension_present_flag; pps_range_extension_flag and seven more
  const extensions = reader.flag() ? reader.bits(8) : 0;
  const rangeExtension = extensions >= 0x80 ? parseRangeExtension(reader, transformSkipEnabledFlag) : noRangeExtension;
  if (reader.fault !== undefined) return undefined;
  return {
    loopFilterAcrossSlicesEnabledFlag,
    deblockingFilterOverrideEnabledFlag,
    deblockingFilterDisabledFlag,
    listsModificationPresentFlag,
    sliceSegmentHeaderExtensionPresentFlag,
    rangeExtension,
    hasFurtherExtensions: (extensions & 0x7f) !== 0,
  };
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
  const signDataHidingEnabledFlag = reader.flag();
  const cabacInitPresentFlag = reader.flag();
  const numRefIdxL0DefaultActive = 1 + ueUpTo(reader, 14, 'num_ref_idx_l0_default_active_minus1');
  const numRefIdxL1DefaultActive = 1 + ueUpTo(reader, 14, 'num_ref_idx_l1_default_active_minus1');
  // The lower bound is that of 16 bits per sample: 26 + QpBdOffset = 26 + 6 * 8.
  const initQp = 26 + within(reader, reader.se(), -74, 25, 'init_qp_minus26');
  const constrainedIntraPredFlag = reader.flag();
  const transformSkipEnabledFlag = reader.flag();
  const diffCuQpDeltaDepth = reader.flag() ? ueUpTo(reader, 3, 'diff_cu_qp_delta_depth') : undefined;
  const cbQpOffset = within(reader, reader.se(), -12, 12, 'pps_cb_qp_offset');
  const crQpOffset = within(reader, reader.se(), -12, 12, 'pps_cr_qp_offset');
  const sliceChromaQpOffsetsPresentFlag = reader.flag();
  const weightedPredFlag = reader.flag();
  const weightedBipredFlag = reader.flag();
  const transquantBypassEnabledFlag = reader.flag();
  const tilesEnabledFlag = reader.flag();
  const entropyCodingSyncEnabledFlag = reader.flag();
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };
  const tiles = tilesEnabledFlag ? parseTiles(reader) : undefined;
  const sliceSyntax = parseSliceSyntax(reader, transformSkipEnabledFlag);
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
      initQp,
      cbQpOffset,
      crQpOffset,
      sliceChromaQpOffsetsPresentFlag,
      weightedPredFlag,
      weightedBipredFlag,
      tilesEnabledFlag,
      entropyCodingSyncEnabledFlag,
      blocks: {
        signDataHidingEnabledFlag,
        constrainedIntraPredFlag,
        transformSkipEnabledFlag,
        diffCuQpDeltaDepth,
        transquantBypassEnabledFlag,
      },
      tiles,
      sliceSyntax,
    },
    fault: reader.fault,
  };
}
