import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ByteReader } from '../../src/bytes/byte-reader.ts';

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe('ByteReader', () => {
  test('reads each kind of field in the byte order of the network', () => {
    const reader = new ByteReader(
      bytesOf(
        'fe  fffe  fffe  fffefd  fffefdfc  fffefdfc  001fffffffffffff  ffe0000000000001  3ff8000000000000  6d6f6f76',
      ),
    );
    assert.equal(reader.u8(), 254);
    assert.equal(reader.u16(), 65534);
    assert.equal(reader.i16(), -2);
    assert.equal(reader.u24(), 16776957);
    assert.equal(reader.u32(), 4294901244);
    assert.equal(reader.i32(), -66052);
    assert.equal(reader.u64(), 9007199254740991);
    assert.equal(reader.i64(), -9007199254740991);
    assert.equal(reader.f64(), 1.5);
    assert.equal(reader.latin1(4), 'moov');
    assert.equal(reader.remaining, 0);
    assert.equal(reader.fault, undefined);
  });

  test('reads each kind of field in little-endian order, as the track files have them', () => {
    const reader = new ByteReader(
      bytesOf('feff  feff  fdfeff  fcfdfeff  fcfdfeff  ffffffffffff1f00  010000000000e0ff  000000000000f83f'),
      { littleEndian: true },
    );
    assert.equal(reader.u16(), 65534);
    assert.equal(reader.i16(), -2);
    assert.equal(reader.u24(), 16776957);
    assert.equal(reader.u32(), 4294901244);
    assert.equal(reader.i32(), -66052);
    assert.equal(reader.u64(), 9007199254740991);
    assert.equal(reader.i64(), -9007199254740991);
    assert.equal(reader.f64(), 1.5);
    assert.equal(reader.fault, undefined);
  });

  test('keeps the first fault and gives zeros from then on, even where a smaller field would still fit', () => {
    const reader = new ByteReader(bytesOf('01 02 03 04 05'));
    assert.equal(reader.u32(), 0x01020304);
    assert.equal(reader.u16(), 0);
    assert.deepEqual(reader.fault, { offset: 4, message: 'expected 2 more bytes, found 1' });
    assert.equal(reader.u8(), 0);
    assert.equal(reader.i16(), 0);
    assert.equal(reader.u24(), 0);
    assert.equal(reader.i32(), 0);
    assert.equal(reader.u64(), 0);
    assert.equal(reader.i64(), 0);
    assert.equal(reader.f64(), 0);
    assert.equal(reader.bytes(1).length, 0);
    assert.equal(reader.latin1(1), '');
    reader.skip(1);
    reader.fail('something else');
    assert.deepEqual(reader.fault, { offset: 4, message: 'expected 2 more bytes, found 1' });
    assert.equal(reader.position, 4, 'what could not be read is not stepped over');
  });

  test('counts one missing byte as one byte', () => {
    const reader = new ByteReader(new Uint8Array(0));
    reader.u8();
    assert.equal(reader.fault?.message, 'expected 1 more byte, found 0');
  });

  test('names faults by the offset in the file that the bytes came from', () => {
    const reader = new ByteReader(bytesOf('00 00 00 01'), { base: 5_000_000_000 });
    assert.equal(reader.offset, 5_000_000_000);
    reader.u16();
    assert.equal(reader.offset, 5_000_000_002);
    reader.u32();
    assert.equal(reader.fault?.offset, 5_000_000_002);
  });

  test("takes a caller's own fault as the first one and keeps the place it was given", () => {
    const reader = new ByteReader(bytesOf('00 00 00 01'), { base: 100 });
    reader.u16();
    reader.fail('expected a timescale, found 0', 100);
    assert.deepEqual(reader.fault, { offset: 100, message: 'expected a timescale, found 0' });
    assert.equal(reader.u16(), 0, 'zeros after a fault of any kind');
  });

  test('refuses 64-bit numbers from 2^53 on at the place where they stand', () => {
    for (const hex of ['0020000000000000', 'ffffffffffffffff', '8000000000000000']) {
      const reader = new ByteReader(bytesOf(`00 ${hex}`), { base: 10 });
      reader.u8();
      assert.equal(reader.u64(), 0);
      assert.equal(reader.fault?.offset, 11);
      assert.match(reader.fault?.message ?? '', /2\^53/);
    }
    for (const hex of ['0020000000000000', 'ffe0000000000000', '8000000000000000', '7fffffffffffffff']) {
      const reader = new ByteReader(bytesOf(hex));
      assert.equal(reader.i64(), 0);
      assert.equal(reader.fault?.offset, 0);
    }
  });

  test('gives views, not copies, and reads inside a view of a larger buffer', () => {
    const buffer = bytesOf('ff 01 02 03 ff');
    const reader = new ByteReader(buffer.subarray(1, 4));
    const view = reader.bytes(2);
    assert.equal(reader.u8(), 3);
    buffer[1] = 9;
    assert.deepEqual([...view], [9, 2]);
    assert.equal(reader.remaining, 0);
  });

  test('believes no length that the bytes do not back', () => {
    const reader = new ByteReader(new Uint8Array(16));
    assert.equal(reader.bytes(0xffffffff).length, 0);
    assert.deepEqual(reader.fault, { offset: 0, message: 'expected 4294967295 more bytes, found 16' });
  });

  test('reads text of a mebibyte as easily as four characters', () => {
    const text = new ByteReader(new Uint8Array(1024 * 1024).fill(0xe9)).latin1(1024 * 1024);
    assert.equal(text.length, 1024 * 1024);
    assert.equal(text.at(-1), 'é');
  });

  test('never reads beyond its bytes and never throws, whatever it is asked for in whatever order', () => {
    const kinds = ['u8', 'u16', 'i16', 'u24', 'u32', 'i32', 'u64', 'i64', 'f64'] as const;
    const widths = { u8: 1, u16: 2, i16: 2, u24: 3, u32: 4, i32: 4, u64: 8, i64: 8, f64: 8 };
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        fc.array(fc.constantFrom(...kinds), { maxLength: 32 }),
        fc.boolean(),
        (bytes, fields, littleEndian) => {
          const reader = new ByteReader(bytes, { littleEndian, base: 7 });
          for (const field of fields) {
            const { position, fault } = reader;
            const value = reader[field]();
            assert.ok(reader.position <= bytes.length);
            assert.equal(reader.position + reader.remaining, bytes.length);
            if (fault !== undefined) assert.deepEqual([value, reader.fault, reader.position], [0, fault, position]);
            else if (position + widths[field] > bytes.length) assert.equal(reader.fault?.offset, 7 + position);
            else assert.equal(reader.position, position + widths[field]);
          }
        },
      ),
    );
  });
});
