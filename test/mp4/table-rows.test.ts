import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readCo64 } from '../../src/mp4/boxes/co64.ts';
import { readStco } from '../../src/mp4/boxes/stco.ts';
import { readStsc } from '../../src/mp4/boxes/stsc.ts';
import { readStss } from '../../src/mp4/boxes/stss.ts';
import { readStsz } from '../../src/mp4/boxes/stsz.ts';
import { readStts } from '../../src/mp4/boxes/stts.ts';
import { fullBox, readBoxes, type BoxSpan } from '../../src/mp4/box.ts';
import { TableRows } from '../../src/mp4/table-rows.ts';
import { bytesOfBox, firstBox, hex, memorySource } from './memory-source.ts';

/** A box that claims `claimed` rows and has these numbers. */
function table(claimed: number, numbers: readonly number[]): Uint8Array {
  return bytesOfBox(
    fullBox('stts', 0, 0, (sink) => {
      sink.u32(claimed);
      for (const number of numbers) sink.u32(number);
    }),
  );
}

function rowsOf(rows: TableRows): number[][] {
  const all: number[][] = [];
  while (rows.next()) all.push([...rows.values]);
  return all;
}

const fourBillion = 0xffffffff;

describe('TableRows', () => {
  test('gives the rows there are when the box claims four billion', () => {
    const rows = new TableRows(firstBox(table(fourBillion, [1, 2, 3, 4, 5])), 2);
    assert.deepEqual([rows.claimed, rows.count, rows.row], [fourBillion, 2, 0]);
    assert.deepEqual(rowsOf(rows), [
      [1, 2],
      [3, 4],
    ]);
    assert.equal(rows.row, 2);
    assert.equal(rows.next(), false);
  });

  test('gives the rows that are in the file when the box itself claims to be four billion bytes long', () => {
    const bytes = table(fourBillion, [1, 2, 3]);
    bytes.set(hex('ffffffff'));
    const rows = new TableRows(firstBox(bytes), 1);
    assert.equal(rows.count, 3);
    assert.deepEqual(rowsOf(rows), [[1], [2], [3]]);
  });

  test('gives no more rows than the box claims, whatever follows them', () => {
    const rows = new TableRows(firstBox(table(1, [1, 2, 3])), 1);
    assert.deepEqual(rowsOf(rows), [[1]]);
  });

  test('gives no rows where the count itself is cut off', () => {
    for (const bytes of ['0000000c 73747473 00000000', '0000000f 73747473 00000000 ffffff', '00000008 73747473']) {
      const rows = new TableRows(firstBox(hex(bytes)), 2);
      assert.deepEqual([rows.count, rows.next()], [0, false]);
    }
  });

  test('reads what has vanished since the file was opened as zeros, and comes to an end', () => {
    const bytes = table(3, [1, 2, 3]);
    const source = memorySource(bytes.slice(0, -8), bytes.length);
    const [span] = readBoxes(source, 0, source.size);
    assert.deepEqual(rowsOf(new TableRows(span!, 1)), [[1], [0], [0]]);
  });

  test('a sample size box has its common size before the count', () => {
    const bytes = bytesOfBox(
      fullBox('stsz', 0, 0, (sink) => {
        sink.u32(0);
        sink.u32(fourBillion);
        sink.u32(10);
        sink.u32(20);
      }),
    );
    const sizes = readStsz(firstBox(bytes));
    assert.deepEqual([sizes.common, sizes.count, sizes.rows.claimed], [0, 2, fourBillion]);
    assert.deepEqual(rowsOf(sizes.rows), [[10], [20]]);
  });

  test('every kind of table believes only what is there', () => {
    const readers: [read: (span: BoxSpan) => TableRows, columns: number][] = [
      [readStts, 2],
      [readStss, 1],
      [readStsc, 3],
      [readStco, 1],
      [readCo64, 2],
    ];
    for (const [read, columns] of readers) {
      assert.equal(read(firstBox(table(fourBillion, new Array<number>(13).fill(9)))).count, Math.floor(13 / columns));
    }
  });

  test('walks tables of any length and width to their last row', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 3 }), (length, columns) => {
        const numbers = Array.from({ length: length * columns }, (_, index) => (index * 2654435761) >>> 0);
        const rows = new TableRows(firstBox(table(length, numbers)), columns);
        let index = 0;
        while (rows.next()) for (const value of rows.values) assert.equal(value, numbers[index++]);
        assert.equal(index, numbers.length);
      }),
      { numRuns: 30 },
    );
  });
});
