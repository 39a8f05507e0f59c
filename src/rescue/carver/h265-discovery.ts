/**
 * Finds out about H.265 in media of which nothing is known: parameter sets, where the encoder sends them in-band.
 */
import { parseNalUnitHeader } from '../../codecs/h265/nal-unit.ts';
import { parsePictureParameterSet } from '../../codecs/h265/picture-parameter-set.ts';
import { parseSequenceParameterSet } from '../../codecs/h265/sequence-parameter-set.ts';
import { parseVideoParameterSet } from '../../codecs/h265/video-parameter-set.ts';
import type { ByteSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import type { ByteWindow } from './byte-window.ts';
import { lengthSize, parameterSetAt, searchParameterSets, type ParameterSetPattern } from './parameter-set-search.ts';

const VIDEO_PARAMETER_SET = 32;
const SEQUENCE_PARAMETER_SET = 33;
const PICTURE_PARAMETER_SET = 34;
const PREFIX_MESSAGE = 39;
/** NAL units that stand together before a picture. */
const maxUnitsTogether = 32;

/** NAL units, header first; enough for a configuration record where there is a sequence and a picture parameter set. */
export interface FoundH265ParameterSets {
  readonly videoParameterSets: readonly Uint8Array[];
  readonly sequenceParameterSets: readonly Uint8Array[];
  readonly pictureParameterSets: readonly Uint8Array[];
}

/** Parameter sets that stand together, a sequence and a picture parameter set among them, each behind a length of four bytes. */
export const h265ParameterSets: ParameterSetPattern<FoundH265ParameterSets> = {
  mayBegin: (first, second) =>
    (first === VIDEO_PARAMETER_SET << 1 || first === SEQUENCE_PARAMETER_SET << 1) && second === 1,
  read: parameterSetsAt,
};

/** The first of them. */
export async function findH265ParameterSets(
  source: ByteSource,
  from: number,
  to: number,
  pace?: Pace,
): Promise<FoundH265ParameterSets | undefined> {
  return searchParameterSets(source, from, to, h265ParameterSets, pace);
}

function parameterSetsAt(window: ByteWindow, offset: number, end: number): FoundH265ParameterSets | undefined {
  const videoParameterSets: Uint8Array[] = [];
  const sequenceParameterSets: Uint8Array[] = [];
  const pictureParameterSets: Uint8Array[] = [];
  let at = offset;
  for (let count = 0; count < maxUnitsTogether; count++) {
    const nalUnit = parameterSetAt(window, at, end);
    if (nalUnit === undefined) break;
    const type = parseNalUnitHeader(nalUnit)?.type;
    if (type === VIDEO_PARAMETER_SET && parseVideoParameterSet(nalUnit).value !== undefined) {
      videoParameterSets.push(nalUnit);
    } else if (type === SEQUENCE_PARAMETER_SET && parseSequenceParameterSet(nalUnit).value !== undefined) {
      sequenceParameterSets.push(nalUnit);
    } else if (type === PICTURE_PARAMETER_SET && parsePictureParameterSet(nalUnit).value !== undefined) {
      pictureParameterSets.push(nalUnit);
    } else if (type !== PREFIX_MESSAGE) break;
    at += lengthSize + nalUnit.length;
  }
  return sequenceParameterSets.length === 0 || pictureParameterSets.length === 0
    ? undefined
    : { videoParameterSets, sequenceParameterSets, pictureParameterSets };
}
