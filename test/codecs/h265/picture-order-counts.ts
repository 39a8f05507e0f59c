/** Gives access units to the decoding process for picture order count one by one, as a test wants the orders of a whole stream. */
import type { ByteFault } from '../../../src/bytes/byte-reader.ts';
import { parseNalUnitHeader } from '../../../src/codecs/h265/nal-unit.ts';
import { PictureOrderCount, type PictureOrder } from '../../../src/codecs/h265/picture-order-count.ts';
import {
  activeParameterSets,
  addParameterSet,
  isSliceSegment,
  parseSliceSegmentHeader,
  type ParameterSets,
} from '../../../src/codecs/h265/slice-segment-header.ts';
import type { Parsed } from '../../../src/codecs/parsed.ts';

const END_OF_SEQUENCE = 36;
const END_OF_BITSTREAM = 37;

/**
 * The order of each access unit, in decoding order. An access unit is the list of its NAL units, of each at least the first
 * bytes (see `parseSliceSegmentHeader`; parameter sets whole), header first. Parameter sets inside the stream are followed;
 * `parameterSets` are those it begins with. One without a picture of the base layer that can be read has no value, and the
 * counts go on as if it were not there.
 */
export function* pictureOrderCounts(
  accessUnits: Iterable<Iterable<Uint8Array>>,
  parameterSets: ParameterSets,
): Generator<Parsed<PictureOrder>, void> {
  const sets = { sequence: new Map(parameterSets.sequence), picture: new Map(parameterSets.picture) };
  const pictureOrderCount = new PictureOrderCount();
  for (const nalUnits of accessUnits) {
    let order: PictureOrder | undefined;
    let fault: ByteFault | undefined;
    for (const nalUnit of nalUnits) {
      const unit = parseNalUnitHeader(nalUnit);
      if (unit === undefined || unit.layerId > 0) continue;
      if (unit.type === END_OF_SEQUENCE || unit.type === END_OF_BITSTREAM) pictureOrderCount.endSequence();
      // A parameter set that is cut short is no fault of the pictures: its like is there from before, or they miss it.
      else if (!isSliceSegment(unit.type)) addParameterSet(sets, nalUnit);
      else if (order === undefined) {
        const { value, fault: found } = parseSliceSegmentHeader(nalUnit, sets);
        fault ??= found;
        const active = value === undefined ? undefined : activeParameterSets(sets, value.picParameterSetId);
        if (value === undefined || active === undefined || value.dependentSliceSegmentFlag) continue;
        order = pictureOrderCount.next(value, active.sps);
      }
    }
    const none = { offset: 0, message: 'expected a slice segment of the base layer, found none' };
    yield order === undefined ? { value: undefined, fault: fault ?? none } : { value: order, fault };
  }
}
