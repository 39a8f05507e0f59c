/**
 * Times of recordings that were written in chunks, found from nothing but the order of their samples, against the times
 * they were made with. The layouts are those of real writers: chunk beside chunk as they become full (phones), one track
 * kept ahead of the other (CoreMedia), chunks of unequal lengths, all of one track behind all of the other.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { atOnce } from '../../../src/io/pace.ts';
import { placeInTime } from '../../../src/rescue/clocks/arrival-clock.ts';
import type { Arrivals, ArrivingStream, FoundTimes } from '../../../src/rescue/clocks/arrivals.ts';

import {
  asTheyFill,
  audio,
  chunks,
  cutAlike,
  frequencies,
  inTurn,
  layouts,
  rates,
  swung,
  track,
  turnsOf,
  video,
  type Sample,
} from './recorded-chunks.ts';

interface Placed {
  readonly found: readonly FoundTimes[];
  /** Seconds by which each sample is off, after both tracks were moved so that the audio's first is right. */
  readonly off: readonly { readonly stream: number; readonly time: number; readonly seconds: number }[];
}

function place(
  samples: readonly Sample[],
  step: number | undefined,
  frame: number,
  more: Partial<Arrivals> & { readonly isKnown?: (sample: Sample, number: number) => boolean } = {},
): Placed {
  const { isKnown, ...rest } = more;
  const times = Float64Array.from(samples, (sample, n) => (isKnown?.(sample, n) === true ? sample.time : Number.NaN));
  const streams: ArrivingStream[] = [
    { kind: 'video', stepSeconds: step, tickSeconds: 1 / 90000 },
    { kind: 'audio', frameSeconds: frame, tickSeconds: 1 / 48000 },
  ];
  const arrivals = {
    streams: Uint8Array.from(samples, ({ stream }) => stream),
    times,
    losses: [],
    mediaBytes: 1,
    ...rest,
  };
  const found = atOnce(placeInTime(arrivals, streams));
  const first = samples.findIndex(({ stream }) => stream === audio);
  const shift = isKnown === undefined ? times[first]! - samples[first]!.time : 0;
  return {
    found,
    off: samples.map(({ stream, time }, n) => ({ stream, time, seconds: times[n]! - shift - time })),
  };
}

/** The error that 95 % of the samples of a track do not exceed, in seconds. */
function error({ off }: Placed, stream: number): number {
  const own = off.filter((sample) => sample.stream === stream).map(({ seconds }) => Math.abs(seconds));
  return own.sort((a, b) => a - b)[Math.floor(own.length * 0.95)]!;
}

function assertRight(placed: Placed, what: string, limit = 0.04): void {
  for (const stream of [video, audio]) {
    const seconds = error(placed, stream);
    assert.ok(seconds <= limit, `${what}: ${stream === video ? 'video' : 'audio'} is ${seconds.toFixed(3)} s off`);
  }
}

/** Seconds within which audio beside a picture is heard with it. */
const together = 0.1;

/** Seconds that the worst picture is off against the audio that was recorded with it; pictures for which `isEdge` says so do not count. */
function worstApart({ off }: Placed, isEdge: (time: number) => boolean = () => false): number {
  const heard = off.filter(({ stream }) => stream === audio).sort((a, b) => a.time - b.time);
  let worst = 0;
  let at = 0;
  for (const { time, seconds } of off.filter(({ stream }) => stream === video).sort((a, b) => a.time - b.time)) {
    while (at + 1 < heard.length && Math.abs(heard[at + 1]!.time - time) <= Math.abs(heard[at]!.time - time)) at++;
    const beside = heard[at];
    if (beside !== undefined && Math.abs(beside.time - time) <= together && !isEdge(time)) {
      worst = Math.max(worst, Math.abs(seconds - beside.seconds));
    }
  }
  return worst;
}

/** The bound that is stated for a track against the other holds. */
function assertBounded(placed: Placed, isEdge?: (time: number) => boolean): void {
  const bound = placed.found[video]!.boundSeconds ?? Infinity;
  const worst = worstApart(placed, isEdge);
  assert.ok(worst <= bound + 1e-9, `${worst} s off, ${bound} s stated`);
}

describe('times of recordings that were written in chunks', () => {
  for (const seconds of [0.1, 0.2, 0.5, 1, 2, 3]) {
    for (const rate of rates) {
      test(`chunks of ${seconds} s at ${rate.toFixed(2)} pictures a second, either track first`, () => {
        for (const hertz of frequencies) {
          const [step, frame] = [1 / rate, 1024 / hertz];
          // Chunks of two pictures or of one frame are packets.
          if (seconds < 3 * Math.max(step, frame)) continue;
          const one = chunks(track(video, step), step, [seconds]);
          const other = chunks(track(audio, frame), frame, [seconds]);
          for (const known of [step, undefined]) {
            const what = `${hertz} Hz, the rate ${known === undefined ? 'un' : ''}known`;
            const [alike, beside] = [track(video, step), track(audio, frame)].map((all) => cutAlike(all, [seconds]));
            assertRight(place(inTurn(alike!, beside!), known, frame), `pictures first, ${what}`);
            assertRight(place(inTurn(beside!, alike!), known, frame), `audio first, ${what}`);
            const filled = place(asTheyFill(one, other), known, frame);
            // Chunks that drift against each other tell the rate only as well as they are short.
            if (known === undefined) assertBounded(filled);
            else assertRight(filled, `as they fill, ${what}`);
          }
        }
      });
    }
  }

  const [step, frame] = [1 / 25, 1024 / 48000];

  test('audio that is kept ahead of the pictures', () => {
    const one = cutAlike(track(video, step), [0.5]);
    const other = cutAlike(track(audio, frame), [2.5, ...Array.from({ length: 200 }, () => 0.5)]);
    for (const known of [step, undefined]) assertRight(place(inTurn(other, one), known, frame), 'CoreMedia');
  });

  test('all of one track behind all of the other', () => {
    const [pictures, sounds] = [track(video, step), track(audio, frame)];
    for (const known of [step, undefined]) {
      assertRight(place([...pictures, ...sounds], known, frame), 'pictures first');
      assertRight(place([...sounds, ...pictures], known, frame), 'audio first');
    }
  });

  test('each track in one chunk, one of them late: the bound is a number, and holds', () => {
    for (const from of [0.5, 4, 9]) {
      for (const which of [video, audio]) {
        const pictures = track(video, step, which === video ? { from } : {});
        const sounds = track(audio, frame, which === audio ? { from } : {});
        for (const made of [
          [...pictures, ...sounds],
          [...sounds, ...pictures],
        ]) {
          const placed = place(made, step, frame, { isClosed: true });
          assert.ok(placed.found[video]!.boundSeconds! < 2 * made.at(-1)!.time, 'no wider than the recording');
          assertBounded(placed);
        }
      }
    }
  });

  test('chunks of unequal lengths', () => {
    const lengths = [0.4, 1.3, 0.7, 2.1, 0.3];
    const one = cutAlike(track(video, step), lengths);
    const other = cutAlike(track(audio, frame), lengths);
    for (const known of [step, undefined]) {
      assertRight(place(inTurn(one, other), known, frame), 'alike');
      const others = chunks(track(audio, frame), frame, [0.9, 0.6, 1.7]);
      const each = chunks(track(video, step), step, lengths);
      assertRight(place(asTheyFill(each, others), known, frame), 'each track its own');
    }
  });

  test('a pause of one track stays one, within the chunk it is in', () => {
    for (const length of [1, 4, 10]) {
      const pauses = [{ at: 8, length }];
      const to = 30;
      const [whole, sounds] = [track(video, step, { to }), track(audio, frame, { to, pauses })];
      const paused = asTheyFill(chunks(whole, step, [1]), chunks(sounds, frame, [1]));
      assertRight(place(paused, step, frame), `audio paused for ${length} s`, step + 0.001);
      const still = track(video, step, { to, pauses });
      const stopped = asTheyFill(chunks(still, step, [1]), chunks(track(audio, frame, { to }), frame, [1]));
      assertRight(place(stopped, step, frame), `pictures paused for ${length} s`, step + 0.001);
    }
  });

  test('a pause shortly before the end of a recording that was closed stays one', () => {
    const to = 34;
    for (const at of [24, 28, 31]) {
      const pauses = [{ at, length: 5 }];
      const end = at + 8;
      const [whole, sounds] = [track(video, step, { to: end }), track(audio, frame, { to: end, pauses })];
      const paused = asTheyFill(chunks(whole, step, [1]), chunks(sounds, frame, [1]));
      assertRight(place(paused, step, frame, { isClosed: true }), `audio paused at ${at} s`, step + 0.001);
    }
    // Of a writer that keeps audio ahead a pause looks like what it held when it closed the file: the bound covers both.
    for (const length of [1, 3, 5]) {
      const sounds = cutAlike(track(audio, frame, { to, pauses: [{ at: 30, length }] }), [
        2.5,
        ...Array.from({ length: 200 }, () => 0.25),
      ]);
      const made = inTurn(sounds, cutAlike(track(video, step, { to }), [0.25]));
      assertBounded(place(made, step, frame, { isClosed: true }));
    }
  });

  test('what a writer that keeps audio ahead still held when it closed the file is no pause', () => {
    const to = 14;
    for (const ends of [to - 2, to - 1, to]) {
      const lengths = [3.2, ...Array.from({ length: 200 }, () => 0.64)];
      const sounds = chunks(track(audio, frame, { to: ends }), frame, lengths);
      const pictures = chunks(track(video, step, { to }), step, [0.64]);
      // In turn while both come, then the rest.
      const made = inTurn(sounds, pictures.slice(0, sounds.length));
      const rest = pictures.slice(sounds.length).flat();
      const placed = place([...made, ...rest], step, frame, { isClosed: true });
      assertRight(placed, `audio to ${ends} s`);
      assertBounded(placed);
    }
  });

  test('a few bytes behind what a writer still held, so that it does not seem to be closed: the bound holds for all of it', () => {
    const ahead = [2.07, ...Array.from({ length: 200 }, () => 0.15)];
    const sounds = chunks(track(audio, frame, { to: 9.9 }), frame, ahead);
    const pictures = chunks(track(video, 1 / 30, { to: 11 }), 1 / 30, [4 / 30]);
    const turns = sounds.length - 2;
    const rest = pictures.slice(turns).flat();
    const made = [
      ...inTurn(sounds.slice(0, turns), pictures.slice(0, turns)),
      ...[...rest.slice(0, -5), ...sounds.at(-2)!, ...rest.slice(-5), ...sounds.at(-1)!],
    ];
    const placed = place(made, 1 / 30, frame);
    const worst = Math.max(...placed.off.map(({ seconds }) => Math.abs(seconds)));
    const bound = placed.found[video]!.boundSeconds!;
    assert.ok(worst <= bound, `${worst} s off, ${bound} s stated`);
  });

  test('each track in two chunks, one of them ahead: the rate is that of all of it, and its bound holds', () => {
    for (const first of [0.3, 0.6, 1.5]) {
      for (const to of [3, 6]) {
        const [pictures, sounds] = [track(video, step, { to }), track(audio, frame, { to })];
        const made = inTurn(cutAlike(sounds, [2, to]), cutAlike(pictures, [first, to]));
        const placed = place(made, undefined, frame, { isClosed: true });
        assertRight(placed, `pictures to ${first} s beside audio to 2 s`, 0.04);
        for (const part of [0.5, 0.7, 0.9]) {
          assertBounded(place(made.slice(0, Math.floor(made.length * part)), undefined, frame));
        }
      }
    }
  });

  test('pictures at a varying rate stay beside their audio', () => {
    const pictures: Sample[] = [];
    for (let time = 0; time < 30; time += 1 / (22 + 8 * Math.sin(time / 4))) pictures.push({ stream: video, time });
    const made = asTheyFill(chunks(pictures, step, [1]), chunks(track(audio, frame, { to: 30 }), frame, [1]));
    assertBounded(place(made, undefined, frame));
    const inTime = inTurn(cutAlike(pictures, [1]), cutAlike(track(audio, frame, { to: 30 }), [1]));
    assertRight(place(inTime, undefined, frame), 'alike', 0.1);
  });

  test('a timing of the pictures that the audio contradicts is not believed, and said', () => {
    const made = asTheyFill(chunks(track(video, step), step, [1]), chunks(track(audio, frame), frame, [1]));
    const placed = place(made, 1 / 30, frame);
    assertRight(placed, 'announced as 30');
    assert.ok(Math.abs(placed.found[video]!.contradiction! - 0.2) < 0.02);
    assert.equal(place(made, step, frame).found[video]!.contradiction, undefined);
  });

  test('a recording that was closed ends with both its tracks: one that came late is known to', () => {
    for (const late of [1, 2.4, 5]) {
      const sounds = chunks(track(audio, frame, { from: late }), frame, [1]);
      const made = asTheyFill(chunks(track(video, step), step, [1]), sounds);
      assertRight(place(made, step, frame, { isClosed: true }), `audio ${late} s late`, 0.1);
    }
  });

  test('where nothing tells that a track came late, the bound that is stated holds', () => {
    fc.assert(
      fc.property(
        fc.record({
          late: fc.double({ min: 0, max: 5, noNaN: true }),
          which: fc.constantFrom(video, audio),
          length: fc.double({ min: 0.3, max: 3, noNaN: true }),
          rate: fc.constantFrom(...rates),
          hertz: fc.constantFrom(...frequencies),
          isKnown: fc.boolean(),
        }),
        ({ late, which, length, rate, hertz, isKnown }) => {
          const [one, other] = [1 / rate, 1024 / hertz];
          const starts = [video, audio].map((stream) => (stream === which ? late : 0));
          const made = asTheyFill(
            chunks(track(video, one, { from: starts[video]! }), one, [length]),
            chunks(track(audio, other, { from: starts[audio]! }), other, [length]),
          );
          const placed = place(made, isKnown ? one : undefined, other);
          assertBounded(placed);
        },
      ),
      { numRuns: 200, seed: 20261129 },
    );
  });

  test('wherever a recording in chunks breaks off, the bound that is stated holds', () => {
    const chunk = fc.double({ min: 0.1, max: 3, noNaN: true });
    const ahead = fc.double({ min: 0.2, max: 2.5, noNaN: true });
    const names = Object.keys(layouts) as (keyof typeof layouts)[];
    fc.assert(
      fc.property(
        fc.record({
          layout: fc.constantFrom(...names),
          one: chunk,
          other: ahead,
          seconds: fc.double({ min: 2, max: 20, noNaN: true }),
          share: fc.double({ min: 0.15, max: 1, noNaN: true }),
          late: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 5, noNaN: true })),
          which: fc.constantFrom(video, audio),
          rate: fc.constantFrom(...rates),
          hertz: fc.constantFrom(8000, 16000, 22050, 32000, 44100, 48000, 96000),
          isKnown: fc.boolean(),
          isVarying: fc.boolean(),
          pause: fc.oneof(fc.constant(0), fc.double({ min: 1, max: 10, noNaN: true })),
          pausing: fc.constantFrom(video, audio),
          // A recording by the same recorder, or one that another recorder put together.
          reference: fc.option(
            fc.record({
              layout: fc.option(fc.constantFrom(...names)),
              seconds: fc.double({ min: 1, max: 40, noNaN: true }),
            }),
          ),
        }),
        (drawn) => {
          const { layout, one, other, seconds, share, late, which, rate, hertz } = drawn;
          const { isKnown, isVarying, pause, pausing, reference } = drawn;
          const [step, frame] = [1 / rate, 1024 / hertz];
          // Chunks of single samples are packets.
          if (one < 2 * Math.max(step, frame)) return;
          const pauses = (stream: number): { at: number; length: number }[] =>
            stream === pausing && pause > 0 ? [{ at: seconds / 2, length: pause }] : [];
          // Of a writer that keeps one track ahead, a late one looks like one that is less ahead.
          // Beside another recorder's recording that would tell a lead as of that one, which no byte refutes.
          const isLate = reference?.layout === undefined || reference.layout === null;
          const from = (stream: number): number => (stream === which && isLate ? Math.min(late, seconds / 2) : 0);
          const to = seconds + pause;
          const steady = track(video, step, { from: from(video), to, pauses: pauses(video) });
          const shown = isVarying ? steady.map((one) => ({ ...one, time: swung(one.time) })) : steady;
          const heard = track(audio, frame, { from: from(audio), to, pauses: pauses(audio) });
          const made = layouts[layout](shown, heard, one, other, step, frame);
          const left = made.slice(0, Math.ceil(made.length * share));
          if (left.every(({ stream }) => stream === left[0]!.stream)) return;
          // Of a chunk beside a pause single samples may be on the other side of it.
          const edges = pause > 0 ? [seconds / 2, seconds / 2 + pause] : [];
          const isEdge = (time: number): boolean => edges.some((edge) => Math.abs(time - edge) < one + 2 * frame);
          const [lentShown, lentHeard] = [
            track(video, step, { to: reference?.seconds ?? 0 }),
            track(audio, frame, { to: reference?.seconds ?? 0 }),
          ];
          const lent = layouts[reference?.layout ?? layout](lentShown, lentHeard, one, other, step, frame);
          const turns = reference === null ? undefined : turnsOf(lent, [step, frame]);
          const placed = place(left, isKnown ? step : undefined, frame, { isClosed: share === 1, turns });
          assertBounded(placed, isEdge);
        },
      ),
      { numRuns: 600, seed: 20261129, includeErrorInReport: true },
    );
  });

  test('a recording by the same recorder tells how far its writer keeps audio ahead', () => {
    const written = (to: number, isVarying: boolean): Sample[] => {
      const steady = track(video, step, { to });
      const pictures = isVarying ? steady.map((one) => ({ ...one, time: swung(one.time) })) : steady;
      const ahead = [2.5, ...Array.from({ length: 200 }, () => 0.5)];
      return inTurn(cutAlike(track(audio, frame, { to }), ahead), cutAlike(pictures, [0.5]));
    };
    const placedBy = (lent: boolean, isVarying: boolean): Placed => {
      const turns = lent ? turnsOf(written(14, isVarying), [step, frame]) : undefined;
      return place(written(10, isVarying).slice(0, 500), isVarying ? undefined : step, frame, { turns });
    };
    for (const [what, placed, limit] of [
      ['pictures come at a steady rate', placedBy(true, false), 0.001],
      ['pictures come at a varying rate', placedBy(true, true), 0.2],
    ] as const) {
      const worst = worstApart(placed);
      assert.ok(worst <= limit, `${what}: ${worst} s off`);
      assertBounded(placed);
    }
    const stated = (placed: Placed): number => placed.found[video]!.boundSeconds!;
    assert.ok(stated(placedBy(true, false)) < 1, `${stated(placedBy(true, false))} s stated`);
    assert.ok(stated(placedBy(false, false)) > 3, `${stated(placedBy(false, false))} s stated without it`);
    assert.ok(worstApart(placedBy(false, true)) > 1, 'the order alone does not tell it');
  });

  test('where an index tells the beginning, the rest goes on from it', () => {
    const made = asTheyFill(
      chunks(track(video, step), step, [1]),
      chunks(track(audio, frame, { from: 0.7 }), frame, [1]),
    );
    const half = made.length >> 1;
    assertRight(place(made, step, frame, { isKnown: (_, n) => n < half }), 'both');
    assertRight(place(made, undefined, frame, { isKnown: (_, n) => n < half }), 'both, the rate unknown');
  });

  test('where one track is known, the other is placed beside it', () => {
    const pauses = [{ at: 8, length: 4 }];
    const made = asTheyFill(chunks(track(video, step), step, [1]), chunks(track(audio, frame, { pauses }), frame, [1]));
    assertRight(place(made, step, frame, { isKnown: ({ stream }) => stream === video }), 'audio beside pictures', 0.05);
  });
});
