/**
 * The sequence parameter set of H.264 (ITU-T H.264, 7.3.2.1.1): what a container has to say about the pictures (their
 * size, shape and chroma format), and what is needed to read slice headers and to compute the order of output. Scaling
 * lists are passed over: they are of use to a decoder alone. Nothing is known here of slices, of streams or of
 * containers.
 */
import type { BitReader } from '../../bytes/bit-reader.ts';
import type { Parsed } from '../parsed.ts';
import { ueUpTo } from '../within.ts';
import { NalUnitType, nalUnitType, payloadReader } from './nal-unit.ts';
import { parseVideoUsabilityInformation, type VideoUsabilityInformation } from './video-usability-information.ts';

/** How a picture's order of output is coded: `pic_order_cnt_type` with the fields it brings (8.2.1). */
export type PicOrderCnt =
  | { readonly type: 0; readonly log2MaxPicOrderCntLsb: number }
  | {
      readonly type: 1;
      readonly deltaPicOrderAlwaysZeroFlag: boolean;
      readonly offsetForNonRefPic: number;
      readonly offsetForTopToBottomField: number;
      /** One offset per reference frame of the cycle, at most 255. */
      readonly offsetForRefFrame: readonly number[];
    }
  /** Output order is decoding order. */
  | { readonly type: 2 };

/** What is cut off the decoded frame on each side, in luma samples of the frame. */
export interface FrameCropping {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/**
 * Names are the standard's, in camelCase; values coded "minus 8", "minus 4", "minus 1" stand here as what they mean.
 */
export interface SequenceParameterSet {
  readonly profileIdc: number;
  /** The byte after `profile_idc`: `constraint_set0_flag` is its highest bit, the two lowest are reserved. */
  readonly constraintFlags: number;
  readonly levelIdc: number;
  readonly seqParameterSetId: number;
  /** 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormatIdc: number;
  /** 4:4:4 only: the three colour planes are coded apart, each like a monochrome picture. */
  readonly separateColourPlaneFlag: boolean;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  /** Scaling lists of its own, which are passed over. */
  readonly seqScalingMatrixPresentFlag: boolean;
  readonly log2MaxFrameNum: number;
  readonly picOrderCnt: PicOrderCnt;
  readonly maxNumRefFrames: number;
  readonly gapsInFrameNumValueAllowedFlag: boolean;
  readonly picWidthInMbs: number;
  /** Macroblock rows of a frame, or of a field where `frameMbsOnlyFlag` is false. */
  readonly picHeightInMapUnits: number;
  /** True: every picture is a frame. False: pictures may be fields, or frames of interlaced macroblocks. */
  readonly frameMbsOnlyFlag: boolean;
  readonly mbAdaptiveFrameFieldFlag: boolean;
  readonly direct8x8InferenceFlag: boolean;
  readonly cropping: FrameCropping;
  /** Luma samples of the cropped frame: what is shown, before the sample aspect ratio is applied. */
  readonly width: number;
  readonly height: number;
  readonly vui: VideoUsabilityInformation | undefined;
}

/**
 * Profiles whose parameter sets say chroma format and bit depths (7.3.2.1.1); 144 is the High 4:4:4 of 2005, since
 * removed.
 */
const PROFILES_WITH_CHROMA_FORMAT: ReadonlySet<number> = new Set([
  100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135, 144,
]);

/** Whether parameter sets (and configuration records) of this `profile_idc` say chroma format and bit depths. */
export function profileHasChromaFormat(profileIdc: number): boolean {
  return PROFILES_WITH_CHROMA_FORMAT.has(profileIdc);
}

/**
 * 4095 macroblocks are 65520 luma samples: as much as the 16 bits of a container's size can say, and beyond every
 * level.
 */
const MAX_SIDE_IN_MBS = 4095;
/** The most frames any level lets a decoder hold: MaxDpbFrames (A.3.1). */
const MAX_DPB_FRAMES = 16;

/** scaling_list(), 7.3.2.1.1.1: its length depends on its values, so that it has to be read to be passed over. */
function skipScalingList(reader: BitReader, size: number): void {
  let lastScale = 8;
  for (let index = 0; index < size; index++) {
    const deltaScale = reader.se();
    if (deltaScale < -128 || deltaScale > 127) {
      reader.fail(`expected delta_scale between -128 and 127, found ${deltaScale}`);
      return;
    }
    const nextScale = (lastScale + deltaScale + 256) % 256;
    if (nextScale === 0) return;
    lastScale = nextScale;
  }
}

interface ChromaFormat {
  readonly chromaFormatIdc: number;
  readonly separateColourPlaneFlag: boolean;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  readonly seqScalingMatrixPresentFlag: boolean;
}

/** What profiles have that do not say it. */
const plainChromaFormat: ChromaFormat = {
  chromaFormatIdc: 1,
  separateColourPlaneFlag: false,
  bitDepthLuma: 8,
  bitDepthChroma: 8,
  seqScalingMatrixPresentFlag: false,
};

function parseChromaFormat(reader: BitReader): ChromaFormat {
  const chromaFormatIdc = ueUpTo(reader, 3, 'chroma_format_idc');
  const separateColourPlaneFlag = chromaFormatIdc === 3 ? reader.flag() : false;
  const bitDepthLuma = 8 + ueUpTo(reader, 6, 'bit_depth_luma_minus8');
  const bitDepthChroma = 8 + ueUpTo(reader, 6, 'bit_depth_chroma_minus8');
  reader.skip(1); // qpprime_y_zero_transform_bypass_flag
  const seqScalingMatrixPresentFlag = reader.flag();
  if (seqScalingMatrixPresentFlag) {
    const lists = chromaFormatIdc === 3 ? 12 : 8;
    for (let index = 0; index < lists; index++) {
      if (reader.flag()) skipScalingList(reader, index < 6 ? 16 : 64);
    }
  }
  return { chromaFormatIdc, separateColourPlaneFlag, bitDepthLuma, bitDepthChroma, seqScalingMatrixPresentFlag };
}

function parsePicOrderCnt(reader: BitReader): PicOrderCnt {
  const type = ueUpTo(reader, 2, 'pic_order_cnt_type');
  if (type === 0) {
    return { type, log2MaxPicOrderCntLsb: 4 + ueUpTo(reader, 12, 'log2_max_pic_order_cnt_lsb_minus4') };
  }
  if (type === 2) return { type };
  const deltaPicOrderAlwaysZeroFlag = reader.flag();
  const offsetForNonRefPic = reader.se();
  const offsetForTopToBottomField = reader.se();
  const count = ueUpTo(reader, 255, 'num_ref_frames_in_pic_order_cnt_cycle');
  const offsetForRefFrame = Array.from({ length: count }, () => reader.se());
  return {
    type: 1,
    deltaPicOrderAlwaysZeroFlag,
    offsetForNonRefPic,
    offsetForTopToBottomField,
    offsetForRefFrame,
  };
}

/**
 * Frame cropping, in luma samples: units are coarser for subsampled chroma and for fields (7.4.2.1.1, 7-19 to 7-22).
 */
function parseCropping(reader: BitReader, chromaFormatIdc: number, frameMbsOnlyFlag: boolean): FrameCropping {
  if (!reader.flag()) return { left: 0, right: 0, top: 0, bottom: 0 };
  const cropUnitX = chromaFormatIdc === 1 || chromaFormatIdc === 2 ? 2 : 1;
  const cropUnitY = (chromaFormatIdc === 1 ? 2 : 1) * (frameMbsOnlyFlag ? 1 : 2);
  return {
    left: reader.ue() * cropUnitX,
    right: reader.ue() * cropUnitX,
    top: reader.ue() * cropUnitY,
    bottom: reader.ue() * cropUnitY,
  };
}

/**
 * Parses a NAL unit of type 7, its header byte first, emulation prevention still in it. A fault in the usability
 * information costs only what stands behind it: the size is there.
 */
export function parseSequenceParameterSet(nalUnit: Uint8Array): Parsed<SequenceParameterSet> {
  const type = nalUnitType(nalUnit);
  if (type !== NalUnitType.sequenceParameterSet) {
    const found = type < 0 ? 'no byte' : `type ${type}`;
    const message = `expected a sequence parameter set (NAL unit type 7), found ${found}`;
    return { value: undefined, fault: { offset: 0, message } };
  }
  const reader = payloadReader(nalUnit);
  const profileIdc = reader.bits(8);
  const constraintFlags = reader.bits(8);
  const levelIdc = reader.bits(8);
  const seqParameterSetId = ueUpTo(reader, 31, 'seq_parameter_set_id');
  const chroma: ChromaFormat = profileHasChromaFormat(profileIdc) ? parseChromaFormat(reader) : plainChromaFormat;
  const log2MaxFrameNum = 4 + ueUpTo(reader, 12, 'log2_max_frame_num_minus4');
  const picOrderCnt = parsePicOrderCnt(reader);
  const maxNumRefFrames = ueUpTo(reader, MAX_DPB_FRAMES, 'max_num_ref_frames');
  const gapsInFrameNumValueAllowedFlag = reader.flag();
  const picWidthInMbs = 1 + ueUpTo(reader, MAX_SIDE_IN_MBS - 1, 'pic_width_in_mbs_minus1');
  const picHeightInMapUnits = 1 + ueUpTo(reader, MAX_SIDE_IN_MBS - 1, 'pic_height_in_map_units_minus1');
  const frameMbsOnlyFlag = reader.flag();
  const mbAdaptiveFrameFieldFlag = frameMbsOnlyFlag ? false : reader.flag();
  const direct8x8InferenceFlag = reader.flag();
  const cropping = parseCropping(reader, chroma.chromaFormatIdc, frameMbsOnlyFlag);

  const codedWidth = picWidthInMbs * 16;
  const codedHeight = picHeightInMapUnits * 16 * (frameMbsOnlyFlag ? 1 : 2);
  const width = codedWidth - cropping.left - cropping.right;
  const height = codedHeight - cropping.top - cropping.bottom;
  if (width <= 0 || height <= 0) {
    reader.fail(
      `expected cropping that leaves something of ${codedWidth}x${codedHeight}, found ${width}x${height} left`,
    );
  }
  // From here on a fault costs nothing but the usability information.
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };
  const vui = reader.flag() ? parseVideoUsabilityInformation(reader) : undefined;
  return {
    value: {
      profileIdc,
      constraintFlags,
      levelIdc,
      seqParameterSetId,
      ...chroma,
      log2MaxFrameNum,
      picOrderCnt,
      maxNumRefFrames,
      gapsInFrameNumValueAllowedFlag,
      picWidthInMbs,
      picHeightInMapUnits,
      frameMbsOnlyFlag,
      mbAdaptiveFrameFieldFlag,
      direct8x8InferenceFlag,
      cropping,
      width,
      height,
      vui,
    },
    fault: reader.fault,
  };
}
