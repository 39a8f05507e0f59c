import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { SampleTable } from '../../src/media/sample-table.ts';
import { chunksOf, samplesPerChunk } from '../../src/mp4/chunks.ts';

/** A table of samples given as (offset, size). */
function tableOf(samples: readonly (readonly [offset: number, size: number])[]): SampleTable {
  const table = new SampleTable();
  for (const [offset, size] of samples) {
    table.offsets.push(offset);
    table.sizes.push(size);
    table.durations.push(1);
  }
  return table;
}

function chunks(table: SampleTable): [offset: number, samples: number][] {
  const all: [number, number][] = [];
  chunksOf(table)((offset, samples) => all.push([offset, samples]));
  return all;
}

function runs(table: SampleTable): [chunks: number, samples: number][] {
  const all: [number, number][] = [];
  samplesPerChunk(chunksOf(table))((count, samples) => all.push([count, samples]));
  return all;
}

const mebibyte = 1024 * 1024;

describe('chunksOf', () => {
  test('samples without a gap between them share a chunk', () => {
    const table = tableOf([
      [16, 10],
      [26, 10],
      [36, 5],
      [50, 10], // another track's sample lies before it
      [60, 1],
    ]);
    assert.deepEqual(chunks(table), [
      [16, 3],
      [50, 2],
    ]);
  });

  test('a chunk ends where the sample description changes, and stsc says which one it is', () => {
    const table = tableOf([0, 10, 20, 30, 40, 50].map((offset) => [offset, 10] as const));
    const descriptions = [
      { firstSample: 0, description: 1 },
      { firstSample: 2, description: 3 },
      { firstSample: 5, description: 1 },
    ];
    const visited = chunksOf(table, undefined, descriptions);
    const all: unknown[] = [];
    visited((...chunk) => all.push(chunk));
    assert.deepEqual(all, [
      [0, 2, 1],
      [20, 3, 3],
      [50, 1, 1],
    ]);
    const rows: unknown[] = [];
    samplesPerChunk(visited)((...run) => rows.push(run));
    assert.deepEqual(rows, [
      [1, 2, 1],
      [1, 3, 3],
      [1, 1, 1],
    ]);
  });

  test('a chunk has at most a mebibyte; a larger sample is a chunk of its own', () => {
    const table = tableOf([
      [0, mebibyte / 2],
      [mebibyte / 2, mebibyte / 2],
      [mebibyte, 1],
      [mebibyte + 1, 3 * mebibyte],
      [4 * mebibyte + 1, 7],
    ]);
    assert.deepEqual(chunks(table), [
      [0, 2],
      [mebibyte, 1],
      [mebibyte + 1, 1],
      [4 * mebibyte + 1, 1],
    ]);
  });

  test('samples that go back in the file, or lie beyond 4 GiB, begin new chunks like all others', () => {
    const table = tableOf([
      [2 ** 33, 10],
      [2 ** 33 + 10, 10],
      [100, 10],
      [110, 0],
      [110, 5],
    ]);
    assert.deepEqual(chunks(table), [
      [2 ** 33, 2],
      [100, 3],
    ]);
  });

  test('no samples, no chunks', () => {
    assert.deepEqual(chunks(tableOf([])), []);
    assert.deepEqual(runs(tableOf([])), []);
  });
});

test('samplesPerChunk counts neighbouring chunks with equally many samples together', () => {
  const table = tableOf([
    [0, 1],
    [1, 1],
    [10, 1],
    [11, 1],
    [20, 1],
    [30, 1],
    [40, 1],
    [41, 1],
  ]);
  assert.deepEqual(runs(table), [
    [2, 2],
    [2, 1],
    [1, 2],
  ]);
});

test('for any samples, the chunks hold each once, in order and without a gap, and are as few as the rules allow', () => {
  const sample = fc.record({
    gap: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(5), fc.constant(2 ** 32)),
    size: fc.oneof({ weight: 3, arbitrary: fc.nat(20) }, fc.integer({ min: mebibyte / 4, max: mebibyte + 5 })),
  });
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 60 }), (samples) => {
      let end = 16;
      const table = tableOf(
        samples.map(({ gap, size }) => {
          const offset = end + gap;
          end = offset + size;
          return [offset, size];
        }),
      );
      let index = 0;
      const lengths = chunks(table).map(([offset, count]) => {
        const first = index;
        let length = 0;
        for (; index < first + count; index++) {
          assert.equal(table.offsets.at(index), offset + length);
          length += table.sizes.at(index);
        }
        assert.ok(length <= mebibyte || count === 1);
        const joined = index < table.length && table.offsets.at(index) === offset + length;
        if (joined) assert.ok(length + table.sizes.at(index) > mebibyte, 'the next sample would have fitted');
        return count;
      });
      assert.equal(index, table.length);
      assert.deepEqual(
        runs(table).flatMap(([count, each]) => new Array<number>(count).fill(each)),
        lengths,
      );
    }),
  );
});
