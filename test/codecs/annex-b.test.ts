import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NalUnitScanner } from '../../src/codecs/annex-b.ts';

/** The first bytes of each NAL unit, found the slow way: in one piece, byte by byte. */
function nalUnitsOf(bytes: Uint8Array, wanted: number): string[] {
  const starts: number[] = [];
  for (let at = 0; at + 3 <= bytes.length; at++) {
    if (bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 1) starts.push(at + 3);
  }
  return starts.flatMap((start, index) => {
    const next = starts[index + 1];
    const end = next === undefined ? bytes.length : next - 3;
    if (end <= start) return [];
    return [head(bytes.subarray(start, Math.min(end, start + wanted)))];
  });
}

/** Zero bytes at the end may be those of the next start code, and count for nothing. */
function head(bytes: Uint8Array): string {
  let length = bytes.length;
  while (length > 1 && bytes[length - 1] === 0) length--;
  return hex(bytes.subarray(0, length));
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function scan(bytes: Uint8Array, pieces: readonly number[], wanted: number, stepwise: boolean): string[] {
  const found: string[] = [];
  const scanner = new NalUnitScanner({ begin: () => wanted, head: (bytes) => found.push(head(bytes)) });
  scanner.stepwise = stepwise;
  // Pieces lie in a block with bytes between them that look like start codes.
  const gap = [0, 0, 1, 0x65];
  const block: number[] = [];
  const places: [number, number][] = [];
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const length = Math.max(1, pieces[index % pieces.length]!);
    block.push(...gap);
    places.push([block.length, block.length + Math.min(length, bytes.length - at)]);
    block.push(...bytes.subarray(at, at + length));
    at += length;
  }
  scanner.enter(Buffer.from(block));
  for (const [from, to] of places) scanner.feed(from, to);
  scanner.finish();
  return found;
}

const byte = fc.oneof(fc.constant(0), fc.constant(0), fc.constant(1), fc.integer({ min: 0, max: 255 }));

test('NAL units are found wherever the pieces are cut, and nothing between the pieces is taken for one', () => {
  fc.assert(
    fc.property(
      fc.array(byte, { maxLength: 200 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 12 }),
      fc.boolean(),
      (values, pieces, wanted, stepwise) => {
        const bytes = Uint8Array.from(values);
        // A unit of zero bytes alone cannot be told from the beginning of the next start code.
        const isUnit = (unit: string): boolean => unit !== '00';
        assert.deepEqual(
          scan(bytes, pieces, wanted, stepwise).filter(isUnit),
          nalUnitsOf(bytes, wanted).filter(isUnit),
        );
      },
    ),
    { numRuns: 2000 },
  );
});

test('after a gap no start code is put together from its two sides', () => {
  const found: string[] = [];
  const scanner = new NalUnitScanner({ begin: () => 1, head: (bytes) => found.push(hex(bytes)) });
  scanner.enter(Buffer.from([0, 0, 1, 0x65, 9, 0, 0, 1, 0x41]));
  scanner.feed(0, 7);
  scanner.interrupt();
  scanner.feed(7, 9);
  assert.deepEqual(found, ['65']);
});
