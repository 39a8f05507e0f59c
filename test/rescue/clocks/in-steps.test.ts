/** What is done in steps gives what is given at once, and does give way meanwhile. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { atOnce } from '../../../src/io/pace.ts';
import { medianInSteps, quantileInSteps, sortedInSteps } from '../../../src/rescue/clocks/in-steps.ts';
import { median } from '../../../src/rescue/clocks/rhythm.ts';

const options = { seed: 12, numRuns: 60 };
/** Few values, so that many are equal, and as many as take more than one step. */
const lengths = [0, 1, 2, 8191, 8192, 8193, 40_000, 200_000];

/** Numbers from a generator of its own, the same each time. */
function numbers(length: number, different: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % different;
  });
}

function stepsOf<T>(steps: Generator<void, T>): number {
  let count = 0;
  while (steps.next().done !== true) count++;
  return count;
}

void test('the median and other quantiles are those of the sorted values, unknown ones last', () => {
  for (const length of lengths) {
    for (const different of [1, 3, 1000, 1e9]) {
      const random = numbers(length, different, length + 1);
      const withUnknown = random.map((value, n) => (n % 3 === 0 ? Number.NaN : value));
      const mostlyUnknown = random.map((value, n) => (n % 3 === 0 ? value : Number.NaN));
      for (const values of [
        random,
        random.slice().sort(),
        random.slice().sort().toReversed(),
        withUnknown,
        mostlyUnknown,
      ]) {
        const before = values.slice();
        assert.equal(atOnce(medianInSteps(values)), median(values), `${length} of ${different}`);
        assert.equal(
          atOnce(quantileInSteps(values, 0.95)),
          values.slice().sort()[Math.floor(length * 0.95)] ?? Number.NaN,
        );
        assert.deepEqual(values, before);
      }
    }
  }
  fc.assert(
    fc.property(fc.float64Array({ maxLength: 100 }), (values) => {
      assert.equal(atOnce(medianInSteps(values)) + 0, median(values) + 0);
    }),
    options,
  );
});

void test('what is sorted in steps is sorted as a whole', () => {
  for (const length of lengths) {
    for (const different of [2, 1000, 1e9]) {
      const values = Uint32Array.from(numbers(length, different, length + different));
      for (const given of [values, values.slice().sort(), values.slice().sort().toReversed()]) {
        assert.deepEqual(atOnce(sortedInSteps(given.slice(), (a, b) => a - b)), given.slice().sort());
      }
      // Places in the order of what stands there, as output order is found.
      const places = Uint32Array.from(values, (_, n) => n);
      const byValue = (a: number, b: number): number => values[a]! - values[b]! || a - b;
      assert.deepEqual(atOnce(sortedInSteps(places.slice(), byValue)), places.slice().sort(byValue));
    }
  }
});

void test('a long column takes many steps', () => {
  assert.ok(stepsOf(medianInSteps(numbers(1e6, 1e9, 1))) > 20);
  assert.ok(stepsOf(sortedInSteps(Uint32Array.from(numbers(1e6, 1e9, 1)), (a, b) => a - b)) > 100);
});
