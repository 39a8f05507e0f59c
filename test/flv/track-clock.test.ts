import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TrackClock, timestampNear, wrapOf } from '../../src/flv/track-clock.ts';

function clockOf(timestamps: readonly number[], frameDuration = 0): TrackClock {
  const clock = new TrackClock();
  clock.frameDuration = frameDuration;
  for (const timestamp of timestamps) clock.add(timestamp);
  return clock;
}

const bounds = (timestamps: readonly number[]): number[] => {
  const { lowest, highest } = clockOf(timestamps);
  return [lowest, highest];
};

describe('the clock of a track', () => {
  it('begins before zero and goes on over 2^32', () => {
    assert.deepEqual(bounds([2 ** 32 - 40, 0, 40]), [-40, 40]);
    const clock = clockOf([2 ** 31 - 20, 2 ** 31 + 20]);
    assert.equal(clock.step, 40);
    assert.equal(timestampNear(10, 2 ** 32 - 10), 2 ** 32 + 10);
  });

  it('knows a counter of 24 or 31 bits that wrapped from a step back', () => {
    assert.equal(wrapOf(40 - 2 ** 24), 2 ** 24);
    assert.equal(wrapOf(40 - 2 ** 31), 2 ** 31);
    assert.equal(wrapOf(-20_000), 0);
    const clock = clockOf([2 ** 24 - 40]);
    assert.equal(clock.add(0), 'wrapped');
    assert.equal(clock.add(40), 'forward');
    assert.equal(clock.add(20), 'backward');
  });

  it('leaves single wild timestamps aside, and believes a leap that the next frame confirms', () => {
    assert.deepEqual(bounds([0, 40, 3_600_000_000, 120, 160]), [0, 160]);
    assert.deepEqual(bounds([500_000, 40, 80]), [40, 80]);
    assert.deepEqual(bounds([100_000, 100_040, 5, 100_120]), [100_000, 100_120]);
    assert.deepEqual(bounds([0, 40, 3_600_040, 3_600_080]), [0, 3_600_080]);
    assert.deepEqual(bounds([20_000, 20_040, 0, 40]), [0, 20_040]);
    // Pictures that stand for a minute each.
    assert.deepEqual(bounds([0, 60_000, 120_000]), [0, 120_000]);
    assert.deepEqual(bounds([7]), [7, 7]);
  });

  it('knows the usual step', () => {
    assert.equal(clockOf([0, 33, 67, 100, 133, 166]).usualStep, 33);
    assert.equal(clockOf([0]).usualStep, 0);
    assert.equal(clockOf([0, 23, 46], 1024 / 44.1).usualStep, 1024 / 44.1);
  });

  it('tells a clock that stalls from one that jitters, whatever the jitter', () => {
    // What the Go server made of messages of chunk type 3.
    const stalled = Array.from({ length: 90 }, (_, index) =>
      Math.floor(((index - Math.floor((index + 2) / 3)) * 64) / 3),
    );
    assert.ok(clockOf(stalled, 64 / 3).stalls);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 200, maxLength: 400 }), (jitter) => {
        const times = jitter.map((off, index) => Math.round(100 + (index * 64) / 3 + off));
        assert.ok(!clockOf(times, 64 / 3).stalls);
      }),
    );
  });
});
