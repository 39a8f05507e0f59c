import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ByteReader } from '../../src/bytes/byte-reader.ts';
import { ByteCounter, ByteWriter, type ByteSink } from '../../src/bytes/byte-sink.ts';

function written(write: (sink: ByteSink) => void, capacity?: number): string {
  const writer = new ByteWriter(capacity);
  write(writer);
  return Buffer.from(writer.toBytes()).toString('hex');
}

/** A field to write: how, what a reader of the same kind must read back, and its width. */
interface Field {
  readonly width: number;
  write(sink: ByteSink): void;
  check(reader: ByteReader): void;
}

type NumberKind = 'u8' | 'u16' | 'i16' | 'u24' | 'u32' | 'i32' | 'u64' | 'i64' | 'f64';

function numberField(kind: NumberKind, width: number): (value: number) => Field {
  return (value) => ({
    width,
    write: (sink) => sink[kind](value),
    check: (reader) => assert.ok(Object.is(reader[kind](), value), `${kind} of ${value}`),
  });
}

const field: fc.Arbitrary<Field> = fc.oneof(
  fc.nat(0xff).map(numberField('u8', 1)),
  fc.nat(0xffff).map(numberField('u16', 2)),
  fc.integer({ min: -0x8000, max: 0x7fff }).map(numberField('i16', 2)),
  fc.nat(0xffffff).map(numberField('u24', 3)),
  fc.nat(0xffffffff).map(numberField('u32', 4)),
  fc.integer({ min: -0x80000000, max: 0x7fffffff }).map(numberField('i32', 4)),
  fc.maxSafeNat().map(numberField('u64', 8)),
  fc.maxSafeInteger().map(numberField('i64', 8)),
  fc.double({ noNaN: true }).map(numberField('f64', 8)),
  fc.uint8Array({ maxLength: 300 }).map((bytes): Field => ({
    width: bytes.length,
    write: (sink) => sink.bytes(bytes),
    check: (reader) => assert.deepEqual(reader.bytes(bytes.length), bytes),
  })),
  fc.nat(40).map((length): Field => ({
    width: length,
    write: (sink) => sink.zeros(length),
    check: (reader) => assert.ok(reader.bytes(length).every((byte) => byte === 0)),
  })),
  fc.string({ unit: 'binary-ascii', maxLength: 20 }).map((text): Field => ({
    width: text.length,
    write: (sink) => sink.latin1(text),
    check: (reader) => assert.equal(reader.latin1(text.length), text),
  })),
);

describe('ByteSink', () => {
  test('writes each kind of field big-endian', () => {
    assert.equal(
      written((sink) => sink.u8(0xab)),
      'ab',
    );
    assert.equal(
      written((sink) => sink.u16(0x0102)),
      '0102',
    );
    assert.equal(
      written((sink) => sink.i16(-2)),
      'fffe',
    );
    assert.equal(
      written((sink) => sink.u24(0xfefdfc)),
      'fefdfc',
    );
    assert.equal(
      written((sink) => sink.u32(0xfefdfcfb)),
      'fefdfcfb',
    );
    assert.equal(
      written((sink) => sink.i32(-40)),
      'ffffffd8',
    );
    assert.equal(
      written((sink) => sink.u64(2 ** 53 - 1)),
      '001fffffffffffff',
    );
    assert.equal(
      written((sink) => sink.u64(2 ** 32)),
      '0000000100000000',
    );
    assert.equal(
      written((sink) => sink.i64(-1)),
      'ffffffffffffffff',
    );
    assert.equal(
      written((sink) => sink.i64(-(2 ** 53) + 1)),
      'ffe0000000000001',
    );
    assert.equal(
      written((sink) => sink.f64(1.5)),
      '3ff8000000000000',
    );
    assert.equal(
      written((sink) => sink.latin1('moov')),
      '6d6f6f76',
    );
    assert.equal(
      written((sink) => sink.zeros(3)),
      '000000',
    );
  });

  test('ByteWriter gives back what was written, ByteCounter counts it, and both agree', () => {
    fc.assert(
      fc.property(fc.array(field, { maxLength: 60 }), fc.nat(32), (fields, capacity) => {
        const writer = new ByteWriter(capacity);
        const counter = new ByteCounter();
        for (const each of fields) {
          each.write(writer);
          each.write(counter);
        }
        const bytes = writer.toBytes();
        const length = fields.reduce((sum, { width }) => sum + width, 0);
        assert.deepEqual([writer.position, counter.position, bytes.length], [length, length, length]);
        const reader = new ByteReader(bytes);
        for (const each of fields) each.check(reader);
        assert.equal(reader.fault, undefined);
        assert.equal(reader.remaining, 0);
      }),
    );
  });

  test('a writer that began with no room at all grows to a mebibyte', () => {
    const writer = new ByteWriter(0);
    for (let i = 0; i < 262_144; i++) writer.u32(i);
    const bytes = writer.toBytes();
    assert.equal(bytes.length, 1024 * 1024);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const i of [0, 1, 63, 64, 1000, 262_143]) assert.equal(view.getUint32(4 * i), i);
  });
});
