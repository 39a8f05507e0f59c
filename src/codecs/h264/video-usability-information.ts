/**
 * The video usability information at the end of a sequence parameter set (ITU-T H.264, Annex E): what the pictures look
 * like on a screen and when they are due. Nothing here is needed to decode, and encoders break it often, so each group
 * is there whole or not at all, and a fault costs only the groups behind it. It does not know the parameter set around
 * it.
 */
import type { BitReader } from '../../bytes/bit-reader.ts';
import {
  parseSampleAspectRatio,
  parseVideoSignalType,
  whole,
  type SampleAspectRatio,
  type VideoSignalType,
} from '../video-signal.ts';

export type { SampleAspectRatio, VideoSignalType } from '../video-signal.ts';

/**
 * A **field** lasts `numUnitsInTick / timeScale` seconds, a frame twice that. Both numbers shall be above 0, but
 * encoders exist that write 0: look before dividing.
 */
export interface TimingInformation {
  readonly numUnitsInTick: number;
  readonly timeScale: number;
  readonly fixedFrameRateFlag: boolean;
}

/** The fields behind `bitstream_restriction_flag` (E.2.1). */
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

/** vui_parameters(), of which every group may be missing. */
export interface VideoUsabilityInformation {
  /** Absent where the ratio is not said or is unspecified. */
  readonly sampleAspectRatio: SampleAspectRatio | undefined;
  readonly overscanAppropriateFlag: boolean | undefined;
  readonly videoSignalType: VideoSignalType | undefined;
  /** `chroma_sample_loc_type_top_field`, Figure E-1: 0 left, 1 centre, 2 top left, 3 top, 4 bottom left, 5 bottom. */
  readonly chromaSampleLocType: number | undefined;
  readonly timing: TimingInformation | undefined;
  /** Bits of the two delays that picture timing messages begin with; 0 where they have none (E.2.2). */
  readonly pictureTimingDelayBits: number;
  /** Whether picture timing messages carry `pic_struct`. */
  readonly picStructPresentFlag: boolean;
  readonly bitstreamRestriction: BitstreamRestriction | undefined;
}

/** The most frames any level lets a decoder hold: MaxDpbFrames (A.3.1). */
const MAX_DPB_FRAMES = 16;

/** hrd_parameters(), E.1.2: about a decoder's buffers, which no file needs. Gives the bits of both delays in messages. */
function skipHypotheticalReferenceDecoder(reader: BitReader): number {
  const cpbCnt = reader.ue() + 1;
  if (cpbCnt > 32) {
    reader.fail(`expected cpb_cnt_minus1 of at most 31, found ${cpbCnt - 1}`);
    return 0;
  }
  reader.skip(4 + 4); // bit_rate_scale, cpb_size_scale
  for (let index = 0; index < cpbCnt; index++) {
    reader.ue(); // bit_rate_value_minus1
    reader.ue(); // cpb_size_value_minus1
    reader.skip(1); // cbr_flag
  }
  reader.skip(5); // initial_cpb_removal_delay_length_minus1
  const delayBits = reader.bits(5) + 1 + reader.bits(5) + 1;
  reader.skip(5); // time_offset_length
  return delayBits;
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
  let chromaSampleLocType: number | undefined;
  if (reader.flag()) {
    chromaSampleLocType = whole(reader, reader.ue());
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
  const nalDelayBits = nalHrdParametersPresentFlag ? skipHypotheticalReferenceDecoder(reader) : 0;
  const vclHrdParametersPresentFlag = reader.flag();
  const vclDelayBits = vclHrdParametersPresentFlag ? skipHypotheticalReferenceDecoder(reader) : 0;
  if (nalHrdParametersPresentFlag || vclHrdParametersPresentFlag) reader.skip(1); // low_delay_hrd_flag
  const picStructPresentFlag = reader.flag();
  const bitstreamRestriction = reader.flag() ? parseBitstreamRestriction(reader) : undefined;
  return {
    sampleAspectRatio,
    overscanAppropriateFlag,
    videoSignalType,
    chromaSampleLocType,
    timing,
    // Where both are there, the lengths are the same (E.2.2).
    pictureTimingDelayBits: nalDelayBits || vclDelayBits,
    picStructPresentFlag,
    bitstreamRestriction,
  };
}
