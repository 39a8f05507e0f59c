/** A block source gives the bytes of the source under it, whatever is asked of it in whatever order. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { BlockSource } from '../../src/io/block-source.ts';

const bytes = Uint8Array.from({ length: 1_500_000 }, (_, index) => (index * 2654435761) >>> 24);

function source(): { path: string; size: number; read(offset: number, length: number): Uint8Array } {
  return { path: 'made', size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

suite('BlockSource', () => {
  test('gives what lies there, to a walk that keeps what it needs and to one that leaps', () => {
    const step = fc.record({
      ahead: fc.oneof(fc.integer({ min: 0, max: 50_000 }), fc.integer({ min: -400_000, max: 700_000 })),
      length: fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 500_000 })),
      keeps: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const blocks = new BlockSource(source());
        let at = 0;
        for (const { ahead, length, keeps } of steps) {
          at = Math.min(bytes.length, Math.max(0, at + ahead));
          if (keeps) blocks.keepFrom(at);
          const read = blocks.read(at, length);
          assert.equal(Buffer.compare(read, bytes.subarray(at, at + length)), 0, `${length} bytes at ${at}`);
        }
      }),
    );
  });
});
