import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteReader } from '../../src/bytes/byte-reader.ts';
import { ByteWriter } from '../../src/bytes/byte-sink.ts';
import { flvHeaderLength, readFlvHeader, writeFlvHeader, type FlvHeader } from '../../src/flv/header.ts';
import { plainRecord } from '../codecs/arbitraries.ts';
import { fromHex, toHex, truncations } from '../codecs/hex.ts';
import { allFlv } from './recordings.ts';

function written(header: FlvHeader): Uint8Array {
  const writer = new ByteWriter();
  writeFlvHeader(writer, header);
  return writer.toBytes().slice();
}

describe('the header of an FLV file', () => {
  it('says which tracks there are meant to be and where the body begins', () => {
    const rows = [
      ['464c56 01 05 00000009', true, true],
      ['464c56 01 04 00000009', true, false],
      ['464c56 01 01 00000009', false, true],
    ] as const;
    for (const [hex, hasAudio, hasVideo] of rows) {
      const reader = new ByteReader(fromHex(hex));
      const header = readFlvHeader(reader);
      assert.equal(reader.fault, undefined);
      assert.deepEqual(header, { version: 1, hasAudio, hasVideo, reservedFlags: 0, dataOffset: 9 });
      assert.equal(toHex(written(header)), hex.replaceAll(' ', ''));
    }
  });

  it('is written back as it stands in every recording', () => {
    for (const [name, bytes] of allFlv()) {
      const head = bytes.subarray(0, flvHeaderLength);
      assert.equal(toHex(written(readFlvHeader(new ByteReader(head)))), toHex(head), name);
    }
  });

  it('comes back from its bytes whatever is in it', () => {
    const headers = plainRecord<FlvHeader>({
      version: fc.nat(255),
      hasAudio: fc.boolean(),
      hasVideo: fc.boolean(),
      reservedFlags: fc.nat(255).map((flags) => flags & 0xfa),
      dataOffset: fc.integer({ min: 9, max: 0xffffffff }),
    });
    fc.assert(
      fc.property(headers, (header) => {
        assert.deepEqual(readFlvHeader(new ByteReader(written(header))), header);
      }),
    );
  });

  it('is a fault in a file of another kind, and where it is cut off or ends before its own end', () => {
    const whole = fromHex('464c56 01 05 00000009');
    const faulty = [fromHex('00000020 66747970 69'), fromHex('464c56 01 05 00000008'), ...truncations(whole)];
    for (const bytes of faulty) {
      const reader = new ByteReader(bytes);
      readFlvHeader(reader);
      assert.notEqual(reader.fault, undefined, toHex(bytes));
    }
  });
});
