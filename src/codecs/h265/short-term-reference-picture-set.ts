/**
 * Short-term reference picture sets of H.265 (ITU-T H.265, 7.3.7 and 7.4.8): which pictures near by in output order a
 * picture may refer to. A set may be told by its difference to the one before it, so that none can be passed over unread.
 */
import type { BitReader } from '../../bytes/bit-reader.ts';
import { ueUpTo } from '../within.ts';

/**
 * Differences of picture order count (DeltaPocS0, then DeltaPocS1): those below 0 from the nearest picture on, then those
 * above 0 from the nearest on.
 */
export type ShortTermReferencePictureSet = readonly number[];

/** No level lets a decoder hold more pictures (A.4.2). */
const MAX_PICTURES = 16;

function parseExplicit(reader: BitReader): ShortTermReferencePictureSet {
  const counts = [ueUpTo(reader, MAX_PICTURES, 'num_negative_pics'), ueUpTo(reader, MAX_PICTURES, 'num_positive_pics')];
  const deltas: number[] = [];
  for (const [list, count] of counts.entries()) {
    let delta = 0;
    for (let index = 0; index < count && reader.fault === undefined; index++) {
      delta += 1 + ueUpTo(reader, 2 ** 15 - 1, `delta_poc_s${list}_minus1`);
      deltas.push(list === 0 ? -delta : delta);
      reader.skip(1); // used_by_curr_pic_flag
    }
  }
  return deltas;
}

/** Prediction between sets (7-61, 7-62): the pictures of the other set and the picture itself, all moved by deltaRps. */
function parsePredicted(reader: BitReader, previous: ShortTermReferencePictureSet): ShortTermReferencePictureSet {
  const isNegative = reader.flag();
  const distance = 1 + ueUpTo(reader, 2 ** 15 - 1, 'abs_delta_rps_minus1');
  const deltaRps = isNegative ? -distance : distance;
  const deltas: number[] = [];
  for (const delta of [...previous, 0]) {
    const usedByCurrPicFlag = reader.flag();
    const useDeltaFlag = usedByCurrPicFlag || reader.flag();
    if (useDeltaFlag && delta + deltaRps !== 0) deltas.push(delta + deltaRps);
  }
  const negative = deltas.filter((delta) => delta < 0).sort((one, other) => other - one);
  const positive = deltas.filter((delta) => delta > 0).sort((one, other) => one - other);
  return [...negative, ...positive];
}

/** `count` sets as a sequence parameter set has them, one behind the other. Ends with the reader's first fault. */
export function parseShortTermReferencePictureSets(reader: BitReader, count: number): ShortTermReferencePictureSet[] {
  const sets: ShortTermReferencePictureSet[] = [];
  for (let index = 0; index < count && reader.fault === undefined; index++) {
    const previous = sets.at(-1);
    const isPredicted = previous !== undefined && reader.flag(); // inter_ref_pic_set_prediction_flag
    const set = isPredicted ? parsePredicted(reader, previous) : parseExplicit(reader);
    if (set.length > MAX_PICTURES) reader.fail(`expected at most ${MAX_PICTURES} pictures, found ${set.length}`);
    sets.push(set);
  }
  return sets;
}
