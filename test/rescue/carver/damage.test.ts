/**
 * Genuine media without an index, damaged further: whatever is cut off or overwritten, what is intact comes back outside two
 * samples around the damage, and nothing comes back that was never recorded. And bytes that are no media at all.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AacSyntax } from '../../../src/rescue/carver/aac-syntax.ts';
import { carve, type CarveRange } from '../../../src/rescue/carver/carver.ts';
import { H264Syntax } from '../../../src/rescue/carver/h264-syntax.ts';
import { H265Syntax } from '../../../src/rescue/carver/h265-syntax.ts';
import type { SampleSyntax } from '../../../src/rescue/carver/sample-syntax.ts';
import { parseAvcDecoderConfiguration } from '../../../src/codecs/h264/decoder-configuration.ts';
import { memorySource } from '../../mp4/memory-source.ts';
import { copyStagingCase, stagingFixtures } from '../../support/fixtures.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import type { Truth, TruthSample } from '../../support/truth.ts';
import { trialCount, trialsOf, trialStep } from '../../support/trials.ts';

const mediaStart = 16;
/** A test that hangs fails by this; on a busy machine the slowest takes a tenth of it. */
const guard = { timeout: 900_000 };

interface Media {
  readonly truth: Truth;
  readonly bytes: Uint8Array;
}

function mediaOf(name: string, t: { after: (callback: () => void) => void }): Media {
  const folder = scratchDirectory(t);
  copyStagingCase('crashed', name, folder);
  const [fixture] = stagingFixtures('crashed', name);
  return { truth: fixture!.truth, bytes: new Uint8Array(readFileSync(join(folder, `${fixture!.base}.mdat`))) };
}

function syntaxes({ config }: Truth): SampleSyntax[] {
  const record = parseAvcDecoderConfiguration(Buffer.from(config.video, 'hex')).value!;
  const bits = Number.parseInt(config.audio.slice(0, 4), 16);
  return [
    new H264Syntax(4, [...record.sequenceParameterSets, ...record.pictureParameterSets]),
    new AacSyntax({ samplingFrequencyIndex: (bits >> 7) & 15, channelConfiguration: (bits >> 3) & 15 }),
  ];
}

interface Found {
  /** Sizes by offset. */
  readonly samples: ReadonlyMap<number, number>;
  readonly skipped: readonly { readonly offset: number; readonly length: number }[];
}

async function found(bytes: Uint8Array, streams: readonly SampleSyntax[], range?: CarveRange): Promise<Found> {
  const all = { offset: mediaStart, length: bytes.length - mediaStart, mayBeTorn: true };
  const { samples, skipped } = await carve(memorySource(bytes), [range ?? all], streams);
  const pairs = Array.from({ length: samples.length }, (_, i) => [samples.offsets.at(i), samples.sizes.at(i)] as const);
  return { samples: new Map(pairs), skipped };
}

/** Every intact sample is found but for two before and two behind the damage, and none that is not one. */
function check(
  samples: readonly TruthSample[],
  found: ReadonlyMap<number, number>,
  damage: { readonly start: number; readonly end: number },
): void {
  const before = samples.filter(({ offset, size }) => offset + size <= damage.start);
  const behind = samples.filter(({ offset }) => offset >= damage.end);
  const surely = [...before.slice(0, Math.max(0, before.length - 2)), ...behind.slice(2)];
  for (const { offset, size } of surely) assert.equal(found.get(offset), size, `the sample at ${offset} is found`);
  const intact = new Map([...before, ...behind].map(({ offset, size }) => [offset, size]));
  for (const [offset, size] of found) {
    // A picture whose lengths still hold cannot be told from a whole one by what is inside; and of one that lost its
    // parameter sets the slices are left.
    const reached = samples.find(
      (each) =>
        each.offset < damage.end && each.offset + each.size > damage.start && offset + size === each.offset + each.size,
    );
    if (
      reached !== undefined &&
      (offset === reached.offset || (reached.track === 'video' && offset > reached.offset))
    ) {
      continue;
    }
    assert.equal(intact.get(offset), size, `a sample at ${offset} that was never recorded`);
  }
}

describe('media cut off', () => {
  test('at every byte of its last 3000, it gives every sample before the last two', async (t) => {
    const { truth, bytes } = mediaOf('b-12.30s', t);
    // From a sample on, so that thousands of cuts take seconds.
    const from = truth.samples.findLast(({ offset }) => offset < bytes.length - 8000)!.offset;
    const samples = truth.samples.filter(({ offset }) => offset >= from);
    for (let cut = 1; cut <= 3000; cut += trialStep(7)) {
      const end = bytes.length - cut;
      const range = { offset: from, length: end - from, mayBeTorn: true };
      const result = await found(bytes.subarray(0, end), syntaxes(truth), range);
      check(
        samples.filter(({ offset, size }) => offset + size <= end),
        result.samples,
        { start: end, end },
      );
    }
  });
});

describe('media overwritten', () => {
  for (const [name, fill] of [
    ['20 kB of zeros', () => 0],
    ['20 kB of 0xFF', () => 0xff],
    ['20 kB of noise', (i: number) => (Math.imul(i + 1, 0x9e3779b1) >>> 13) & 0xff],
  ] as const) {
    test(`with ${name} in the middle, it gives what is before and behind`, async (t) => {
      for (const set of ['b-12.30s', 'f-intra60-18.40s', 'k-60fps-bframes-09.60s']) {
        const { truth, bytes } = mediaOf(set, t);
        for (const place of trialsOf([0.3, 0.41, 0.5, 0.613], 2)) {
          const start = Math.floor(bytes.length * place);
          const end = start + 20_000;
          const damaged = bytes.slice();
          for (let i = start; i < end; i++) damaged[i] = fill(i);
          const result = await found(damaged, syntaxes(truth));
          check(truth.samples, result.samples, { start, end });
          assert.ok(result.skipped.length > 0, 'what was skipped is told');
        }
      }
    });
  }

  test('any range of it by anything: of a thousand damages at most one misleads it', guard, async (t) => {
    const { truth, bytes } = mediaOf('a-preflush-4.70s', t);
    const places = fc.integer({ min: mediaStart + 4000, max: bytes.length - 4000 });
    const noises = fc.uint8Array({ minLength: 1, maxLength: 3000 });
    let misled = 0;
    // Access units of audio have no checksum: one that was damaged may close elsewhere by chance, now and then.
    for (const [start, noise] of fc.sample(fc.tuple(places, noises), { numRuns: trialCount(1000), seed: 7 })) {
      const damaged = bytes.slice();
      damaged.set(noise, start);
      const result = await found(damaged, syntaxes(truth));
      try {
        check(truth.samples, result.samples, { start, end: start + noise.length });
      } catch {
        misled++;
      }
    }
    t.diagnostic(`${misled} of 1000`);
    assert.ok(misled <= 1, `${misled} of 1000 damages`);
  });
});

describe('bytes that are no media', () => {
  const megabyte = 1 << 20;
  const hostile: Readonly<Record<string, (bytes: Uint8Array) => void>> = {
    'a megabyte of zeros': () => {},
    'a megabyte of 0xFF': (bytes) => bytes.fill(0xff),
    'lengths that point at each other': (bytes) => {
      const view = new DataView(bytes.buffer);
      for (let at = 0; at + 8 <= bytes.length; at += 5) {
        view.setUint32(at, 1 + (at % 7) * 5);
        bytes[at + 4] = at % 2 === 0 ? 0x65 : 0x06;
      }
    },
    'messages and delimiters without pictures': (bytes) => {
      const unit = Uint8Array.of(0, 0, 0, 2, 0x09, 0x10, 0, 0, 0, 4, 0x06, 5, 0, 0x80);
      for (let at = 0; at + unit.length <= bytes.length; at += unit.length) bytes.set(unit, at);
    },
    'slices of one picture without end': (bytes) => {
      const unit = Uint8Array.of(0, 0, 0, 4, 0x41, 0x9a, 0x24, 0x6c);
      for (let at = 0; at + unit.length <= bytes.length; at += unit.length) bytes.set(unit, at);
    },
    'silent access units all over': (bytes) => {
      const unit = Uint8Array.of(0x21, 0x10, 0x04, 0x60, 0x8c, 0x1c);
      for (let at = 0; at + unit.length <= bytes.length; at += unit.length) bytes.set(unit, at);
    },
    noise: (bytes) => {
      let state = 1;
      for (let i = 0; i < bytes.length; i++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        bytes[i] = state >>> 24;
      }
    },
  };
  for (const [name, fill] of Object.entries(hostile)) {
    test(`${name}: it ends, and accounts for every byte`, guard, async (t) => {
      const { truth } = mediaOf('b-08.70s', t);
      const bytes = new Uint8Array(megabyte);
      fill(bytes);
      for (const streams of [syntaxes(truth), [new H264Syntax(4, [])], [new H265Syntax(4, [])]]) {
        const { samples, skipped } = await found(bytes, streams, { offset: 0, length: megabyte, mayBeTorn: true });
        let covered = skipped.reduce((sum, { length }) => sum + length, 0);
        for (const size of samples.values()) covered += size;
        assert.equal(covered, megabyte);
      }
    });
  }
});
