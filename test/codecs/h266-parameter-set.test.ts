import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseH266SequenceParameterSet } from '../../src/codecs/h266-parameter-set.ts';
import { fromBits } from './hex.ts';

/** nal_unit_header() of an SPS: forbidden_zero_bit, a reserved one, layer 0, type 15, first temporal layer. */
const header = '0 0 000000 01111 001';
const inBits = (value: number, length: number): string => value.toString(2).padStart(length, '0');
/** ue(v) of 9.2. */
const ue = (value: number): string => (value + 1).toString(2).padStart(2 * (value + 1).toString(2).length - 1, '0');
/** Identifiers, one sublayer, 4:2:0, blocks of 128, profile and level are there. */
const start = '0000 0000 000 01 10 1';
/** Main 10, main tier, level 3.1, no constraints, no profiles beside. */
const main10 = `0000001 0 ${inBits(51, 8)} 1 0 0 00000 00000000`;

const nalUnit = (...bits: readonly string[]): Uint8Array => fromBits(`${header} ${bits.join('')} 1`);

describe('the sequence parameter set of H.266', () => {
  it('says size, depth, profile and level', () => {
    const sps = parseH266SequenceParameterSet(nalUnit(start, main10, '0 0', ue(1280), ue(720), '0 0', ue(2)));
    assert.deepEqual(sps, {
      generalProfileIdc: 1,
      generalLevelIdc: 51,
      chromaFormatIdc: 1,
      picWidthMaxInLumaSamples: 1280,
      picHeightMaxInLumaSamples: 720,
      width: 1280,
      height: 720,
      bitDepth: 10,
    });
  });

  it('is cut to its conformance window, and read behind constraints, sublayers and pictures that change size', () => {
    // Three sublayers, 4:2:2; 71 bits of constraints and 3 more, one level of a sublayer, one profile beside.
    const level = `0100001 1 ${inBits(83, 8)} 1 0 1 ${'0'.repeat(71)} ${inBits(3, 8)} 101`;
    // 7 + 1 + 8 + 2 + 1 + 71 + 8 + 3 bits behind 16: three to the next byte.
    const sublayers = '000 10 000000 00110000 00000001 '.concat('1'.repeat(32));
    const window = `1 ${ue(1)} ${ue(2)} ${ue(3)} ${ue(5)}`;
    const sps = parseH266SequenceParameterSet(
      nalUnit('0000 0000 010 10 10 1', level, sublayers, '0 1 1', ue(1936), ue(1096), window, '1'),
    );
    assert.deepEqual([sps?.generalProfileIdc, sps?.generalLevelIdc, sps?.chromaFormatIdc], [33, 83, 2]);
    // SubWidthC 2 and SubHeightC 1 of 4:2:2.
    assert.deepEqual([sps?.width, sps?.height, sps?.bitDepth], [1936 - 2 * 3, 1096 - 8, undefined]);
  });

  it('is none where it is cut off, another NAL unit, or without a profile', () => {
    const whole = nalUnit(start, main10, '0 0', ue(1280), ue(720), '0 0', ue(2));
    for (let length = 0; length < whole.length - 1; length++) {
      assert.equal(parseH266SequenceParameterSet(whole.subarray(0, length)), undefined, `${length} bytes`);
    }
    assert.equal(
      parseH266SequenceParameterSet(Uint8Array.from(whole, (byte, at) => (at === 1 ? 0x81 : byte))),
      undefined,
    );
    assert.equal(parseH266SequenceParameterSet(nalUnit('0000 0000 000 01 10 0', ue(1280), ue(720), '0 0')), undefined);
  });

  it('is read from any bytes without harm', () => {
    const check = (bytes: Uint8Array): void => {
      const sps = parseH266SequenceParameterSet(Uint8Array.of(0, 0x79, ...bytes));
      assert.ok(sps === undefined || (sps.width > 0 && sps.height > 0));
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), check), { seed: 1 });
  });
});
