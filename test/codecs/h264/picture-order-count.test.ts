import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseAvcDecoderConfiguration } from '../../../src/codecs/h264/decoder-configuration.ts';
import { PictureOrderCount, type PictureOrder } from '../../../src/codecs/h264/picture-order-count.ts';
import type { PicOrderCnt, SequenceParameterSet } from '../../../src/codecs/h264/sequence-parameter-set.ts';
import {
  activeParameterSets,
  parameterSetsOf,
  type ParameterSets,
  type SliceHeader,
} from '../../../src/codecs/h264/slice-header.ts';
import { copyStagingCase, stagingFixtures, type StagingFixture } from '../../support/fixtures.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { trackSamples, type TruthSample } from '../../support/truth.ts';
import { fromBits, fromHex } from '../hex.ts';
import { pictureOrderCounts } from './picture-order-counts.ts';
import { SLICE_STREAMS, slicesOf, type SliceStream } from './slice-cases.ts';

type AccessUnit = readonly Uint8Array[];

function setsOf(stream: SliceStream): ParameterSets {
  return parameterSetsOf(stream.parameterSets.map(fromHex));
}

/** The access units of a stream with their places in output order. */
function accessUnitsOf(stream: SliceStream): { readonly ranks: number[]; readonly accessUnits: Uint8Array[][] } {
  const ranks: number[] = [];
  const accessUnits: Uint8Array[][] = [];
  for (const { rank, nalUnit } of slicesOf(stream)) {
    if (ranks.at(-1) !== rank) {
      ranks.push(rank);
      accessUnits.push([]);
    }
    accessUnits.at(-1)?.push(fromHex(nalUnit));
  }
  return { ranks, accessUnits };
}

/** The orders of access units that are all sound. */
function ordersOf(accessUnits: Iterable<AccessUnit>, sets: ParameterSets): PictureOrder[] {
  return Array.from(pictureOrderCounts(accessUnits, sets), ({ value, fault }) => {
    assert.equal(fault, undefined, fault?.message);
    assert.ok(value !== undefined);
    return value;
  });
}

/** Indices in the order of output, as the doc comment of PictureOrder words it. */
function inOutputOrder(orders: readonly PictureOrder[]): number[] {
  return [...orders.keys()].sort(
    (a, b) => orders[a]!.period - orders[b]!.period || orders[a]!.picOrderCnt - orders[b]!.picOrderCnt,
  );
}

function sorted(values: readonly number[]): number[] {
  return [...values.keys()].sort((a, b) => values[a]! - values[b]!);
}

const PLAIN_HEADER: SliceHeader = {
  nalRefIdc: 1,
  nalUnitType: 1,
  firstMbInSlice: 0,
  sliceType: 7,
  picParameterSetId: 0,
  colourPlaneId: undefined,
  frameNum: 0,
  fieldPicFlag: false,
  bottomFieldFlag: false,
  idrPicId: undefined,
  picOrderCntLsb: undefined,
  deltaPicOrderCntBottom: 0,
  deltaPicOrderCnt: [0, 0],
  redundantPicCnt: 0,
  memoryManagementControlOperation5: false,
};
const IDR = { nalUnitType: 5, idrPicId: 0 } as const;
const TOP = { fieldPicFlag: true } as const;
const BOTTOM = { fieldPicFlag: true, bottomFieldFlag: true } as const;
const OPERATION_5 = { memoryManagementControlOperation5: true } as const;

function sequenceParameterSet(picOrderCnt: PicOrderCnt): SequenceParameterSet {
  const sps = activeParameterSets(setsOf(SLICE_STREAMS[0]!), 0)?.sps;
  assert.ok(sps !== undefined);
  return { ...sps, log2MaxFrameNum: 4, frameMbsOnlyFlag: false, picOrderCnt };
}

/** Period, top and bottom count (`-` where there is none) of pictures; `+` marks a second field. */
function counts(picOrderCnt: PicOrderCnt, pictures: readonly Partial<SliceHeader>[]): string[] {
  const sps = sequenceParameterSet(picOrderCnt);
  const pictureOrderCount = new PictureOrderCount();
  return pictures.map((picture) => {
    const order = pictureOrderCount.next({ ...PLAIN_HEADER, ...picture }, sps);
    const { topFieldOrderCnt: top, bottomFieldOrderCnt: bottom } = order;
    assert.equal(order.picOrderCnt, Math.min(...[top, bottom].filter((count) => count !== undefined)));
    return `${order.period}: ${top ?? '-'} ${bottom ?? '-'}${order.isSecondField ? ' +' : ''}`;
  });
}

describe('picture order count of H.264', () => {
  for (const stream of SLICE_STREAMS) {
    it(`puts pictures in the order in which they are shown: ${stream.name}`, () => {
      const { ranks, accessUnits } = accessUnitsOf(stream);
      assert.deepEqual(inOutputOrder(ordersOf(accessUnits, setsOf(stream))), sorted(ranks));
    });

    it(`puts pictures in order from any place in the stream: ${stream.name}`, () => {
      const { ranks, accessUnits } = accessUnitsOf(stream);
      const sets = setsOf(stream);
      for (const start of accessUnits.keys()) {
        const orders = ordersOf(accessUnits.slice(start), sets);
        assert.deepEqual(inOutputOrder(orders), sorted(ranks.slice(start)), `from access unit ${start}`);
      }
    });
  }

  const recordings = [
    'av-bframes',
    'chunked',
    'exactly-1024-keyframes',
    'negative-cts-liveflv',
    'negative-cts-rtmp',
    'no-keyframe',
    'short-1s',
    'surround-5.1',
    'ts-ingest',
    'vfr',
    'video-only',
    'winqt',
  ];
  for (const fixture of recordings.flatMap((name) => stagingFixtures('clean', name))) {
    it(`rises with presentation time between IDR pictures of ${fixture.name}, ${fixture.base}`, (t) => {
      const directory = scratchDirectory(t);
      copyStagingCase('clean', fixture.name, directory);
      const { samples, accessUnits, sets } = videoOf(fixture, join(directory, `${fixture.base}.mdat`));
      const orders = ordersOf(accessUnits, sets);
      let period = 0;
      const truth = samples.map(({ sync, dtsTicks, ctsTicks }) => {
        if (sync) period++;
        return { period, presentation: dtsTicks + ctsTicks };
      });
      assert.deepEqual(
        orders.map((order) => order.period),
        truth.map((sample) => sample.period),
      );
      const expected = [...truth.keys()].sort(
        (a, b) => truth[a]!.period - truth[b]!.period || truth[a]!.presentation - truth[b]!.presentation,
      );
      assert.deepEqual(inOutputOrder(orders), expected);
    });
  }

  it('counts by pic_order_cnt_lsb, whose high part follows the reference pictures (type 0)', () => {
    // 8.2.1.1 with MaxPicOrderCntLsb 16; worked out by hand.
    assert.deepEqual(
      counts({ type: 0, log2MaxPicOrderCntLsb: 4 }, [
        { ...IDR, picOrderCntLsb: 0, deltaPicOrderCntBottom: 1 },
        { picOrderCntLsb: 7, deltaPicOrderCntBottom: -1 },
        { picOrderCntLsb: 2, nalRefIdc: 0 },
        { picOrderCntLsb: 14 },
        { picOrderCntLsb: 6 },
        { picOrderCntLsb: 15, nalRefIdc: 0 },
        { picOrderCntLsb: 14, nalRefIdc: 0 },
        { ...TOP, picOrderCntLsb: 12 },
        { ...BOTTOM, picOrderCntLsb: 13 },
        { ...BOTTOM, picOrderCntLsb: 4, nalRefIdc: 0 },
        { ...TOP, picOrderCntLsb: 5, nalRefIdc: 0 },
        { ...IDR, ...BOTTOM, picOrderCntLsb: 0 },
        { ...TOP, picOrderCntLsb: 1 },
      ]),
      [
        '1: 0 1',
        '1: 7 6',
        '1: 2 2',
        '1: 14 14',
        '1: 22 22',
        '1: 15 15',
        '1: 30 30',
        '1: 28 -',
        '1: - 29 +',
        '1: - 36',
        '1: 37 - +',
        '2: - 0',
        '2: 1 - +',
      ],
    );
  });

  it('starts again with a picture that has memory management operation 5 (type 0)', () => {
    assert.deepEqual(
      counts({ type: 0, log2MaxPicOrderCntLsb: 4 }, [
        { ...IDR, picOrderCntLsb: 0 },
        { picOrderCntLsb: 6 },
        // tempPicOrderCnt is the bottom field's 9; prevPicOrderCntLsb becomes the top field's 12 - 9 = 3.
        { ...OPERATION_5, picOrderCntLsb: 12, deltaPicOrderCntBottom: -3 },
        { picOrderCntLsb: 11, nalRefIdc: 0 },
        { picOrderCntLsb: 12, nalRefIdc: 0 },
        // A field counts from itself; the other field of its frame has frame_num 0.
        { ...OPERATION_5, ...TOP, frameNum: 3, picOrderCntLsb: 9 },
        { ...BOTTOM, frameNum: 0, picOrderCntLsb: 1 },
        { ...OPERATION_5, ...BOTTOM, frameNum: 1, picOrderCntLsb: 5 },
        { ...TOP, frameNum: 0, picOrderCntLsb: 15 },
      ]),
      ['1: 0 0', '1: 6 6', '2: 3 0', '2: 11 11', '2: -4 -4', '3: 0 -', '3: - 1 +', '4: - 0', '4: -1 - +'],
    );
  });

  it('counts by frame_num and the offsets of the parameter set (type 1)', () => {
    const type1: PicOrderCnt = {
      type: 1,
      deltaPicOrderAlwaysZeroFlag: false,
      offsetForNonRefPic: -3,
      offsetForTopToBottomField: 1,
      offsetForRefFrame: [4, 6],
    };
    // 8.2.1.2 with a cycle of 4 + 6 = 10; worked out by hand.
    assert.deepEqual(
      counts(type1, [
        IDR,
        { frameNum: 1, deltaPicOrderCnt: [0, 2] },
        { frameNum: 2, nalRefIdc: 0 },
        { frameNum: 2, nalRefIdc: 0, deltaPicOrderCnt: [1, 0] },
        { ...TOP, frameNum: 2 },
        { ...BOTTOM, frameNum: 2, deltaPicOrderCnt: [2, 0] },
        { frameNum: 15 },
        { frameNum: 0 },
        { frameNum: 1, ...OPERATION_5, deltaPicOrderCnt: [0, -5] },
        { frameNum: 1 },
      ]),
      ['1: 0 1', '1: 4 7', '1: 1 2', '1: 2 3', '1: 10 -', '1: - 13 +', '1: 74 75', '1: 80 81', '2: 4 0', '2: 4 5'],
    );
    const withoutCycle: PicOrderCnt = { ...type1, offsetForRefFrame: [] };
    assert.deepEqual(
      counts(withoutCycle, [IDR, { frameNum: 9, deltaPicOrderCnt: [18, 0] }, { frameNum: 10, nalRefIdc: 0 }]),
      ['1: 0 1', '1: 18 19', '1: -3 -2'],
    );
  });

  it('is decoding order where the parameter set says so (type 2)', () => {
    assert.deepEqual(
      counts({ type: 2 }, [
        IDR,
        { frameNum: 1 },
        { frameNum: 2, nalRefIdc: 0 },
        { frameNum: 2 },
        { frameNum: 15 },
        { ...TOP, frameNum: 0 },
        { ...BOTTOM, frameNum: 0 },
        { ...OPERATION_5, frameNum: 1 },
        { frameNum: 1 },
        { ...IDR },
      ]),
      ['1: 0 0', '1: 2 2', '1: 3 3', '1: 4 4', '1: 30 30', '1: 32 -', '1: - 32 +', '2: 0 0', '2: 2 2', '3: 0 0'],
    );
  });

  it('joins two fields to a frame only where they are of opposite parity, one frame_num and one kind', () => {
    const second = (first: Partial<SliceHeader>, then: Partial<SliceHeader>): boolean =>
      counts({ type: 2 }, [
        { frameNum: 4, ...first },
        { frameNum: 4, ...then },
      ])[1]!.endsWith('+');
    assert.equal(second(TOP, BOTTOM), true);
    assert.equal(second(BOTTOM, TOP), true);
    assert.equal(second({ ...TOP, nalRefIdc: 0 }, { ...BOTTOM, nalRefIdc: 0 }), true);
    assert.equal(second(TOP, TOP), false);
    assert.equal(second(TOP, {}), false);
    assert.equal(second(TOP, { ...BOTTOM, frameNum: 5 }), false);
    assert.equal(second(TOP, { ...BOTTOM, nalRefIdc: 0 }), false);
    assert.equal(second(TOP, { ...BOTTOM, ...IDR }), false);
    assert.equal(second(TOP, { ...BOTTOM, ...OPERATION_5 }), false);
    const three = counts({ type: 2 }, [TOP, BOTTOM, TOP]);
    assert.deepEqual(
      three.map((order) => order.endsWith('+')),
      [false, true, false],
    );
  });

  it('of a stream that begins without an IDR picture is relative, and absolute from the first IDR picture on', () => {
    assert.deepEqual(
      counts({ type: 0, log2MaxPicOrderCntLsb: 4 }, [
        { picOrderCntLsb: 13, nalRefIdc: 0 },
        { picOrderCntLsb: 1 },
        { picOrderCntLsb: 15, nalRefIdc: 0 },
        { ...IDR, picOrderCntLsb: 0 },
        { picOrderCntLsb: 2 },
      ]),
      ['0: 13 13', '0: 17 17', '0: 15 15', '1: 0 0', '1: 2 2'],
    );
  });
});

describe('the picture order counts of access units', () => {
  const stream = SLICE_STREAMS.find(({ name }) => name === 'three B-frames, pic_order_cnt_lsb wrapping')!;
  const parameterSets = stream.parameterSets.map(fromHex);

  it('are those of the frame where an access unit holds both of its fields', () => {
    const fields = SLICE_STREAMS.find(
      ({ name }) => name === 'fields and frames, pic_order_cnt_lsb of four bits wrapping',
    )!;
    const { accessUnits } = accessUnitsOf(fields);
    const orders = ordersOf(accessUnits, setsOf(fields));
    const apart = ordersOf(
      accessUnits.flat().map((nalUnit) => [nalUnit]),
      setsOf(fields),
    );
    assert.ok(accessUnits.some(({ length }) => length === 2));
    let index = 0;
    for (const [position, accessUnit] of accessUnits.entries()) {
      const pictures = apart.slice(index, (index += accessUnit.length));
      const order = orders[position]!;
      assert.equal(order.picOrderCnt, Math.min(...pictures.map(({ picOrderCnt }) => picOrderCnt)));
      assert.notEqual(order.topFieldOrderCnt, undefined);
      assert.notEqual(order.bottomFieldOrderCnt, undefined);
      assert.deepEqual(
        pictures.map(({ isSecondField }) => isSecondField),
        accessUnit.map((_, field) => field === 1),
      );
    }
  });

  it('are those of the frame too where the field that comes second is shown first', () => {
    const fields = SLICE_STREAMS.find(
      ({ name }) => name === 'fields and frames, pic_order_cnt_lsb of four bits wrapping',
    )!;
    // Slices of type I with frame_num 3: a top field with pic_order_cnt_lsb 5, a bottom field with 4.
    const accessUnit = ['1 0 0101', '1 1 0100'].map((field) => fromBits(`011 00001 1 011 1 0011 ${field} 0 1`));
    const [order] = ordersOf([accessUnit], setsOf(fields));
    assert.deepEqual(order, {
      period: 0,
      topFieldOrderCnt: 5,
      bottomFieldOrderCnt: 4,
      picOrderCnt: 4,
      isSecondField: false,
    });
  });

  it('are not those of a redundant picture', () => {
    const sets = setsOf(SLICE_STREAMS[0]!);
    const active = activeParameterSets(sets, 0);
    assert.ok(active !== undefined);
    sets.picture.set(0, { ...active.pps, redundantPicCntPresentFlag: true });
    // An I slice that is not referred to; frame_num has the width that the parameter set says.
    const slice = (redundantPicCnt: string): Uint8Array =>
      fromBits(`000 00001 1 011 1 ${'1'.padStart(active.sps.log2MaxFrameNum, '0')} ${redundantPicCnt} 1`);
    const [primary, redundant] = pictureOrderCounts([[slice('1'), slice('010')], [slice('010')]], sets);
    assert.notEqual(primary?.value, undefined);
    assert.equal(redundant?.fault?.message, 'expected a slice of a primary picture, found none');
  });

  it('follow the parameter sets inside the stream, and leave the given ones as they are', () => {
    const { ranks, accessUnits } = accessUnitsOf(stream);
    const given = parameterSetsOf([]);
    const inBand = accessUnits.map((slices, index) => (index === 0 ? [...parameterSets, ...slices] : slices));
    assert.deepEqual(inOutputOrder(ordersOf(inBand, given)), sorted(ranks));
    assert.deepEqual([given.sequence.size, given.picture.size], [0, 0]);
  });

  it('are absent with a fault where no slice can be read, and go on behind', () => {
    const { accessUnits } = accessUnitsOf(stream);
    const whole = ordersOf(accessUnits, setsOf(stream));
    const damaged: AccessUnit[] = [...accessUnits];
    damaged.splice(3, 0, []);
    damaged.splice(5, 0, [fromHex('0605ffff'), fromHex('41')]);
    const found = [...pictureOrderCounts(damaged, setsOf(stream))];
    assert.deepEqual(
      found.flatMap(({ value }) => value ?? []),
      whole,
    );
    assert.equal(found[3]?.fault?.message, 'expected a slice of a primary picture, found none');
    assert.match(found[5]?.fault?.message ?? '', /expected 1 more bit, found 0/);
  });

  it('are there with the fault where a header breaks off behind them', () => {
    const { accessUnits } = accessUnitsOf(stream);
    // The second picture is a P frame with nal_ref_idc 3; four bytes end within its lists of reference pictures.
    const cut = accessUnits.map((slices, index) =>
      index === 1 ? slices.map((slice) => slice.subarray(0, 4)) : slices,
    );
    const found = [...pictureOrderCounts(cut, setsOf(stream))];
    assert.deepEqual(
      found.map(({ value }) => value),
      ordersOf(accessUnits, setsOf(stream)),
    );
    assert.match(found[1]?.fault?.message ?? '', /more bits?, found/);
  });

  it('never throw, whatever the bytes are', () => {
    const nalUnit = fc
      .tuple(fc.constantFrom(0x01, 0x41, 0x65, 0x67, 0x68, 0x06), fc.uint8Array({ maxLength: 40 }))
      .map(([header, payload]) => Uint8Array.of(header, ...payload));
    const accessUnits = fc.array(fc.array(nalUnit, { maxLength: 4 }), { maxLength: 12 });
    for (const { parameterSets: sets } of SLICE_STREAMS) {
      fc.assert(
        fc.property(accessUnits, (given) => {
          const found = [...pictureOrderCounts(given, parameterSetsOf(sets.map(fromHex)))];
          assert.equal(found.length, given.length);
          assert.ok(found.every(({ value, fault }) => value !== undefined || fault !== undefined));
        }),
        { numRuns: 50 },
      );
    }
  });
});

/** The video of a recording: its samples, and of each the first 64 bytes of every NAL unit. */
function videoOf(
  { truth }: StagingFixture,
  mediaFile: string,
): { readonly samples: readonly TruthSample[]; readonly accessUnits: AccessUnit[]; readonly sets: ParameterSets } {
  const media = readFileSync(mediaFile);
  const samples = trackSamples(truth, 'video');
  const configuration = parseAvcDecoderConfiguration(fromHex(truth.config.video)).value;
  assert.ok(configuration !== undefined);
  const accessUnits = samples.map(({ offset, size }) => {
    const nalUnits: Uint8Array[] = [];
    for (let at = offset; at < offset + size;) {
      const length = media.readUInt32BE(at);
      nalUnits.push(media.subarray(at + 4, at + 4 + Math.min(length, 64)));
      at += 4 + length;
    }
    return nalUnits;
  });
  const { sequenceParameterSets, pictureParameterSets } = configuration;
  return { samples, accessUnits, sets: parameterSetsOf([...sequenceParameterSets, ...pictureParameterSets]) };
}
