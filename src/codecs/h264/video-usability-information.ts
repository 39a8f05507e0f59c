/**
 * The video usability information at the end of a sequence parameter set (ITU-T H.264, Annex E): what the pictures look
 * like on a screen and when they are due. Nothing here is needed to decode, and encoders break it often, so each group
 * is there whole or not at all, and a fault costs only the groups behind it. It does not know the parameter set around
 * it.
 */
import type { BitReader } from '../../bytes/bit-reader.ts';

/** Width to height of one sample of the picture. */
export interface SampleAspectRatio {
  readonly sarWidth: number;
  readonly sarHeight: number;
}

/** ITU-T H.264, E.2.1, Tables E-3 to E-5; 2 is "unspecified" in each of them. */
export interface ColourDescription {
  readonly colourPrimaries: number;
  readonly transferCharacteristics: number;
  readonly matrixCoefficients: number;
}

export interface VideoSignalType {
  /** Table E-2: 0 component, 1 PAL, 2 NTSC, 3 SECAM, 4 MAC, 5 unspecified. */
  readonly videoFormat: number;
  readonly videoFullRangeFlag: boolean;
  readonly colourDescription: ColourDescription | undefined;
}

/**
 * A **field** lasts `numUnitsInTick / timeScale` seconds, a frame twice that. Both numbers shall be above 0, but
 * encoders exist that write 0: look before dividing.
 */
export interface TimingInformation {
  readonly numUnitsInTick: number;
  readonly timeScale: number;
  readonly fixedFrameRateFlag: boolean;
}

export interface BitstreamRestriction {
  readonly motionVectorsOverPicBoundariesFlag: boolean;
  readonly maxBytesPerPicDenom: number;
  readonly maxBitsPerMbDenom: number;
  readonly log2MaxMvLengthHorizontal: number;
  readonly log2MaxMvLengthVertical: number;
  /** How many frames can stand before a frame in decoding order and after it in output order. */
  readonly maxNumReorderFrames: number;
  readonly maxDecFrameBuffering: number;
}

export interface VideoUsabilityInformation {
  /** Absent where the ratio is not said or is unspecified. */
  readonly sampleAspectRatio: SampleAspectRatio | undefined;
  readonly overscanAppropriateFlag: boolean | undefined;
  readonly videoSignalType: VideoSignalType | undefined;
  readonly timing: TimingInformation | undefined;
  /** Whether picture timing messages carry `pic_struct`. */
  readonly picStructPresentFlag: boolean;
  readonly bitstreamRestriction: BitstreamRestriction | undefined;
}

/** Table E-1, by `aspect_ratio_idc`. */
const SAMPLE_ASPECT_RATIOS: readonly (readonly [number, number] | undefined)[] = [
  undefined,
  [1, 1],
  [12, 11],
  [10, 11],
  [16, 11],
  [40, 33],
  [24, 11],
  [20, 11],
  [32, 11],
  [80, 33],
  [18, 11],
  [15, 11],
  [64, 33],
  [160, 99],
  [4, 3],
  [3, 2],
  [2, 1],
];
const EXTENDED_SAR = 255;

/** The most frames any level lets a decoder hold: MaxDpbFrames (A.3.1). */
const MAX_DPB_FRAMES = 16;

/** The value of a group, unless the reader failed within it or before it. */
function whole<T>(reader: BitReader, group: T): T | undefined {
  return reader.fault === undefined ? group : undefined;
}

function parseSampleAspectRatio(reader: BitReader): SampleAspectRatio | undefined {
  const aspectRatioIdc = reader.bits(8);
  if (aspectRatioIdc !== EXTENDED_SAR) {
    const ratio = SAMPLE_ASPECT_RATIOS[aspectRatioIdc];
    return ratio === undefined ? undefined : whole(reader, { sarWidth: ratio[0], sarHeight: ratio[1] });
  }
  const sarWidth = reader.bits(16);
  const sarHeight = reader.bits(16);
  // A 0 in either says "unspecified" (E.2.1).
  return sarWidth === 0 || sarHeight === 0 ? undefined : whole(reader, { sarWidth, sarHeight });
}

function parseVideoSignalType(reader: BitReader): VideoSignalType | undefined {
  const videoFormat = reader.bits(3);
  const videoFullRangeFlag = reader.flag();
  const colourDescription = reader.flag()
    ? {
        colourPrimaries: reader.bits(8),
        transferCharacteristics: reader.bits(8),
        matrixCoefficients: reader.bits(8),
      }
    : undefined;
  return whole(reader, { videoFormat, videoFullRangeFlag, colourDescription });
}

/** hrd_parameters(), E.1.2: about a decoder's buffers, which no file needs. */
function skipHypotheticalReferenceDecoder(reader: BitReader): void {
  const cpbCnt = reader.ue() + 1;
  if (cpbCnt > 32) {
    reader.fail(`expected cpb_cnt_minus1 of at most 31, found ${cpbCnt - 1}`);
    return;
  }
  reader.skip(4 + 4); // bit_rate_scale, cpb_size_scale
  for (let index = 0; index < cpbCnt; index++) {
    reader.ue(); // bit_rate_value_minus1
    reader.ue(); // cpb_size_value_minus1
    reader.skip(1); // cbr_flag
  }
  reader.skip(5 + 5 + 5 + 5); // lengths of the delays and of the time offset in SEI messages
}

function parseBitstreamRestriction(reader: BitReader): BitstreamRestriction | undefined {
  const restriction = {
    motionVectorsOverPicBoundariesFlag: reader.flag(),
    maxBytesPerPicDenom: reader.ue(),
    maxBitsPerMbDenom: reader.ue(),
    log2MaxMvLengthHorizontal: reader.ue(),
    log2MaxMvLengthVertical: reader.ue(),
    maxNumReorderFrames: reader.ue(),
    maxDecFrameBuffering: reader.ue(),
  };
  const { maxNumReorderFrames, maxDecFrameBuffering } = restriction;
  if (maxDecFrameBuffering > MAX_DPB_FRAMES || maxNumReorderFrames > maxDecFrameBuffering) {
    reader.fail(
      `expected max_num_reorder_frames <= max_dec_frame_buffering <= ${MAX_DPB_FRAMES}, ` +
        `found ${maxNumReorderFrames} and ${maxDecFrameBuffering}`,
    );
  }
  return whole(reader, restriction);
}

/** vui_parameters(), E.1.1. A fault stays with the reader; what was read whole before it is in the value. */
export function parseVideoUsabilityInformation(reader: BitReader): VideoUsabilityInformation {
  const sampleAspectRatio = reader.flag() ? parseSampleAspectRatio(reader) : undefined;
  const overscanAppropriateFlag = reader.flag() ? whole(reader, reader.flag()) : undefined;
  const videoSignalType = reader.flag() ? parseVideoSignalType(reader) : undefined;
  if (reader.flag()) {
    reader.ue(); // chroma_sample_loc_type_top_field
    reader.ue(); // chroma_sample_loc_type_bottom_field
  }
  const timing = reader.flag()
    ? whole(reader, {
        numUnitsInTick: reader.bits(32),
        timeScale: reader.bits(32),
        fixedFrameRateFlag: reader.flag(),
      })
    : undefined;
  const nalHrdParametersPresentFlag = reader.flag();
  if (nalHrdParametersPresentFlag) skipHypotheticalReferenceDecoder(reader);
  const vclHrdParametersPresentFlag = reader.flag();
  if (vclHrdParametersPresentFlag) skipHypotheticalReferenceDecoder(reader);
  if (nalHrdParametersPresentFlag || vclHrdParametersPresentFlag) reader.skip(1); // low_delay_hrd_flag
  const picStructPresentFlag = reader.flag();
  const bitstreamRestriction = reader.flag() ? parseBitstreamRestriction(reader) : undefined;
  return {
    sampleAspectRatio,
    overscanAppropriateFlag,
    videoSignalType,
    timing,
    picStructPresentFlag,
    bitstreamRestriction,
  };
}
