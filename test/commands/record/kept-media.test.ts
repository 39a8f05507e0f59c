/** Bytes that are kept stay as they are for as long as they are needed, and their room is used again after that. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeptMedia } from '../../../src/commands/record/kept-media.ts';

/** Bytes kept and still needed, of which all are of one value. */
interface Needed {
  readonly copy: Uint8Array;
  readonly block: number;
  readonly value: number;
}

test('what is needed is not written over, in whatever order it is done with', () => {
  const lengths = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 200_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 900_000, max: 2_500_000 }) },
  );
  const steps = fc.array(fc.tuple(lengths, fc.integer({ min: 0, max: 3 }), fc.nat()), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(steps, (all) => {
      const needed: Needed[] = [];
      const kept = new KeptMedia(() => Math.min(...needed.map(({ block }) => block)));
      for (const [index, [length, done, which]] of all.entries()) {
        const value = (index % 255) + 1;
        const copy = kept.keep(new Uint8Array(length).fill(value));
        needed.push({ copy, block: kept.blockNumber, value });
        for (let count = 0; count < done && needed.length > 0; count++) needed.splice(which % needed.length, 1);
        for (const each of needed) {
          assert.ok(
            each.copy.every((byte) => byte === each.value),
            `after step ${index}`,
          );
        }
      }
    }),
    { seed: 19, numRuns: 40 },
  );
});

test('a stream that is written as it comes needs no more than a few blocks', () => {
  const needed: number[] = [];
  const kept = new KeptMedia(() => needed[0] ?? Infinity);
  const rooms = new Set<ArrayBufferLike>();
  for (let index = 0; index < 2000; index++) {
    rooms.add(kept.keep(new Uint8Array(15_000)).buffer);
    needed.push(kept.blockNumber);
    if (needed.length > 20) needed.shift();
  }
  assert.ok(rooms.size <= 3, `${rooms.size} blocks`);
});
