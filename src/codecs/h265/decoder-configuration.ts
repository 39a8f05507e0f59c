/**
 * HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, 8.3.3.1): the parameter sets of an H.265 track, and how its NAL units
 * are framed. It is the payload of an `hvcC` box and of an FLV sequence header; which of them is not known here. NAL units
 * are kept as bytes, and written back as they came.
 */
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-sink.ts';
import type { Parsed } from '../parsed.ts';
import { parsePictureParameterSet, type PictureParameterSet } from './picture-parameter-set.ts';
import type { ProfileTierLevel } from './profile-tier-level.ts';
import { parseSequenceParameterSet } from './sequence-parameter-set.ts';

/** NAL units of one type, as the record groups them. */
export interface HevcNalUnitArray {
  /** All NAL units of this type are here and none is in the samples; otherwise some may be there too. */
  readonly arrayCompleteness: boolean;
  /** The bit behind it, 0 by the standard. */
  readonly reserved: number;
  /** 32 to 34 parameter sets, 39 and 40 messages. */
  readonly nalUnitType: number;
  /** Header first. */
  readonly nalUnits: readonly Uint8Array[];
}

/** A parsed HEVCDecoderConfigurationRecord; written again, it gives the same bytes. */
export interface HevcDecoderConfiguration {
  readonly profileTierLevel: ProfileTierLevel;
  readonly minSpatialSegmentationIdc: number;
  /** 0 mixed or unknown, 1 slices, 2 tiles, 3 wavefronts. */
  readonly parallelismType: number;
  readonly chromaFormat: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  /** Frames in 256 seconds, 0 where it is not said. */
  readonly avgFrameRate: number;
  /** 0 may vary, 1 constant, 2 constant in each temporal layer. */
  readonly constantFrameRate: number;
  readonly numTemporalLayers: number;
  readonly temporalIdNested: boolean;
  /** Bytes of the length before each NAL unit of a sample: 1, 2 or 4. */
  readonly nalUnitLengthSize: number;
  readonly arrays: readonly HevcNalUnitArray[];
  /** The reserved bits above the five values; all ones from a writer that keeps to the standard. */
  readonly reserved: HevcReservedBits;
  /** Bytes behind the last field, kept as they came; empty as a rule. */
  readonly trailing: Uint8Array;
}

/** The reserved bits above a value, each group as a number of its own, so that writers that clear them are repeated. */
export interface HevcReservedBits {
  readonly minSpatialSegmentation: number;
  readonly parallelismType: number;
  readonly chromaFormat: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
}

/** The reserved bits as the standard wants them, for records that are made, not parsed. */
const HEVC_RESERVED_BITS: HevcReservedBits = {
  minSpatialSegmentation: 0xf,
  parallelismType: 0x3f,
  chromaFormat: 0x3f,
  bitDepthLuma: 0x1f,
  bitDepthChroma: 0x1f,
};

function parseArray(reader: ByteReader): HevcNalUnitArray {
  const first = reader.u8();
  const nalUnits: Uint8Array[] = [];
  const count = reader.u16();
  for (let index = 0; index < count && reader.fault === undefined; index++) nalUnits.push(reader.bytes(reader.u16()));
  return { arrayCompleteness: first >= 0x80, reserved: (first >>> 6) & 1, nalUnitType: first & 0x3f, nalUnits };
}

function parseProfileTierLevel(reader: ByteReader): ProfileTierLevel {
  const first = reader.u8();
  return {
    generalProfileSpace: first >>> 6,
    generalTierFlag: (first & 0x20) !== 0,
    generalProfileIdc: first & 0x1f,
    generalProfileCompatibilityFlags: reader.u32(),
    generalConstraintIndicatorFlags: reader.bytes(6),
    generalLevelIdc: reader.u8(),
  };
}

/**
 * Parses a record that fills `bytes`. `base`: file offset of the first byte, for faults. NAL units are views, not copies.
 */
export function parseHevcDecoderConfiguration(
  bytes: Uint8Array,
  options: { base?: number } = {},
): Parsed<HevcDecoderConfiguration> {
  const base = options.base ?? 0;
  const reader = new ByteReader(bytes, { base });
  const configurationVersion = reader.u8();
  // Readers shall not go on with versions they do not know; and NAL units behind start codes begin with 0, not 1.
  if (configurationVersion !== 1) reader.fail(`expected configurationVersion 1, found ${configurationVersion}`, base);
  const profileTierLevel = parseProfileTierLevel(reader);
  const minSpatialSegmentation = reader.u16();
  const [parallelismType, chromaFormat, bitDepthLuma, bitDepthChroma] = [
    reader.u8(),
    reader.u8(),
    reader.u8(),
    reader.u8(),
  ];
  const avgFrameRate = reader.u16();
  const rates = reader.u8();
  const numOfArrays = reader.u8();
  const arrays: HevcNalUnitArray[] = [];
  for (let index = 0; index < numOfArrays && reader.fault === undefined; index++) arrays.push(parseArray(reader));
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };
  return {
    value: {
      profileTierLevel,
      minSpatialSegmentationIdc: minSpatialSegmentation & 0xfff,
      parallelismType: parallelismType & 3,
      chromaFormat: chromaFormat & 3,
      bitDepthLuma: 8 + (bitDepthLuma & 7),
      bitDepthChroma: 8 + (bitDepthChroma & 7),
      avgFrameRate,
      constantFrameRate: rates >>> 6,
      numTemporalLayers: (rates >>> 3) & 7,
      temporalIdNested: (rates & 4) !== 0,
      nalUnitLengthSize: (rates & 3) + 1,
      arrays,
      reserved: {
        minSpatialSegmentation: minSpatialSegmentation >>> 12,
        parallelismType: parallelismType >>> 2,
        chromaFormat: chromaFormat >>> 2,
        bitDepthLuma: bitDepthLuma >>> 3,
        bitDepthChroma: bitDepthChroma >>> 3,
      },
      trailing: reader.bytes(reader.remaining),
    },
    fault: undefined,
  };
}

function writeArray(writer: ByteWriter, array: HevcNalUnitArray): void {
  const { nalUnits } = array;
  if (nalUnits.length > 0xffff) throw new RangeError(`${nalUnits.length} NAL units of one type fit no record`);
  writer.u8((array.arrayCompleteness ? 0x80 : 0) | (array.reserved << 6) | array.nalUnitType);
  writer.u16(nalUnits.length);
  for (const nalUnit of nalUnits) {
    if (nalUnit.length > 0xffff) throw new RangeError(`a parameter set of ${nalUnit.length} bytes fits no record`);
    writer.u16(nalUnit.length);
    writer.bytes(nalUnit);
  }
}

/** The bytes of a record: those it was parsed from, if nothing was changed. */
export function writeHevcDecoderConfiguration(record: HevcDecoderConfiguration): Uint8Array {
  const { profileTierLevel: ptl, reserved, arrays } = record;
  if (arrays.length > 255) throw new RangeError('more than 255 arrays fit no record');
  const writer = new ByteWriter();
  writer.u8(1);
  writer.u8((ptl.generalProfileSpace << 6) | (ptl.generalTierFlag ? 0x20 : 0) | ptl.generalProfileIdc);
  writer.u32(ptl.generalProfileCompatibilityFlags);
  writer.bytes(ptl.generalConstraintIndicatorFlags);
  writer.u8(ptl.generalLevelIdc);
  writer.u16((reserved.minSpatialSegmentation << 12) | record.minSpatialSegmentationIdc);
  writer.u8((reserved.parallelismType << 2) | record.parallelismType);
  writer.u8((reserved.chromaFormat << 2) | record.chromaFormat);
  writer.u8((reserved.bitDepthLuma << 3) | (record.bitDepthLuma - 8));
  writer.u8((reserved.bitDepthChroma << 3) | (record.bitDepthChroma - 8));
  writer.u16(record.avgFrameRate);
  writer.u8(
    (record.constantFrameRate << 6) |
      (record.numTemporalLayers << 3) |
      (record.temporalIdNested ? 4 : 0) |
      (record.nalUnitLengthSize - 1),
  );
  writer.u8(arrays.length);
  for (const array of arrays) writeArray(writer, array);
  writer.bytes(record.trailing);
  return writer.toBytes();
}

/** The NAL units of one type in the record, header first. */
export function nalUnitsOfType(record: HevcDecoderConfiguration, nalUnitType: number): readonly Uint8Array[] {
  return record.arrays.filter((array) => array.nalUnitType === nalUnitType).flatMap(({ nalUnits }) => nalUnits);
}

/** What parameter sets of a stream that has no record say about it: VPS, SPS and PPS, header first, in this order. */
export function hevcDecoderConfigurationOf(
  videoParameterSets: readonly Uint8Array[],
  sequenceParameterSets: readonly Uint8Array[],
  pictureParameterSets: readonly Uint8Array[],
): Parsed<HevcDecoderConfiguration> {
  const first = sequenceParameterSets[0] ?? new Uint8Array(0);
  const { value: sps, fault } = parseSequenceParameterSet(first);
  if (sps === undefined) return { value: undefined, fault };
  const picture = parsePictureParameterSet(pictureParameterSets[0] ?? new Uint8Array(0)).value;
  const arrayOf = (nalUnitType: number, nalUnits: readonly Uint8Array[]): HevcNalUnitArray[] =>
    nalUnits.length === 0 ? [] : [{ arrayCompleteness: true, reserved: 0, nalUnitType, nalUnits }];
  const minSpatialSegmentationIdc = Math.min(sps.vui?.minSpatialSegmentationIdc ?? 0, 0xfff);
  return {
    value: {
      profileTierLevel: sps.profileTierLevel,
      minSpatialSegmentationIdc,
      parallelismType: parallelismOf(picture, minSpatialSegmentationIdc),
      chromaFormat: sps.chromaFormatIdc,
      bitDepthLuma: sps.bitDepthLuma,
      bitDepthChroma: sps.bitDepthChroma,
      avgFrameRate: 0,
      constantFrameRate: 0,
      numTemporalLayers: sps.maxSubLayers,
      temporalIdNested: sps.temporalIdNestingFlag,
      nalUnitLengthSize: 4,
      arrays: [
        ...arrayOf(32, videoParameterSets),
        ...arrayOf(33, sequenceParameterSets),
        ...arrayOf(34, pictureParameterSets),
      ],
      reserved: HEVC_RESERVED_BITS,
      trailing: new Uint8Array(0),
    },
    fault: undefined,
  };
}

/** Slices, tiles and wavefronts all make sense only where a segmentation is promised (8.3.3.1.3). */
function parallelismOf(pps: PictureParameterSet | undefined, minSpatialSegmentationIdc: number): number {
  if (pps === undefined || minSpatialSegmentationIdc === 0) return 0;
  if (pps.entropyCodingSyncEnabledFlag) return pps.tilesEnabledFlag ? 0 : 3;
  return pps.tilesEnabledFlag ? 2 : 1;
}

/** The codec as `hvc1.…` or, where the parameter sets may change in the samples, `hev1.…` (ISO/IEC 14496-15, Annex E.3). */
export function codecString({ profileTierLevel: ptl }: HevcDecoderConfiguration, sampleEntryType = 'hvc1'): string {
  const profileSpace = ['', 'A', 'B', 'C'][ptl.generalProfileSpace]!;
  let compatibility = 0;
  for (let profile = 0; profile < 32; profile++) {
    // In reverse order: the flag of profile 0 is the lowest bit.
    if (Math.floor(ptl.generalProfileCompatibilityFlags / 2 ** (31 - profile)) % 2 === 1) compatibility += 2 ** profile;
  }
  const constraints = [...ptl.generalConstraintIndicatorFlags];
  while (constraints.at(-1) === 0) constraints.pop();
  return [
    sampleEntryType,
    `${profileSpace}${ptl.generalProfileIdc}`,
    compatibility.toString(16).toUpperCase(),
    `${ptl.generalTierFlag ? 'H' : 'L'}${ptl.generalLevelIdc}`,
    ...constraints.map((byte) => byte.toString(16).toUpperCase()),
  ].join('.');
}
