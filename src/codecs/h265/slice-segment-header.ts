/**
 * The slice segment header of H.265 (ITU-T H.265, 7.3.6) as far as the order of output and the boundaries of pictures depend
 * on it, with the parameter sets that it cannot be read without. The first bytes of a slice are enough, so that nobody has
 * to load a picture to place it; no state is kept from slice to slice.
 */
import { BitReader } from '../../bytes/bit-reader.ts';
import type { ByteFault } from '../../bytes/byte-reader.ts';
import { payloadStartReader } from '../nal-payload.ts';
import type { Parsed } from '../parsed.ts';
import { ueUpTo } from '../within.ts';
import { nalUnitHeaderLength, parseNalUnitHeader, type NalUnitHeader } from './nal-unit.ts';
import { parsePictureParameterSet, type PictureParameterSet } from './picture-parameter-set.ts';
import { parseSequenceParameterSet, type SequenceParameterSet } from './sequence-parameter-set.ts';
import { readSliceSegmentHeaderEnd, type SliceFacts } from './slice-segment-header-end.ts';

/** The parameter sets of a stream by their ids; a later set with the same id replaces the earlier one. */
export interface ParameterSets {
  readonly sequence: Map<number, SequenceParameterSet>;
  readonly picture: Map<number, PictureParameterSet>;
}

/** Names are the standard's, in camelCase. What only the first segment of a slice says is absent from dependent ones. */
export interface SliceSegmentHeader {
  /** 0 to 9 and 16 to 21. */
  readonly nalUnitType: number;
  readonly layerId: number;
  readonly temporalId: number;
  readonly firstSliceSegmentInPicFlag: boolean;
  readonly picParameterSetId: number;
  /** Continues the slice of the segment before it, from which it has all that is absent here. */
  readonly dependentSliceSegmentFlag: boolean;
  /** Coding tree blocks before this segment, in raster scan. */
  readonly sliceSegmentAddress: number;
  /** 0 B, 1 P, 2 I. */
  readonly sliceType: number | undefined;
  /** False: decoded, never shown. */
  readonly picOutputFlag: boolean;
  /** 0 for IDR pictures, which do not code it. */
  readonly slicePicOrderCntLsb: number | undefined;
}

/** What is kept of a header takes up less. */
const MAX_HEADER_BYTES = 64;
/** Of a whole one weights and entry points are the most: offsets of 32 bits to every row of a picture of 8192 lines. */
const MAX_WHOLE_HEADER_BYTES = 2048;

/** Whether a NAL unit of this type is a slice segment (Table 7-1): 10 to 15 and 22 to 31 are reserved. */
export function isSliceSegment(nalUnitType: number): boolean {
  return nalUnitType <= 9 || (nalUnitType >= 16 && nalUnitType <= 21);
}

/** Intra random access point: 16 to 18 BLA, 19 and 20 IDR, 21 CRA, 22 and 23 reserved. */
function isRandomAccessPoint(nalUnitType: number): boolean {
  return nalUnitType >= 16 && nalUnitType <= 23;
}

/** Takes a NAL unit of type 33 or 34 into `sets`, others are passed over. A set that cannot be read replaces none. */
export function addParameterSet(sets: ParameterSets, nalUnit: Uint8Array): ByteFault | undefined {
  const header = parseNalUnitHeader(nalUnit);
  // The parameter sets of further layers have a syntax of their own.
  if (header === undefined || header.layerId > 0) return undefined;
  if (header.type === 33) {
    const { value, fault } = parseSequenceParameterSet(nalUnit);
    if (value !== undefined) sets.sequence.set(value.seqParameterSetId, value);
    return fault;
  }
  if (header.type === 34) {
    const { value, fault } = parsePictureParameterSet(nalUnit);
    if (value !== undefined) sets.picture.set(value.picParameterSetId, value);
    return fault;
  }
  return undefined;
}

/** The parameter sets among `nalUnits`: those of a configuration record, say. Sets that cannot be read are left out. */
export function parameterSetsOf(nalUnits: Iterable<Uint8Array>): ParameterSets {
  const sets: ParameterSets = { sequence: new Map(), picture: new Map() };
  for (const nalUnit of nalUnits) addParameterSet(sets, nalUnit);
  return sets;
}

/** The two parameter sets that a slice with this `slice_pic_parameter_set_id` is read with, if both are there. */
export function activeParameterSets(
  sets: ParameterSets,
  picParameterSetId: number,
): { readonly sps: SequenceParameterSet; readonly pps: PictureParameterSet } | undefined {
  const pps = sets.picture.get(picParameterSetId);
  const sps = pps === undefined ? undefined : sets.sequence.get(pps.seqParameterSetId);
  return pps === undefined || sps === undefined ? undefined : { sps, pps };
}

/**
 * Parses the header of a slice segment from the first bytes of its NAL unit, the header first, emulation prevention still in
 * them: 64 are always enough. `whole`: it is read to its last bit, and what is out of its range there is a fault too; for
 * that so many bytes of the slice segment have to be there as its header has. Offsets of faults count bytes of the NAL unit without the emulation prevention bytes.
 */
export function parseSliceSegmentHeader(
  nalUnit: Uint8Array,
  parameterSets: ParameterSets,
  { whole = false } = {},
): Parsed<SliceSegmentHeader> {
  const unit = parseNalUnitHeader(nalUnit);
  if (unit === undefined || !isSliceSegment(unit.type)) return noSliceSegment(unit?.type);
  const reader = payloadStartReader(nalUnit, nalUnitHeaderLength, whole ? MAX_WHOLE_HEADER_BYTES : MAX_HEADER_BYTES);
  return readSliceSegmentHeader(reader, unit, parameterSets, whole);
}

/** What a slice segment says of the blocks behind its header. */
export interface SliceDataStart {
  readonly header: SliceSegmentHeader;
  /** `dependent`: it is that of the segment before. */
  readonly facts: SliceFacts | 'dependent';
  /** Bytes of the payload, behind the NAL unit header, before slice_segment_data(). */
  readonly offset: number;
}

/**
 * Parses the whole header of a slice segment. `payload`: that of the NAL unit, emulation prevention bytes taken out. The value
 * `unread`: extensions have a say that is not known.
 */
export function parseSliceDataStart(
  nalUnit: Uint8Array,
  payload: Uint8Array,
  parameterSets: ParameterSets,
): Parsed<SliceDataStart | 'unread'> {
  const unit = parseNalUnitHeader(nalUnit);
  if (unit === undefined || !isSliceSegment(unit.type)) return noSliceSegment(unit?.type);
  const reader = new BitReader(payload, { base: nalUnitHeaderLength });
  let facts: SliceFacts | 'dependent' | undefined;
  const { value: header, fault } = readSliceSegmentHeader(
    reader,
    unit,
    parameterSets,
    true,
    (found) => (facts = found),
  );
  if (header === undefined) return { value: undefined, fault };
  const value = facts === undefined ? 'unread' : { header, facts, offset: reader.position / 8 };
  return { value, fault: undefined };
}

function noSliceSegment(type: number | undefined): { readonly value: undefined; readonly fault: ByteFault } {
  const found = type === undefined ? 'no header' : `type ${type}`;
  const message = `expected a slice segment (NAL unit type 0 to 9 or 16 to 21), found ${found}`;
  return { value: undefined, fault: { offset: 0, message } };
}

/** `took`: is given what the end of the header says. */
function readSliceSegmentHeader(
  reader: BitReader,
  unit: NalUnitHeader,
  parameterSets: ParameterSets,
  whole: boolean,
  took?: (facts: SliceFacts | 'dependent' | undefined) => void,
): Parsed<SliceSegmentHeader> {
  const firstSliceSegmentInPicFlag = reader.flag();
  if (isRandomAccessPoint(unit.type)) reader.skip(1); // no_output_of_prior_pics_flag
  const picParameterSetId = ueUpTo(reader, 63, 'slice_pic_parameter_set_id');
  const active = activeParameterSets(parameterSets, picParameterSetId);
  if (active === undefined) {
    reader.fail(
      `expected the parameter sets of a slice, found none for slice_pic_parameter_set_id ${picParameterSetId}`,
    );
    // An earlier fault stands.
    return { value: undefined, fault: reader.fault! };
  }
  const { sps, pps } = active;
  let dependentSliceSegmentFlag = false;
  let sliceSegmentAddress = 0;
  if (!firstSliceSegmentInPicFlag) {
    dependentSliceSegmentFlag = pps.dependentSliceSegmentsEnabledFlag && reader.flag();
    sliceSegmentAddress = reader.bits(Math.ceil(Math.log2(sps.picSizeInCtbs)));
    // 7.4.7.1: a slice segment begins inside its picture, and one at 0 would be the first.
    if (sliceSegmentAddress === 0 || sliceSegmentAddress >= sps.picSizeInCtbs) {
      reader.fail(
        `expected slice_segment_address between 1 and ${sps.picSizeInCtbs - 1}, found ${sliceSegmentAddress}`,
      );
    }
  }
  let sliceType: number | undefined;
  let slicePicOrderCntLsb: number | undefined;
  let picOutputFlag = true;
  if (!dependentSliceSegmentFlag) {
    reader.skip(pps.numExtraSliceHeaderBits);
    sliceType = ueUpTo(reader, 2, 'slice_type');
    if (isRandomAccessPoint(unit.type) && sliceType !== 2 && unit.layerId === 0) {
      reader.fail(`expected slices of type I in a random access point, found slice_type ${sliceType}`);
    }
    if (pps.outputFlagPresentFlag) picOutputFlag = reader.flag();
    if (sps.separateColourPlaneFlag) reader.skip(2); // colour_plane_id
    const isIdr = unit.type === 19 || unit.type === 20;
    slicePicOrderCntLsb = isIdr ? 0 : reader.bits(sps.log2MaxPicOrderCntLsb);
  }
  const start = { nalUnitType: unit.type, dependentSliceSegmentFlag, sliceType };
  if (whole) {
    const facts = readSliceSegmentHeaderEnd(reader, start, sps, pps);
    took?.(facts);
  }
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };
  return {
    value: {
      nalUnitType: unit.type,
      layerId: unit.layerId,
      temporalId: unit.temporalId,
      firstSliceSegmentInPicFlag,
      picParameterSetId,
      dependentSliceSegmentFlag,
      sliceSegmentAddress,
      sliceType,
      picOutputFlag,
      slicePicOrderCntLsb,
    },
    fault: undefined,
  };
}
