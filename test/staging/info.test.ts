import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteWriter } from '../../src/bytes/byte-sink.ts';
import { missingKeyFrames, readInfo, writeInfo, type StagingInfo } from '../../src/staging/info.ts';
import { allStagingFixtures, copyStagingCase } from '../support/fixtures.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { anyInfo } from './staging-values.ts';

function written(info: StagingInfo): Uint8Array {
  const writer = new ByteWriter();
  writeInfo(info, writer);
  return writer.toBytes().slice();
}

function parsed(bytes: Uint8Array): StagingInfo {
  const read = readInfo(bytes);
  assert.ok('info' in read, 'fault' in read ? read.fault.message : '');
  return read.info;
}

/** The crashed sets whose `.info` the server was killed over, and how much of it there is. */
const unreadable: Readonly<Record<string, string>> = {
  'a-preflush-0.60s/rec.mp4': 'empty: no flush had begun',
  'a-preflush-4.70s/rec.mp4': 'empty: no flush had begun',
  'c-flush1-op00/rec.mp4': 'empty: the flush had just begun',
  'c-flush1-op07/rec.mp4': 'the key-frame list and nothing else',
  'd-flush2-op10/rec.mp4': 'a longer key-frame list over the old header',
  'e-close-op04/rec.mp4': 'a longer key-frame list over the old header',
  'e-close-op08/rec.mp4': 'a longer key-frame list over the old header',
  'e-close-op46/rec.mp4': 'a longer key-frame list over the old header',
  'f-intra60-18.40s/rec.mp4': '1025 key-frame numbers over everything',
  'f-intra60-x3-09.30s/rec.mp4': '1025 key-frame numbers over everything',
  'i-chunked4-12.00s/rec_part0002.mp4': 'empty: later chunks are not flushed',
  'i-chunked7-15.00s/rec_part0001.mp4': 'empty: later chunks are not flushed',
};

describe('every genuine .info', () => {
  for (const group of ['clean', 'crashed'] as const) {
    for (const { name, base } of allStagingFixtures(group)) {
      const reason = unreadable[`${name}/${base}`];
      it(`of ${group}/${name}/${base} ${reason === undefined ? 'is written again byte for byte' : `is a fault: ${reason}`}`, (t) => {
        const directory = scratchDirectory(t);
        copyStagingCase(group, name, directory);
        const bytes = readFileSync(join(directory, `${base}.info`));
        if (reason === undefined) assert.deepEqual(Buffer.from(written(parsed(bytes))), bytes);
        else assert.ok('fault' in readInfo(bytes));
      });
    }
  }
});

// The header and the records of a recording with audio and video, two key frames, and a field more in each line.
const documented = [
  '00000002 00000001 00000033', // N · 1 · 51
  '0000000000000008', // offset of the size field
  '00000000000003e8', // 1000 bytes of media
  '000003e8', // movie timescale
  '0f', // winQtCompat
  '00000000e727d6a8', // creation time
  '00000003', // next track id
  '03', // audio and video
  '01 000003e8 00000002 1210', // audio: id · timescale · configuration
  '00000005 00000003 00000017', // 5 runs in the file · the open one: 3 × 23
  '00000000000061a9', // last DTS 25001
  '0f 00000018', // same size: 24 bytes
  '00000001 00000064', // is64 · 100 samples
  '02 00000140 000000f0 000003e8 00000003 014d40', // video: id · 320 × 240 · timescale · configuration
  '00000000 0000000a 00000028', // no runs in the file · the open one: 10 × 40
  'fffffffffffffff6', // last DTS -10
  '00 0000000a', // not the same size: the count
  '00000004 00000001 ffffffd8', // 4 ctts runs in the file · the open one: 1 × -40
  '00000001 0000000a', // is64 · 10 samples
]
  .join('')
  .replaceAll(' ', '');

describe('.info', () => {
  it('is read field by field as the server lays it out', () => {
    assert.deepEqual(parsed(Buffer.from(documented, 'hex')), {
      keyFrames: { count: 2, numbers: Uint32Array.of(1, 51) },
      sizeFieldOffset: 8,
      mediaBytes: 1000,
      movieTimescale: 1000,
      winQtCompat: 0x0f,
      creationTime: 0xe727d6a8,
      nextTrackId: 3,
      tracksPresent: 3,
      audio: {
        kind: 'audio',
        trackId: 1,
        width: 0,
        height: 0,
        timescale: 1000,
        configuration: Buffer.of(0x12, 0x10),
        durationRuns: 5,
        lastDurationRun: { count: 3, value: 23 },
        lastDecodeTime: 25001,
        sameSizeFlag: 0x0f,
        sizeOrCount: 24,
        compositionRuns: 0,
        lastCompositionRun: { count: 0, value: 0 },
        is64: 1,
        sampleCount: 100,
      },
      video: {
        kind: 'video',
        trackId: 2,
        width: 320,
        height: 240,
        timescale: 1000,
        configuration: Buffer.of(0x01, 0x4d, 0x40),
        durationRuns: 0,
        lastDurationRun: { count: 10, value: 40 },
        lastDecodeTime: -10,
        sameSizeFlag: 0,
        sizeOrCount: 10,
        compositionRuns: 4,
        lastCompositionRun: { count: 1, value: -40 },
        is64: 1,
        sampleCount: 10,
      },
      stale: Buffer.alloc(0),
    });
  });

  it('has an audio record of 81 bytes with a configuration of 39, and a video record of 62 and its configuration', () => {
    const audio = parsed(Buffer.from(documented, 'hex')).audio!;
    const video = parsed(Buffer.from(documented, 'hex')).video!;
    const bare = { ...parsed(Buffer.from(documented, 'hex')), keyFrames: undefined };
    const header = 34;
    const withAudio = { ...bare, tracksPresent: 1, audio: { ...audio, configuration: new Uint8Array(39) } };
    assert.equal(written({ ...withAudio, video: undefined }).length, header + 81);
    const withVideo = { ...bare, tracksPresent: 2, video: { ...video, configuration: new Uint8Array(40) } };
    assert.equal(written({ ...withVideo, audio: undefined }).length, header + 62 + 40);
  });

  it('keeps what lies behind its end apart, and writes it again', () => {
    const bytes = Buffer.concat([Buffer.from(documented, 'hex'), Buffer.from('stale')]);
    const info = parsed(bytes);
    assert.equal(Buffer.from(info.stale).toString(), 'stale');
    assert.deepEqual(Buffer.from(written(info)), bytes);
  });

  it('says how many key-frame numbers the server forgot', () => {
    const info = parsed(Buffer.from(documented, 'hex'));
    assert.equal(missingKeyFrames(info), 0);
    const lacking = { ...info, keyFrames: { count: 2048, numbers: new Uint32Array(1024).fill(7) } };
    assert.equal(missingKeyFrames(parsed(written(lacking))), 1024);
    assert.equal(missingKeyFrames({ ...info, keyFrames: undefined }), 0);
  });

  it('with any values is read as it was written', () => {
    fc.assert(
      fc.property(anyInfo, fc.uint8Array({ maxLength: 100 }), (info, stale) => {
        assert.deepEqual(parsed(written({ ...info, stale })), { ...info, stale });
      }),
    );
  });

  it('cut off anywhere is a fault, and the fault lies within it', () => {
    fc.assert(
      fc.property(anyInfo, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (info, fraction) => {
        const bytes = written(info);
        const read = readInfo(bytes.subarray(0, Math.floor(fraction * bytes.length)));
        assert.ok('fault' in read);
        assert.ok(read.fault.offset <= bytes.length);
      }),
    );
  });

  it('of arbitrary bytes is a fault or is written again as it was', () => {
    // Behind the offset of the size field anything may follow.
    const plausible = fc
      .tuple(fc.constantFrom('', '00000000', '0000000100000001'), fc.uint8Array({ maxLength: 300 }))
      .map(([list, rest]) => Buffer.concat([Buffer.from(`${list}0000000000000008`, 'hex'), rest]));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), plausible), (bytes) => {
        const read = readInfo(bytes);
        if ('info' in read) assert.deepEqual(Buffer.from(written(read.info)), Buffer.from(bytes));
      }),
      { numRuns: 2000 },
    );
  });
});
