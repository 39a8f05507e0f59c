/**
 * What the usability information of H.264 and H.265 says in the same words (ITU-T H.264, E.1.1; H.265, E.2.1): the shape
 * of a sample and the meaning of its values. It knows neither of the structures around it.
 */
import type { BitReader } from '../bytes/bit-reader.ts';

/** Width to height of one sample of the picture. */
export interface SampleAspectRatio {
  readonly sarWidth: number;
  readonly sarHeight: number;
}

/** The code points of ISO/IEC 23091-2 (ITU-T H.264, E.2.1, Tables E-3 to E-5); 2 is "unspecified" in each of them. */
export interface ColourDescription {
  readonly colourPrimaries: number;
  readonly transferCharacteristics: number;
  readonly matrixCoefficients: number;
}

/** The fields behind `video_signal_type_present_flag`. */
export interface VideoSignalType {
  /** Table E-2: 0 component, 1 PAL, 2 NTSC, 3 SECAM, 4 MAC, 5 unspecified. */
  readonly videoFormat: number;
  readonly videoFullRangeFlag: boolean;
  readonly colourDescription: ColourDescription | undefined;
}

/** How the fields of pictures come: whole pictures, top fields first, or bottom fields first; in ffprobe's words. */
export type FieldOrder = 'progressive' | 'tt' | 'bb';

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

/** The value of a group, unless the reader failed within it or before it. */
export function whole<T>(reader: BitReader, group: T): T | undefined {
  return reader.fault === undefined ? group : undefined;
}

/** From `aspect_ratio_idc` on; undefined where the ratio is unspecified. */
export function parseSampleAspectRatio(reader: BitReader): SampleAspectRatio | undefined {
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

/** `colour_primaries`, `transfer_characteristics` and `matrix_coefficients`, eight bits each. */
export function parseColourDescription(reader: BitReader): ColourDescription {
  return {
    colourPrimaries: reader.bits(8),
    transferCharacteristics: reader.bits(8),
    matrixCoefficients: reader.bits(8),
  };
}

/** From `video_format` on. */
export function parseVideoSignalType(reader: BitReader): VideoSignalType | undefined {
  const videoFormat = reader.bits(3);
  const videoFullRangeFlag = reader.flag();
  const colourDescription = reader.flag() ? parseColourDescription(reader) : undefined;
  return whole(reader, { videoFormat, videoFullRangeFlag, colourDescription });
}
