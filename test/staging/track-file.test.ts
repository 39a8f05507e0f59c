import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteWriter } from '../../src/bytes/byte-sink.ts';
import { readInfo, type TrackRecord } from '../../src/staging/info.ts';
import { writeTrackEntry, type TrackEntry } from '../../src/staging/track-entry.ts';
import { readTrackFile, type TrackEntries } from '../../src/staging/track-file.ts';
import { StagingWriter } from '../support/staging-writer.ts';
import { forgetfulSource } from '../support/forgetful-source.ts';
import { samplesOf, type SizedSample } from './staging-values.ts';

const maxEntry = 29;

function entryBytes(entry: TrackEntry): Uint8Array {
  const bytes = new Uint8Array(maxEntry);
  return bytes.subarray(0, writeTrackEntry(entry, new DataView(bytes.buffer), 0));
}

function read(bytes: Uint8Array, is64 = true): Promise<TrackEntries> {
  return readTrackFile(forgetfulSource(bytes), is64);
}

interface WrittenTrack {
  readonly bytes: Uint8Array;
  readonly record: TrackRecord;
  /** Where each entry ends. */
  readonly ends: readonly number[];
}

/** The track file and the record that a recording of these samples alone has. */
function record(kind: 'audio' | 'video', samples: readonly SizedSample[]): WrittenTrack {
  const [info, media, mediaHeader, track] = [new ByteWriter(), new ByteWriter(), new ByteWriter(), new ByteWriter()];
  const configuration = { timescale: 1000, configuration: new Uint8Array(4), width: 16, height: 16 };
  const writer = new StagingWriter(
    { [kind]: configuration, winQtCompat: 0, creationTime: 0 },
    { info, media, mediaHeader, tracks: new Map([[1, track]]) },
  );
  for (const sample of samples) writer.index(sample, sample.size);
  writer.close();
  const described = readInfo(info.toBytes());
  assert.ok('info' in described);
  const bytes = track.toBytes();
  const ends: number[] = [];
  for (let at = 0; at < bytes.length; ends.push(at)) {
    at += 13 + ((bytes[at]! & 0x0f) === 0 ? 0 : 8) + ((bytes[at]! & 0xf0) === 0 ? 0 : 8);
  }
  return { bytes, record: described.info[kind]!, ends };
}

describe('an entry of a track file', () => {
  for (const [what, entry, hex] of [
    ['13 bytes without a run', { size: 0x102, offset: 16 }, '00 02010000 1000000000000000'],
    [
      '21 bytes with a run of durations, before the size',
      { size: 1, offset: 2 ** 32 + 5, endedDurationRun: { count: 7, value: 40 } },
      '0f 28000000 07000000 01000000 0500000001000000',
    ],
    [
      '21 bytes with a run of composition offsets, behind the size',
      { size: 1, offset: 16, endedCompositionRun: { count: 3, value: -40 } },
      'f0 01000000 d8ffffff 03000000 1000000000000000',
    ],
    [
      '29 bytes with both',
      {
        size: 1,
        offset: 16,
        endedDurationRun: { count: 7, value: 4294967029 },
        endedCompositionRun: { count: 8, value: 80 },
      },
      'ff f5feffff 07000000 01000000 50000000 08000000 1000000000000000',
    ],
  ] as const) {
    it(`has ${what}`, () => {
      assert.equal(Buffer.from(entryBytes(entry)).toString('hex'), hex.replaceAll(' ', ''));
    });
  }

  it('with an offset of 4 bytes is read where .info says so', async () => {
    const short = (...entries: string[]): Uint8Array => Buffer.from(entries.join('').replaceAll(' ', ''), 'hex');
    const { samples, tornBytes, compositionOffsetsKnown } = await read(
      short('00 05000000 10000000', 'f0 06000000 d8ffffff 01000000 15000000'),
      false,
    );
    assert.deepEqual([...samples.offsets.values()], [16, 21]);
    assert.deepEqual([...samples.sizes.values()], [5, 6]);
    assert.equal(samples.compositionOffset(0), -40);
    assert.equal(compositionOffsetsKnown, 1);
    assert.equal(tornBytes, 0);
  });
});

/** Holds what was read against the samples: everything but the open runs, which the file cannot know. */
function assertTrue(entries: TrackEntries, samples: readonly SizedSample[], first: readonly SizedSample[]): void {
  assert.equal(entries.samples.length, first.length);
  assert.equal(entries.contradiction, undefined);
  let offset = 16;
  for (const [index, sample] of first.entries()) {
    assert.equal(entries.samples.offsets.at(index), offset);
    assert.equal(entries.samples.sizes.at(index), sample.size);
    offset += sample.size;
    const next = samples[index + 1];
    if (index < entries.durationsKnown) {
      assert.equal(entries.samples.durations.at(index), next!.decodeTime - sample.decodeTime);
    }
    if (index < entries.compositionOffsetsKnown) {
      assert.equal(entries.samples.compositionOffset(index), sample.compositionOffset);
    }
  }
}

describe('a track file', () => {
  const anyTrack = fc
    .constantFrom('audio' as const, 'video' as const)
    .chain((kind) => fc.record({ kind: fc.constant(kind), samples: samplesOf(kind) }));

  it('gives back every sample, and .info completes its runs', async () => {
    await fc.assert(
      fc.asyncProperty(anyTrack, async ({ kind, samples }) => {
        const { bytes, record: described } = record(kind, samples);
        const entries = await read(bytes);
        assertTrue(entries, samples, samples);
        assert.equal(entries.tornBytes, 0);
        assert.equal(described.sampleCount, samples.length);
        assert.equal(described.durationRuns, entries.durationRuns);
        assert.equal(described.compositionRuns, entries.compositionRuns);
        if (samples.length === 0) return;
        // The rule of the format: all counts add up to the sample count.
        assert.equal(entries.durationsKnown + described.lastDurationRun.count, samples.length);
        if (samples.length > 1) {
          const step = (samples.at(-1)!.decodeTime - samples.at(-2)!.decodeTime) >>> 0;
          assert.equal(described.lastDurationRun.value, step);
        }
        if (kind === 'video') {
          assert.equal(entries.compositionOffsetsKnown + described.lastCompositionRun.count, samples.length);
          assert.equal(described.lastCompositionRun.value, samples.at(-1)!.compositionOffset);
        }
      }),
    );
  });

  it('torn at any byte of its last entries has every whole entry, and counts the bytes of the torn one', async () => {
    await fc.assert(
      fc.asyncProperty(anyTrack, async ({ kind, samples }) => {
        const { bytes, ends } = record(kind, samples);
        for (let length = Math.max(0, bytes.length - 3 * maxEntry); length <= bytes.length; length++) {
          const entries = await read(bytes.subarray(0, length));
          const whole = ends.filter((end) => end <= length).length;
          assertTrue(entries, samples, samples.slice(0, whole));
          assert.equal(entries.tornBytes, length - (ends[whole - 1] ?? 0));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is read the same where its entries lie across the blocks that it is read in', async () => {
    // 13 and 21 bytes in turns: the entry at 1 MiB is cut by the end of the block, and so is the one at 2 MiB.
    const count = 150_000;
    const samples = Array.from({ length: count }, (_, index): SizedSample => {
      return { kind: 'video', decodeTime: 40 * index, compositionOffset: (index >> 1) & 1, size: index, sync: false };
    });
    const { bytes, ends } = record('video', samples);
    assert.ok(bytes.length > 2 * 1024 * 1024 && !ends.includes(1024 * 1024) && !ends.includes(2 * 1024 * 1024));
    assertTrue(await read(bytes), samples, samples);
  });

  it('whose runs claim 4 billion samples is a contradiction and takes no more time or memory than its entries', async () => {
    const run = { count: 0xffffffff, value: 1 };
    const bytes = Buffer.concat([
      entryBytes({ size: 1, offset: 16 }),
      ...Array.from({ length: 1000 }, (_, index) =>
        entryBytes({ size: 1, offset: 17 + index, endedDurationRun: run, endedCompositionRun: run }),
      ),
    ]);
    const { samples, contradiction, durationsKnown, compositionOffsetsKnown } = await read(bytes);
    assert.equal(samples.length, 1001);
    assert.equal(contradiction?.sample, 2);
    assert.ok(durationsKnown < 1001 && compositionOffsetsKnown < 1001);
  });

  it('of arbitrary bytes is read to its last whole entry, and every byte is accounted for', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), fc.boolean(), async (bytes, is64) => {
        const { samples, tornBytes, durationsKnown, compositionOffsetsKnown } = await read(bytes, is64);
        const smallest = is64 ? 13 : 9;
        assert.ok(samples.length <= bytes.length / smallest);
        assert.ok(tornBytes < smallest + 16 && tornBytes <= bytes.length);
        assert.ok(durationsKnown <= samples.length && compositionOffsetsKnown <= samples.length);
        assert.equal(samples.durations.length, samples.length);
      }),
    );
  });

  it('of which bytes were overwritten costs the entries that lay there, when it is read against the media', async () => {
    const overwriting = fc.record({
      start: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      length: fc.integer({ min: 1, max: 100 }),
      value: fc.constantFrom(0, 0xff),
    });
    // Frames of sound at a changing rate, so that there are entries of both lengths.
    const samples = Array.from({ length: 400 }, (_, index): SizedSample => {
      const decodeTime = 23 * index + (index >> 1);
      return { kind: 'audio', decodeTime, compositionOffset: 0, size: 300 + (index % 7), sync: true };
    });
    const { bytes, ends } = record('audio', samples);
    const mediaSize = samples.reduce((sum, { size }) => sum + size, 16);
    await fc.assert(
      fc.asyncProperty(overwriting, async ({ start, length, value }) => {
        const from = Math.floor(start * bytes.length);
        const to = Math.min(bytes.length, from + length);
        const found = await readTrackFile(
          forgetfulSource(bytes.slice().fill(value, from, to)),
          true,
          undefined,
          mediaSize,
        );
        const sizes = new Map<number, number>();
        for (const [index, offset] of found.samples.offsets.values().entries()) {
          sizes.set(offset, found.samples.sizes.at(index));
        }
        let offset = 16;
        for (const [index, { size }] of samples.entries()) {
          const untouched = ends[index]! <= from || (ends[index - 1] ?? 0) >= to;
          // The last one has no other behind it that would prove it where reading lost its way just before.
          if (untouched && index < samples.length - 1) assert.equal(sizes.get(offset), size, `sample ${index}`);
          offset += size;
        }
      }),
      { numRuns: 300 },
    );
  });
});
