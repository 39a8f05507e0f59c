/**
 * Holds pictures against the parameter sets that they are said to be written with: their slices are read macroblock by
 * macroblock to the end. With other parameter sets the macroblocks run out before the picture is full, go on behind its
 * end, or cannot be read. It knows neither where the pictures come from nor who lends the parameter sets.
 */
import {
  addParameterSet,
  hasSliceHeader,
  parameterSetsOf,
  type ParameterSets,
} from '../../codecs/h264/slice-header.ts';
import { NalUnitType, nalUnitType } from '../../codecs/h264/nal-unit.ts';
import { readSlice } from '../../codecs/h264/slice-data.ts';
import type { ByteSource } from '../../io/file-source.ts';

/** NAL units and bytes of a picture that are read; a larger picture says nothing. */
const maxNalUnitsOfPicture = 600;
const maxPictureBytes = 16 * 1024 * 1024;
/** Bytes read in all. */
const maxBytesInAll = 32 * 1024 * 1024;

interface Tally {
  whole: number;
  contradicted: number;
}

type Reading = 'whole' | 'unread' | { readonly why: string };

/**
 * What contradicts the parameter sets of H.264, as a clause; undefined where nothing does. Some bytes of the media may be
 * lost: what most pictures of a kind say counts. `offsets`: where pictures begin, their NAL units with lengths of
 * `lengthSize` bytes; parameter sets among these count too.
 */
export function* contradictionOfPictures(
  source: ByteSource,
  offsets: Iterable<number>,
  lengthSize: number,
  parameterSets: Iterable<Uint8Array>,
): Generator<void, string | undefined> {
  const sets = parameterSetsOf(parameterSets);
  const tallies = { intra: { whole: 0, contradicted: 0 }, other: { whole: 0, contradicted: 0 } };
  const reasons: { intra?: string; other?: string } = {};
  let left = maxBytesInAll;
  for (const offset of offsets) {
    const picture = nalUnitsOfPicture(source, offset, lengthSize, sets);
    left -= picture.reduce((sum, { length }) => sum + length, 0);
    if (left < 0) break;
    const [first] = picture;
    if (first === undefined) continue;
    const reading = yield* readPicture(picture, sets);
    if (reading === 'unread') continue;
    const kind = nalUnitType(first) === NalUnitType.idrSlice ? 'intra' : 'other';
    const tally: Tally = tallies[kind];
    if (reading === 'whole') {
      tally.whole++;
    } else {
      tally.contradicted++;
      reasons[kind] ??= `in the picture at byte ${offset} ${reading.why}`;
    }
  }
  for (const kind of ['intra', 'other'] as const) {
    if (tallies[kind].contradicted > tallies[kind].whole) return reasons[kind];
  }
  return undefined;
}

/** The slices of a picture; parameter sets before them go into `sets`. None where it is cut off or too large. */
function nalUnitsOfPicture(
  source: ByteSource,
  offset: number,
  lengthSize: number,
  sets: ParameterSets,
): readonly Uint8Array[] {
  const slices: Uint8Array[] = [];
  let [at, bytes] = [offset, 0];
  for (let count = 0; count < maxNalUnitsOfPicture; count++) {
    const head = source.read(at, lengthSize + 2);
    if (head.length < lengthSize + 2) break;
    const length = head.subarray(0, lengthSize).reduce((sum, byte) => sum * 256 + byte, 0);
    const type = nalUnitType(head.subarray(lengthSize));
    const isSlice = hasSliceHeader(type);
    // What follows is of the next picture, or of another stream: first_mb_in_slice 0 begins with a bit that is 1.
    if (slices.length > 0 && (!isSlice || head[lengthSize + 1]! >= 0x80)) break;
    bytes += length;
    if (length < 2 || bytes > maxPictureBytes || at + lengthSize + length > source.size) break;
    if (isSlice || type === NalUnitType.sequenceParameterSet || type === NalUnitType.pictureParameterSet) {
      const nalUnit = Uint8Array.from(source.read(at + lengthSize, length));
      if (isSlice) slices.push(nalUnit);
      else addParameterSet(sets, nalUnit);
    }
    at += lengthSize + length;
  }
  return slices;
}

/** Whether the slices of a picture have as many macroblocks as the parameter sets say. */
function* readPicture(slices: readonly Uint8Array[], sets: ParameterSets): Generator<void, Reading> {
  let read = 0;
  let size = 0;
  for (const slice of slices) {
    const reading = yield* readSlice(slice, sets);
    if (reading.kind === 'unread') return 'unread';
    if (reading.kind === 'contradicted') return { why: reading.why };
    if (reading.start.header.redundantPicCnt > 0) continue;
    read += reading.count;
    size = reading.size;
  }
  if (read === size) return 'whole';
  return { why: `there are ${read} macroblocks, and the parameter sets say ${size}` };
}
