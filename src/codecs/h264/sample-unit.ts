/**
 * What a writer makes a sample of: an access unit as a rule (ISO/IEC 14496-15), but of interlaced pictures some put both fields
 * of a frame into one and some a field into each, and recorders of RTP are known that make one of every NAL unit. No sample
 * says it; several that follow one another do.
 */
import { parseSeiMessages, SeiPayloadType } from '../supplemental-enhancement-information.ts';
import { NalUnitType, nalUnitType } from './nal-unit.ts';
import {
  addParameterSet,
  completesFrame,
  hasSliceHeader,
  parseSliceHeader,
  startsNewPicture,
  type ParameterSets,
  type SliceHeader,
} from './slice-header.ts';

/** A frame with both its fields, a field, or a NAL unit of any kind. */
export type AvcSampleUnit = 'frame' | 'field' | 'nal-unit';

/** Where a sample lies. */
export interface SamplePlace {
  readonly offset: number;
  readonly size: number;
}

/** Bytes of a NAL unit that are looked at: parameter sets and slice headers are shorter. */
const headBytes = 1024;
/** NAL units of a sample that are looked at. */
const maxNalUnits = 256;
/** Samples of one NAL unit each from which they are one by rule. */
const minLone = 8;

/** The beginnings of the NAL units of a sample, each behind a length of `lengthSize` bytes. */
export function nalUnitHeads(
  { offset, size }: SamplePlace,
  lengthSize: number,
  read: (offset: number, length: number) => Uint8Array,
): Uint8Array[] {
  const heads: Uint8Array[] = [];
  for (let at = 0; at + lengthSize < size && heads.length < maxNalUnits;) {
    const bytes = read(offset + at, Math.min(size - at, lengthSize + headBytes));
    let length = 0;
    for (const byte of bytes.subarray(0, lengthSize)) length = length * 256 + byte;
    heads.push(bytes.slice(lengthSize, lengthSize + length));
    at += lengthSize + length;
  }
  return heads;
}

/**
 * What samples that follow one another are made of, each given as the beginnings of its NAL units; undefined where nothing
 * shows that it is anything else than an access unit. Parameter sets among them are added to `sets`.
 */
export function sampleUnitOf(samples: Iterable<readonly Uint8Array[]>, sets: ParameterSets): AvcSampleUnit | undefined {
  let last: SliceHeader | undefined;
  let [count, lone, coded, incomplete, together, apart] = [0, 0, 0, 0, 0, 0];
  for (const nalUnits of samples) {
    count++;
    if (nalUnits.length === 1) lone++;
    let isFirst = true;
    for (const nalUnit of nalUnits) {
      const type = nalUnitType(nalUnit);
      if (type === NalUnitType.sequenceParameterSet || type === NalUnitType.pictureParameterSet) {
        addParameterSet(sets, nalUnit);
      }
      const header = hasSliceHeader(type) ? parseSliceHeader(nalUnit, sets).value : undefined;
      if (header === undefined || header.redundantPicCnt > 0) continue;
      const isNew = last === undefined || startsNewPicture(last, header);
      if (!isNew && isFirst) incomplete++;
      if (isNew && last !== undefined && completesFrame(last, header)) {
        if (isFirst) apart++;
        else together++;
      }
      last = header;
      isFirst = false;
    }
    if (nalUnits.some((nalUnit) => hasSliceHeader(nalUnitType(nalUnit)))) coded++;
    else incomplete++;
  }
  // Where no slice is met at all they are wrapped up (see `wrapped-slice.ts`), and a sample is what its length says.
  if (lone === count && count >= minLone && incomplete > 0 && coded > 0) return 'nal-unit';
  if (together > 0 === apart > 0) return undefined;
  return together > 0 ? 'frame' : 'field';
}

/** Whether an SEI NAL unit, or the beginning of one, has the message that decoding may begin here (ITU-T H.264, D.1.8). */
export function hasRecoveryPoint(nalUnit: Uint8Array): boolean {
  return parseSeiMessages(nalUnit, 1).messages.some(({ payloadType }) => payloadType === SeiPayloadType.recoveryPoint);
}

/** Whether a sample is no IDR picture and has a recovery point: what some writers count among their sync samples. */
export function isRecoveryPoint(nalUnits: readonly Uint8Array[]): boolean {
  const types = nalUnits.map(nalUnitType);
  if (types.includes(NalUnitType.idrSlice)) return false;
  return nalUnits.some(
    (nalUnit, n) => types[n] === NalUnitType.supplementalEnhancementInformation && hasRecoveryPoint(nalUnit),
  );
}
