/** Times of a program on one timeline: over wraps, clock resets, joins; picture and sound keep their distance. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Timeline, type TimelinePosition } from '../../src/mpegts/timeline.ts';

const wrap = 2 ** 33;
const video = 0x100;
const audio = 0x101;

interface Unit {
  readonly key: number;
  readonly raw: number;
}

/** A stretch of picture every 3600 ticks and sound every 1920, sound `late` ticks behind in the file. */
function stretch(from: number, ticks: number, late = 20_000): Unit[] {
  const units: { key: number; raw: number; at: number }[] = [];
  for (let at = 0; at < ticks; at += 3600) units.push({ key: video, raw: (from + at + wrap) % wrap, at });
  for (let at = 0; at < ticks; at += 1920) units.push({ key: audio, raw: (from + at + wrap) % wrap, at: at + late });
  return units.toSorted((one, other) => one.at - other.at);
}

/** Sound of one stretch still comes when the picture of the next has begun. */
function joined(...stretches: readonly Unit[][]): Unit[] {
  const units: Unit[] = [];
  let held: Unit[] = [];
  for (const each of stretches) {
    units.push(...each.slice(0, 3), ...held, ...each.slice(3, -6));
    held = each.slice(-6);
  }
  return [...units, ...held];
}

function placed(units: readonly Unit[], flagged: ReadonlySet<number> = new Set()): Map<number, number[]> {
  const timeline = new Timeline();
  const places: { key: number; place: TimelinePosition }[] = [];
  for (const [index, { key, raw }] of units.entries()) {
    places.push({ key, place: timeline.take(key, raw, 'media', flagged.has(index)) });
  }
  const times = new Map<number, number[]>();
  for (const { key, place } of places) {
    const of = times.get(key) ?? [];
    of.push(timeline.ticksOf(place));
    times.set(key, of);
  }
  return times;
}

function assertContinuous(units: readonly Unit[], pause: number): void {
  const times = placed(units);
  for (const [key, step] of [
    [video, 3600],
    [audio, 1920],
  ] as const) {
    const of = times.get(key)!;
    for (let i = 1; i < of.length; i++) {
      const ahead = of[i]! - of[i - 1]!;
      assert.ok(ahead > 0 && ahead <= step + pause, `${key.toString(16)}: step ${ahead} at ${i}`);
    }
  }
}

describe('a timeline', () => {
  test('goes on over the wrap of 33 bits, also where only the sound stands before it', () => {
    assertContinuous(stretch(wrap - 360_000, 720_000), 0);
    const times = placed([{ key: audio, raw: wrap - 900 }, ...stretch(900, 90_000, 100)]);
    assert.equal(times.get(audio)![0], 0);
    assert.equal(times.get(video)![0], 1800);
  });

  for (const [name, from] of [
    ['begins anew', 126_000],
    ['is hours ahead', 4 * 3600 * 90_000],
    ['is two seconds back', 126_000 + 180_000],
  ] as const) {
    test(`goes on where the clock ${name}, picture and sound together`, () => {
      const first = stretch(126_000, 360_000);
      const units = joined(first, stretch(from, 360_000));
      assertContinuous(units, 3600);
      const times = placed(units);
      const [pictures, sounds] = [times.get(video)!, times.get(audio)!];
      const half = pictures.length / 2;
      assert.equal(pictures[half]! - sounds[sounds.length / 2]!, pictures[0]! - sounds[0]!);
    });
  }

  test('goes on over hundreds of joined segments', () => {
    const units = joined(...Array.from({ length: 300 }, () => stretch(126_000, 180_000)));
    assertContinuous(units, 3600);
    const pictures = placed(units).get(video)!;
    assert.ok(Math.abs(pictures.at(-1)! + 3600 - pictures[0]! - 300 * 180_000) < 300 * 3600);
  });

  test('is not moved by a single time that is wrong', () => {
    const units = stretch(126_000, 900_000);
    const wrong = units.findIndex(({ key, raw }) => key === video && raw === 126_000 + 100 * 3600);
    const damaged = units.map((unit, index) => (index === wrong ? { ...unit, raw: 7_000_000_000 } : unit));
    const [right, moved] = [placed(units), placed(damaged)];
    assert.deepEqual(moved, right);
  });

  for (const ahead of [3, 20, -3, -20]) {
    test(`is not moved by a single time ${Math.abs(ahead)} s ${ahead > 0 ? 'ahead' : 'behind'}`, () => {
      for (const key of [video, audio]) {
        const units = stretch(126_000, 900_000);
        const wrong = units.findIndex((unit, index) => unit.key === key && index > units.length / 2);
        const damaged = units.map((unit, index) =>
          index === wrong ? { ...unit, raw: (unit.raw + ahead * 90_000 + wrap) % wrap } : unit,
        );
        const [right, moved] = [placed(units), placed(damaged)];
        for (const each of [video, audio]) {
          const others = moved.get(each)!.filter((time, index) => time !== right.get(each)![index]);
          assert.ok(others.length <= (each === key ? 1 : 0), `${others.length} times of ${each.toString(16)}`);
        }
      }
    });
  }

  test('is not moved by many single times that are wrong, each another', () => {
    const units = stretch(126_000, 3_600_000);
    const pictures = units.flatMap(({ key }, index) => (key === video ? [index] : []));
    const wrong = new Set(pictures.filter((_, nth) => nth % 31 === 17));
    const damaged = units.map((unit, index) =>
      wrong.has(index) ? { ...unit, raw: (index * 7_000_000_000) % wrap } : unit,
    );
    const [right, moved] = [placed(units), placed(damaged)];
    assert.deepEqual(moved, right);
  });

  for (const [name, of] of [
    ['with a clock of its own', () => stretch(40_000_000, 540_000)],
    ['with a clock that begins anew', () => stretch(126_000, 540_000)],
    ['shorter than the pauses that clocks have', () => stretch(126_000, 45_000)],
    [
      'whose audio comes in three PES packets',
      () => stretch(40_000_000, 90_000).filter(({ key, raw }) => key === video || (raw - 40_000_000) % 30_720 === 0),
    ],
    ['without audio', () => stretch(126_000, 540_000).filter(({ key }) => key === video)],
  ] as const) {
    test(`an advertisement ${name} takes its time, although the clock of the programme goes on behind it`, () => {
      const advertisement = of();
      const programme = stretch(9_000_000, 1_800_000);
      const half = programme.findIndex(({ raw }) => raw >= 9_900_000);
      const [first, second] = [programme.slice(0, half), programme.slice(half)];
      const units = [...first, ...advertisement, ...second, ...advertisement, ...stretch(10_800_000, 900_000)];
      const times = placed(units).get(video)!;
      const pictures = units.filter(({ key }) => key === video).length;
      for (let i = 1; i < times.length; i++) assert.ok(times[i]! > times[i - 1]!, `picture ${i}`);
      assert.ok(Math.abs(times.at(-1)! - (pictures - 1) * 3600) < 7 * 3600, `${times.at(-1)}`);
      // Audio and picture are as far apart in each part of the programme.
      const sounds = placed(units).get(audio)!;
      const apart = [times.at(-1)! - sounds.at(-1)!, times[0]! - sounds[0]!];
      assert.ok(Math.abs(apart[0]! - apart[1]!) < 3600, `${apart}`);
    });
  }

  test('a stream that is on a clock of its own from its beginning goes on beside the others', () => {
    const foreign = stretch(126_000, 1_800_000).map((unit) =>
      unit.key === audio ? { ...unit, raw: unit.raw + 70_000_000 } : unit,
    );
    const times = placed(foreign);
    assert.ok(Math.abs(times.get(audio)![0]! - times.get(video)![0]!) < 90_000, `${times.get(audio)![0]}`);
  });

  test('keeps a pause, and streams that come seldom', () => {
    const times = placed([...stretch(0, 90_000), ...stretch(90_000 * 21, 90_000)]);
    assert.equal(times.get(video)![25]! - times.get(video)![24]!, 90_000 * 20 + 3600);
    const slides = [0, 60, 120].map((second) => ({ key: video, raw: second * 90_000 }));
    const sounds = stretch(0, 121 * 90_000).filter(({ key }) => key === audio);
    const merged = [...sounds, ...slides].toSorted((one, other) => one.raw - other.raw);
    assert.deepEqual(placed(merged).get(video), [0, 60 * 90_000, 120 * 90_000]);
  });
});
