import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Amf0Value } from '../../src/flv/amf0.ts';
import { editMetadata, encodeAmf0Value, newMetadata, parseMetadata, propertyOf } from '../../src/flv/metadata.ts';
import { fromHex, toHex, truncations } from '../codecs/hex.ts';
import { allFlv } from './recordings.ts';

const number = (value: number): Amf0Value => ({ kind: 'number', value });

/** The data of the script tag that every recording begins with. */
function scriptData(bytes: Uint8Array): Uint8Array {
  const size = (bytes[14]! << 16) | (bytes[15]! << 8) | bytes[16]!;
  return new Uint8Array(bytes.subarray(24, 24 + size));
}

describe('onMetaData', () => {
  it('is read with the place of every value', () => {
    for (const [name, bytes] of allFlv()) {
      const data = scriptData(bytes);
      const { value, fault } = parseMetadata(data);
      assert.equal(fault, undefined, name);
      assert.ok(value !== undefined && value.properties.length >= 8 && value.ended);
      for (const property of value.properties) {
        const place = data.subarray(property.start, property.end);
        assert.equal(toHex(encodeAmf0Value(property.value)), toHex(place), `${name} ${property.name}`);
      }
    }
    // Where the note on the recorder's format has it, counted from the start of the file.
    const go = parseMetadata(scriptData(allFlv().find(([name]) => name === 'h264_aac')![1])).value!;
    assert.equal(propertyOf(go, 'duration')!.start + 24 + 1, 128);
    assert.equal(propertyOf(go, 'stereo')!.start + 24 + 1, 181);
  });

  it('stays as it is where nothing is set, and changes only there where something is', () => {
    for (const [name, bytes] of allFlv()) {
      const data = scriptData(bytes);
      const metadata = parseMetadata(data).value!;
      assert.equal(toHex(editMetadata(data, metadata, new Map())), toHex(data), name);
      const { start, end } = propertyOf(metadata, 'duration')!;
      const edited = editMetadata(data, metadata, new Map([['duration', number(4.5)]]));
      assert.equal(toHex(edited.subarray(0, start)), toHex(data.subarray(0, start)));
      assert.equal(toHex(edited.subarray(end)), toHex(data.subarray(end)));
      assert.deepEqual(propertyOf(parseMetadata(edited).value!, 'duration')!.value, number(4.5));
    }
  });

  it('gets what was not there behind what was, and the array a right count', () => {
    const data = newMetadata(new Map([['a', number(1)]]));
    const edited = editMetadata(
      data,
      parseMetadata(data).value!,
      new Map([['b', { kind: 'string', text: 'x' } as const]]),
    );
    assert.equal(
      toHex(edited),
      `02000a${toHex(Buffer.from('onMetaData'))}0800000002000161003ff000000000000000016202000178000009`,
    );
  });

  it("loses a publisher's prefix and gains a forgotten end", () => {
    const prefix = encodeAmf0Value({ kind: 'string', text: '@setDataFrame' });
    const plain = newMetadata(new Map([['duration', number(0)]]));
    const forgotten = Buffer.concat([prefix, plain.subarray(0, plain.length - 3)]);
    const metadata = parseMetadata(forgotten).value!;
    assert.deepEqual([metadata.prefixLength, metadata.ended], [16, false]);
    assert.equal(toHex(editMetadata(forgotten, metadata, new Map())), toHex(plain));
  });

  it('keeps what can be read of it where it breaks off', () => {
    const data = newMetadata(
      new Map([
        ['a', number(1)],
        ['b', number(2)],
      ]),
    );
    for (const cut of truncations(data)) {
      const { value, fault } = parseMetadata(cut);
      if (value === undefined) assert.ok(fault !== undefined);
      else {
        assert.ok(!value.ended);
        const again = parseMetadata(editMetadata(cut, value, new Map())).value!;
        assert.deepEqual([again.properties.length, again.ended], [value.properties.length, true]);
      }
    }
    assert.equal(parseMetadata(fromHex('02 0001 61 03 000009')).value, undefined);
  });

  it('has the values it was given, whatever they are', () => {
    const names = fc.string({ minLength: 1, maxLength: 8, unit: 'binary-ascii' });
    fc.assert(
      fc.property(fc.dictionary(names, fc.double({ noNaN: true }), { noNullPrototype: true }), (values) => {
        const data = newMetadata(new Map(Object.entries(values).map(([name, value]) => [name, number(value)])));
        const { value } = parseMetadata(data);
        assert.deepEqual(
          value!.properties.map(({ name }) => name),
          Object.keys(values),
        );
        for (const [name, each] of Object.entries(values)) {
          assert.deepEqual(propertyOf(value!, name)!.value, number(each));
        }
      }),
    );
  });
});
