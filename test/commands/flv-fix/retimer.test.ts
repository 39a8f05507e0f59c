/** The rule behind --retime by itself: whatever the clocks do, each track rises and what was right stays. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Retimer, type RetimeOptions } from '../../../src/rescue/flv/retimer.ts';

const usual: RetimeOptions = {
  maxGapMilliseconds: { video: 10_000, audio: 10_000 },
  earliest: 0,
  audioStalls: false,
  usualStep: { video: 40, audio: 23 },
};

const frames = fc.array(
  fc.record({ kind: fc.constantFrom('video' as const, 'audio' as const), timestamp: fc.nat(2 ** 32 - 1) }),
  { minLength: 1, maxLength: 60 },
);

test('times never step back within a track, whatever comes', () => {
  fc.assert(
    fc.property(frames, fc.boolean(), (sequence, audioStalls) => {
      const retimer = new Retimer({ ...usual, audioStalls });
      const last = { video: 0, audio: 0 };
      for (const { kind, timestamp } of sequence) {
        const time = retimer.frame(kind, timestamp);
        assert.ok(Number.isInteger(time) && time >= last[kind], `${kind} ${timestamp}: ${time} after ${last[kind]}`);
        last[kind] = time;
      }
    }),
  );
});

test('an intact recording keeps its times', () => {
  const steps = fc.array(fc.record({ video: fc.nat(200), audio: fc.nat(200) }), { maxLength: 50 });
  fc.assert(
    fc.property(steps, (sequence) => {
      const retimer = new Retimer(usual);
      const time = { video: 0, audio: 0 };
      for (const step of sequence) {
        for (const kind of ['video', 'audio'] as const) {
          time[kind] += step[kind];
          assert.equal(retimer.frame(kind, time[kind]), time[kind]);
        }
      }
    }),
  );
});

test('a counter that wraps again and again goes on', () => {
  for (const bits of [24, 31, 32]) {
    const retimer = new Retimer(usual);
    const step = 2 ** bits / 3000;
    // Steps as large as a counter allows below the gap: three rounds and more.
    const stride = Math.min(9000, Math.floor(step));
    for (let index = 0; index < 4000; index++) {
      const time = index * stride;
      assert.equal(retimer.frame('video', time % 2 ** bits), time, `${bits} bits, frame ${index}`);
    }
  }
});

test('tags that are no frames go with the frames around them', () => {
  const retimer = new Retimer({ ...usual, earliest: 50_000_000 });
  assert.equal(retimer.other(undefined, 0), 0);
  assert.equal(retimer.other('video', 50_000_000), 0);
  assert.equal(retimer.frame('video', 50_000_000), 0);
  assert.equal(retimer.frame('video', 50_000_040), 40);
  assert.equal(retimer.other('video', 50_000_040), 40);
  assert.equal(retimer.other('video', 0), 40);
});
