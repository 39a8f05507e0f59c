/**
 * The sequence header of AV1 (AV1 specification, 5.5): profile, level, size, colour and timing of a stream, and what its
 * frame headers cannot be read without.
 */
import { BitReader } from '../../bytes/bit-reader.ts';
import type { Parsed } from '../parsed.ts';
import { parseColourDescription, type ColourDescription } from '../video-signal.ts';

/** color_config(), 5.5.2. */
export interface Av1ColourConfig {
  readonly bitDepth: 8 | 10 | 12;
  readonly monochrome: boolean;
  /** 2 is "unspecified" in each of them. */
  readonly colour: ColourDescription;
  readonly colourRangeFull: boolean;
  readonly chromaSubsamplingX: number;
  readonly chromaSubsamplingY: number;
  /** 0 unknown, 1 vertical, 2 co-located; 4:2:0 only. */
  readonly chromaSamplePosition: number;
}

/** timing_info(), 5.5.3: a tick of the display lasts `numUnitsInDisplayTick / timeScale` seconds. */
export interface Av1Timing {
  readonly numUnitsInDisplayTick: number;
  readonly timeScale: number;
  /** Ticks of each picture where all are alike. */
  readonly numTicksPerPicture: number | undefined;
}

/** A parsed sequence_header_obu(); sizes in pixels. */
export interface Av1SequenceHeader {
  readonly seqProfile: number;
  readonly stillPicture: boolean;
  readonly reducedStillPictureHeader: boolean;
  /** Of the first operating point, the whole stream: 4 * (major - 2) + minor; 31 is unlimited. */
  readonly seqLevelIdx: number;
  readonly seqTier: number;
  readonly operatingPoints: number;
  readonly maxFrameWidth: number;
  readonly maxFrameHeight: number;
  readonly timing: Av1Timing | undefined;
  /** Bits of `frame_presentation_time` in frame headers; 0 where they have none. */
  readonly framePresentationTimeLength: number;
  /** 0 where pictures have no order hint. */
  readonly orderHintBits: number;
  readonly colourConfig: Av1ColourConfig;
  readonly filmGrainParamsPresent: boolean;
}

const BT709 = 1;
const SRGB_TRANSFER = 13;
const IDENTITY = 0;

/** uvlc(), 4.10.3. */
function parseUvlc(reader: BitReader): number {
  let leadingZeros = 0;
  while (reader.fault === undefined && !reader.flag()) leadingZeros++;
  if (leadingZeros >= 32) return 0xffffffff;
  return reader.bits(leadingZeros) + 2 ** leadingZeros - 1;
}

function parseTiming(reader: BitReader): Av1Timing {
  const numUnitsInDisplayTick = reader.bits(32);
  const timeScale = reader.bits(32);
  const numTicksPerPicture = reader.flag() ? 1 + parseUvlc(reader) : undefined;
  return { numUnitsInDisplayTick, timeScale, numTicksPerPicture };
}

interface OperatingPoints {
  readonly timing: Av1Timing | undefined;
  readonly framePresentationTimeLength: number;
  readonly operatingPoints: number;
  readonly seqLevelIdx: number;
  readonly seqTier: number;
}

function parseOperatingPoints(reader: BitReader): OperatingPoints {
  const timing = reader.flag() ? parseTiming(reader) : undefined;
  let bufferDelayLength = 0;
  let framePresentationTimeLength = 0;
  // decoder_model_info_present_flag
  if (timing !== undefined && reader.flag()) {
    bufferDelayLength = 1 + reader.bits(5);
    reader.skip(32 + 5); // num_units_in_decoding_tick, buffer_removal_time_length_minus_1
    framePresentationTimeLength = 1 + reader.bits(5);
  }
  const initialDisplayDelayPresentFlag = reader.flag();
  const operatingPoints = 1 + reader.bits(5);
  let [seqLevelIdx, seqTier] = [0, 0];
  for (let point = 0; point < operatingPoints; point++) {
    reader.skip(12); // operating_point_idc
    const level = reader.bits(5);
    const tier = level > 7 ? reader.bits(1) : 0;
    if (point === 0) [seqLevelIdx, seqTier] = [level, tier];
    // decoder_model_present_for_this_op; two delays and low_delay_mode_flag
    if (bufferDelayLength > 0 && reader.flag()) reader.skip(2 * bufferDelayLength + 1);
    // initial_display_delay_present_for_this_op, initial_display_delay_minus_1
    if (initialDisplayDelayPresentFlag && reader.flag()) reader.skip(4);
  }
  // 5.9.2: frames carry a time of their own unless all pictures last equally long.
  if (timing?.numTicksPerPicture !== undefined) framePresentationTimeLength = 0;
  return { timing, framePresentationTimeLength, operatingPoints, seqLevelIdx, seqTier };
}

/** From `enable_interintra_compound` to `order_hint_bits_minus_1`; gives OrderHintBits. */
function parseTools(reader: BitReader): number {
  reader.skip(4); // enable_interintra_compound, enable_masked_compound, enable_warped_motion, enable_dual_filter
  const enableOrderHint = reader.flag();
  if (enableOrderHint) reader.skip(2); // enable_jnt_comp, enable_ref_frame_mvs
  const chooseScreenContentTools = reader.flag();
  const mayUseScreenContentTools = chooseScreenContentTools || reader.flag();
  // seq_choose_integer_mv, seq_force_integer_mv
  if (mayUseScreenContentTools && !reader.flag()) reader.skip(1);
  return enableOrderHint ? 1 + reader.bits(3) : 0;
}

function parseColourConfig(reader: BitReader, seqProfile: number): Av1ColourConfig {
  const highBitdepth = reader.flag();
  const bitDepth = highBitdepth ? (seqProfile === 2 && reader.flag() ? 12 : 10) : 8;
  const monochrome = seqProfile !== 1 && reader.flag();
  const colour = reader.flag()
    ? parseColourDescription(reader)
    : { colourPrimaries: 2, transferCharacteristics: 2, matrixCoefficients: 2 };
  const common = { bitDepth, monochrome, colour } as const;
  const { colourPrimaries, transferCharacteristics, matrixCoefficients } = colour;
  if (monochrome) {
    const colourRangeFull = reader.flag();
    return { ...common, colourRangeFull, chromaSubsamplingX: 1, chromaSubsamplingY: 1, chromaSamplePosition: 0 };
  }
  if (colourPrimaries === BT709 && transferCharacteristics === SRGB_TRANSFER && matrixCoefficients === IDENTITY) {
    reader.skip(1); // separate_uv_delta_q
    return { ...common, colourRangeFull: true, chromaSubsamplingX: 0, chromaSubsamplingY: 0, chromaSamplePosition: 0 };
  }
  const colourRangeFull = reader.flag();
  let [chromaSubsamplingX, chromaSubsamplingY] = seqProfile === 0 ? [1, 1] : [0, 0];
  if (seqProfile === 2) {
    chromaSubsamplingX = bitDepth === 12 ? reader.bits(1) : 1;
    chromaSubsamplingY = bitDepth === 12 && chromaSubsamplingX === 1 ? reader.bits(1) : 0;
  }
  const chromaSamplePosition = chromaSubsamplingX === 1 && chromaSubsamplingY === 1 ? reader.bits(2) : 0;
  reader.skip(1); // separate_uv_delta_q
  return { ...common, colourRangeFull, chromaSubsamplingX, chromaSubsamplingY, chromaSamplePosition };
}

/** Parses the payload of an open bitstream unit of type 1. `base`: file offset of its first byte, for faults. */
export function parseAv1SequenceHeader(
  payload: Uint8Array,
  options: { base?: number } = {},
): Parsed<Av1SequenceHeader> {
  const reader = new BitReader(payload, options);
  const seqProfile = reader.bits(3);
  if (seqProfile > 2) reader.fail(`expected seq_profile of at most 2, found ${seqProfile}`);
  const stillPicture = reader.flag();
  const reducedStillPictureHeader = reader.flag();
  if (reducedStillPictureHeader && !stillPicture) reader.fail('expected a still picture for a reduced header');
  const points: OperatingPoints = reducedStillPictureHeader
    ? {
        timing: undefined,
        framePresentationTimeLength: 0,
        operatingPoints: 1,
        seqLevelIdx: reader.bits(5),
        seqTier: 0,
      }
    : parseOperatingPoints(reader);
  const widthBits = 1 + reader.bits(4);
  const heightBits = 1 + reader.bits(4);
  const maxFrameWidth = 1 + reader.bits(widthBits);
  const maxFrameHeight = 1 + reader.bits(heightBits);
  // frame_id_numbers_present_flag; delta_frame_id_length_minus_2, additional_frame_id_length_minus_1
  if (!reducedStillPictureHeader && reader.flag()) reader.skip(4 + 3);
  reader.skip(3); // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
  const orderHintBits = reducedStillPictureHeader ? 0 : parseTools(reader);
  reader.skip(3); // enable_superres, enable_cdef, enable_restoration
  const colourConfig = parseColourConfig(reader, seqProfile);
  const filmGrainParamsPresent = reader.flag();
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };
  return {
    value: {
      seqProfile,
      stillPicture,
      reducedStillPictureHeader,
      ...points,
      maxFrameWidth,
      maxFrameHeight,
      orderHintBits,
      colourConfig,
      filmGrainParamsPresent,
    },
    fault: undefined,
  };
}
