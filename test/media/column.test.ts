import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Column } from '../../src/media/column.ts';

describe('Column', () => {
  test('keeps what is pushed, far beyond the capacity it began with', () => {
    const column = new Column(Uint32Array, 0);
    for (let value = 0; value < 100_000; value++) column.push(value);
    assert.equal(column.length, 100_000);
    assert.deepEqual([column.at(0), column.at(15), column.at(16), column.at(99_999)], [0, 15, 16, 99_999]);
    assert.ok(column.data.length < 200_000, 'it grows by parts of itself, not by leaps');
  });

  test('holds offsets as doubles: exact to 2^53', () => {
    const column = new Column(Float64Array);
    column.push(Number.MAX_SAFE_INTEGER);
    assert.equal(column.at(0), Number.MAX_SAFE_INTEGER);
  });

  test('is 0 beyond its end, also where older entries still lie in memory', () => {
    const column = new Column(Int32Array);
    column.push(-7);
    column.push(-8);
    column.length = 1;
    assert.deepEqual([column.at(0), column.at(1), column.at(1000)], [-7, 0, 0]);
    assert.deepEqual([...column.values()], [-7]);
  });

  test('entries that a resize brings into being are zero, even where others have been', () => {
    const column = new Column(Uint8Array);
    for (let index = 0; index < 40; index++) column.push(1);
    column.resize(10);
    column.resize(100);
    assert.deepEqual([...column.values()], [...new Array<number>(10).fill(1), ...new Array<number>(90).fill(0)]);
  });

  test('pushed and resized in any way, it is what an array would be', () => {
    const step = fc.oneof(fc.record({ push: fc.nat(0xffffffff) }), fc.record({ resize: fc.nat(80) }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), fc.nat(40), (steps, capacity) => {
        const column = new Column(Uint32Array, capacity);
        let expected: number[] = [];
        for (const each of steps) {
          if ('push' in each) {
            column.push(each.push);
            expected.push(each.push);
          } else {
            column.resize(each.resize);
            expected = Array.from({ length: each.resize }, (_, index) => expected[index] ?? 0);
          }
          assert.deepEqual([...column.values()], expected);
        }
      }),
    );
  });
});
