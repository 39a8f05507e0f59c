import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MediaClock, ticksBetween, ticksPerSecond } from '../../src/mpegts/clock.ts';

const wrap = 2 ** 33;

test('the way between two times is the shorter one, across the wrap as well', () => {
  assert.equal(ticksBetween(wrap - 10, 20), 30);
  assert.equal(ticksBetween(20, wrap - 10), -30);
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: wrap - 1 }),
      fc.integer({ min: -(2 ** 32), max: 2 ** 32 - 1 }),
      (from, step) => {
        assert.equal(ticksBetween(from, (from + step + wrap) % wrap), step);
      },
    ),
  );
});

test('a stream of three days is on one timeline', () => {
  const clock = new MediaClock();
  const step = 20 * ticksPerSecond;
  let last = 0;
  for (let time = 0; time <= 3 * 86400 * ticksPerSecond; time += step) {
    last = clock.advance((wrap - 5 * step + time) % wrap, false);
  }
  assert.equal(last, 3 * 86400 * ticksPerSecond);
  assert.equal(clock.jumps, 0);
});

test('a jump of hours, ahead or back, flagged or not, lasts as long as a frame', () => {
  for (const jump of [3600 * 5, -3600 * 5, 60, -2]) {
    for (const flagged of [true, false]) {
      const clock = new MediaClock();
      for (let frame = 0; frame < 100; frame++) clock.advance(1e9 + frame * 3600, false);
      const after = clock.advance(1e9 + 99 * 3600 + jump * ticksPerSecond, flagged);
      assert.equal(after, 100 * 3600, `${jump} s`);
      assert.equal(clock.jumps, 1);
    }
  }
});

test('a pause of twenty seconds is media time, unless the stream says that its clock changed', () => {
  for (const [flagged, expected] of [
    [false, 21],
    [true, 1.04],
  ] as const) {
    const clock = new MediaClock();
    for (let frame = 0; frame <= 25; frame++) clock.advance(frame * 3600, false);
    assert.equal(clock.advance(21 * ticksPerSecond, flagged) / ticksPerSecond, expected);
  }
});
