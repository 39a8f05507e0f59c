/**
 * Short-term reference picture sets of H.265 (ITU-T H.265, 7.3.7 and 7.4.8): which pictures near by in output order a
 * picture may refer to. A set may be coded as its difference to the one before it, so that none can be passed over unread.
 */
import type { BitReader } from '../../bytes/bit-reader.ts';
import { ueUpTo } from '../within.ts';

/** One picture of a short-term reference picture set. */
export interface ShortTermReference {
  /** Difference of picture order count. */
  readonly deltaPoc: number;
  /** The picture itself may refer to it; without it, only later ones. */
  readonly used: boolean;
}

/** Those before the picture in output order from the nearest on, then those behind it from the nearest on. */
export type ShortTermReferencePictureSet = readonly ShortTermReference[];

/** No level lets a decoder hold more pictures (A.4.2). */
const MAX_PICTURES = 16;

function parseExplicit(reader: BitReader): ShortTermReferencePictureSet {
  const counts = [ueUpTo(reader, MAX_PICTURES, 'num_negative_pics'), ueUpTo(reader, MAX_PICTURES, 'num_positive_pics')];
  const set: ShortTermReference[] = [];
  for (const [list, count] of counts.entries()) {
    let delta = 0;
    for (let index = 0; index < count && reader.fault === undefined; index++) {
      delta += 1 + ueUpTo(reader, 2 ** 15 - 1, `delta_poc_s${list}_minus1`);
      set.push({ deltaPoc: list === 0 ? -delta : delta, used: reader.flag() });
    }
  }
  return set;
}

/** Prediction between sets (7-61, 7-62): the pictures of the other set and the picture itself, all moved by deltaRps. */
function parsePredicted(reader: BitReader, other: ShortTermReferencePictureSet): ShortTermReferencePictureSet {
  const isNegative = reader.flag();
  const distance = 1 + ueUpTo(reader, 2 ** 15 - 1, 'abs_delta_rps_minus1');
  const deltaRps = isNegative ? -distance : distance;
  const set: ShortTermReference[] = [];
  for (const delta of [...other.map(({ deltaPoc }) => deltaPoc), 0]) {
    const used = reader.flag();
    const useDeltaFlag = used || reader.flag();
    const deltaPoc = delta + deltaRps;
    if (useDeltaFlag && deltaPoc !== 0) set.push({ deltaPoc, used });
  }
  const negative = set.filter(({ deltaPoc }) => deltaPoc < 0).sort((a, b) => b.deltaPoc - a.deltaPoc);
  const positive = set.filter(({ deltaPoc }) => deltaPoc > 0).sort((a, b) => a.deltaPoc - b.deltaPoc);
  return [...negative, ...positive];
}

function bounded(reader: BitReader, set: ShortTermReferencePictureSet): ShortTermReferencePictureSet {
  if (set.length > MAX_PICTURES) reader.fail(`expected at most ${MAX_PICTURES} pictures, found ${set.length}`);
  return set;
}

/** `count` sets as a sequence parameter set has them, one behind the other. Ends with the reader's first fault. */
export function parseShortTermReferencePictureSets(reader: BitReader, count: number): ShortTermReferencePictureSet[] {
  const sets: ShortTermReferencePictureSet[] = [];
  for (let index = 0; index < count && reader.fault === undefined; index++) {
    const previous = sets.at(-1);
    const isPredicted = previous !== undefined && reader.flag(); // inter_ref_pic_set_prediction_flag
    sets.push(bounded(reader, isPredicted ? parsePredicted(reader, previous) : parseExplicit(reader)));
  }
  return sets;
}

/** The set that a slice brings itself, behind those of its sequence parameter set: it may build on any of them. */
export function parseShortTermReferencePictureSetOfSlice(
  reader: BitReader,
  sets: readonly ShortTermReferencePictureSet[],
): ShortTermReferencePictureSet {
  // inter_ref_pic_set_prediction_flag
  if (sets.length === 0 || !reader.flag()) return bounded(reader, parseExplicit(reader));
  const back = 1 + ueUpTo(reader, sets.length - 1, 'delta_idx_minus1');
  return bounded(reader, parsePredicted(reader, sets[sets.length - back]!));
}
