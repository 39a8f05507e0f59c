import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ByteWriter } from '../../src/bytes/byte-sink.ts';
import { FileSink, writeFully } from '../../src/io/file-sink.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { patterned } from './patterned.ts';

const failed = (error: unknown): Error => new Error('could not be written', { cause: error });

describe('FileSink', () => {
  test('writes to the file what a writer gathers in memory, whatever the sizes', (t) => {
    const path = join(scratchDirectory(t), 'out');
    const piece = fc.oneof(
      fc.nat(40),
      fc.nat(5000),
      fc.constantFrom(128 * 1024 - 1, 128 * 1024, 128 * 1024 + 1, 300_000),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.nat(100), (pieces, offset) => {
        const descriptor = openSync(path, 'w+');
        const sink = new FileSink(descriptor, offset, failed);
        const memory = new ByteWriter();
        for (const [index, length] of pieces.entries()) {
          for (const each of [sink, memory]) {
            each.u32(index);
            each.bytes(patterned(length));
            each.u64(length);
          }
        }
        sink.flush();
        closeSync(descriptor);
        const written = readFileSync(path);
        const expected = memory.toBytes();
        assert.equal(written.length, expected.length === 0 ? 0 : offset + expected.length);
        assert.ok(written.subarray(offset).equals(expected));
        assert.equal(sink.position, expected.length);
      }),
      { numRuns: 40 },
    );
  });

  test('turns what the system refuses into the error it was given for that', (t) => {
    const path = join(scratchDirectory(t), 'out');
    closeSync(openSync(path, 'w'));
    const descriptor = openSync(path, 'r');
    const sink = new FileSink(descriptor, 0, failed);
    sink.u32(1);
    assert.throws(() => sink.flush(), /could not be written/);
    const large = new FileSink(descriptor, 0, failed);
    assert.throws(() => large.bytes(new Uint8Array(200_000)), /could not be written/);
    closeSync(descriptor);
  });
});

test('writeFully writes at an offset and leaves the rest of the file alone', (t) => {
  const path = join(scratchDirectory(t), 'out');
  const descriptor = openSync(path, 'w+');
  writeFully(descriptor, patterned(300_000), 0);
  writeFully(descriptor, Buffer.from('here'), 100);
  closeSync(descriptor);
  const expected = Buffer.from(patterned(300_000));
  expected.write('here', 100);
  assert.ok(readFileSync(path).equals(expected));
});
