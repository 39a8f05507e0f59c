import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Column } from '../../src/media/column.ts';
import { Findings, type Finding } from '../../src/media/findings.ts';
import { SampleTable } from '../../src/media/sample-table.ts';
import { makeDecodeTimesRise, placeOnTimeline, usualDuration } from '../../src/media/timeline.ts';
import type { Track } from '../../src/media/track.ts';

/** A table of samples recorded at these decode times; the last one lasts `lastDuration`. */
function tableAt(
  decodeTimes: readonly number[],
  compositionOffsets?: readonly number[],
  lastDuration = 40,
): SampleTable {
  const table = new SampleTable();
  for (const [index, time] of decodeTimes.entries()) {
    table.offsets.push(16 + index);
    table.sizes.push(1);
    // A step back is what a recorder writes of it: modulo 2^32.
    table.durations.push(index + 1 < decodeTimes.length ? decodeTimes[index + 1]! - time : lastDuration);
  }
  table.firstDecodeTime = decodeTimes[0] ?? 0;
  if (compositionOffsets !== undefined) {
    table.compositionOffsets = new Column(Int32Array);
    for (const offset of compositionOffsets) table.compositionOffsets.push(offset);
  }
  return table;
}

function decodeTimesOf(table: SampleTable): number[] {
  let time = table.firstDecodeTime;
  return Array.from({ length: table.length }, (_, index) => {
    const own = time;
    time += table.durations.at(index);
    return own;
  });
}

function presentationTimesOf(table: SampleTable): number[] {
  return decodeTimesOf(table).map((time, index) => time + table.compositionOffset(index));
}

/** Times from 0 on, these steps apart. */
function timesOf(steps: readonly number[]): number[] {
  let time = 0;
  return [0, ...steps.map((step) => (time += step))];
}

/** Times at an even pace. */
function every(step: number, count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, index) => from + step * index);
}

interface Risen {
  readonly table: SampleTable;
  readonly decodeTimes: number[];
  readonly presentationTimes: number[];
  readonly found: Finding[];
}

function rise(kind: 'video' | 'audio', table: SampleTable, timescale = 1000): Risen {
  const findings = new Findings();
  makeDecodeTimesRise({ kind, timescale, samples: table }, findings, 'rec.mp4.track1');
  return {
    table,
    decodeTimes: decodeTimesOf(table),
    presentationTimes: presentationTimesOf(table),
    found: findings.list(),
  };
}

describe('makeDecodeTimesRise', () => {
  test('leaves times that rise, stand still or pause as they are', () => {
    const times = [0, 40, 80, 80, 81, 20_081, 20_121];
    const { decodeTimes, found } = rise('video', tableAt(times, [0, 80, 0, -40, 0, 0, 0]));
    assert.deepEqual(decodeTimes, times);
    assert.deepEqual(found, []);
  });

  test('leaves tables without samples, and with one, alone', () => {
    assert.deepEqual(rise('video', tableAt([])).decodeTimes, []);
    assert.deepEqual(rise('audio', tableAt([500])).decodeTimes, [500]);
  });

  test('one picture that steps back is decoded between its neighbours and shown when it was recorded to be', () => {
    // As a real recorder wrote it: 267 ms back (4294967029 in the track file), and right again.
    const times = [...every(33, 90), 2670, 3003, 3036];
    const { decodeTimes, presentationTimes, found } = rise('video', tableAt(times));
    assert.deepEqual(decodeTimes, [...every(33, 90), 2970, 3003, 3036]);
    assert.deepEqual(presentationTimes, times);
    assert.equal(found.length, 1);
    assert.deepEqual(
      { ...found[0], message: '' },
      {
        code: 'decode-time-backward',
        severity: 'warning',
        message: '',
        file: 'rec.mp4.track1',
        track: 'video',
        sample: 91,
      },
    );
    assert.match(found[0]!.message, /sample 91: .*back by 267 ms/);
  });

  test('a picture that steps back before the first one of all is shown when it is decoded: nothing comes before the first', () => {
    const { decodeTimes, presentationTimes } = rise('video', tableAt([2900, 2933, 2967, 2700, 3033]));
    assert.deepEqual(decodeTimes, [2900, 2933, 2967, 3000, 3033]);
    assert.deepEqual(presentationTimes, decodeTimes);
  });

  test('several pictures that step back keep their presentation times, also with composition offsets', () => {
    const times = [...every(40, 20), 500, 540, 580, 920, 960];
    const offsets = times.map((_, index) => [80, 160, 0, 40][index % 4]!);
    const recorded = times.map((time, index) => time + offsets[index]!);
    const { decodeTimes, presentationTimes } = rise('video', tableAt(times, offsets));
    assert.deepEqual(decodeTimes, [...every(40, 20), 800, 840, 880, 920, 960]);
    assert.deepEqual(presentationTimes, recorded);
  });

  test('sound that steps back is spread evenly, for a player presents it when it is decoded', () => {
    const times = [...every(23, 10), 100, 123, 300, 323];
    const { decodeTimes, table, found } = rise('audio', tableAt(times));
    assert.deepEqual(decodeTimes, [...every(23, 10), 238, 269, 300, 323]);
    assert.equal(table.compositionOffsets, undefined);
    assert.equal(found[0]?.track, 'audio');
    assert.doesNotMatch(found[0]?.message ?? '', /presentation times kept/);
  });

  test('the second sample may step back, and the stumble may reach to the last one', () => {
    assert.deepEqual(rise('audio', tableAt([100, 0, 140, 180])).decodeTimes, [100, 120, 140, 180]);
    assert.deepEqual(rise('audio', tableAt([100, 140, 20, 220])).decodeTimes, [100, 140, 180, 220]);
  });

  test('a last sample that steps back goes on at the usual pace', () => {
    const { decodeTimes, found } = rise('video', tableAt([...every(40, 10), 0]));
    assert.deepEqual(decodeTimes, every(40, 11));
    assert.equal(found.length, 1);
    assert.equal(found[0]?.sample, 11);
  });

  test('a few samples that run ahead do not hold up those after them', () => {
    const times = [...every(40, 20), 5000, 5040, 5080, ...every(40, 200, 920)];
    const { decodeTimes, presentationTimes, found } = rise('video', tableAt(times));
    assert.deepEqual(decodeTimes, every(40, 223));
    assert.deepEqual(presentationTimes, times);
    assert.equal(found.length, 1);
    assert.match(found[0]!.message, /sample 24: .*back by 4160 ms, after running ahead/);
    const sound = rise('audio', tableAt([...every(23, 20), 60_000, ...every(23, 100, 483)]));
    assert.deepEqual(sound.decodeTimes, every(23, 121));
  });

  test('the second sample may run ahead', () => {
    assert.deepEqual(rise('audio', tableAt([0, 9000, 46, 69])).decodeTimes, [0, 23, 46, 69]);
  });

  test('a clock set back for good goes on without the step, and what follows keeps its distances', () => {
    const after = [...every(40, 50, 7), 5000, ...every(40, 50, 5033)];
    const { decodeTimes, presentationTimes, found } = rise('video', tableAt([...every(40, 200), ...after]));
    assert.deepEqual(decodeTimes, [...every(40, 200), ...after.map((time) => time + 8000 - 7)]);
    assert.deepEqual(presentationTimes, decodeTimes);
    assert.equal(found.length, 1);
    assert.match(found[0]!.message, /sample 201: .*set back by 7953 ms/);
  });

  test('a clock set back and put right later is taken up again', () => {
    // Back by two seconds for 60 pictures, then right again: pictures 161 on are where they were recorded.
    const times = [...every(40, 100), ...every(40, 60, 2000), ...every(40, 40, 6400)];
    const { decodeTimes, found } = rise('video', tableAt(times));
    assert.deepEqual(decodeTimes, [...every(40, 160), ...every(40, 40, 6400)]);
    assert.equal(found.length, 1);
  });

  test('several setbacks and stumbles each cost one step, and are told as one finding with a count', () => {
    const times = [
      ...every(40, 50), // to 1960
      1000, // a stumble of one
      ...every(40, 50, 2040), // to 4000
      ...every(40, 50, 0), // set back for good
      ...every(40, 50, 0), // and again
      500, // a step back while behind is one more setback
      540,
    ];
    const { decodeTimes, found } = rise('audio', tableAt(times));
    assert.deepEqual(decodeTimes, every(40, times.length));
    assert.equal(found.length, 1);
    assert.equal(found[0]?.repeated, 3);
  });

  test('tells the length of the step in milliseconds of any timescale', () => {
    const { found } = rise('video', tableAt([0, 3600, 7200, 3600, 14_400], undefined, 3600), 90_000);
    assert.match(found[0]!.message, /back by 40 ms/);
  });

  const delta = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(40, 33, 23, 1, 0) },
    { weight: 2, arbitrary: fc.integer({ min: -5000, max: 5000 }) },
    fc.integer({ min: -0x80000000, max: 0x7fffffff }),
  );
  const offsets = fc.option(fc.infiniteStream(fc.integer({ min: -500, max: 500 })), { nil: undefined });

  test('whatever was recorded, decode times never fall, and nothing takes longer than was recorded', () => {
    fc.assert(
      fc.property(
        fc.array(delta, { maxLength: 150 }),
        offsets,
        fc.constantFrom('video', 'audio'),
        (deltas, cts, kind) => {
          const recorded = timesOf(deltas);
          const table = tableAt(recorded, cts === undefined ? undefined : recorded.map(() => cts.next().value));
          const steps = recorded.map((_, index) => table.durations.at(index));
          const usual = usualDuration(table);
          const { decodeTimes, found } = rise(kind as 'video' | 'audio', table);
          assert.equal(table.length, recorded.length);
          for (let index = 0; index < table.length; index++) {
            assert.ok((table.durations.at(index) | 0) >= 0, `duration ${index} is not negative`);
          }
          const falls = deltas.filter((step) => step < 0).length;
          const forward = deltas.reduce((sum, step) => sum + Math.max(0, step), 0);
          assert.ok(decodeTimes.at(-1)! <= forward + falls * usual);
          assert.ok(decodeTimes.at(-1)! >= recorded.at(-1)!, 'the clock written is never behind the one recorded');
          assert.equal(found.length, falls === 0 ? 0 : 1);
          if (falls === 0) assert.deepEqual([...table.durations.values()], steps);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a second time there is nothing left to do', () => {
    fc.assert(
      fc.property(fc.array(delta, { maxLength: 60 }), (deltas) => {
        const { table } = rise('video', tableAt(timesOf(deltas)));
        const once = [...table.durations.values()];
        assert.deepEqual(rise('video', table).found, []);
        assert.deepEqual([...table.durations.values()], once);
      }),
    );
  });
});

describe('usualDuration', () => {
  test('is the one met most often, however long the others are', () => {
    assert.equal(usualDuration(tableAt([0, 40, 80, 5080, 5120, 5100, 5160])), 40);
  });

  test('is at least one tick, for a table without any', () => {
    assert.equal(usualDuration(new SampleTable()), 1);
    assert.equal(usualDuration(tableAt([0, 0, 0], undefined, 0)), 1);
    assert.equal(usualDuration(tableAt([100, 50, 0], undefined, 0)), 1);
  });
});

describe('placeOnTimeline', () => {
  const track = (kind: 'video' | 'audio', timescale: number, samples: SampleTable): Track =>
    ({ id: kind === 'video' ? 1 : 2, kind, timescale, samples }) as unknown as Track;
  const placed = (...tracks: Track[]): [delay: number, start: number, duration: number][] =>
    placeOnTimeline(tracks).map((place) => [place.delaySeconds, place.presentationStart, place.presentationDuration]);

  test('keeps the distance between the tracks, whatever their timescales', () => {
    const video = track('video', 90_000, tableAt(every(3600, 25, 900_000), undefined, 3600)); // from 10 s
    const audio = track('audio', 48_000, tableAt(every(1024, 50, 560_592), undefined, 1024)); // from 11.679 s
    assert.deepEqual(placed(video, audio), [
      [0, 0, 90_000],
      [11.679 - 10, 0, 51_200],
    ]);
    assert.deepEqual(placed(audio, video), placed(video, audio).toReversed());
  });

  test('begins with the first picture after reordering, which need not be the first sample', () => {
    // Decoded at 0, 40, 80, 120; shown at 120, 40 (first), 160, 80.
    const video = track('video', 1000, tableAt([0, 40, 80, 120], [120, 0, 80, -40]));
    const audio = track('audio', 1000, tableAt([0, 20, 40], undefined, 20));
    assert.deepEqual(placed(video, audio), [
      [0.04, 40, 160],
      [0, 0, 60],
    ]);
  });

  test('a presentation that begins before the first decode time has a negative start, and the others wait for it', () => {
    const video = track('video', 1000, tableAt([0, 40, 80], [-40, -40, -40]));
    const audio = track('audio', 1000, tableAt([0, 20], undefined, 20));
    assert.deepEqual(placed(video, audio), [
      [0, -40, 120],
      [0.04, 0, 40],
    ]);
  });

  test('a constant composition offset delays the track by as much', () => {
    const video = track('video', 1000, tableAt([0, 40], [80, 80]));
    const audio = track('audio', 1000, tableAt([0, 20], undefined, 20));
    assert.deepEqual(placed(video, audio), [
      [0.08, 80, 80],
      [0, 0, 40],
    ]);
  });

  test('an empty track has no place and moves no other', () => {
    const empty = track('video', 1000, tableAt([]));
    empty.samples.firstDecodeTime = -5000;
    const audio = track('audio', 1000, tableAt([700, 720], undefined, 20));
    assert.deepEqual(placed(empty, audio), [
      [0, 0, 0],
      [0, 0, 40],
    ]);
    assert.deepEqual(placed(empty), [[0, 0, 0]]);
    assert.deepEqual(placed(), []);
  });

  test('a clock that begins below zero is like any other', () => {
    const video = track('video', 1000, tableAt([-500, -460]));
    const audio = track('audio', 1000, tableAt([-100, -80], undefined, 20));
    assert.deepEqual(placed(video, audio), [
      [0, 0, 80],
      [0.4, 0, 40],
    ]);
  });
});
