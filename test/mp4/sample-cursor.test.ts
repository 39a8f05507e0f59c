import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { placeOnTimeline } from '../../src/media/timeline.ts';
import { box, child, container, fullBox, type Box } from '../../src/mp4/box.ts';
import { movieBox } from './movie-box.ts';
import { SampleCursor, sampleTableOf } from '../../src/mp4/sample-cursor.ts';
import { mutants } from '../support/damage.ts';
import { bytesOfBox, firstBox } from './memory-source.ts';
import { audioTrack, evenTable, tableOf, traksOf, videoTrack, type Sample } from './movies.ts';

/** What a cursor finds, at most `limit` samples of it. */
function walk(cursor: SampleCursor, limit = Infinity): Sample[] {
  const found: Sample[] = [];
  while (found.length < limit && cursor.next()) {
    const { offset, size, duration, compositionOffset, sync } = cursor;
    found.push({ offset, size, duration, compositionOffset, sync });
  }
  return found;
}

/** Samples that come one after the other in time, somewhere in a file of up to 2^50 bytes. */
const samplesUpTo = (maxLength: number): fc.Arbitrary<Sample[]> =>
  fc
    .array(
      fc.record({
        gap: fc.oneof(
          { weight: 4, arbitrary: fc.constant(0) },
          fc.nat(1000),
          fc.maxSafeNat().map((n) => n % 2 ** 42),
        ),
        size: fc.oneof(fc.constant(417), fc.nat(5000), fc.nat(0x7fffffff)),
        duration: fc.oneof(fc.constant(40), fc.nat(100), fc.nat(2 ** 24)),
        compositionOffset: fc.oneof(
          fc.constant(80),
          fc.integer({ min: -200, max: 200 }),
          fc.integer({ min: -(2 ** 28), max: 2 ** 28 }),
        ),
        sync: fc.boolean(),
      }),
      { minLength: 1, maxLength },
    )
    .map((steps) => {
      let end = 16;
      return steps.map(({ gap, ...sample }) => {
        const offset = end + gap;
        end = offset + sample.size;
        return { ...sample, offset };
      });
    });

/** By how much composition offsets must be raised for the earliest picture to come no earlier than the first decode time. */
function raiseOf(samples: readonly Sample[]): number {
  let decodeTime = 0;
  let raise = 0;
  for (const { duration, compositionOffset } of samples) {
    raise = Math.max(raise, -(decodeTime + compositionOffset));
    decodeTime += duration;
  }
  return raise;
}

describe('SampleCursor', () => {
  test('walks every sample of any movie to where, when and how it was written', () => {
    fc.assert(
      fc.property(
        samplesUpTo(120),
        samplesUpTo(60).map((samples) => samples.map((sample) => ({ ...sample, compositionOffset: 0, sync: true }))),
        fc.nat(100_000),
        fc.boolean(),
        (pictures, sounds, shift, sparse) => {
          const tracks = [videoTrack(tableOf(pictures, sparse)), audioTrack(tableOf(sounds))];
          const options = { creationTime: 0, timescale: 1000, shift: () => shift, largeOffsets: true };
          const [first, second] = traksOf(bytesOfBox(movieBox(placeOnTimeline(tracks), options)));
          const raise = raiseOf(pictures);
          // Without a table of sync samples all samples are sync samples; a table without entries says that none is.
          const someSync = pictures.some(({ sync }) => sync);
          const expected = pictures.map((sample) => ({
            ...sample,
            offset: sample.offset + shift,
            compositionOffset: sample.compositionOffset + raise,
            sync: someSync && sample.sync,
          }));
          const cursor = new SampleCursor(sampleTableOf(first!)!);
          assert.equal(cursor.count, pictures.length);
          assert.deepEqual(walk(cursor), expected);
          assert.deepEqual(
            walk(new SampleCursor(sampleTableOf(second!)!)),
            sounds.map((sample) => ({ ...sample, offset: sample.offset + shift })),
          );
        },
      ),
    );
  });

  test('finds samples beyond 4 GiB through co64, and up to there through stco', () => {
    const at = (offset: number): Sample => ({ offset, size: 10, duration: 40, compositionOffset: 0, sync: true });
    for (const [largeOffsets, offsets] of [
      [true, [0xfffffff6, 0x1_0000_0000, 0x1_0000_000a, 2 ** 50]],
      [false, [16, 0xfffffff0 - 100]],
    ] as const) {
      const samples = offsets.map(at);
      const options = { creationTime: 0, timescale: 1000, shift: () => 100, largeOffsets };
      const [trak] = traksOf(bytesOfBox(movieBox(placeOnTimeline([videoTrack(tableOf(samples))]), options)));
      const table = sampleTableOf(trak!)!;
      assert.equal(child(table, largeOffsets ? 'stco' : 'co64'), undefined);
      assert.deepEqual(
        walk(new SampleCursor(table)).map(({ offset }) => offset),
        offsets.map((offset) => offset + 100),
      );
    }
  });

  test('walks tables longer than it reads at once', () => {
    const samples = Array.from({ length: 30_000 }, (_, index): Sample => ({
      offset: 16 + 2000 * index,
      size: 1 + ((index * 7919) % 1999),
      duration: 20 + (index % 3),
      compositionOffset: (index % 5) * 40,
      sync: index % 60 === 0,
    }));
    const options = { creationTime: 0, timescale: 1000, shift: () => 0, largeOffsets: false };
    const [trak] = traksOf(bytesOfBox(movieBox(placeOnTimeline([videoTrack(tableOf(samples))]), options)));
    assert.deepEqual(walk(new SampleCursor(sampleTableOf(trak!)!)), samples);
  });

  test('stops where a table has no more to say, and says nothing of a table that is not there', () => {
    const stsz = fullBox('stsz', 0, 0, (sink) => [0, 3, 10, 20, 30].forEach((value) => sink.u32(value)));
    const stts = fullBox('stts', 0, 0, (sink) => [1, 3, 40].forEach((value) => sink.u32(value)));
    const shortStts = fullBox('stts', 0, 0, (sink) => [1, 2, 40].forEach((value) => sink.u32(value)));
    const stsc = fullBox('stsc', 0, 0, (sink) => [1, 1, 2, 1].forEach((value) => sink.u32(value)));
    const stco = fullBox('stco', 0, 0, (sink) => [2, 100, 200].forEach((value) => sink.u32(value)));
    const shortStco = fullBox('stco', 0, 0, (sink) => [1, 100].forEach((value) => sink.u32(value)));
    const noStsc = fullBox('stsc', 0, 0, (sink) => sink.u32(0));
    const offsetsOf = (...boxes: Box[]): number[] =>
      walk(new SampleCursor(firstBox(bytesOfBox(container('stbl', boxes))))).map(({ offset }) => offset);
    assert.deepEqual(offsetsOf(stsz, stts, stsc, stco), [100, 110, 200]);
    assert.deepEqual(offsetsOf(stsz, shortStts, stsc, stco), [100, 110]);
    assert.deepEqual(offsetsOf(stsz, stts, stsc, shortStco), [100, 110]);
    assert.deepEqual(offsetsOf(stsz, stts, noStsc, stco), []);
    for (const missing of [stsz, stts, stsc, stco]) {
      assert.deepEqual(offsetsOf(...[stsz, stts, stsc, stco].filter((each) => each !== missing)), []);
    }
    assert.deepEqual(offsetsOf(), []);
  });

  test('reads negative composition offsets whatever version the box has, as recorders write them', () => {
    const boxes = [
      fullBox('stsz', 0, 0, (sink) => [10, 1].forEach((value) => sink.u32(value))),
      fullBox('stts', 0, 0, (sink) => [1, 1, 40].forEach((value) => sink.u32(value))),
      fullBox('stsc', 0, 0, (sink) => [1, 1, 1, 1].forEach((value) => sink.u32(value))),
      fullBox('stco', 0, 0, (sink) => [1, 100].forEach((value) => sink.u32(value))),
    ];
    for (const version of [0, 1]) {
      const ctts = fullBox('ctts', version, 0, (sink) => [1, 1, 0xffffffd8].forEach((value) => sink.u32(value)));
      const [sample] = walk(new SampleCursor(firstBox(bytesOfBox(container('stbl', [...boxes, ctts])))));
      assert.equal(sample?.compositionOffset, -40);
    }
  });

  test('four billion samples of a common size end with the times and chunks that are really there', () => {
    const boxes = [
      fullBox('stsz', 0, 0, (sink) => [10, 0xffffffff].forEach((value) => sink.u32(value))),
      fullBox('stts', 0, 0, (sink) => [0xffffffff, 0xffffffff, 40].forEach((value) => sink.u32(value))),
      fullBox('stsc', 0, 0, (sink) => [0xffffffff, 1, 3, 1].forEach((value) => sink.u32(value))),
      fullBox('stco', 0, 0, (sink) => [0xffffffff, 100, 200].forEach((value) => sink.u32(value))),
    ];
    assert.equal(walk(new SampleCursor(firstBox(bytesOfBox(container('stbl', boxes)))), 1000).length, 6);
  });
});

test('sampleTableOf finds no table where one of the boxes around it is missing', () => {
  assert.equal(sampleTableOf(firstBox(bytesOfBox(container('trak', [])))), undefined);
  const without = container('trak', [container('mdia', [box('stbl', () => {})])]);
  assert.equal(sampleTableOf(firstBox(bytesOfBox(without))), undefined);
});

test('no damage to a moov makes reading it throw or go on for ever', () => {
  const tracks = [videoTrack(evenTable(200, 40, 0, 80)), audioTrack(evenTable(100, 23, 1679))];
  const options = { creationTime: 0, timescale: 1000, shift: () => 5000, largeOffsets: true };
  const moov = bytesOfBox(movieBox(placeOnTimeline(tracks), options));
  for (const { bytes, description } of mutants(moov, { seed: 1, count: 1500 })) {
    try {
      for (const trak of traksOf(bytes)) {
        const table = sampleTableOf(trak);
        // What a cursor says may be nonsense; a claimed common size lets it say that often, so it is stopped here.
        if (table !== undefined) walk(new SampleCursor(table), 5000);
      }
    } catch (error) {
      assert.fail(`${description}: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
});
