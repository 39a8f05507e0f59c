/**
 * By how much audio and pictures of a packet writer may be off is stated with their times: over sampling and picture
 * rates, rhythms, pauses, bursts and send lags no picture is further from the audio it was recorded with. Expected are the
 * times that the samples were made with. In a pause of the audio there is nothing to be off against.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { atOnce } from '../../../src/io/pace.ts';
import { placeInTime } from '../../../src/rescue/clocks/arrival-clock.ts';

const video = 0;
const audio = 1;

interface Sample {
  readonly stream: number;
  /** When it was recorded and when it was written, in seconds. */
  readonly time: number;
  readonly sent: number;
}

/** Seconds within which audio beside a picture is heard with it. */
const together = 0.1;
const pausesAt = 4;

const whole = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });

/** How a recording was made. Above 0 audio is late or pauses, below 0 pictures do. */
const circumstances = fc.record({
  hertz: fc.constantFrom(8000, 16000, 22050, 32000, 44100, 48000, 96000),
  rate: fc.constantFrom(10, 12.5, 15, 24, 25, 30000 / 1001, 30, 50, 60),
  isAnnounced: fc.boolean(),
  rhythm: fc.constantFrom('steady', 'dropped', 'varying'),
  phase: whole(0, 1),
  seconds: whole(8, 16),
  late: fc.constantFrom(0, 0.3, 2, -0.3, -2),
  pause: fc.constantFrom(0, 1, 3, -1, -3),
  lag: fc.oneof(fc.constant(0), whole(-0.1, 0.1)),
  burst: fc.constantFrom(0, 0, 0.02, 0.05, 0.1, 0.2),
  isBurstRegular: fc.boolean(),
  known: fc.constantFrom(0, 0, 0.2, 0.5),
  ofKnown: fc.constantFrom<readonly number[]>([video, audio], [video], [audio]),
  draws: fc.nat(),
});

type Circumstances = typeof circumstances extends fc.Arbitrary<infer One> ? One : never;

/** Samples in the order in which they were written. */
function sent(made: Circumstances): Sample[] {
  const { hertz, rate, rhythm, phase, seconds, late, pause, lag, burst, isBurstRegular, draws } = made;
  let state = draws;
  const next = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  const samples: Sample[] = [];
  for (const stream of [video, audio]) {
    const sign = stream === audio ? 1 : -1;
    const step = stream === audio ? 1024 / hertz : 1 / rate;
    let before = 0;
    for (let n = 0; ; n++) {
      const steady = (n + (stream === video ? phase : 0)) * step;
      const time = stream === video && rhythm === 'varying' ? steady + 0.3 * Math.sin(1.3 * steady) : steady;
      if (time > seconds) break;
      const isDropped = stream === video && rhythm === 'dropped' && next() < 0.04;
      const isPaused = time >= pausesAt && time < pausesAt + sign * pause;
      if (isDropped || isPaused || time < sign * late) continue;
      const due = time + (stream === video ? lag : 0);
      const inBurst = isBurstRegular && burst > 0 ? Math.ceil(due / burst) * burst : due + next() * burst;
      before = Math.max(before, inBurst);
      samples.push({ stream, time, sent: before });
    }
  }
  return samples.sort((a, b) => a.sent - b.sent || a.stream - b.stream);
}

/** Seconds that the worst picture is off against the audio recorded with it. */
function worstApart(samples: readonly Sample[], times: Float64Array, { late, pause, burst }: Circumstances): number {
  const off = samples.map(({ stream, time }, n) => ({ stream, time, by: times[n]! - time }));
  const heard = off.filter(({ stream }) => stream === audio).sort((a, b) => a.time - b.time);
  // A burst is written beside a pause of which only its first or its last samples are.
  const edge = together + burst;
  let worst = 0;
  let at = 0;
  for (const { time, by } of off.filter(({ stream }) => stream === video).sort((a, b) => a.time - b.time)) {
    const isSilent = time < late + edge || (pause > 0 && time > pausesAt - edge && time < pausesAt + pause + edge);
    while (at + 1 < heard.length && Math.abs(heard[at + 1]!.time - time) <= Math.abs(heard[at]!.time - time)) at++;
    if (isSilent || Math.abs(heard[at]!.time - time) >= together) continue;
    worst = Math.max(worst, Math.abs(by - heard[at]!.by));
  }
  return worst;
}

describe('the bound that is stated for times by the order of arrival', () => {
  test('holds over rates, rhythms, pauses, bursts and send lags', () => {
    fc.assert(
      fc.property(circumstances, (made) => {
        const samples = sent(made);
        const times = Float64Array.from(samples, ({ stream, time }, n) =>
          n < made.known * samples.length && made.ofKnown.includes(stream)
            ? Math.round(time * 1000) / 1000
            : Number.NaN,
        );
        const streams = Uint8Array.from(samples, ({ stream }) => stream);
        const found = atOnce(
          placeInTime({ streams, times, losses: [], mediaBytes: 1, isPacketWise: true }, [
            { kind: 'video', stepSeconds: made.isAnnounced ? 1 / made.rate : undefined, tickSeconds: 0.001 },
            { kind: 'audio', frameSeconds: 1024 / made.hertz, tickSeconds: 0.001 },
          ]),
        );
        const worst = worstApart(samples, times, made);
        for (const { basis, boundSeconds } of found) {
          if (basis === 'known') continue;
          assert.ok(boundSeconds !== undefined && worst <= boundSeconds, `${worst} s off, ${boundSeconds} s stated`);
        }
      }),
      { numRuns: 600, seed: 20261129, includeErrorInReport: true },
    );
  });

  test('holds where the writer keeps one track ahead from the beginning on, cut anywhere', () => {
    const kept = fc.record({
      hertz: fc.constantFrom(16000, 44100, 48000),
      rate: fc.constantFrom(15, 25, 30),
      // What is written of one track before any of the other, and how far it stays ahead.
      held: whole(0, 0.7),
      share: whole(0, 1),
      ahead: fc.constantFrom(video, audio),
      seconds: whole(1, 12),
      isAnnounced: fc.boolean(),
      jitter: whole(0, 0.04),
      draws: fc.nat(),
    });
    fc.assert(
      fc.property(kept, ({ hertz, rate, held, share, ahead, seconds, isAnnounced, jitter, draws }) => {
        let state = draws;
        const next = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
        const samples: Sample[] = [];
        for (const stream of [video, audio]) {
          const step = stream === audio ? 1024 / hertz : 1 / rate;
          let before = 0;
          for (let time = 0; time < seconds; time += step) {
            const due = stream === ahead ? time : Math.max(held, time + held * share);
            before = Math.max(before, due + jitter * next());
            samples.push({ stream, time, sent: before });
          }
        }
        samples.sort((a, b) => a.sent - b.sent || a.stream - b.stream);
        const times = new Float64Array(samples.length).fill(Number.NaN);
        const found = atOnce(
          placeInTime({ streams: Uint8Array.from(samples, ({ stream }) => stream), times, losses: [], mediaBytes: 1 }, [
            { kind: 'video', stepSeconds: isAnnounced ? 1 / rate : undefined, tickSeconds: 0.001 },
            { kind: 'audio', frameSeconds: 1024 / hertz, tickSeconds: 0.001 },
          ]),
        );
        const off = samples.map(({ stream, time }, n) => ({ stream, by: times[n]! - time }));
        const heard = off.find(({ stream }) => stream === audio)!;
        const worst = Math.max(
          ...off.filter(({ stream }) => stream === video).map(({ by }) => Math.abs(by - heard.by)),
        );
        for (const { basis, boundSeconds } of found) {
          if (basis === 'known') continue;
          assert.ok(boundSeconds !== undefined && worst <= boundSeconds, `${worst} s off, ${boundSeconds} s stated`);
        }
      }),
      { numRuns: 500, seed: 20261129, includeErrorInReport: true },
    );
  });

  test('is narrow where known times of both tracks tell the lag, and the rhythm is steady', () => {
    const samples = sent({
      ...{ hertz: 48000, rate: 25, isAnnounced: true, rhythm: 'steady', phase: 0.3, seconds: 12, late: 0, pause: 0 },
      ...{ lag: 0, burst: 0, isBurstRegular: true, known: 0, ofKnown: [video, audio], draws: 0 },
    });
    const stated = (known: number): number => {
      const times = Float64Array.from(samples, ({ time }, n) => (n < known ? time : Number.NaN));
      const streams = Uint8Array.from(samples, ({ stream }) => stream);
      const found = atOnce(
        placeInTime({ streams, times, losses: [], mediaBytes: 1, isPacketWise: true }, [
          { kind: 'video', stepSeconds: 0.04, tickSeconds: 0.001 },
          { kind: 'audio', frameSeconds: 1024 / 48000, tickSeconds: 0.001 },
        ]),
      );
      return found[video]!.boundSeconds!;
    };
    assert.ok(stated(400) < 0.1, `${stated(400)} s stated`);
    assert.ok(stated(0) > 0.1 && stated(0) < 0.2, `${stated(0)} s stated`);
  });
});
