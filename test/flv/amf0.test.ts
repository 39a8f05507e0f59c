import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteReader } from '../../src/bytes/byte-reader.ts';
import { ByteWriter } from '../../src/bytes/byte-sink.ts';
import { readAmf0Value, writeAmf0Value, type Amf0Property, type Amf0Value } from '../../src/flv/amf0.ts';
import { fromHex, toHex, truncations } from '../codecs/hex.ts';
import { mutants } from '../support/damage.ts';

function written(value: Amf0Value): Uint8Array {
  const writer = new ByteWriter();
  writeAmf0Value(writer, value);
  return writer.toBytes().slice();
}

const rows: readonly (readonly [what: string, hex: string, value: Amf0Value])[] = [
  ['a number', '00 402907ae147ae148', { kind: 'number', value: 12.515 }],
  ['a boolean', '01 01', { kind: 'boolean', value: true }],
  ['a string', '02 0004 61766331', { kind: 'string', text: 'avc1' }],
  ['an empty object', '03 000009', { kind: 'object', properties: [], ended: true }],
  ['null', '05', { kind: 'null' }],
  ['undefined', '06', { kind: 'undefined' }],
  ['a reference', '07 0102', { kind: 'reference', index: 258 }],
  [
    'an ECMA array whose count is a lie',
    '08 00000007 0001 61 05 000009',
    { kind: 'ecmaArray', count: 7, ended: true, properties: [{ name: 'a', value: { kind: 'null' } }] },
  ],
  [
    'an object whose end was forgotten',
    '03 0001 61 05',
    { kind: 'object', ended: false, properties: [{ name: 'a', value: { kind: 'null' } }] },
  ],
  [
    'a strict array of different values',
    '0a 00000002 05 06',
    { kind: 'strictArray', values: [{ kind: 'null' }, { kind: 'undefined' }] },
  ],
  [
    'a strict array of numbers',
    '0a 00000002 00 3ff0000000000000 00 4000000000000000',
    { kind: 'numbers', values: Float64Array.of(1, 2) },
  ],
  ['a strict array of nothing', '0a 00000000', { kind: 'strictArray', values: [] }],
  // The date of a real recording, 2026-11-21 08:31:30 UTC.
  [
    'a date',
    '0b 427a1fd3b62d0000 0000',
    { kind: 'date', milliseconds: Date.UTC(2026, 10, 21, 8, 31, 30), timeZone: 0 },
  ],
  ['a long string', '0c 00000002 6869', { kind: 'longString', text: 'hi' }],
  ['unsupported', '0d', { kind: 'unsupported' }],
  ['an XML document', '0f 00000004 3c612f3e', { kind: 'xmlDocument', text: '<a/>' }],
  [
    'a typed object',
    '10 0001 43 0001 78 0100 000009',
    {
      kind: 'typedObject',
      className: 'C',
      ended: true,
      properties: [{ name: 'x', value: { kind: 'boolean', value: false } }],
    },
  ],
];

const text = fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)), maxLength: 12 });
const { value: anyValue } = fc.letrec<{ value: Amf0Value; properties: Amf0Property[] }>((tie) => ({
  properties: fc.array(
    fc.record({ name: text.filter((name) => name !== ''), value: tie('value') }, { noNullPrototype: true }),
    { maxLength: 4 },
  ),
  value: fc.oneof(
    { depthSize: 'small' },
    fc.record({ kind: fc.constant('number' as const), value: fc.double({ noNaN: true }) }, { noNullPrototype: true }),
    fc.record({ kind: fc.constant('boolean' as const), value: fc.boolean() }, { noNullPrototype: true }),
    fc.record({ kind: fc.constantFrom('string' as const, 'longString' as const), text }, { noNullPrototype: true }),
    fc.record(
      { kind: fc.constant('object' as const), properties: tie('properties'), ended: fc.constant(true) },
      { noNullPrototype: true },
    ),
    fc.record(
      {
        kind: fc.constant('ecmaArray' as const),
        count: fc.nat(),
        properties: tie('properties'),
        ended: fc.constant(true),
      },
      { noNullPrototype: true },
    ),
  ),
}));

describe('AMF0', () => {
  for (const [what, hex, value] of rows) {
    it(`reads and writes ${what}`, () => {
      const bytes = fromHex(hex);
      const reader = new ByteReader(bytes);
      assert.deepEqual(readAmf0Value(reader), value);
      assert.deepEqual([reader.fault, reader.remaining], [undefined, 0]);
      assert.equal(toHex(written(value)), toHex(bytes));
    });
  }

  it('gives back whatever was written', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const reader = new ByteReader(written(value));
        assert.deepEqual(readAmf0Value(reader), value);
        assert.equal(reader.fault, undefined);
      }),
    );
  });

  it('says where values break off, and never believes a count', () => {
    const reader = new ByteReader(fromHex('0a ffffffff 05'));
    assert.deepEqual(readAmf0Value(reader), { kind: 'strictArray', values: [] });
    assert.match(reader.fault?.message ?? '', /expected 4294967295 values/);
    for (const [what, hex, value] of rows) {
      for (const bytes of truncations(fromHex(hex))) {
        const cut = new ByteReader(bytes);
        const read = readAmf0Value(cut);
        const isSound = cut.fault === undefined;
        // Only an object may end without its end.
        assert.ok(!isSound || 'ended' in read, what);
        assert.ok(!isSound || 'ended' in value, what);
      }
    }
  });

  it('bears values nested without end, and strange bytes', () => {
    const nested = new ByteReader(fromHex(`${'0a00000001'.repeat(5000)}05`));
    readAmf0Value(nested);
    assert.match(nested.fault?.message ?? '', /nested/);
    const whole = written({
      kind: 'ecmaArray',
      count: rows.length,
      properties: rows.map(([name, , value]) => ({ name, value })),
      ended: true,
    });
    for (const { bytes } of mutants(whole, { seed: 5, count: 500 })) readAmf0Value(new ByteReader(bytes));
  });
});
