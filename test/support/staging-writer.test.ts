import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ByteWriter } from '../../src/bytes/byte-sink.ts';
import { readInfo, type StagingInfo, type TrackRecord } from '../../src/staging/info.ts';
import type { StagingConfiguration, StagingSample, StagingTrackConfiguration } from '../../src/staging/set-writer.ts';
import { StagingWriter, type StagingOutputs } from './staging-writer.ts';
import { allStagingFixtures, copyStagingCase, type StagingFixture } from './fixtures.ts';
import { scratchDirectory } from './scratch.ts';
import type { Truth, TruthSample } from './truth.ts';

/** A set in memory, as the writer's sinks took it. */
class WrittenSet implements StagingOutputs {
  readonly info = new ByteWriter();
  readonly media = new ByteWriter();
  readonly mediaHeader = new ByteWriter();
  readonly tracks = new Map([
    [1, new ByteWriter()],
    [2, new ByteWriter()],
  ]);

  get mdat(): Uint8Array {
    return Buffer.concat([this.mediaHeader.toBytes(), this.media.toBytes()]);
  }

  track(id: number): Uint8Array {
    return this.tracks.get(id)!.toBytes();
  }
}

/** What the publisher set and the truth does not repeat (picture size, creation time) is taken from the genuine `.info`. */
function configurationOf(truth: Truth, info: StagingInfo): StagingConfiguration {
  const track = (record: TrackRecord | undefined): StagingTrackConfiguration | undefined =>
    record && {
      timescale: truth.timescale[record.kind],
      configuration: Buffer.from(truth.config[record.kind], 'hex'),
      width: record.width,
      height: record.height,
    };
  return {
    audio: track(info.audio),
    video: track(info.video),
    winQtCompat: info.winQtCompat,
    creationTime: info.creationTime,
  };
}

/**
 * The sample as it reached the server's recorder. LiveFLV input loses the sign of a composition offset there: the 24 bits
 * of milliseconds become an unsigned number before they are turned into ticks.
 */
function asRecorded(fixture: StagingFixture, sample: TruthSample): StagingSample {
  const signLost = fixture.name === 'negative-cts-liveflv' && sample.ctsTicks < 0;
  return {
    kind: sample.track,
    decodeTime: sample.dtsTicks,
    compositionOffset: signLost ? sample.ctsTicks + (2 ** 24 * 90_000) / 1000 : sample.ctsTicks,
    sync: sample.sync,
  };
}

for (const fixture of allStagingFixtures('clean')) {
  test(`the samples of ${fixture.name}/${fixture.base} make the server's own files again, byte for byte`, (t) => {
    const directory = scratchDirectory(t);
    copyStagingCase('clean', fixture.name, directory);
    const genuine = (suffix: string): Buffer => readFileSync(join(directory, fixture.base + suffix));
    const mdat = genuine('.mdat');
    const read = readInfo(genuine('.info'));
    assert.ok('info' in read);

    const written = new WrittenSet();
    const writer = new StagingWriter(configurationOf(fixture.truth, read.info), written);
    for (const sample of fixture.truth.samples) {
      writer.add(asRecorded(fixture, sample), mdat.subarray(sample.offset, sample.offset + sample.size));
    }
    writer.close();

    const info = genuine('.info');
    const behind = info.length - written.info.position;
    assert.deepEqual(Buffer.from(written.info.toBytes()), info.subarray(0, written.info.position));
    // Nothing may follow but bytes of an earlier, longer state: the list had more numbers in the file while N was below 1024.
    assert.equal(behind, fixture.name === 'exactly-1024-keyframes' ? 2452 : 0);
    assert.deepEqual(Buffer.from(written.mdat), mdat);
    assert.deepEqual(Buffer.from(written.track(1)), genuine('.track1'));
    const isLone = read.info.audio === undefined || read.info.video === undefined;
    assert.deepEqual(Buffer.from(written.track(2)), isLone ? Buffer.alloc(0) : genuine('.track2'));
  });
}

const video = { timescale: 1000, configuration: Uint8Array.of(1, 2, 3), width: 320, height: 240 };
const audio = { timescale: 1000, configuration: Uint8Array.of(4, 5), width: 0, height: 0 };

/** Writes video samples of the given decode times and composition offsets, one byte each, and reads `.info` back. */
function recordOf(times: readonly (readonly [decodeTime: number, compositionOffset: number])[]): {
  record: TrackRecord;
  track: Uint8Array;
} {
  const written = new WrittenSet();
  const writer = new StagingWriter({ video, winQtCompat: 0, creationTime: 0 }, written);
  for (const [index, [decodeTime, compositionOffset]] of times.entries()) {
    writer.add({ kind: 'video', decodeTime, compositionOffset, sync: index === 0 }, Uint8Array.of(index));
  }
  writer.close();
  const read = readInfo(written.info.toBytes());
  assert.ok('info' in read && read.info.video !== undefined);
  return { record: read.info.video, track: written.track(1) };
}

test('a run of durations stands in the entry of the sample that begins the next run, a little-endian number a field', () => {
  const { record, track } = recordOf([
    [0, 0],
    [40, 0],
    [80, 0],
    [90, 0],
  ]);
  const entry = (size: number, offset: number): number[] => [size, 0, 0, 0, offset, 0, 0, 0, 0, 0, 0, 0];
  assert.deepEqual(
    [...track],
    [
      ...[0x00, ...entry(1, 16)],
      ...[0x00, ...entry(1, 17)],
      ...[0x00, ...entry(1, 18)],
      ...[0x0f, ...[40, 0, 0, 0], ...[2, 0, 0, 0], ...entry(1, 19)], // flags · delta · count · size, offset
    ],
  );
  assert.equal(record.durationRuns, 1);
  // One step of 10, and one more so that 2 + 2 are the 4 samples.
  assert.deepEqual(record.lastDurationRun, { count: 2, value: 10 });
  assert.equal(record.lastDecodeTime, 90);
});

test('a decode time that steps back is written as a step modulo 2^32', () => {
  const { record } = recordOf([
    [300, 0],
    [33, 0],
  ]);
  assert.deepEqual(record.lastDurationRun, { count: 2, value: 4294967029 });
});

test('composition offsets that are all equal stand in .info alone', () => {
  const { record } = recordOf([
    [0, 120],
    [40, 120],
  ]);
  assert.equal(record.compositionRuns, 0);
  assert.deepEqual(record.lastCompositionRun, { count: 2, value: 120 });
});

test('one sample alone has a run of one and no step', () => {
  const { record } = recordOf([[5000, 0]]);
  assert.deepEqual(record.lastDurationRun, { count: 1, value: 0 });
  assert.equal(record.lastDecodeTime, 5000);
  assert.equal(record.sampleCount, 1);
});

for (const [count, present] of [
  [1023, 1023],
  [1024, 0],
  [1025, 1025],
  [2048, 1024],
] as const) {
  test(`of ${count} key frames ${present} numbers get into .info`, () => {
    const written = new WrittenSet();
    const writer = new StagingWriter({ audio, video, winQtCompat: 0, creationTime: 0 }, written);
    for (let i = 0; i < count; i++) {
      writer.index({ kind: 'video', decodeTime: 40 * i, compositionOffset: 0, sync: true }, 100);
      writer.index({ kind: 'audio', decodeTime: 40 * i, compositionOffset: 0, sync: true }, 10 + i);
    }
    writer.close();
    const read = readInfo(written.info.toBytes());
    assert.ok('info' in read);
    assert.equal(read.info.keyFrames?.count, count);
    assert.deepEqual(
      [...read.info.keyFrames.numbers],
      Array.from({ length: present }, (_, i) => i + 1),
    );
    assert.equal(read.info.video?.sameSizeFlag, 0x0f);
    assert.equal(read.info.video.sizeOrCount, 100);
    assert.equal(read.info.audio?.sameSizeFlag, 0);
    assert.equal(read.info.audio.sizeOrCount, count);
  });
}

test('a track without a sink and a sample without a track are told', () => {
  const written = new WrittenSet();
  assert.throws(
    () => new StagingWriter({ audio, video, winQtCompat: 0, creationTime: 0 }, { ...written, tracks: new Map() }),
    /\.track1/,
  );
  assert.throws(() => new StagingWriter({ winQtCompat: 0, creationTime: 0 }, written), TypeError);
  const writer = new StagingWriter({ audio, winQtCompat: 0, creationTime: 0 }, written);
  assert.throws(
    () => writer.index({ kind: 'video', decodeTime: 0, compositionOffset: 0, sync: true }, 1),
    /no video track/,
  );
});
