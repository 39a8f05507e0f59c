/**
 * Times found from nothing but the order in which samples arrived, against the times they were made with: pauses, dropped
 * pictures, changes of rate and audio that comes late stay what they were. What is asked for is a picture's length and
 * 25 ms of audio at the 95th percentile; where the rhythm is regular, a millisecond.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { atOnce } from '../../../src/io/pace.ts';
import { placeInTime } from '../../../src/rescue/clocks/arrival-clock.ts';
import type { ArrivingStream } from '../../../src/rescue/clocks/arrivals.ts';

const video = 0;
const audio = 1;
const frame = 1024 / 44100;

interface Made {
  readonly streams: Uint8Array;
  readonly times: Float64Array;
}

/** Puts pictures and audio frames in the order of their decode times, as publishers send them. */
function interleave(pictures: readonly number[], sounds: readonly number[]): Made {
  const all = [
    ...pictures.map((time) => ({ time, stream: video })),
    ...sounds.map((time) => ({ time, stream: audio })),
  ].sort((a, b) => a.time - b.time || a.stream - b.stream);
  return {
    streams: Uint8Array.from(all, ({ stream }) => stream),
    times: Float64Array.from(all, ({ time }) => Math.round(time * 1000) / 1000),
  };
}

function every(step: number, from: number, to: number): number[] {
  return Array.from({ length: Math.round((to - from) / step) }, (_, n) => from + n * step);
}

interface Errors {
  readonly video: number;
  readonly audio: number;
}

/** Errors at the 95th percentile in seconds, up to one common offset; `known`: samples whose times are given. */
function errorsOf({ streams, times }: Made, step: number | undefined, known = 0): Errors {
  const unknown = times.map((time, n) => (n < known ? time : Number.NaN));
  const sought: ArrivingStream[] = [
    { kind: 'video', stepSeconds: step, tickSeconds: 0.001 },
    { kind: 'audio', frameSeconds: frame, tickSeconds: 0.001 },
  ];
  atOnce(placeInTime({ streams, times: unknown, losses: [], mediaBytes: 1 }, sought));
  const off = times.map((time, n) => unknown[n]! - time);
  const middle = known > 0 ? 0 : [...off].sort((a, b) => a - b)[off.length >> 1]!;
  const percentile = (stream: number): number => {
    const own = [...off].filter((_, n) => streams[n] === stream && n >= known).map((error) => Math.abs(error - middle));
    return own.sort((a, b) => a - b)[Math.floor(own.length * 0.95)] ?? 0;
  };
  return { video: percentile(video), audio: percentile(audio) };
}

const sounds = every(frame, 0, 30);

describe('times by the order of arrival', () => {
  for (const rate of [10, 12.5, 24000 / 1001, 25, 30000 / 1001, 30, 50, 60]) {
    test(`a regular rate of ${rate.toFixed(2)} pictures a second is found, and kept`, () => {
      const made = interleave(every(1 / rate, 0.011, 30), sounds);
      for (const step of [1 / rate, undefined]) {
        const errors = errorsOf(made, step);
        assert.ok(errors.video < 0.014, `pictures are ${errors.video} s off`);
        assert.ok(errors.audio < 0.014, `audio is ${errors.audio} s off`);
        const continued = errorsOf(made, step, 400);
        assert.ok(continued.video <= 0.0021, `pictures are ${continued.video} s off where the beginning is known`);
        assert.ok(continued.audio <= 0.0021);
      }
    });
  }

  test('dropped pictures leave their gaps', () => {
    const all = every(0.04, 0.005, 30);
    const kept = all.filter((_, n) => n % 17 !== 5 && !(n > 300 && n < 320));
    const errors = errorsOf(interleave(kept, sounds), 0.04);
    assert.ok(errors.video < 0.02, `${errors.video}`);
  });

  test('a picture that stands still for three seconds keeps its pause', () => {
    const made = interleave([...every(0.04, 0, 10), ...every(0.04, 13.2, 30)], sounds);
    for (const known of [0, 200]) assert.ok(errorsOf(made, 0.04, known).video < 0.025);
  });

  test('audio that begins late begins late', () => {
    const made = interleave(every(1 / 30, 0, 30), every(frame, 1.679, 30));
    const errors = errorsOf(made, 1 / 30);
    assert.ok(errors.video < 0.015 && errors.audio < 0.015, JSON.stringify(errors));
  });

  test('audio that pauses while pictures go on keeps its pause', () => {
    const made = interleave(every(0.04, 0, 30), [...every(frame, 0, 12), ...every(frame, 14.5, 30)]);
    for (const step of [0.04, undefined]) {
      const errors = errorsOf(made, step);
      assert.ok(errors.video < 0.04 && errors.audio < 0.04, JSON.stringify(errors));
    }
  });

  test('a change of rate is followed', () => {
    const made = interleave([...every(0.04, 0, 15), ...every(1 / 60, 15, 30)], sounds);
    for (const step of [0.04, undefined]) assert.ok(errorsOf(made, step).video < 0.04);
  });

  test('pictures at no regular rate stay beside the audio they came with', () => {
    let state = 7;
    const pictures: number[] = [];
    for (let time = 0; time < 30;) {
      pictures.push(time);
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      time += (1 + ((state >>> 16) % 6)) / 30;
    }
    for (const step of [1 / 30, undefined]) assert.ok(errorsOf(interleave(pictures, sounds), step).video < 0.034);
  });

  test('without audio the rate that is known is taken, and 25 a second where none is', () => {
    const made = interleave(every(0.02, 0, 10), []);
    assert.ok(errorsOf(made, 0.02).video < 0.0011);
    assert.ok(errorsOf(interleave(every(0.04, 0, 10), []), undefined).video < 0.0011);
  });
});
