import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BitReader, NO_BITS } from '../../src/bytes/bit-reader.ts';
import { BitWriter } from '../../src/bytes/bit-writer.ts';
import { fromBits, fromHex } from '../codecs/hex.ts';

describe('BitWriter', () => {
  it('writes fields across byte boundaries and fills the last byte up with zeros', () => {
    const writer = new BitWriter();
    writer.flag(true);
    writer.bits(0b0110, 4);
    writer.bits(0b000111, 6);
    writer.bits(123, 0);
    writer.flag(false);
    assert.equal(writer.position, 12);
    assert.deepEqual(writer.toBytes(), fromBits('1 0110 000111 0 0000'));
  });

  it('writes 32 bits, and of a greater number the low ones', () => {
    const writer = new BitWriter();
    writer.bits(0xfedcba98, 32);
    writer.bits(0x1ff, 8);
    assert.deepEqual(writer.toBytes(), fromHex('fedcba98ff'));
  });

  it('refuses to write more than 32 bits at once', () => {
    assert.throws(() => new BitWriter().bits(0, 33), RangeError);
  });

  it('gives nothing where nothing was written', () => {
    const writer = new BitWriter();
    writer.bitString(NO_BITS);
    assert.deepEqual(writer.toBytes(), new Uint8Array(0));
  });

  it('writes back what the reader read, field by field and as a string of bits', () => {
    const fields = fc.array(fc.integer({ min: 0, max: 32 }), { maxLength: 40 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fields, (bytes, lengths) => {
        const reader = new BitReader(bytes);
        const writer = new BitWriter();
        for (const length of lengths) if (length <= reader.remaining) writer.bits(reader.bits(length), length);
        writer.bitString(reader.rest());
        assert.deepEqual(writer.toBytes(), bytes);
      }),
    );
  });
});
