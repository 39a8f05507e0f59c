import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mutant, mutants, seededRandom } from './damage.ts';

const original = Uint8Array.from({ length: 1000 }, (_, index) => index & 0xff);

test('the same seed makes the same mutant again', () => {
  for (const { bytes, description } of mutants(original, { seed: 7, count: 50 })) {
    const again = mutant(original, Number(/seed (\d+)/.exec(description)?.[1]));
    assert.deepEqual(again.bytes, bytes);
    assert.equal(again.description, description);
  }
});

test('the original bytes and the bytes to splice with stay as they are', () => {
  const [before, other] = [original.slice(), original.toReversed()];
  const otherBefore = other.slice();
  Array.from(mutants(original, { seed: 1, count: 500, other }));
  assert.deepEqual(original, before);
  assert.deepEqual(other, otherBefore);
});

test('files of every length, of none and of one byte too, can be damaged', () => {
  for (const length of [0, 1, 2, 3, 4, 5, 17]) {
    for (let seed = 0; seed < 300; seed++) {
      const { bytes } = mutant(original.subarray(0, length), seed);
      assert.ok(bytes.length <= 8 * (length + 1), `${length} bytes became ${bytes.length}`);
    }
  }
});

test('nearly every mutant differs from the original, and every kind of damage is done', () => {
  const all = Array.from({ length: 400 }, (_, index) => mutant(original, 100 + index, original));
  const changed = all.filter(({ bytes }) => Buffer.compare(bytes, original) !== 0);
  assert.ok(changed.length > 390, `${changed.length} of ${all.length}`);
  for (const kind of [
    'flipped',
    'cut to',
    'word at',
    'moved by',
    'swapped',
    'zeroed',
    'removed',
    'repeated',
    'the other from',
  ]) {
    assert.ok(
      all.some(({ description }) => description.includes(kind)),
      kind,
    );
  }
});

test('swapping two ranges loses no byte', () => {
  const swaps = Array.from({ length: 2000 }, (_, index) => mutant(original, 1 + index)).filter(({ description }) =>
    /^seed \d+: \d+ bytes at \d+ and \d+ swapped$/.test(description),
  );
  assert.ok(swaps.length > 20);
  for (const { bytes } of swaps) assert.deepEqual(bytes.toSorted(), original.toSorted());
});

test('the seeded numbers are spread evenly and never reach their limit', () => {
  const random = seededRandom(42);
  const counts = new Array<number>(10).fill(0);
  for (let round = 0; round < 10_000; round++) {
    const value = random.below(10);
    counts[value] = (counts[value] ?? Number.NaN) + 1;
  }
  assert.equal(counts.length, 10);
  assert.ok(
    counts.every((count) => count > 850 && count < 1150),
    counts.join(' '),
  );
});
