import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseNalUnitHeader } from '../../../src/codecs/h265/nal-unit.ts';
import {
  isSliceSegment,
  parameterSetsOf,
  parseSliceSegmentHeader,
} from '../../../src/codecs/h265/slice-segment-header.ts';
import { needs, probePackets } from '../../support/judges.ts';
import { bytesOf, nalUnitsOf, traceHeaders } from '../encoded.ts';
import { encodeH265, ENCODINGS } from './encodings.ts';
import { pictureOrderCounts } from './picture-order-counts.ts';
import { countNoLines } from '../../support/uncounted.ts';

countNoLines();

/** Types that can only stand before the first slice of an access unit (ITU-T H.265, 7.4.2.4.4). */
const precedesSlices = (type: number) =>
  (type >= 32 && type <= 35) || type === 39 || (type >= 41 && type <= 44) || (type >= 48 && type <= 55);

/** The access units of a stream with start codes. */
function accessUnitsOf(stream: Uint8Array): Uint8Array[][] {
  const accessUnits: Uint8Array[][] = [];
  let hasSlice = true;
  for (const nalUnit of nalUnitsOf(stream)) {
    const { type } = parseNalUnitHeader(nalUnit)!;
    const isFirst = isSliceSegment(type) && nalUnit[2]! >= 0x80;
    if (hasSlice && (isFirst || precedesSlices(type))) {
      accessUnits.push([]);
      hasSlice = false;
    }
    hasSlice ||= isSliceSegment(type);
    accessUnits.at(-1)!.push(nalUnit);
  }
  return accessUnits;
}

describe('the pictures of an H.265 stream', () => {
  for (const encoding of ENCODINGS) {
    it(`are told apart and put in order: ${encoding.name}`, needs('ffmpeg', 'ffprobe'), async (test) => {
      const stream = bytesOf(await encodeH265(test, encoding));
      const nalUnits = nalUnitsOf(stream);
      const sets = parameterSetsOf(nalUnits);

      const traced = (await traceHeaders(await encodeH265(test, encoding))).flat();
      const headers = traced.filter(({ name }) => name === 'Slice Segment Header').map(({ elements }) => elements);
      const slices = nalUnits.filter((nalUnit) => isSliceSegment(parseNalUnitHeader(nalUnit)!.type));
      assert.equal(slices.length, headers.length);
      for (const [index, slice] of slices.entries()) {
        const { value, fault } = parseSliceSegmentHeader(slice.subarray(0, 64), sets);
        assert.equal(fault, undefined);
        // Up to its alignment bits.
        assert.deepEqual(parseSliceSegmentHeader(slice, sets, { whole: true }), { value, fault: undefined });
        const elements = headers[index]!;
        assert.equal(value?.firstSliceSegmentInPicFlag, elements.get('first_slice_segment_in_pic_flag') === 1);
        assert.equal(value?.sliceSegmentAddress, elements.get('slice_segment_address') ?? 0);
        assert.equal(value?.sliceType, elements.get('slice_type'));
        assert.equal(value?.slicePicOrderCntLsb, elements.get('slice_pic_order_cnt_lsb') ?? 0);
        assert.equal(value?.temporalId, elements.get('nuh_temporal_id_plus1')! - 1);
      }

      // ffmpeg writes the same encoding into an MP4, whose packets are access units with the times they are shown at.
      const packets = await probePackets(await encodeH265(test, encoding, 'video.mp4'), { asStored: true });
      const accessUnits = accessUnitsOf(stream);
      assert.equal(accessUnits.length, packets.length);
      const orders = [...pictureOrderCounts(accessUnits, { sequence: new Map(), picture: new Map() })].map(
        ({ value, fault }) => {
          assert.equal(fault, undefined);
          assert.equal(value?.isShown, true);
          return value!;
        },
      );
      const shown = [...orders.keys()].sort(
        (one, other) =>
          orders[one]!.period - orders[other]!.period || orders[one]!.picOrderCnt - orders[other]!.picOrderCnt,
      );
      const expected = [...packets.keys()].sort((one, other) => packets[one]!.ptsTicks! - packets[other]!.ptsTicks!);
      assert.deepEqual(shown, expected);
      const isSync = (accessUnit: Uint8Array[]) =>
        accessUnit.some((nalUnit) => [16, 17, 18, 19, 20, 21].includes(parseNalUnitHeader(nalUnit)!.type));
      assert.deepEqual(
        accessUnits.map(isSync),
        packets.map(({ sync }) => sync),
      );
    });
  }

  it('that refer to pictures before the place where decoding begins are not shown', needs('ffmpeg'), async (test) => {
    const stream = bytesOf(await encodeH265(test, ENCODINGS[1]!));
    const accessUnits = accessUnitsOf(stream);
    const sets = parameterSetsOf(accessUnits.flat());
    const typeOf = (accessUnit: Uint8Array[]) =>
      accessUnit.map((nalUnit) => parseNalUnitHeader(nalUnit)!.type).find((type) => isSliceSegment(type))!;
    const cleanRandomAccess = accessUnits.findIndex((accessUnit) => typeOf(accessUnit) === 21);
    assert.ok(cleanRandomAccess > 0);
    const rest = accessUnits.slice(cleanRandomAccess);
    const nextIndependent = rest.findIndex((accessUnit, index) => index > 0 && typeOf(accessUnit) === 21);
    const orders = [...pictureOrderCounts(rest, sets)];
    for (const [index, { value }] of orders.entries()) {
      const type = typeOf(rest[index]!);
      const skipped = index < nextIndependent && (type === 8 || type === 9);
      assert.equal(value?.isShown, !skipped);
      assert.equal(value?.period, 1);
    }
    assert.ok(orders.some(({ value }) => !value!.isShown));
    // Behind an end of sequence the next clean random access picture starts anew.
    const glued = [...accessUnits, [Uint8Array.of(36 << 1, 1)], ...rest];
    const order = [...pictureOrderCounts(glued, sets)];
    assert.equal(order[accessUnits.length]!.value, undefined);
    assert.equal(order[accessUnits.length + 1]!.value?.period, 2);
  });

  it('of arbitrary bytes are values or faults', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.uint8Array({ maxLength: 90 }), { maxLength: 5 })), (accessUnits) => {
        const orders = [...pictureOrderCounts(accessUnits, { sequence: new Map(), picture: new Map() })];
        assert.equal(orders.length, accessUnits.length);
      }),
    );
  });
});
