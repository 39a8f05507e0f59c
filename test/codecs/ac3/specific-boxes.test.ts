import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseAc3Specific, writeAc3Specific, type Ac3Specific } from '../../../src/codecs/ac3/ac3-specific.ts';
import { parseEac3Specific, writeEac3Specific, type Eac3Specific } from '../../../src/codecs/ac3/eac3-specific.ts';
import { plainRecord } from '../arbitraries.ts';
import { fromBits, toHex, truncations } from '../hex.ts';

const bits = (count: number) => fc.integer({ min: 0, max: 2 ** count - 1 });

const ac3: fc.Arbitrary<Ac3Specific> = plainRecord({
  fscod: bits(2),
  bsid: bits(5),
  bsmod: bits(3),
  acmod: bits(3),
  lfeon: fc.boolean(),
  bitRateCode: bits(5),
  reserved: bits(5),
  trailing: fc.uint8Array({ maxLength: 4 }),
});

const eac3: fc.Arbitrary<Eac3Specific> = plainRecord({
  dataRate: bits(13),
  substreams: fc.array(
    fc
      .tuple(
        bits(2),
        bits(5),
        fc.boolean(),
        bits(3),
        bits(3),
        fc.boolean(),
        bits(4),
        bits(9),
        bits(1),
        bits(3),
        bits(1),
      )
      .map(([fscod, bsid, asvc, bsmod, acmod, lfeon, numDepSub, chanLoc, first, second, third]) => ({
        ...{ fscod, bsid, asvc, bsmod, acmod, lfeon, numDepSub },
        chanLoc: numDepSub > 0 ? chanLoc : undefined,
        reserved: [first, second, numDepSub > 0 ? 0 : third] as const,
      })),
    { minLength: 1, maxLength: 8 },
  ),
  trailing: fc.uint8Array({ maxLength: 4 }),
});

describe('the boxes that containers have for AC-3', () => {
  it('are read field by field', () => {
    // fscod 1, bsid 8, bsmod 0, acmod 7, lfeon, bit_rate_code 15, reserved
    assert.deepEqual(parseAc3Specific(fromBits('01 01000 000 111 1 01111 00000')).value, {
      ...{ fscod: 1, bsid: 8, bsmod: 0, acmod: 7, lfeon: true, bitRateCode: 15, reserved: 0 },
      trailing: new Uint8Array(0),
    });
    const bytes = fromBits(
      [
        '0001100000000 001', // data_rate 768, num_ind_sub 1: two of them
        '00 10000 0 0 010 111 1 000 0001 000000010', // fscod, bsid 16, …, num_dep_sub 1, chan_loc 2
        '10 10000 0 1 000 010 0 000 0000 0', // fscod 2, …, none that depends on it
        '00000001 00010000', // object audio: type A, complexity 16
      ].join(''),
    );
    assert.deepEqual(parseEac3Specific(bytes).value, {
      dataRate: 768,
      substreams: [
        {
          ...{ fscod: 0, bsid: 16, asvc: false, bsmod: 2, acmod: 7, lfeon: true, numDepSub: 1, chanLoc: 2 },
          reserved: [0, 0, 0],
        },
        {
          ...{ fscod: 2, bsid: 16, asvc: true, bsmod: 0, acmod: 2, lfeon: false, numDepSub: 0, chanLoc: undefined },
          reserved: [0, 0, 0],
        },
      ],
      trailing: Uint8Array.of(1, 16),
    });
    assert.equal(toHex(writeEac3Specific(parseEac3Specific(bytes).value!)), toHex(bytes));
  });

  it('come back from their bytes as they were', () => {
    fc.assert(fc.property(ac3, (value) => assert.deepEqual(parseAc3Specific(writeAc3Specific(value)).value, value)));
    fc.assert(fc.property(eac3, (value) => assert.deepEqual(parseEac3Specific(writeEac3Specific(value)).value, value)));
  });

  it('are refused where they are cut short', () => {
    for (const cut of truncations(Uint8Array.of(0x10, 0x3d, 0xe0))) {
      assert.equal(parseAc3Specific(cut).value, undefined);
    }
    for (const cut of truncations(Uint8Array.of(6, 0, 0x20, 0x0f, 0))) {
      assert.equal(parseEac3Specific(cut).value, undefined);
    }
  });
});
