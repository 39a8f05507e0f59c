import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ByteWriter } from '../../src/bytes/byte-sink.ts';
import { runsOf, writeRuns, type VisitRuns } from '../../src/mp4/runs.ts';
import { hex } from './memory-source.ts';

function pairsOf(runs: VisitRuns): [number, number][] {
  const pairs: [number, number][] = [];
  runs((count, value) => pairs.push([count, value]));
  return pairs;
}

describe('runsOf', () => {
  test('counts equal neighbours together', () => {
    assert.deepEqual(pairsOf(runsOf([40, 40, 40, 33, 40, 40], 6)), [
      [3, 40],
      [1, 33],
      [2, 40],
    ]);
  });

  test('looks at the first so many numbers only, and gives nothing for none', () => {
    assert.deepEqual(pairsOf(runsOf(Uint32Array.of(7, 7, 9, 9), 3)), [
      [2, 7],
      [1, 9],
    ]);
    assert.deepEqual(pairsOf(runsOf(new Uint32Array(16), 0)), []);
  });

  test('raises each value by the shift', () => {
    assert.deepEqual(pairsOf(runsOf(Int32Array.of(-40, -40, 0), 3, 40)), [
      [2, 0],
      [1, 40],
    ]);
  });

  test('unrolled, the runs are the numbers again, and no two neighbouring runs have one value', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -2, max: 2 }), { maxLength: 100 }), fc.integer(), (numbers, shift) => {
        const pairs = pairsOf(runsOf(numbers, numbers.length, shift));
        assert.deepEqual(
          pairs.flatMap(([count, value]) => new Array<number>(count).fill(value)),
          numbers.map((number) => number + shift),
        );
        for (const [index, [count, value]] of pairs.entries()) {
          assert.ok(count > 0);
          assert.notEqual(value, pairs[index + 1]?.[1]);
        }
      }),
    );
  });

  test('can be visited again and again', () => {
    const runs = runsOf([1, 1, 2], 3);
    assert.deepEqual(pairsOf(runs), pairsOf(runs));
  });
});

test('writeRuns writes how many there are, then each run: count and value of 32 bits, negative ones too', () => {
  const writer = new ByteWriter();
  writeRuns(runsOf([-40, -40, 80], 3), writer);
  assert.deepEqual(writer.toBytes(), hex('00000002  00000002 ffffffd8  00000001 00000050'));
});
