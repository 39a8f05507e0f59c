/** A block source gives the bytes of the source under it, whatever is asked of it in whatever order. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { BlockSource } from '../../src/io/block-source.ts';

const bytes = Uint8Array.from({ length: 9_000_000 }, (_, index) => (index * 2654435761) >>> 24);

function source(): { path: string; size: number; read(offset: number, length: number): Uint8Array } {
  return { path: 'made', size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

suite('BlockSource', () => {
  test('gives what lies there, to a walk that keeps what it needs and to one that leaps', () => {
    const step = fc.record({
      ahead: fc.oneof(fc.integer({ min: 0, max: 400_000 }), fc.integer({ min: -3_000_000, max: 5_000_000 })),
      length: fc.oneof(
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 20_000 }),
        fc.integer({ min: 0, max: 4_000_000 }),
      ),
      keeps: fc.boolean(),
      way: fc.constantFrom('read', 'copy', 'locate'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const blocks = new BlockSource(source());
        let at = 0;
        for (const { ahead, length, keeps, way } of steps) {
          at = Math.min(bytes.length, Math.max(0, at + ahead));
          if (keeps) blocks.keepFrom(at);
          const expected = bytes.subarray(at, at + length);
          const isRight = (got: Uint8Array): void =>
            assert.equal(Buffer.compare(got, expected), 0, `${length} bytes at ${at}`);
          if (way === 'read') isRight(blocks.read(at, length));
          else if (way === 'copy') {
            const into = new Uint8Array(length + 8);
            isRight(into.subarray(0, blocks.readInto(into, at, length)));
            assert.ok(
              into.subarray(expected.length).every((byte) => byte === 0),
              'nothing behind them is touched',
            );
          } else {
            const located = blocks.locate(at, length);
            if (located >= 0) isRight(blocks.room.subarray(located, located + length));
            else assert.ok(length > 3_000_000 || expected.length < length, `${length} bytes at ${at} are not there`);
          }
        }
      }),
    );
  });
});
