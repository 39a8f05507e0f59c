import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteWriter } from '../../src/bytes/byte-sink.ts';
import { readMediaFileHeader, writeMediaFileHeader } from '../../src/staging/media-file.ts';
import { forgetfulSource } from '../support/forgetful-source.ts';

function written(boxSize: number): Uint8Array {
  const writer = new ByteWriter();
  writeMediaFileHeader(boxSize, writer);
  return writer.toBytes();
}

function read(bytes: Uint8Array): ReturnType<typeof readMediaFileHeader> {
  return readMediaFileHeader(forgetfulSource(bytes));
}

/** ftyp: 32 bytes, as older servers write before the mdat box. */
const fileType = Buffer.from('000000206674797069736f6d0000020069736f6d69736f32617663316d703431', 'hex');

describe('the header of .mdat', () => {
  it('is a box of type mdat with its size in 64 bits', () => {
    // 1 (the size is 64 bits wide) · mdat · 4 GiB and 16 bytes
    assert.equal(Buffer.from(written(2 ** 32 + 16)).toString('hex'), '000000016d6461740000000100000010');
  });

  it('gives the size back, whatever it is', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.uint8Array({ maxLength: 40 }), (boxSize, media) => {
        assert.deepEqual(read(Buffer.concat([written(boxSize), media])), { sizeFieldOffset: 8, boxSize });
      }),
    );
  });

  it('may stand behind a ftyp of 32 bytes', () => {
    assert.deepEqual(read(Buffer.concat([fileType, written(1234)])), { sizeFieldOffset: 40, boxSize: 1234 });
  });

  it('of a file that was never flushed has the size 0', () => {
    assert.deepEqual(read(Buffer.concat([written(0), new Uint8Array(4080)])), { sizeFieldOffset: 8, boxSize: 0 });
  });

  for (const [what, bytes] of [
    ['an empty file', new Uint8Array(0)],
    ['half a header', written(1234).subarray(0, 12)],
    ['a box with its size in 32 bits', Buffer.from('000003e86d64617400000000', 'hex')],
    ['another box', Buffer.from('0000000166726565000000000000ffff', 'hex')],
    ['a size no file can have', Buffer.from('000000016d646174ffffffffffffffff', 'hex')],
    ['a ftyp and nothing more', fileType],
  ] as const) {
    it(`is not found in ${what}, and that is said in a sentence`, () => {
      const header = read(bytes);
      assert.ok('fault' in header);
      assert.match(header.fault, /^[a-z].+[^.]$/);
    });
  }

  it('is read or not found, never more than that, in any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const header = read(bytes);
        assert.ok('fault' in header || header.boxSize >= 0);
      }),
    );
  });
});
