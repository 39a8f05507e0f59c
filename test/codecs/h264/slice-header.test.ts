import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NalUnitType } from '../../../src/codecs/h264/nal-unit.ts';
import type { PictureParameterSet } from '../../../src/codecs/h264/picture-parameter-set.ts';
import type { SequenceParameterSet } from '../../../src/codecs/h264/sequence-parameter-set.ts';
import {
  activeParameterSets,
  addParameterSet,
  hasSliceHeader,
  parameterSetsOf,
  parseSliceHeader,
  startsNewPicture,
  type ParameterSets,
  type SliceHeader,
} from '../../../src/codecs/h264/slice-header.ts';
import { bitFlips, fromBits, fromHex, truncations } from '../hex.ts';
import { SLICE_STREAMS, slicesOf, type SliceStream } from './slice-cases.ts';

function setsOf(stream: SliceStream): ParameterSets {
  return parameterSetsOf(stream.parameterSets.map(fromHex));
}

function streamNamed(name: string): SliceStream {
  const stream = SLICE_STREAMS.find((candidate) => candidate.name === name);
  assert.ok(stream !== undefined, name);
  return stream;
}

/** The parameter sets of 'no B-frames' (10 x 6 macroblocks, 4 bits of frame_num, type 2), with some fields changed. */
function setsWith(sps: Partial<SequenceParameterSet>, pps: Partial<PictureParameterSet> = {}): ParameterSets {
  const active = activeParameterSets(setsOf(streamNamed('no B-frames')), 0);
  assert.ok(active !== undefined);
  const plain: Partial<PictureParameterSet> = {
    weightedPredFlag: false,
    weightedBipredIdc: 0,
    numRefIdxL0DefaultActive: 1,
    numRefIdxL1DefaultActive: 1,
  };
  return {
    sequence: new Map([[0, { ...active.sps, log2MaxFrameNum: 4, ...sps }]]),
    picture: new Map([[0, { ...active.pps, ...plain, ...pps }]]),
  };
}

function sound(bits: string, sets: ParameterSets): SliceHeader {
  const { value, fault } = parseSliceHeader(fromBits(`${bits} ${'0'.repeat(7)}`), sets);
  assert.equal(fault, undefined, fault?.message);
  assert.ok(value !== undefined);
  return value;
}

const REFERENCE = '011 00001';
const NOT_REFERENCE = '000 00001';
const IDR = '011 00101';
/** first_mb_in_slice 0, slice_type, pic_parameter_set_id 0, frame_num 5. */
const P = '1 1 1 0101';
const B = '1 010 1 0101';
const I = '1 011 1 0101';
const SP = '1 00100 1 0101';
const SI = '1 00101 1 0101';
/** adaptive_ref_pic_marking_mode_flag, operation 5, end. */
const OPERATION_5 = '1 00110 1';

describe('a slice header of H.264', () => {
  for (const stream of SLICE_STREAMS) {
    it(`has the syntax elements that ffmpeg reads in it: ${stream.name}`, () => {
      const sets = setsOf(stream);
      for (const slice of slicesOf(stream)) {
        const nalUnit = fromHex(slice.nalUnit);
        const { value, fault } = parseSliceHeader(nalUnit, sets);
        assert.equal(fault, undefined);
        assert.deepEqual(value, {
          nalRefIdc: nalUnit[0]! >> 5,
          nalUnitType: nalUnit[0]! & 31,
          firstMbInSlice: slice.firstMbInSlice,
          sliceType: slice.sliceType,
          picParameterSetId: 0,
          colourPlaneId: undefined,
          frameNum: slice.frameNum,
          fieldPicFlag: slice.structure !== 'frame',
          bottomFieldFlag: slice.structure === 'bottom',
          idrPicId: slice.idrPicId,
          picOrderCntLsb: slice.picOrderCntLsb,
          deltaPicOrderCntBottom: slice.deltaPicOrderCntBottom ?? 0,
          deltaPicOrderCnt: [slice.deltaPicOrderCnt[0] ?? 0, slice.deltaPicOrderCnt[1] ?? 0],
          redundantPicCnt: 0,
          memoryManagementControlOperation5: slice.memoryManagementControlOperation5,
        });
      }
    });
  }

  it('is read through every syntax element that may stand before memory management operation 5', () => {
    const plain = setsWith({ maxNumRefFrames: 4 });
    const weighted = setsWith({}, { weightedPredFlag: true, weightedBipredIdc: 1, numRefIdxL0DefaultActive: 2 });
    const fields = setsWith({ frameMbsOnlyFlag: false });
    const monochrome = setsWith({ chromaFormatIdc: 0 }, { weightedPredFlag: true });
    const cases: readonly (readonly [what: string, bits: string, sets: ParameterSets])[] = [
      ['nothing in an I slice', `${I} ${OPERATION_5}`, plain],
      ['nothing in an SI slice', `${SI} ${OPERATION_5}`, plain],
      ['no override, no modification', `${P} 0 0 ${OPERATION_5}`, plain],
      ['an SP slice, which is a P slice here', `${SP} 0 0 ${OPERATION_5}`, plain],
      ['both lists of a B slice', `${B} 1 0 0 0 ${OPERATION_5}`, plain],
      ['both overrides of a B slice', `${B} 1 1 010 011 0 0 ${OPERATION_5}`, plain],
      ['the override of a field, which may have 32 entries', `${P} 1 0 1 00000100000 0 ${OPERATION_5}`, fields],
      ['modifications of list 0', `${P} 0 1 1 00111 010 1 011 010 00100 ${OPERATION_5}`, plain],
      ['modifications of both lists', `${B} 0 0 1 1 1 00100 1 010 011 00100 ${OPERATION_5}`, plain],
      // luma and chroma denominators; entry 0: luma; entry 1: chroma, twice a weight and an offset.
      ['weights', `${P} 0 0 011 1 1 00101 010 0 0 1 010 011 1 00100 ${OPERATION_5}`, weighted],
      ['weights of as many pictures as the override says', `${P} 1 1 0 011 1 0 1 1 1 1 1 ${OPERATION_5}`, weighted],
      // two entries of list 0, one of list 1.
      ['weights of both lists', `${B} 1 0 0 0 1 1 0 0 0 0 1 1 1 0 ${OPERATION_5}`, weighted],
      ['weights without chroma', `${P} 0 0 011 1 00101 010 ${OPERATION_5}`, monochrome],
      ['operations 1, 2, 3, 4 and 6', `${I} 1 010 1 011 1 00100 1 010 00101 1 00111 1 00110 1`, plain],
    ];
    for (const [what, bits, sets] of cases) {
      assert.equal(sound(`${REFERENCE} ${bits}`, sets).memoryManagementControlOperation5, true, what);
    }
    assert.equal(sound(`${REFERENCE} ${I} 0`, plain).memoryManagementControlOperation5, false);
    const others = `${REFERENCE} ${I} 1 010 1 011 1 00100 1 010 00101 1 00111 1 1`;
    assert.equal(sound(others, plain).memoryManagementControlOperation5, false);
    // Weights are not there where the prediction is implicit, or is not that of the slice's type.
    const implicit = setsWith({}, { weightedBipredIdc: 2, weightedPredFlag: true });
    assert.equal(sound(`${REFERENCE} ${B} 1 0 0 0 ${OPERATION_5}`, implicit).memoryManagementControlOperation5, true);
  });

  it('has no operation 5 where the picture is IDR or no other refers to it', () => {
    const sets = setsWith({});
    assert.equal(sound(`${NOT_REFERENCE} ${I}`, sets).memoryManagementControlOperation5, false);
    assert.equal(sound(`${IDR} ${I} 011`, sets).memoryManagementControlOperation5, false);
    assert.equal(sound(`${IDR} ${I} 011`, sets).idrPicId, 2);
  });

  it('tells its colour plane where planes are coded apart, and such slices have no weights for chroma', () => {
    const sets = setsWith({ chromaFormatIdc: 3, separateColourPlaneFlag: true }, { weightedPredFlag: true });
    const header = sound(`${REFERENCE} 1 1 1 10 0101 0 0 1 0 ${OPERATION_5}`, sets);
    assert.equal(header.colourPlaneId, 2);
    assert.equal(header.memoryManagementControlOperation5, true);
  });

  it('tells the count of a redundant picture', () => {
    const sets = setsWith({}, { redundantPicCntPresentFlag: true });
    assert.equal(sound(`${NOT_REFERENCE} ${I} 00100`, sets).redundantPicCnt, 3);
  });

  it('begins data partition A too, and no other NAL unit', () => {
    const sets = setsWith({});
    assert.equal(sound(`000 00010 ${P}`, sets).nalUnitType, NalUnitType.sliceDataPartitionA);
    const types = Array.from({ length: 32 }, (_, type) => type);
    assert.deepEqual(types.filter(hasSliceHeader), [1, 2, 5]);
    for (const type of types) {
      if (hasSliceHeader(type)) continue;
      const { value, fault } = parseSliceHeader(Uint8Array.of(type, 0xff, 0xff), sets);
      assert.equal(value, undefined);
      assert.match(fault?.message ?? '', new RegExp(`expected a slice .* found type ${type}$`));
    }
    assert.match(parseSliceHeader(new Uint8Array(0), sets).fault?.message ?? '', /found no byte/);
  });

  it('has no value where a number is out of its range or its parameter sets are missing', () => {
    const field = { frameMbsOnlyFlag: false, mbAdaptiveFrameFieldFlag: false };
    const impossible: readonly (readonly [bits: string, message: RegExp, sets?: ParameterSets])[] = [
      [`${NOT_REFERENCE} 1 0001011 1 0101`, /slice_type between 0 and 9, found 10/],
      [`${IDR} ${P} 1`, /type I or SI in an IDR picture, found slice_type 0/],
      [`${NOT_REFERENCE} 1 1 00000000100000001 0101`, /pic_parameter_set_id between 0 and 255, found 256/],
      [`${NOT_REFERENCE} 1 1 010 0101`, /parameter sets of a slice, found none for pic_parameter_set_id 1/],
      [`${NOT_REFERENCE} 00000111101 1 1 0101`, /first_mb_in_slice between 0 and 59, found 60/],
      [`${NOT_REFERENCE} 0000001111001 1 1 0101 0`, /first_mb_in_slice between 0 and 119, found 120/, setsWith(field)],
      [`${NOT_REFERENCE} 00000111101 1 1 0101 1 0`, /first_mb_in_slice between 0 and 59, found 60/, setsWith(field)],
      [`${IDR} ${I} ${'0'.repeat(16)}1${'0'.repeat(15)}1`, /idr_pic_id between 0 and 65535, found 65536/],
      [
        `${NOT_REFERENCE} 1 1 1 11 0101`,
        /colour_plane_id between 0 and 2, found 3/,
        setsWith({ chromaFormatIdc: 3, separateColourPlaneFlag: true }),
      ],
    ];
    for (const [bits, message, sets] of impossible) {
      const { value, fault } = parseSliceHeader(fromBits(`${bits} ${'1'.repeat(40)}`), sets ?? setsWith({}));
      assert.equal(value, undefined);
      assert.match(fault?.message ?? '', message);
    }
    const { value, fault } = parseSliceHeader(fromBits(`${NOT_REFERENCE} ${P}`), parameterSetsOf([]));
    assert.equal(value, undefined);
    assert.match(fault?.message ?? '', /found none for pic_parameter_set_id 0/);
  });

  it('keeps the order of output, and does not know of operation 5, where a number behind it is out of range', () => {
    const weighted = setsWith({}, { weightedPredFlag: true });
    const impossible: readonly (readonly [bits: string, message: RegExp, sets?: ParameterSets])[] = [
      [`${P} 1 000010001`, /num_ref_idx_l0_active_minus1 between 0 and 15, found 16/],
      [`${P} 0 1 00101`, /modification_of_pic_nums_idc between 0 and 3, found 4/],
      [`${I} 1 0001000`, /memory_management_control_operation between 0 and 6, found 7/],
      [`${P} 0 0 0001001`, /luma_log2_weight_denom between 0 and 7, found 8/, weighted],
      [`${P} 0 0 1 1 1 00000000100000000`, /a weight of a reference picture between -128 and 127, found 128/, weighted],
    ];
    for (const [bits, message, sets] of impossible) {
      const given = fromBits(`${REFERENCE} ${bits} ${'1'.repeat(40)}`);
      const { value, fault } = parseSliceHeader(given, sets ?? setsWith({}));
      assert.match(fault?.message ?? '', message);
      assert.equal(value?.frameNum, 5);
      assert.equal(value?.memoryManagementControlOperation5, undefined);
    }
  });

  it('that breaks off gives a fault, and nothing that the whole one does not give', () => {
    for (const stream of SLICE_STREAMS) {
      const sets = setsOf(stream);
      for (const slice of slicesOf(stream)) {
        const nalUnit = fromHex(slice.nalUnit);
        const whole = parseSliceHeader(nalUnit, sets).value;
        for (const cut of truncations(nalUnit)) {
          const { value, fault } = parseSliceHeader(cut, sets);
          if (fault === undefined) assert.deepEqual(value, whole);
          else if (value !== undefined) {
            assert.deepEqual(value, { ...whole, memoryManagementControlOperation5: undefined });
          }
        }
        assert.ok(parseSliceHeader(nalUnit.subarray(0, 2), sets).fault !== undefined);
      }
    }
  });

  it('never makes the parser throw, whatever its bytes are', () => {
    for (const stream of SLICE_STREAMS) {
      const sets = setsOf(stream);
      for (const slice of slicesOf(stream).slice(0, 12)) {
        for (const flipped of bitFlips(fromHex(slice.nalUnit))) parseSliceHeader(flipped, sets);
      }
      const nalUnits = fc
        .tuple(fc.constantFrom(0x01, 0x21, 0x41, 0x61, 0x65, 0x62), fc.uint8Array({ maxLength: 300 }))
        .map(([header, payload]) => Uint8Array.of(header, ...payload));
      fc.assert(
        fc.property(nalUnits, (nalUnit) => {
          const { value, fault } = parseSliceHeader(nalUnit, sets);
          assert.ok(value !== undefined || fault !== undefined);
        }),
        { numRuns: 300 },
      );
    }
  });
});

describe('the parameter sets of a stream', () => {
  it('are found by their ids, and a later one replaces an earlier one', () => {
    const [first, second] = [streamNamed('no B-frames'), streamNamed('interlaced frames, top field first')];
    const sets = setsOf(first);
    assert.equal(activeParameterSets(sets, 0)?.sps.frameMbsOnlyFlag, true);
    for (const nalUnit of second.parameterSets) assert.equal(addParameterSet(sets, fromHex(nalUnit)), undefined);
    assert.equal(activeParameterSets(sets, 0)?.sps.frameMbsOnlyFlag, false);
    assert.equal(activeParameterSets(sets, 1), undefined);
  });

  it('stay as they were where another NAL unit, or one that cannot be read, is added', () => {
    const stream = streamNamed('no B-frames');
    const sets = setsOf(stream);
    const before = activeParameterSets(sets, 0);
    for (const nalUnit of stream.parameterSets) {
      assert.notEqual(addParameterSet(sets, fromHex(nalUnit).subarray(0, 2)), undefined);
    }
    assert.equal(addParameterSet(sets, fromHex('0605ff')), undefined);
    assert.equal(addParameterSet(sets, new Uint8Array(0)), undefined);
    assert.deepEqual(activeParameterSets(sets, 0), before);
  });
});

describe('the boundary between two pictures of H.264', () => {
  it('is where the access units and fields of encoded streams have it', () => {
    for (const stream of SLICE_STREAMS) {
      const sets = setsOf(stream);
      const slices = slicesOf(stream);
      const headers = slices.map((slice) => parseSliceHeader(fromHex(slice.nalUnit), sets).value);
      for (const [index, current] of headers.entries()) {
        const previous = headers[index - 1];
        if (previous === undefined || current === undefined) continue;
        const [before, now] = [slices[index - 1]!, slices[index]!];
        const isNew = before.rank !== now.rank || before.structure !== now.structure;
        assert.equal(startsNewPicture(previous, current), isNew, `${stream.name}, slice ${index}`);
      }
    }
  });

  it('is seen in each of the syntax elements that 7.4.1.2.4 names, and in no other', () => {
    const header = sound(`${IDR} ${I} 011`, setsWith({}));
    const changes: readonly Partial<SliceHeader>[] = [
      { frameNum: 6 },
      { picParameterSetId: 1 },
      { fieldPicFlag: true },
      { bottomFieldFlag: true },
      { nalRefIdc: 0 },
      { picOrderCntLsb: 2 },
      { deltaPicOrderCntBottom: 1 },
      { deltaPicOrderCnt: [1, 0] },
      { deltaPicOrderCnt: [0, 1] },
      { nalUnitType: NalUnitType.nonIdrSlice, idrPicId: undefined },
      { idrPicId: 3 },
    ];
    for (const change of changes) {
      assert.equal(startsNewPicture(header, { ...header, ...change }), true, JSON.stringify(change));
    }
    assert.equal(startsNewPicture(header, { ...header, nalRefIdc: 1, sliceType: 7, firstMbInSlice: 9 }), false);
  });
});
