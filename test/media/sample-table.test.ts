import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Column } from '../../src/media/column.ts';
import { SampleTable } from '../../src/media/sample-table.ts';

interface Row {
  readonly size: number;
  readonly duration: number;
  readonly compositionOffset: number;
  readonly sync: boolean;
}

function tableOf(rows: readonly Row[]): SampleTable {
  const table = new SampleTable();
  table.compositionOffsets = new Column(Int32Array);
  table.sync = new Column(Uint8Array);
  let offset = 16;
  for (const { size, duration, compositionOffset, sync } of rows) {
    table.offsets.push(offset);
    table.sizes.push(size);
    table.durations.push(duration);
    table.compositionOffsets.push(compositionOffset);
    table.sync.push(sync ? 1 : 0);
    offset += size;
  }
  return table;
}

const row = fc.record({
  size: fc.nat(1000),
  duration: fc.nat(100),
  compositionOffset: fc.integer({ min: -200, max: 200 }),
  sync: fc.boolean(),
});

describe('SampleTable', () => {
  test('an empty table lasts nothing and presents nothing', () => {
    const table = new SampleTable();
    assert.deepEqual([table.length, table.mediaDuration, table.mediaBytes], [0, 0, 0]);
    assert.deepEqual(table.presentationRange(), { start: 0, end: 0 });
  });

  test('sums durations and bytes beyond 32 bits', () => {
    const table = tableOf(
      [1, 2, 3].map(() => ({ size: 0xffffffff, duration: 0x7fffffff, compositionOffset: 0, sync: true })),
    );
    assert.equal(table.mediaBytes, 3 * 0xffffffff);
    assert.equal(table.mediaDuration, 3 * 0x7fffffff);
    assert.deepEqual(table.presentationRange(), { start: 0, end: 3 * 0x7fffffff });
  });

  test('a step back of the clock counts as what it is, also when it was pushed modulo 2^32', () => {
    const steps = [40, -80 >>> 0, -80, 300];
    const table = tableOf(steps.map((duration) => ({ size: 1, duration, compositionOffset: 0, sync: true })));
    assert.deepEqual([...table.durations.values()], [40, -80, -80, 300]);
    assert.equal(table.mediaDuration, 180);
    assert.deepEqual(table.presentationRange(), { start: -120, end: 180 });
  });

  test('without columns for them, all samples are sync samples and presented when they are decoded', () => {
    const table = new SampleTable();
    table.offsets.push(16);
    table.sizes.push(1);
    table.durations.push(40);
    assert.equal(table.isSync(0), true);
    assert.equal(table.compositionOffset(0), 0);
    assert.deepEqual(table.presentationRange(), { start: 0, end: 40 });
    const offsets = table.ensureCompositionOffsets();
    assert.deepEqual([...offsets.values()], [0]);
    assert.equal(table.ensureCompositionOffsets(), offsets);
  });

  test('the presentation begins with the earliest picture and ends with the end of the latest, wherever they stand', () => {
    const rows = [120, 0, 80, -40].map((compositionOffset) => ({
      size: 1,
      duration: 40,
      compositionOffset,
      sync: true,
    }));
    // Shown at 120, 40, 160 and 80.
    assert.deepEqual(tableOf(rows).presentationRange(), { start: 40, end: 200 });
    const before = [0, -80].map((compositionOffset) => ({ size: 1, duration: 40, compositionOffset, sync: true }));
    assert.deepEqual(tableOf(before).presentationRange(), { start: -40, end: 40 });
  });

  test('no sample is presented outside the range, and some sample at each end of it', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 50 }), (rows) => {
        const { start, end } = tableOf(rows).presentationRange();
        let decodeTime = 0;
        const shown = rows.map(({ duration, compositionOffset }) => {
          const from = decodeTime + compositionOffset;
          decodeTime += duration;
          return { from, to: from + duration };
        });
        assert.equal(start, Math.min(...shown.map(({ from }) => from)));
        assert.equal(end, Math.max(...shown.map(({ to }) => to)));
      }),
    );
  });
});

describe('SampleTable.retain', () => {
  const decodeTimesOf = (table: SampleTable): number[] => {
    let time = table.firstDecodeTime;
    return Array.from({ length: table.length }, (_, index) => {
      const own = time;
      time += table.durations.at(index) | 0;
      return own;
    });
  };

  test('takes samples out and leaves the others where, when and what they were', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(row, fc.boolean()), { maxLength: 50 }), fc.integer(), (marked, firstDecodeTime) => {
        const table = tableOf(marked.map(([each]) => each));
        table.firstDecodeTime = firstDecodeTime;
        const every = decodeTimesOf(table).map((decodeTime, index) => ({
          decodeTime,
          offset: table.offsets.at(index),
          size: table.sizes.at(index),
          compositionOffset: table.compositionOffset(index),
          sync: table.isSync(index),
        }));
        const lastKept = marked.findLastIndex(([, keep]) => keep);
        table.retain(Uint8Array.from(marked, ([, keep]) => (keep ? 1 : 0)));
        const left = decodeTimesOf(table).map((decodeTime, index) => ({
          decodeTime,
          offset: table.offsets.at(index),
          size: table.sizes.at(index),
          compositionOffset: table.compositionOffset(index),
          sync: table.isSync(index),
        }));
        assert.deepEqual(
          left,
          every.filter((_, index) => marked[index]![1]),
        );
        // The last sample kept still lasts as long as it did.
        if (lastKept >= 0) assert.equal(table.durations.at(table.length - 1), marked[lastKept]![0].duration);
      }),
    );
  });

  test('works without the columns that say nothing', () => {
    const table = new SampleTable();
    for (const duration of [40, 40, 60]) {
      table.offsets.push(16);
      table.sizes.push(1);
      table.durations.push(duration);
    }
    table.retain(Uint8Array.of(1, 0, 1));
    assert.deepEqual([...table.durations.values()], [80, 60]);
    assert.equal(table.compositionOffsets, undefined);
    assert.equal(table.sync, undefined);
  });
});
