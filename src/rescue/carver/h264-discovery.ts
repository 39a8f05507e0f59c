/** Looks for the parameter sets of H.264 in media of which nothing is known: encoders that send them in-band are found by them. */
import { NalUnitType } from '../../codecs/h264/nal-unit.ts';
import { parsePictureParameterSet } from '../../codecs/h264/picture-parameter-set.ts';
import { parseSequenceParameterSet } from '../../codecs/h264/sequence-parameter-set.ts';
import type { ByteSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import type { ByteWindow } from './byte-window.ts';
import { lengthSize, parameterSetAt, searchParameterSets, type ParameterSetPattern } from './parameter-set-search.ts';

/** NAL units with their header byte, as an `avcC` has them. */
export interface FoundParameterSets {
  readonly sps: Uint8Array;
  readonly pps: Uint8Array;
}

/** A sequence parameter set that a picture parameter set follows, each behind a length of four bytes. */
export const h264ParameterSets: ParameterSetPattern<FoundParameterSets> = {
  // nal_ref_idc of a parameter set is not 0.
  mayBegin: (header) => (header & 0x9f) === NalUnitType.sequenceParameterSet && (header & 0x60) !== 0,
  read: parameterSetsAt,
};

/** The first of them. */
export async function findH264ParameterSets(
  source: ByteSource,
  from: number,
  to: number,
  pace?: Pace,
): Promise<FoundParameterSets | undefined> {
  return searchParameterSets(source, from, to, h264ParameterSets, pace);
}

function parameterSetsAt(window: ByteWindow, offset: number, end: number): FoundParameterSets | undefined {
  const sps = parameterSetAt(window, offset, end);
  if (sps === undefined || parseSequenceParameterSet(sps).value === undefined) return undefined;
  const pps = parameterSetAt(window, offset + lengthSize + sps.length, end);
  if (pps === undefined || parsePictureParameterSet(pps).value === undefined) return undefined;
  return { sps, pps };
}
