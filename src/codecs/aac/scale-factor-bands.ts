/**
 * The scale factor bands of AAC (ISO/IEC 14496-3, 4.5.4, Tables 4.129 to 4.147): where in the spectrum each band
 * begins, by sampling frequency and window length. How many bands a frame uses is the frame's business.
 */

const LONG_96 = [
  0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 64, 72, 80, 88, 96, 108, 120, 132, 144, 156, 172, 188, 212,
  240, 276, 320, 384, 448, 512, 576, 640, 704, 768, 832, 896, 960, 1024,
];
const LONG_64 = [
  0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 64, 72, 80, 88, 100, 112, 124, 140, 156, 172, 192, 216, 240,
  268, 304, 344, 384, 424, 464, 504, 544, 584, 624, 664, 704, 744, 784, 824, 864, 904, 944, 984, 1024,
];
const LONG_48 = [
  0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 48, 56, 64, 72, 80, 88, 96, 108, 120, 132, 144, 160, 176, 196, 216, 240, 264,
  292, 320, 352, 384, 416, 448, 480, 512, 544, 576, 608, 640, 672, 704, 736, 768, 800, 832, 864, 896, 928, 1024,
];
const LONG_32 = [...LONG_48.slice(0, -1), 960, 992, 1024];
const LONG_24 = [
  0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 52, 60, 68, 76, 84, 92, 100, 108, 116, 124, 136, 148, 160, 172, 188, 204,
  220, 240, 260, 284, 308, 336, 364, 396, 432, 468, 508, 552, 600, 652, 704, 768, 832, 896, 960, 1024,
];
const LONG_16 = [
  0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 100, 112, 124, 136, 148, 160, 172, 184, 196, 212, 228, 244, 260, 280,
  300, 320, 344, 368, 396, 424, 456, 492, 532, 572, 616, 664, 716, 772, 832, 896, 960, 1024,
];
const LONG_8 = [
  0, 12, 24, 36, 48, 60, 72, 84, 96, 108, 120, 132, 144, 156, 172, 188, 204, 220, 236, 252, 268, 288, 308, 328, 348,
  372, 396, 420, 448, 476, 508, 544, 580, 620, 664, 712, 764, 820, 880, 944, 1024,
];

const SHORT_96 = [0, 4, 8, 12, 16, 20, 24, 32, 40, 48, 64, 92, 128];
const SHORT_48 = [0, 4, 8, 12, 16, 20, 28, 36, 44, 56, 68, 80, 96, 112, 128];
const SHORT_24 = [0, 4, 8, 12, 16, 20, 24, 28, 36, 44, 52, 64, 76, 92, 108, 128];
const SHORT_16 = [0, 4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 60, 72, 88, 108, 128];
const SHORT_8 = [0, 4, 8, 12, 16, 20, 24, 28, 36, 44, 52, 60, 72, 88, 108, 128];

/** By `samplingFrequencyIndex`, 0 (96 kHz) to 12 (7350 Hz). */
const LONG = [
  LONG_96,
  LONG_96,
  LONG_64,
  LONG_48,
  LONG_48,
  LONG_32,
  LONG_24,
  LONG_24,
  LONG_16,
  LONG_16,
  LONG_16,
  LONG_8,
  LONG_8,
];
const SHORT = [
  SHORT_96,
  SHORT_96,
  SHORT_96,
  SHORT_48,
  SHORT_48,
  SHORT_48,
  SHORT_24,
  SHORT_24,
  SHORT_16,
  SHORT_16,
  SHORT_16,
  SHORT_8,
  SHORT_8,
];

/** The highest band that prediction may be switched on for, plus one (PRED_SFB_MAX, Table 4.84). */
const PREDICTION_BANDS = [33, 33, 38, 40, 40, 40, 41, 41, 37, 37, 37, 34, 34];

/** Samples a frame gives. */
export type FrameLength = 1024 | 960;

/** The bands for one sampling frequency and frame length; offsets are spectral lines. */
export interface ScaleFactorBands {
  /** Of long windows: the first spectral line of each band, and the number of lines at the end. */
  readonly longOffsets: Uint16Array;
  /** Of the eight short windows, each for itself. */
  readonly shortOffsets: Uint16Array;
  readonly predictionBands: number;
}

/** Bands of 960 samples are those of 1024, cut where the spectrum ends. */
function upTo(lines: number, offsets: readonly number[]): Uint16Array {
  return Uint16Array.from([...offsets.filter((offset) => offset < lines), lines]);
}

/** `samplingFrequencyIndex`: 0 to 12 (Table 1.18); a frequency without one has that of Table 4.82. */
export function scaleFactorBands(samplingFrequencyIndex: number, frameLength: FrameLength): ScaleFactorBands {
  const [long, short] = [LONG[samplingFrequencyIndex], SHORT[samplingFrequencyIndex]];
  const predictionBands = PREDICTION_BANDS[samplingFrequencyIndex];
  if (long === undefined || short === undefined || predictionBands === undefined) {
    throw new RangeError(`there is no sampling frequency index ${samplingFrequencyIndex}`);
  }
  return { longOffsets: upTo(frameLength, long), shortOffsets: upTo(frameLength / 8, short), predictionBands };
}

/** Lower ends of the ranges that Table 4.82 gives to the sampling frequency indexes 0 to 10; below, 8000 Hz's are used. */
const NEAREST_FROM_HERTZ = [92017, 75132, 55426, 46009, 37566, 27713, 23004, 18783, 13856, 11502, 9391];

/** The index whose tables a sampling frequency is coded with, for frequencies that are written out (Table 4.82). */
export function nearestSamplingFrequencyIndex(hertz: number): number {
  const index = NEAREST_FROM_HERTZ.findIndex((from) => hertz >= from);
  return index < 0 ? 11 : index;
}
