/** The NAL unit types of H.265 (ITU-T H.265, Table 7-1), and which of them begin where decoding can begin. */

/** `nal_unit_type`. */
export const NalUnitType = {
  trailN: 0,
  trailR: 1,
  tsaN: 2,
  tsaR: 3,
  stsaN: 4,
  stsaR: 5,
  radlN: 6,
  radlR: 7,
  raslN: 8,
  raslR: 9,
  blaWLp: 16,
  blaWRadl: 17,
  blaNLp: 18,
  idrWRadl: 19,
  idrNLp: 20,
  cra: 21,
  videoParameterSet: 32,
  sequenceParameterSet: 33,
  pictureParameterSet: 34,
  accessUnitDelimiter: 35,
  endOfSequence: 36,
  endOfBitstream: 37,
  fillerData: 38,
  prefixSei: 39,
  suffixSei: 40,
} as const;

/** `nal_unit_type` from the first byte of the NAL unit header. */
export function nalUnitTypeOf(firstByte: number): number {
  return (firstByte >>> 1) & 0x3f;
}

/** Whether the NAL unit is a slice segment (VCL). */
export function isSliceSegment(type: number): boolean {
  return type < 32;
}

/** An instantaneous decoding refresh: nothing behind it refers to anything before it. */
export function isIdr(type: number): boolean {
  return type === NalUnitType.idrWRadl || type === NalUnitType.idrNLp;
}

/** An intra random access point: IDR, BLA, CRA and the two types reserved for more of them. */
export function isIrap(type: number): boolean {
  return type >= NalUnitType.blaWLp && type <= 23;
}

/** A picture that is shown before the random access picture it follows and cannot be decoded from there. */
export function isSkippedLeading(type: number): boolean {
  return type === NalUnitType.raslN || type === NalUnitType.raslR;
}
