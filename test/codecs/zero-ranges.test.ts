/** The few looks that spare most media a search for zeros miss no range that the search would tell. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { hasZeroRange, minZeroRange, ZeroRanges } from '../../src/codecs/zero-ranges.ts';

suite('hasZeroRange', () => {
  test('says yes wherever a range would be told', () => {
    const range = fc.record({
      length: fc.integer({ min: minZeroRange, max: 5000 }),
      before: fc.integer({ min: 0, max: 3000 }),
      behind: fc.integer({ min: 0, max: 3000 }),
    });
    fc.assert(
      fc.property(range, ({ length, before, behind }) => {
        const made = new Uint8Array(before + length + behind).fill(1);
        made.fill(0, before, before + length);
        const zeros = new ZeroRanges();
        zeros.feed(made, 0);
        assert.deepEqual(zeros.ranges, [{ start: before, end: before + length }]);
        assert.ok(hasZeroRange(made));
      }),
    );
  });
});
