/**
 * The NAL unit of H.264 (ITU-T H.264, 7.3.1): its types, its header, and the way from its bytes to the bits of its
 * payload. It knows no payload: parameter sets and slices have modules of their own. How NAL units are framed (start
 * codes, length fields) is the business of those who hold them; here a NAL unit begins with its header byte and has no
 * frame.
 */
import { BitReader } from '../../bytes/bit-reader.ts';

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
 * The bytes without their `emulation_prevention_three_byte`s: every 3 that follows two zero bytes (ITU-T H.264, 7.3.1).
 * Gives the very bytes it was given where there are none.
 */
export function removeEmulationPrevention(bytes: Uint8Array): Uint8Array {
  let kept: Uint8Array | undefined;
  let length = 0;
  let zeros = 0;
  for (const byte of bytes) {
    if (zeros >= 2 && byte === 3) {
      // Not slice(): a Buffer's is a view, and what is given is not ours to write to.
      kept ??= Uint8Array.from(bytes);
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    if (kept !== undefined) kept[length] = byte;
    length++;
  }
  return kept === undefined ? bytes : kept.subarray(0, length);
}

/** Bits before the `rbsp_stop_one_bit`: the last bit that is one. Zero bytes behind it belong to no syntax element. */
function bitLengthBeforeStopBit(payload: Uint8Array): number {
  let length = payload.length;
  while (length > 0 && payload[length - 1] === 0) length--;
  if (length === 0) return 0;
  const last = payload[length - 1]!;
  const trailingZeroBits = 31 - Math.clz32(last & -last);
  return length * 8 - trailingZeroBits - 1;
}

/**
 * A reader of the payload (RBSP) of a whole NAL unit with a header of one byte. It ends before the stop bit, so
 * `remaining > 0` is the standard's `more_rbsp_data()`. Offsets of its faults count bytes of the NAL unit without the
 * emulation prevention bytes.
 */
export function payloadReader(nalUnit: Uint8Array): BitReader {
  const payload = removeEmulationPrevention(nalUnit.subarray(1));
  return new BitReader(payload, { base: 1, bitLength: bitLengthBeforeStopBit(payload) });
}
