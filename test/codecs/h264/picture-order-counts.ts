/** Gives access units to the decoding process for picture order count one by one, as a test wants the orders of a whole stream. */
import type { ByteFault } from '../../../src/bytes/byte-reader.ts';
import { nalUnitType } from '../../../src/codecs/h264/nal-unit.ts';
import { PictureOrderCount, type PictureOrder } from '../../../src/codecs/h264/picture-order-count.ts';
import {
  activeParameterSets,
  addParameterSet,
  hasSliceHeader,
  parseSliceHeader,
  startsNewPicture,
  type ParameterSets,
  type SliceHeader,
} from '../../../src/codecs/h264/slice-header.ts';
import type { Parsed } from '../../../src/codecs/parsed.ts';

/** The primary coded pictures of an access unit, by their first slices, and the first fault met on the way. */
interface PicturesOfAccessUnit {
  readonly pictures: readonly SliceHeader[];
  readonly fault: ByteFault | undefined;
}

function picturesOf(nalUnits: Iterable<Uint8Array>, sets: ParameterSets): PicturesOfAccessUnit {
  const pictures: SliceHeader[] = [];
  let fault: ByteFault | undefined;
  for (const nalUnit of nalUnits) {
    if (!hasSliceHeader(nalUnitType(nalUnit))) {
      // A parameter set that is cut short is no fault of the pictures: its like is there from before, or they miss it.
      addParameterSet(sets, nalUnit);
      continue;
    }
    const slice = parseSliceHeader(nalUnit, sets);
    fault ??= slice.fault;
    if (slice.value === undefined || slice.value.redundantPicCnt > 0) continue;
    const previous = pictures.at(-1);
    if (previous === undefined || startsNewPicture(previous, slice.value)) pictures.push(slice.value);
  }
  return { pictures, fault };
}

/**
 * The order of each access unit, in decoding order. An access unit is the list of its NAL units, of each at least the first
 * bytes (see `parseSliceHeader`; parameter sets whole), header byte first. Parameter sets inside the stream are followed;
 * `parameterSets` are those it begins with. Where an access unit holds both fields of a frame, the order is the frame's.
 * One without a slice that can be read has no value, and the counts go on as if it were not there.
 */
export function* pictureOrderCounts(
  accessUnits: Iterable<Iterable<Uint8Array>>,
  parameterSets: ParameterSets,
): Generator<Parsed<PictureOrder>, void> {
  const sets = { sequence: new Map(parameterSets.sequence), picture: new Map(parameterSets.picture) };
  const pictureOrderCount = new PictureOrderCount();
  for (const nalUnits of accessUnits) {
    const { pictures, fault } = picturesOf(nalUnits, sets);
    let order: PictureOrder | undefined;
    for (const header of pictures) {
      const active = activeParameterSets(sets, header.picParameterSetId);
      if (active === undefined) continue;
      const next = pictureOrderCount.next(header, active.sps);
      if (order === undefined) order = next;
      else if (next.isSecondField) order = joined(order, next);
    }
    if (order === undefined) {
      const none = { offset: 0, message: 'expected a slice of a primary picture, found none' };
      yield { value: undefined, fault: fault ?? none };
    } else {
      yield { value: order, fault };
    }
  }
}

/** The frame of two fields. */
function joined(first: PictureOrder, second: PictureOrder): PictureOrder {
  return {
    ...first,
    topFieldOrderCnt: first.topFieldOrderCnt ?? second.topFieldOrderCnt,
    bottomFieldOrderCnt: first.bottomFieldOrderCnt ?? second.bottomFieldOrderCnt,
    picOrderCnt: Math.min(first.picOrderCnt, second.picOrderCnt),
  };
}
