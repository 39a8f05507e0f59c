/**
 * What `ffprobe -show_streams` prints of a video stream, from what the codec itself says, under ffprobe's field names and
 * in its types. What the container adds (time base, tags, rates) is not known here; fields that ffprobe calls unknown are
 * absent. `field_order` of H.265, AV1, VP8 and VP9 is the container's (a `fiel` box): ffprobe does not look for it in them.
 */
import type { Av1SequenceHeader } from '../../codecs/av1/sequence-header.ts';
import type { SequenceParameterSet } from '../../codecs/h264/sequence-parameter-set.ts';
import type { SequenceParameterSet as HevcSequenceParameterSet } from '../../codecs/h265/sequence-parameter-set.ts';
import type { H266SequenceParameterSet } from '../../codecs/h266-parameter-set.ts';
import type { Mpeg2SequenceHeader } from '../../codecs/mpeg2/sequence-header.ts';
import type { SampleAspectRatio } from '../../codecs/video-signal.ts';
import type { Vp8FrameHeader } from '../../codecs/vp8/frame-header.ts';
import type { VpCodecConfiguration } from '../../codecs/vp9/codec-configuration.ts';
import type { Vp9FrameHeader } from '../../codecs/vp9/frame-header.ts';
import { chromaLocationName, colourNames, present, type FfprobeColour } from './colour-names.ts';
import { CHROMA_SUBSAMPLINGS, chromaSubsamplingOf, pixelFormatName } from './pixel-format.ts';
import {
  av1ProfileName,
  h264ProfileName,
  h265ProfileName,
  h266ProfileName,
  mpeg2ProfileName,
  vp9ProfileName,
} from './profile-names.ts';

/** The codec's fields of a video stream, named and typed as in ffprobe's JSON. */
export interface FfprobeVideoFields extends FfprobeColour {
  readonly codec_name: string;
  readonly profile?: string;
  /** -99 where the codec has no level. */
  readonly level: number;
  readonly width?: number;
  readonly height?: number;
  readonly coded_width?: number;
  readonly coded_height?: number;
  readonly has_b_frames?: number;
  readonly pix_fmt?: string;
  readonly sample_aspect_ratio?: string;
  readonly field_order?: string;
  readonly bits_per_raw_sample?: string;
}

const UNKNOWN_LEVEL = -99;
const IDENTITY_MATRIX = 0;

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function ratioName(width: number, height: number): string | undefined {
  if (width === 0 || height === 0) return undefined;
  const divisor = greatestCommonDivisor(width, height);
  return `${width / divisor}:${height / divisor}`;
}

function sampleAspectRatioName(ratio: SampleAspectRatio | undefined): string | undefined {
  return ratio === undefined ? undefined : ratioName(ratio.sarWidth, ratio.sarHeight);
}

/**
 * `has_b_frames` is absent where the parameter set does not say how far pictures are reordered: ffprobe then counts it in
 * the pictures themselves. So is `field_order` of interlaced streams: it stands in messages of the pictures.
 */
export function h264Fields(sps: SequenceParameterSet): FfprobeVideoFields {
  const signal = sps.vui?.videoSignalType;
  const colour = signal?.colourDescription;
  const isFullRange = signal?.videoFullRangeFlag;
  // libavcodec decodes monochrome pictures into 4:2:0.
  const subsampling = sps.chromaFormatIdc === 0 ? '420' : CHROMA_SUBSAMPLINGS[sps.chromaFormatIdc]!;
  const isRgb = colour?.matrixCoefficients === IDENTITY_MATRIX;
  const reorder = sps.picOrderCnt.type === 2 ? 0 : sps.vui?.bitstreamRestriction?.maxNumReorderFrames;
  return {
    codec_name: 'h264',
    level: sps.levelIdc,
    ...present({
      profile: h264ProfileName(sps.profileIdc, sps.constraintFlags),
      width: sps.width,
      height: sps.height,
      has_b_frames: reorder,
      pix_fmt: pixelFormatName(subsampling, sps.bitDepthLuma, { isRgb, isJpeg: isFullRange === true }),
      sample_aspect_ratio: sampleAspectRatioName(sps.vui?.sampleAspectRatio),
      field_order: sps.frameMbsOnlyFlag ? 'progressive' : undefined,
      bits_per_raw_sample: String(sps.bitDepthLuma),
    }),
    ...colourNames(isFullRange, colour, chromaLocationName(sps.vui?.chromaSampleLocType ?? 0)),
  };
}

/** Of H.265, from its sequence parameter set. */
export function h265Fields(sps: HevcSequenceParameterSet): FfprobeVideoFields {
  const { vui, profileTierLevel } = sps;
  const signal = vui?.videoSignalType;
  const colour = signal?.colourDescription;
  const isFullRange = signal?.videoFullRangeFlag ?? false;
  const subsampling = CHROMA_SUBSAMPLINGS[sps.chromaFormatIdc]!;
  const isRgb = colour?.matrixCoefficients === IDENTITY_MATRIX;
  const location = subsampling === '420' ? chromaLocationName(vui?.chromaSampleLocType ?? 0) : undefined;
  return {
    codec_name: 'hevc',
    level: profileTierLevel.generalLevelIdc,
    ...present({
      profile: h265ProfileName(profileTierLevel.generalProfileIdc),
      width: sps.width,
      height: sps.height,
      coded_width: sps.picWidthInLumaSamples,
      coded_height: sps.picHeightInLumaSamples,
      has_b_frames: sps.ordering.maxNumReorderPics,
      pix_fmt: pixelFormatName(subsampling, sps.bitDepthLuma, { isRgb, isJpeg: isFullRange }),
      sample_aspect_ratio: sampleAspectRatioName(vui?.sampleAspectRatio),
    }),
    ...colourNames(isFullRange, colour, location),
  };
}

/** Of H.266, as far as a sequence parameter set is read; ffprobe gives the size that is shown as the coded one too. */
export function h266Fields(sps: H266SequenceParameterSet): FfprobeVideoFields {
  const subsampling = CHROMA_SUBSAMPLINGS[sps.chromaFormatIdc]!;
  return {
    codec_name: 'vvc',
    level: sps.generalLevelIdc,
    ...present({
      profile: h266ProfileName(sps.generalProfileIdc),
      width: sps.width,
      height: sps.height,
      pix_fmt: sps.bitDepth === undefined ? undefined : pixelFormatName(subsampling, sps.bitDepth),
    }),
  };
}

/** Chroma positions as AV1 counts them. */
const AV1_LOCATIONS = [undefined, 'left', 'topleft'] as const;

/** Of AV1, from its sequence header. */
export function av1Fields(header: Av1SequenceHeader): FfprobeVideoFields {
  const { colourConfig: colour } = header;
  const subsampling = colour.monochrome
    ? '400'
    : chromaSubsamplingOf(colour.chromaSubsamplingX, colour.chromaSubsamplingY);
  const isRgb = colour.colour.matrixCoefficients === IDENTITY_MATRIX;
  return {
    codec_name: 'av1',
    level: header.seqLevelIdx,
    ...present({
      profile: av1ProfileName(header.seqProfile),
      width: header.maxFrameWidth,
      height: header.maxFrameHeight,
      has_b_frames: 0,
      pix_fmt: pixelFormatName(subsampling, colour.bitDepth, { isRgb }),
    }),
    ...colourNames(colour.colourRangeFull, colour.colour, AV1_LOCATIONS[colour.chromaSamplePosition]),
  };
}

/** What `color_space` of a VP9 frame is among the matrices of H.273; undefined where it is unknown. */
const VP9_MATRICES: readonly (number | undefined)[] = [undefined, 5, 1, 6, 7, 9, undefined, 0];

/**
 * From the record, the first key frame, or both; the frame has the last word on what both say. A record without a frame
 * lacks the size, which the container says.
 */
export function vp9Fields(
  record: VpCodecConfiguration | undefined,
  frame: Vp9FrameHeader | undefined,
): FfprobeVideoFields {
  const config = frame?.colourConfig;
  const matrix = config === undefined ? record?.colour.matrixCoefficients : VP9_MATRICES[config.colourSpace];
  const subsampling =
    config === undefined
      ? CHROMA_SUBSAMPLINGS[Math.max(1, record?.chromaSubsampling ?? 1)]
      : chromaSubsamplingOf(config.chromaSubsamplingX, config.chromaSubsamplingY);
  const colour = {
    colourPrimaries: record?.colour.colourPrimaries ?? 2,
    transferCharacteristics: record?.colour.transferCharacteristics ?? 2,
    matrixCoefficients: matrix ?? 2,
  };
  const bitDepth = config?.bitDepth ?? record?.bitDepth ?? 8;
  const profile = frame?.profile ?? record?.profile;
  const isRgb = matrix === IDENTITY_MATRIX;
  return {
    codec_name: 'vp9',
    level: UNKNOWN_LEVEL,
    ...present({
      profile: profile === undefined ? undefined : vp9ProfileName(profile),
      width: frame?.width,
      height: frame?.height,
      has_b_frames: 0,
      pix_fmt: subsampling === undefined ? undefined : pixelFormatName(subsampling, bitDepth, { isRgb }),
    }),
    ...colourNames(config?.colourRangeFull ?? record?.videoFullRangeFlag ?? false, colour, undefined),
  };
}

/** Of VP8, from a key frame's header; without one the size stays unknown. */
export function vp8Fields(frame: Vp8FrameHeader | undefined): FfprobeVideoFields {
  return {
    codec_name: 'vp8',
    level: UNKNOWN_LEVEL,
    ...present({
      profile: String(frame?.version ?? 0),
      width: frame?.width,
      height: frame?.height,
      has_b_frames: 0,
      pix_fmt: 'yuv420p',
    }),
  };
}

/** Display aspect ratios by `aspect_ratio_information` of MPEG-2 (ISO/IEC 13818-2, Table 6-3). */
const MPEG2_DISPLAY_RATIOS: readonly (readonly [number, number] | undefined)[] = [
  undefined,
  undefined,
  [4, 3],
  [16, 9],
  [221, 100],
];

/** The shape of a sample from that of the display, or of the picture where no display size is said. */
function mpeg2SampleAspectRatio(header: Mpeg2SequenceHeader): string | undefined {
  if (header.aspectRatioInformation === 1) return '1:1';
  const display = MPEG2_DISPLAY_RATIOS[header.aspectRatioInformation];
  if (display === undefined) return undefined;
  return ratioName(display[0] * header.height, display[1] * header.width);
}

const MPEG2_SUBSAMPLINGS = [undefined, '420', '422', '444'] as const;

/** Of MPEG-2, or of MPEG-1 where no sequence extension follows the header. */
export function mpeg2Fields(header: Mpeg2SequenceHeader): FfprobeVideoFields {
  const { extension, display } = header;
  if (extension === undefined) {
    return {
      codec_name: 'mpeg1video',
      level: UNKNOWN_LEVEL,
      ...present({
        width: header.width,
        height: header.height,
        has_b_frames: 1,
        pix_fmt: 'yuv420p',
        field_order: 'progressive',
      }),
      ...colourNames(false, undefined, 'center'),
    };
  }
  const subsampling = MPEG2_SUBSAMPLINGS[extension.chromaFormat];
  const location = subsampling === '420' ? 'left' : subsampling === undefined ? undefined : 'topleft';
  const indication = extension.profileAndLevelIndication;
  return {
    codec_name: 'mpeg2video',
    // Of the 4:2:2 profile libavcodec counts as Table 8-3 does for the others.
    level: indication >= 0x80 ? (MPEG2_422_LEVELS.get(indication) ?? UNKNOWN_LEVEL) : indication & 0xf,
    ...present({
      profile: mpeg2ProfileName(indication),
      width: header.width,
      height: header.height,
      // libavcodec leaves them empty.
      coded_width: 0,
      coded_height: 0,
      has_b_frames: extension.lowDelay ? 0 : 1,
      pix_fmt: subsampling === undefined ? undefined : pixelFormatName(subsampling, 8),
      sample_aspect_ratio: mpeg2SampleAspectRatio(header),
      field_order: extension.progressiveSequence ? 'progressive' : undefined,
    }),
    ...colourNames(false, display?.colourDescription, location),
  };
}

/** `profile_and_level_indication` of the 4:2:2 profile at Main and High level (Table 8-5). */
const MPEG2_422_LEVELS: ReadonlyMap<number, number> = new Map([
  [0x85, 5],
  [0x82, 2],
]);
