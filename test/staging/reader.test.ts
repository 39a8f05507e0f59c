import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Findings } from '../../src/media/findings.ts';
import type { Track } from '../../src/media/track.ts';
import { readStagingSet, type StagingSources } from '../../src/staging/reader.ts';
import { recoverStagingSet } from '../../src/rescue/staging/recovery.ts';
import { allStagingFixtures, copyStagingCase, stagingFixtures, type StagingFixture } from '../support/fixtures.ts';
import { forgetfulSource, type ForgetfulSource } from '../support/forgetful-source.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { asPublished, trackSamples } from '../support/truth.ts';

interface SetBytes {
  readonly info: Uint8Array;
  readonly mdat: Uint8Array;
  readonly tracks: readonly Uint8Array[];
}

function bytesOf(test: TestContext, { group, name, base, truth }: StagingFixture): SetBytes {
  const directory = scratchDirectory(test);
  copyStagingCase(group, name, directory);
  const file = (suffix: string): Uint8Array => readFileSync(join(directory, base + suffix));
  const kinds = new Set(truth.samples.map(({ track }) => track)).size;
  return { info: file('.info'), mdat: file('.mdat'), tracks: ['.track1', '.track2'].slice(0, kinds).map(file) };
}

interface MemorySources extends StagingSources {
  readonly info: ForgetfulSource;
  readonly mdat: ForgetfulSource;
  readonly tracks: ReadonlyMap<number, ForgetfulSource>;
}

function sourcesOf({ info, mdat, tracks }: SetBytes): MemorySources {
  return {
    info: forgetfulSource(info, 'rec.mp4.info'),
    mdat: forgetfulSource(mdat, 'rec.mp4.mdat'),
    tracks: new Map(tracks.map((bytes, index) => [index + 1, forgetfulSource(bytes, `rec.mp4.track${index + 1}`)])),
  };
}

/** Decode times in ticks on the recording's clock. Steps back stand in the table modulo 2^32. */
function decodeTimes({ samples }: Track): number[] {
  let time = samples.firstDecodeTime;
  return [...samples.durations.values()].map((duration) => {
    const now = time;
    time += duration | 0;
    return now;
  });
}

describe('a set that was closed in good order', () => {
  for (const fixture of allStagingFixtures('clean')) {
    it(`is read with every sample as it was recorded: ${fixture.name}/${fixture.base}`, async (t) => {
      const findings = new Findings();
      const set = await readStagingSet(sourcesOf(bytesOf(t, fixture)), findings);
      assert.ok(set !== undefined);
      assert.deepEqual(findings.firstError(), undefined);
      assert.deepEqual(
        set.tracks.map(({ kind }) => kind),
        (['video', 'audio'] as const).filter((kind) => trackSamples(fixture.truth, kind).length > 0),
      );
      for (const track of set.tracks) {
        const { samples } = track;
        const [firstChunk] = stagingFixtures('clean', fixture.name);
        const truth = trackSamples(asPublished(fixture.truth, firstChunk!.truth), track.kind);
        const column = (pick: (sample: (typeof truth)[number]) => number): number[] => truth.map(pick);
        assert.equal(track.timescale, fixture.truth.timescale[track.kind]);
        assert.deepEqual(
          [...samples.offsets.values()],
          column(({ offset }) => offset),
        );
        assert.deepEqual(
          [...samples.sizes.values()],
          column(({ size }) => size),
        );
        assert.deepEqual(
          decodeTimes(track),
          column(({ dtsTicks }) => dtsTicks),
        );
        assert.deepEqual(
          truth.map((_, index) => samples.compositionOffset(index)),
          column(({ ctsTicks }) => ctsTicks),
        );
        // The list has lost its last 1024 numbers, which are all: whoever copies the media finds them there.
        assert.equal(set.keyFramesIncomplete, fixture.name === 'exactly-1024-keyframes');
        if (set.keyFramesIncomplete) continue;
        assert.deepEqual(
          truth.map((_, index) => samples.isSync(index)),
          truth.map(({ sync }) => sync),
        );
      }
    });
  }
});

/** The base case: audio and video. */
function baseCase(): StagingFixture {
  return allStagingFixtures('clean').find(({ name }) => name === 'av-bframes')!;
}

/** Where each number of 32 bits lies in its `.info`: a header of 34 bytes behind the key-frame list, then two records. */
function fieldsOf(info: Uint8Array): ReadonlyMap<string, number> {
  const fields = new Map<string, number>();
  const view = new DataView(info.buffer, info.byteOffset, info.byteLength);
  let at = 0;
  const take = (length: number, name?: string): void => {
    if (name !== undefined) fields.set(name, at);
    at += length;
  };
  const keyFrames = view.getUint32(0);
  take(4, 'count of key frames');
  take(4 * keyFrames, 'first key frame');
  take(4, 'offset of the size field, upper half');
  take(4, 'offset of the size field, lower half');
  take(4, 'media bytes, upper half');
  take(4, 'media bytes, lower half');
  take(4, 'movie timescale');
  take(1);
  take(4, 'creation time, upper half');
  take(4, 'creation time, lower half');
  take(4, 'next track id');
  take(1);
  for (const kind of ['audio', 'video']) {
    take(1);
    if (kind === 'video') for (const name of ['width', 'height']) take(4, `video: ${name}`);
    take(4, `${kind}: timescale`);
    const length = view.getUint32(at);
    take(4 + length, `${kind}: configuration length`);
    for (const name of ['runs of durations', 'count of the last duration', 'last duration']) {
      take(4, `${kind}: ${name}`);
    }
    for (const half of ['upper', 'lower']) take(4, `${kind}: last decode time, ${half} half`);
    take(1);
    take(4, `${kind}: common size`); // or the sample count again
    if (kind === 'video') {
      for (const name of ['runs', 'count of the last', 'last']) take(4, `video: composition offsets, ${name}`);
    }
    for (const name of ['is64', 'sample count']) take(4, `${kind}: ${name}`);
  }
  assert.equal(at, info.length);
  return fields;
}

/** Numbers that something else in the set contradicts when they are 4 billion. */
const contradicted = [
  'count of key frames',
  'first key frame',
  'offset of the size field, upper half',
  'offset of the size field, lower half',
  'media bytes, upper half',
  'media bytes, lower half',
  'creation time, upper half',
  'audio: configuration length',
  'audio: runs of durations',
  'audio: count of the last duration',
  'audio: last duration',
  'audio: common size',
  'audio: sample count',
  'video: width',
  'video: height',
  'video: configuration length',
  'video: runs of durations',
  'video: count of the last duration',
  'video: last duration',
  'video: common size',
  'video: composition offsets, runs',
  'video: composition offsets, count of the last',
  'video: sample count',
];

/** The largest thing the readers may take for a set of a few hundred kilobytes, whatever its files claim. */
const maxMemoryBytes = 16 * 1024 * 1024;
/** How often the readers may read each byte of the set on average; in good order it is less than once. */
const maxReadings = 4;

/** How often each byte of a set was read on average. */
function readingsOf({ info, mdat, tracks }: MemorySources): number {
  const files = [info, mdat, ...tracks.values()];
  const sum = (what: (file: ForgetfulSource) => number): number => files.reduce((all, file) => all + what(file), 0);
  return sum((file) => file.bytesRead) / sum((file) => file.size);
}

const readers = {
  'the reader of whole sets': readStagingSet,
  'the reader of torn sets': (sources: StagingSources, findings: Findings) =>
    recoverStagingSet(sources, () => [], findings),
} as const;

describe('an .info that claims 4 billion', () => {
  it('of anything that the other files know better is told of', async (t) => {
    const set = bytesOf(t, baseCase());
    const fields = fieldsOf(set.info);
    for (const name of contradicted) {
      const info = new Uint8Array(set.info);
      info.fill(0xff, fields.get(name)!, fields.get(name)! + 4);
      const findings = new Findings();
      await readStagingSet(sourcesOf({ ...set, info }), findings);
      assert.ok(findings.list().length > 0, `${name}: nothing was found`);
    }
  });

  for (const [name, read] of Object.entries(readers)) {
    it(`at any byte is survived by ${name}, with little read and in little memory`, async (t) => {
      const set = bytesOf(t, baseCase());
      for (let at = 0; at + 4 <= set.info.length; at++) {
        const info = new Uint8Array(set.info);
        info.fill(0xff, at, at + 4);
        const sources = sourcesOf({ ...set, info });
        const findings = new Findings();
        const memory = process.memoryUsage().arrayBuffers;
        const result = await read(sources, findings);
        assert.ok(readingsOf(sources) < maxReadings, `at byte ${at}: read ${readingsOf(sources)} times`);
        assert.ok(process.memoryUsage().arrayBuffers - memory < maxMemoryBytes, `at byte ${at}: too much memory`);
        assert.ok(
          result !== undefined || findings.firstError() !== undefined,
          `at byte ${at}: no result and no reason`,
        );
      }
    });
  }

  it('in every byte of it is told of', async (t) => {
    const set = bytesOf(t, baseCase());
    const findings = new Findings();
    assert.equal(
      await readStagingSet(sourcesOf({ ...set, info: new Uint8Array(set.info.length).fill(0xff) }), findings),
      undefined,
    );
    assert.equal(findings.firstError()?.code, 'staging-info-unreadable');
  });

  it('of bytes of itself is not even opened', async () => {
    const huge = {
      path: 'rec.mp4.info',
      size: 2 ** 32,
      read: () => assert.fail('nothing of it should be read'),
    };
    const findings = new Findings();
    const sources = { info: huge, mdat: forgetfulSource(new Uint8Array(16)), tracks: new Map() };
    assert.equal(await readStagingSet(sources, findings), undefined);
    assert.equal(findings.firstError()?.code, 'staging-info-unreadable');
  });
});
