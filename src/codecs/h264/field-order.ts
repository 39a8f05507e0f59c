/**
 * In which order the fields of H.264's pictures come: as a picture timing message says it, or as the counts of the two fields
 * of the first picture do (ITU-T H.264, D.2.2 and 8.2.1). Of streams without fields the sequence parameter set says so.
 */
import { BitReader } from '../../bytes/bit-reader.ts';
import type { FieldOrder } from '../video-signal.ts';
import { parseSeiMessages, SeiPayloadType } from '../supplemental-enhancement-information.ts';
import { NalUnitType, nalUnitType } from './nal-unit.ts';
import type { SequenceParameterSet } from './sequence-parameter-set.ts';
import {
  activeParameterSets,
  addParameterSet,
  hasSliceHeader,
  parseSliceHeader,
  type ParameterSets,
} from './slice-header.ts';

/** `pic_struct` (Table D-1): 1 and 2 are single fields, 3 to 6 frames of fields; the others are shown whole. */
const orders: readonly (FieldOrder | undefined)[] = [undefined, 'tt', 'bb', 'tt', 'bb', 'tt', 'bb'];

/**
 * The order of the fields of the first picture among NAL units, of which the last may be cut; undefined where no slice that
 * can be read is among them. Parameter sets in the stream replace those of `sets`.
 */
export function fieldOrderOf(nalUnits: Iterable<Uint8Array>, sets: ParameterSets): FieldOrder | undefined {
  let message: Uint8Array | undefined;
  for (const nalUnit of nalUnits) {
    const type = nalUnitType(nalUnit);
    if (type === NalUnitType.supplementalEnhancementInformation) {
      const { messages } = parseSeiMessages(nalUnit, 1);
      message ??= messages.find(({ payloadType }) => payloadType === SeiPayloadType.pictureTiming)?.payload;
    }
    addParameterSet(sets, nalUnit);
    if (!hasSliceHeader(type)) continue;
    const header = parseSliceHeader(nalUnit, sets).value;
    const active = header === undefined ? undefined : activeParameterSets(sets, header.picParameterSetId);
    if (header === undefined || active === undefined) {
      // A stream may begin before its parameter sets.
      message = undefined;
      continue;
    }
    const { sps } = active;
    if (sps.frameMbsOnlyFlag) return 'progressive';
    if (header.fieldPicFlag) return header.bottomFieldFlag ? 'bb' : 'tt';
    const struct = message === undefined ? undefined : pictureStructure(message, sps);
    if (struct !== undefined) return orders[struct] ?? 'progressive';
    const { picOrderCnt } = sps;
    const bottomLater =
      picOrderCnt.type === 0
        ? header.deltaPicOrderCntBottom
        : picOrderCnt.type === 1
          ? picOrderCnt.offsetForTopToBottomField + header.deltaPicOrderCnt[1]
          : 0;
    return bottomLater === 0 ? 'progressive' : bottomLater > 0 ? 'tt' : 'bb';
  }
  return undefined;
}

/** `pic_struct` of a picture timing message, where it has one. */
function pictureStructure(payload: Uint8Array, { vui }: SequenceParameterSet): number | undefined {
  if (vui?.picStructPresentFlag !== true) return undefined;
  const reader = new BitReader(payload);
  reader.skip(vui.pictureTimingDelayBits);
  const struct = reader.bits(4);
  return reader.fault === undefined ? struct : undefined;
}
