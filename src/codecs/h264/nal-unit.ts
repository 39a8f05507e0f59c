/**
 * The NAL unit of H.264 (ITU-T H.264, 7.3.1): its types, its header, and the way from its bytes to the bits of its
 * payload. It knows no payload: parameter sets and slices have modules of their own. How NAL units are framed (start
 * codes, length fields) is the business of those who hold them; here a NAL unit begins with its header byte and has no
 * frame.
 */
import type { BitReader } from '../../bytes/bit-reader.ts';
import { wholePayloadReader } from '../nal-payload.ts';

/** `nal_unit_type` (ITU-T H.264, Table 7-1). */
export const NalUnitType = {
  nonIdrSlice: 1,
  sliceDataPartitionA: 2,
  sliceDataPartitionB: 3,
  sliceDataPartitionC: 4,
  idrSlice: 5,
  supplementalEnhancementInformation: 6,
  sequenceParameterSet: 7,
  pictureParameterSet: 8,
  accessUnitDelimiter: 9,
  endOfSequence: 10,
  endOfStream: 11,
  fillerData: 12,
  sequenceParameterSetExtension: 13,
  prefix: 14,
  subsetSequenceParameterSet: 15,
  depthParameterSet: 16,
  auxiliarySlice: 19,
  sliceExtension: 20,
  depthSliceExtension: 21,
} as const;

/** `nal_unit_type` of a NAL unit, -1 if it has no byte. */
export function nalUnitType(nalUnit: Uint8Array): number {
  return nalUnit.length === 0 ? -1 : nalUnit[0]! & 0x1f;
}

/** `nal_ref_idc` of a NAL unit: 0 says that no other picture refers to it. */
export function nalRefIdc(nalUnit: Uint8Array): number {
  return nalUnit.length === 0 ? 0 : (nalUnit[0]! >>> 5) & 3;
}

/**
 * A reader of the payload (RBSP) of a whole NAL unit with a header of one byte. It ends before the stop bit, so
 * `remaining > 0` is the standard's `more_rbsp_data()`. Offsets of its faults count bytes of the NAL unit without the
 * emulation prevention bytes.
 */
export function payloadReader(nalUnit: Uint8Array): BitReader {
  return wholePayloadReader(nalUnit, 1);
}
