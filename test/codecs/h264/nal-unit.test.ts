import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nalRefIdc, NalUnitType, nalUnitType, payloadReader } from '../../../src/codecs/h264/nal-unit.ts';
import { removeEmulationPrevention } from '../../../src/codecs/nal-payload.ts';
import { fromHex, toHex } from '../hex.ts';

/**
 * Emulation prevention as 7.4.1 words it: no 00 00 00 to 00 00 03 inside, and no 00 00 (cabac_zero_words) at the end.
 */
function withEmulationPrevention(payload: Uint8Array): Uint8Array {
  const bytes: number[] = [];
  for (const byte of payload) {
    if (bytes.at(-1) === 0 && bytes.at(-2) === 0 && byte <= 3) bytes.push(3);
    bytes.push(byte);
  }
  if (bytes.at(-1) === 0 && bytes.at(-2) === 0) bytes.push(3);
  return Uint8Array.from(bytes);
}

describe('a NAL unit of H.264', () => {
  it('says its type and whether other pictures refer to it in its first byte', () => {
    assert.equal(nalUnitType(fromHex('67')), NalUnitType.sequenceParameterSet);
    assert.equal(nalUnitType(fromHex('65')), NalUnitType.idrSlice);
    assert.equal(nalUnitType(fromHex('41')), NalUnitType.nonIdrSlice);
    assert.equal(nalUnitType(fromHex('06')), NalUnitType.supplementalEnhancementInformation);
    assert.equal(nalRefIdc(fromHex('65')), 3);
    assert.equal(nalRefIdc(fromHex('41')), 2);
    assert.equal(nalRefIdc(fromHex('01')), 0);
  });

  it('has no type where it has no byte', () => {
    assert.equal(nalUnitType(new Uint8Array(0)), -1);
    assert.equal(nalRefIdc(new Uint8Array(0)), 0);
  });

  const cases: readonly (readonly [escaped: string, payload: string, what: string])[] = [
    ['000003', '0000', 'at the very end'],
    ['00000301', '000001', 'before 1'],
    ['000003000003', '00000000', 'twice in a run of zeros'],
    ['0000030003', '00000003', 'before a 3 that is not one after all'],
    ['00000304', '000004', 'although it was not needed'],
    ['000300030303', '000300030303', 'only after two zeros'],
    ['00000300000300', '0000000000', 'three bytes apart'],
  ];
  for (const [escaped, payload, what] of cases) {
    it(`loses its emulation prevention byte ${what}`, () => {
      assert.equal(toHex(removeEmulationPrevention(fromHex(escaped))), payload);
    });
  }

  it('is given back as it is, not copied, where nothing was escaped', () => {
    const bytes = fromHex('67640000ac0003');
    assert.equal(removeEmulationPrevention(bytes), bytes);
  });

  it('loses exactly what an encoder put in, whatever the payload', () => {
    const payloads = fc
      .array(fc.oneof(fc.integer({ min: 0, max: 4 }), fc.nat(255)))
      .map((list) => Uint8Array.from(list));
    fc.assert(
      fc.property(payloads, (payload) => {
        assert.deepEqual(removeEmulationPrevention(withEmulationPrevention(payload)), payload);
      }),
    );
  });

  it('is not changed when its payload is read', () => {
    // A Buffer too, whose slices share its memory.
    for (const bytes of [fromHex('670000030480'), Buffer.from('670000030480', 'hex')]) {
      assert.equal(payloadReader(bytes).bits(24), 4);
      assert.equal(toHex(bytes), '670000030480');
    }
  });

  it('has a payload that ends before the stop bit, and before the zeros behind it', () => {
    assert.equal(payloadReader(fromHex('67ff80')).remaining, 8);
    assert.equal(payloadReader(fromHex('67ffc0')).remaining, 9);
    assert.equal(payloadReader(fromHex('67ff01')).remaining, 15);
    assert.equal(payloadReader(fromHex('67ff80000003')).remaining, 8);
    assert.equal(payloadReader(fromHex('670000')).remaining, 0);
    assert.equal(payloadReader(fromHex('67')).remaining, 0);
    assert.equal(payloadReader(new Uint8Array(0)).remaining, 0);
  });

  it('names faults by the byte of the NAL unit', () => {
    const reader = payloadReader(fromHex('67ff80'));
    reader.skip(8);
    reader.flag();
    assert.equal(reader.fault?.offset, 2);
  });
});
