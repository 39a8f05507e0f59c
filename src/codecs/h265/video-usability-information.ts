/**
 * The video usability information at the end of a sequence parameter set (ITU-T H.265, Annex E): what the pictures look
 * like on a screen and when they are due. Nothing here is needed to decode; each group is there whole or not at all, and
 * a fault costs only the groups behind it. It does not know the parameter set around it.
 */
import type { BitReader } from '../../bytes/bit-reader.ts';
import {
  parseSampleAspectRatio,
  parseVideoSignalType,
  whole,
  type SampleAspectRatio,
  type VideoSignalType,
} from '../video-signal.ts';
import { skipHypotheticalReferenceDecoder } from './hypothetical-reference-decoder.ts';

/** Distances from the sides, in luma samples. */
export interface PictureWindow {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A **picture** (of a frame, or of a field where `fieldSeqFlag` says so) lasts `numUnitsInTick / timeScale` seconds. */
export interface TimingInformation {
  readonly numUnitsInTick: number;
  readonly timeScale: number;
}

/** vui_parameters() (E.2.1), of which every group may be missing. */
export interface VideoUsabilityInformation {
  /** Absent where the ratio is not said or is unspecified. */
  readonly sampleAspectRatio: SampleAspectRatio | undefined;
  readonly overscanAppropriateFlag: boolean | undefined;
  readonly videoSignalType: VideoSignalType | undefined;
  /** `chroma_sample_loc_type_top_field`, Figure E.1: 0 left, 1 centre, 2 top left, 3 top, 4 bottom left, 5 bottom. */
  readonly chromaSampleLocType: number | undefined;
  /** True: each picture is a field. */
  readonly fieldSeqFlag: boolean;
  /** Whether picture timing messages say how a picture was scanned. */
  readonly frameFieldInfoPresentFlag: boolean;
  /** What to show of the conformance window; decoders may pass it over, and nearly all do. */
  readonly defaultDisplayWindow: PictureWindow | undefined;
  readonly timing: TimingInformation | undefined;
  /** 0 where it is not said. Configuration records repeat it. */
  readonly minSpatialSegmentationIdc: number;
}

/** What a `SubWidthC` and a `SubHeightC` of the chroma format make of four offsets (Table 6-1). */
export function parseWindow(reader: BitReader, chromaFormatIdc: number): PictureWindow {
  const unitX = chromaFormatIdc === 1 || chromaFormatIdc === 2 ? 2 : 1;
  const unitY = chromaFormatIdc === 1 ? 2 : 1;
  return {
    left: reader.ue() * unitX,
    right: reader.ue() * unitX,
    top: reader.ue() * unitY,
    bottom: reader.ue() * unitY,
  };
}

function parseTiming(reader: BitReader, maxSubLayers: number): TimingInformation | undefined {
  const timing = whole(reader, { numUnitsInTick: reader.bits(32), timeScale: reader.bits(32) });
  if (reader.flag()) reader.ue(); // vui_num_ticks_poc_diff_one_minus1
  if (reader.flag()) skipHypotheticalReferenceDecoder(reader, maxSubLayers);
  return timing;
}

function parseMinSpatialSegmentation(reader: BitReader): number {
  reader.skip(3); // tiles_fixed_structure_flag, motion_vectors_over_pic_boundaries_flag, restricted_ref_pic_lists_flag
  const minSpatialSegmentationIdc = reader.ue();
  for (let index = 0; index < 4; index++) reader.ue(); // max_bytes_per_pic_denom to log2_max_mv_length_vertical
  return minSpatialSegmentationIdc;
}

/** vui_parameters(), E.2.1. A fault stays with the reader; what was read whole before it is in the value. */
export function parseVideoUsabilityInformation(
  reader: BitReader,
  { chromaFormatIdc, maxSubLayers }: { readonly chromaFormatIdc: number; readonly maxSubLayers: number },
): VideoUsabilityInformation {
  const sampleAspectRatio = reader.flag() ? parseSampleAspectRatio(reader) : undefined;
  const overscanAppropriateFlag = reader.flag() ? whole(reader, reader.flag()) : undefined;
  const videoSignalType = reader.flag() ? parseVideoSignalType(reader) : undefined;
  let chromaSampleLocType: number | undefined;
  if (reader.flag()) {
    chromaSampleLocType = whole(reader, reader.ue());
    reader.ue(); // chroma_sample_loc_type_bottom_field
  }
  reader.skip(1); // neutral_chroma_indication_flag
  const fieldSeqFlag = reader.flag();
  const frameFieldInfoPresentFlag = reader.flag();
  const defaultDisplayWindow = reader.flag() ? whole(reader, parseWindow(reader, chromaFormatIdc)) : undefined;
  const timing = reader.flag() ? parseTiming(reader, maxSubLayers) : undefined;
  const minSpatialSegmentationIdc = reader.flag() ? parseMinSpatialSegmentation(reader) : 0;
  return {
    sampleAspectRatio,
    overscanAppropriateFlag,
    videoSignalType,
    chromaSampleLocType,
    fieldSeqFlag,
    frameFieldInfoPresentFlag,
    defaultDisplayWindow,
    timing,
    minSpatialSegmentationIdc,
  };
}
