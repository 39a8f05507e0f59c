import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BitReader } from '../../src/bytes/bit-reader.ts';
import { fromBits, fromHex } from '../codecs/hex.ts';

/** Table 9-2 of ITU-T H.264: the first codes, and the longest there is. */
const EXP_GOLOMB: readonly (readonly [bits: string, value: number])[] = [
  ['1', 0],
  ['010', 1],
  ['011', 2],
  ['00100', 3],
  ['00101', 4],
  ['00110', 5],
  ['00111', 6],
  ['0001000', 7],
  ['0001001', 8],
  ['0001010', 9],
  [`${'0'.repeat(31)}1${'0'.repeat(31)}`, 2 ** 31 - 1],
  [`${'0'.repeat(31)}1${'1'.repeat(31)}`, 2 ** 32 - 2],
];

/** Table 9-3: the signed value of each code number. */
const SIGNED: readonly (readonly [codeNumber: number, value: number])[] = [
  [0, 0],
  [1, 1],
  [2, -1],
  [3, 2],
  [4, -2],
  [5, 3],
  [6, -3],
];

/** Exp-Golomb by its definition (9.1): as many zeros as the binary form of value + 1 has digits but one. */
function expGolomb(value: number): string {
  const binary = (value + 1).toString(2);
  return '0'.repeat(binary.length - 1) + binary;
}

describe('BitReader', () => {
  it('reads fields across byte boundaries, most significant bit first', () => {
    const reader = new BitReader(fromBits('1 0110 000111 0 11110000 10100101'));
    assert.equal(reader.flag(), true);
    assert.equal(reader.bits(4), 0b0110);
    assert.equal(reader.bits(6), 0b000111);
    assert.equal(reader.flag(), false);
    assert.equal(reader.bits(0), 0);
    assert.equal(reader.bits(16), 0xf0a5);
    assert.equal(reader.position, 28);
    assert.equal(reader.remaining, 4);
    assert.equal(reader.fault, undefined);
  });

  it('reads 32 bits as a number that is never negative', () => {
    assert.equal(new BitReader(fromHex('ffffffff')).bits(32), 0xffffffff);
    const reader = new BitReader(fromHex('7ffffffff8'));
    reader.skip(1);
    assert.equal(reader.bits(32), 0xffffffff);
  });

  it('reads any division of bits into fields as the bits themselves', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 32 }), fc.nat(0xffffffff))), (fields) => {
        const texts = fields.map(([length, seed]) =>
          seed
            .toString(2)
            .padStart(32, '0')
            .slice(32 - length),
        );
        const reader = new BitReader(fromBits(texts.join('')));
        for (const text of texts) assert.equal(reader.bits(text.length), text === '' ? 0 : Number.parseInt(text, 2));
        assert.equal(reader.fault, undefined);
      }),
    );
  });

  it('refuses to read more than 32 bits at once, which is a mistake of the caller', () => {
    assert.throws(() => new BitReader(new Uint8Array(8)).bits(33), RangeError);
  });

  it('reads unsigned Exp-Golomb codes as the standard tabulates them', () => {
    for (const [bits, value] of EXP_GOLOMB) {
      const reader = new BitReader(fromBits(bits));
      assert.equal(reader.ue(), value, bits);
      assert.equal(reader.position, bits.length);
    }
  });

  it('reads every unsigned Exp-Golomb code as the number it was made from', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2 ** 32 - 2)), (values) => {
        const reader = new BitReader(fromBits(values.map(expGolomb).join('')));
        assert.deepEqual(
          values.map(() => reader.ue()),
          values,
        );
      }),
    );
  });

  it('reads signed Exp-Golomb codes as the standard tabulates them, without a negative zero', () => {
    for (const [codeNumber, value] of SIGNED) {
      assert.ok(Object.is(new BitReader(fromBits(expGolomb(codeNumber))).se(), value), `code number ${codeNumber}`);
    }
    assert.equal(new BitReader(fromBits(expGolomb(2 ** 32 - 2))).se(), -(2 ** 31 - 1));
  });

  it('finds a fault in a code of 32 zero bits, at the byte where it began', () => {
    const reader = new BitReader(fromHex('ff0000000000ff'), { base: 100 });
    reader.skip(8);
    assert.equal(reader.ue(), 0);
    assert.deepEqual(reader.fault, { offset: 101, message: 'expected an Exp-Golomb code, found 32 zero bits' });
  });

  it('keeps its first fault and gives zeros from then on', () => {
    const reader = new BitReader(fromHex('ffff'), { base: 10 });
    assert.equal(reader.bits(12), 0xfff);
    assert.equal(reader.bits(5), 0);
    const fault = { offset: 11, message: 'expected 5 more bits, found 4' };
    assert.deepEqual(reader.fault, fault);
    assert.equal(reader.bits(1), 0);
    assert.equal(reader.flag(), false);
    assert.equal(reader.ue(), 0);
    assert.equal(reader.se(), 0);
    assert.equal(reader.peek(1), 0);
    reader.skip(1);
    reader.byteAlign();
    reader.fail('another fault');
    assert.deepEqual(reader.rest(), { bytes: new Uint8Array(0), bitLength: 0 });
    assert.equal(reader.position, 12);
    assert.deepEqual(reader.fault, fault);
  });

  it('takes a code that breaks off for a fault, not for a number', () => {
    const reader = new BitReader(fromBits('00000001'));
    assert.equal(reader.ue(), 0);
    assert.deepEqual(reader.fault, { offset: 1, message: 'expected 7 more bits, found 0' });
  });

  it('keeps a fault found by the caller, at the offset it names', () => {
    const reader = new BitReader(fromHex('00'), { base: 7 });
    reader.fail('expected something else', 3);
    assert.deepEqual(reader.fault, { offset: 3, message: 'expected something else' });
    assert.equal(reader.bits(8), 0);
  });

  it('ends where it is told to, within a byte too, and never beyond the bytes', () => {
    const reader = new BitReader(fromHex('ff'), { bitLength: 3 });
    assert.equal(reader.remaining, 3);
    assert.equal(reader.bits(3), 7);
    assert.equal(reader.bits(1), 0);
    assert.equal(reader.fault?.message, 'expected 1 more bit, found 0');
    assert.equal(new BitReader(fromHex('ff'), { bitLength: 100 }).remaining, 8);
  });

  it('peeks without moving on', () => {
    const reader = new BitReader(fromHex('a5'));
    assert.equal(reader.peek(4), 0xa);
    assert.equal(reader.bits(8), 0xa5);
  });

  it('moves on to a byte boundary, and stays on one', () => {
    const reader = new BitReader(fromHex('80ff'));
    reader.byteAlign();
    assert.equal(reader.position, 0);
    reader.skip(1);
    reader.byteAlign();
    assert.equal(reader.position, 8);
    assert.equal(reader.offset, 1);
    assert.equal(reader.bits(8), 0xff);
  });

  it('gives the rest of the bits left-aligned', () => {
    const reader = new BitReader(fromBits('101 11110000 11001'), { bitLength: 16 });
    reader.skip(3);
    assert.deepEqual(reader.rest(), { bytes: fromBits('11110000 11001000'), bitLength: 13 });
    assert.equal(reader.remaining, 0);
  });
});
