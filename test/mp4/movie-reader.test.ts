import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ByteWriter } from '../../src/bytes/byte-sink.ts';
import type { ByteSource } from '../../src/io/file-source.ts';
import { Findings, type FindingCode } from '../../src/media/findings.ts';
import { placeOnTimeline } from '../../src/media/timeline.ts';
import type { Track } from '../../src/media/track.ts';
import { atOnce } from '../../src/io/pace.ts';
import { box, container, fullBox, type Box } from '../../src/mp4/box.ts';
import { ftyp } from '../../src/mp4/boxes/ftyp.ts';
import { readStz2 } from '../../src/mp4/boxes/stz2.ts';
import { nonSyncSample } from '../../src/mp4/boxes/trun.ts';
import { mehd, stz2, tfdt, tfhd, trex, trun } from './fragment-boxes.ts';
import { movieBox } from './movie-box.ts';
import { reportLayout } from '../../src/mp4/layout-findings.ts';
import { reportSamples } from '../../src/mp4/movie-findings.ts';
import { movieFileSteps } from '../../src/mp4/movie-reader.ts';
import { movieSamplesSteps } from '../../src/mp4/movie-samples.ts';
import { bytesOfBox, firstBox, hex, memorySource } from './memory-source.ts';
import { audioTrack, tableOf, videoTrack, type Sample } from './movies.ts';

const fileType = ftyp({ majorBrand: 'isom', minorVersion: 512, compatibleBrands: ['isom', 'avc1'] });

/** Samples of 100 bytes from `start` on, audio behind video. */
function interleaved(start: number, count: number): { picture: Sample[]; sound: Sample[] } {
  const at = (index: number): number => start + 200 * index;
  const picture = Array.from({ length: count }, (_, index) => ({
    offset: at(index),
    size: 100,
    duration: 40,
    compositionOffset: index % 2 === 0 ? 80 : 0,
    sync: index % 10 === 0,
  }));
  const sound = Array.from({ length: count }, (_, index) => ({
    offset: at(index) + 100,
    size: 100,
    duration: 23 + (index % 2),
    compositionOffset: 0,
    sync: true,
  }));
  return { picture, sound };
}

const tracksOf = (start: number, count: number): Track[] => {
  const { picture, sound } = interleaved(start, count);
  return [videoTrack(tableOf(picture)), audioTrack(tableOf(sound))];
};

const movieOptions = { creationTime: 3_800_000_000, timescale: 1000, shift: () => 0, largeOffsets: false };

function mediaBox(bytes: number): Box {
  return box('mdat', (sink) => sink.bytes(new Uint8Array(bytes).fill(0xab)));
}

function bytesOf(...boxes: readonly Box[]): Uint8Array {
  const writer = new ByteWriter();
  for (const each of boxes) each.write(writer);
  return writer.toBytes().slice();
}

/** ftyp, mdat, moov, as recorders write it that close in good order. */
function closedFile(count = 20): Uint8Array {
  const start = fileType.size + 8;
  return bytesOf(fileType, mediaBox(200 * count), movieBox(placeOnTimeline(tracksOf(start, count)), movieOptions));
}

function codesOf(bytes: Uint8Array | ByteSource): FindingCode[] {
  const source = bytes instanceof Uint8Array ? memorySource(bytes) : bytes;
  const findings = new Findings();
  const file = atOnce(movieFileSteps(source, { thorough: true }));
  reportLayout(file, findings);
  atOnce(reportSamples(file, atOnce(movieSamplesSteps(file)), findings));
  return [...new Set(findings.list().map(({ code }) => code))];
}

/** Where a four-character code stands for the `nth` time. */
function offsetOf(bytes: Uint8Array, type: string, nth = 0): number {
  let at = -1;
  for (let i = 0; i <= nth; i++) at = Buffer.from(bytes).indexOf(type, at + 1, 'latin1');
  assert.ok(at >= 0, `there is no ${type}`);
  return at;
}

function withWord(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const changed = bytes.slice();
  new DataView(changed.buffer).setUint32(at, value);
  return changed;
}

describe('a movie file that was closed in good order', () => {
  test('gives its tracks, and every sample as it was written', () => {
    const file = atOnce(movieFileSteps(memorySource(closedFile())));
    const { picture, sound } = interleaved(fileType.size + 8, 20);
    const [video, audio] = atOnce(movieSamplesSteps(file)).tracks.map(({ samples }) => samples.table);
    const rows = (table: typeof video): Sample[] =>
      Array.from({ length: table!.length }, (_, index) => ({
        offset: table!.offsets.at(index),
        size: table!.sizes.at(index),
        duration: table!.durations.at(index),
        compositionOffset: table!.compositionOffset(index),
        sync: table!.isSync(index),
      }));
    assert.deepEqual(rows(video), picture);
    assert.deepEqual(rows(audio), sound);
    assert.deepEqual(
      file.movie?.tracks.map(({ handler, entries }) => [
        handler.handlerType,
        entries[0]?.type,
        entries[0]?.configuration?.type,
      ]),
      [
        ['vide', 'avc1', 'avcC'],
        ['soun', 'mp4a', 'esds'],
      ],
    );
    assert.equal(file.fileType?.majorBrand, 'isom');
  });

  test('has nothing wrong with it', () => {
    assert.deepEqual(codesOf(closedFile()), []);
  });
});

describe('what can be wrong with the boxes of a file', () => {
  test('a moov that was never written', () => {
    const bytes = bytesOf(fileType, mediaBox(1000));
    assert.deepEqual(codesOf(bytes), ['mp4-no-moov']);
    assert.deepEqual(codesOf(withWord(bytes, fileType.size, 0)), ['mp4-mdat-open', 'mp4-no-moov']);
  });

  test('a moov that is torn gives the tracks before the tear', () => {
    const whole = closedFile();
    const cut = whole.subarray(0, offsetOf(whole, 'trak', 1) + 60);
    assert.deepEqual(codesOf(cut), ['mp4-moov-torn']);
    const [video] = atOnce(movieSamplesSteps(atOnce(movieFileSteps(memorySource(cut))))).tracks;
    assert.equal(video?.samples.table.length, 20);
  });

  test('a moov that is torn within a table gives the samples of which all is known', () => {
    const whole = closedFile(400);
    const cut = whole.subarray(0, offsetOf(whole, 'stco') + 12 + 4 * 123);
    const [video] = atOnce(movieSamplesSteps(atOnce(movieFileSteps(memorySource(cut))))).tracks;
    assert.equal(video?.samples.table.length, 123);
    assert.equal(video?.samples.claimed, 400);
    assert.deepEqual(video?.track.tornTables, ['stco']);
  });

  test('an mdat whose size was never filled in, with the moov behind it', () => {
    const bytes = withWord(closedFile(), fileType.size, 0);
    assert.deepEqual(codesOf(bytes), ['mp4-mdat-open']);
  });

  test('an mdat whose size is wrong, with the moov behind it', () => {
    for (const size of [1234, 0x7fffffff]) {
      assert.deepEqual(codesOf(withWord(closedFile(), fileType.size, size)), ['mp4-mdat-size-wrong'], String(size));
    }
  });

  test('junk behind the last box', () => {
    const whole = closedFile();
    const bytes = new Uint8Array(whole.length + 300);
    bytes.set(whole);
    assert.deepEqual(codesOf(bytes), ['mp4-trailing-junk']);
  });

  test('a file that begins with its moov and was cut', () => {
    const movie = (start: number): Box => movieBox(placeOnTimeline(tracksOf(start, 50)), movieOptions);
    const start = fileType.size + movie(0).size + 8;
    const whole = bytesOf(fileType, movie(start), mediaBox(200 * 50));
    assert.deepEqual(codesOf(whole), []);
    assert.deepEqual(codesOf(whole.subarray(0, whole.length - 4000)), ['mp4-box-beyond-end', 'mp4-samples-beyond-end']);
  });
});

describe('a file of more than 4 GiB', () => {
  /** A source of which only the beginning and the end are there; between them are bytes of no meaning. */
  function hugeSource(head: Uint8Array, tail: Uint8Array, size: number): ByteSource {
    return {
      path: 'huge.mp4',
      size,
      read(offset, length) {
        const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset))).fill(0xab);
        for (const [part, start] of [
          [head, 0],
          [tail, size - tail.length],
        ] as const) {
          const from = Math.max(offset, start);
          const to = Math.min(offset + bytes.length, start + part.length);
          if (from < to) bytes.set(part.subarray(from - start, to - start), from - offset);
        }
        return bytes;
      },
    };
  }

  test('with a size and chunk offsets of 32 bits is read as it was meant', () => {
    const mediaBytes = 5 * 2 ** 30;
    const start = fileType.size + 8;
    const offsets = [start, start + 3 * 2 ** 30, start + 2 ** 32 + 4096, start + 5 * 2 ** 30 - 100];
    const samples = offsets.map((offset) => ({ offset, size: 100, duration: 40, compositionOffset: 0, sync: true }));
    const moov = bytesOfBox(movieBox(placeOnTimeline([videoTrack(tableOf(samples))]), movieOptions));
    const stco = offsetOf(moov, 'stco') + 12;
    const view = new DataView(moov.buffer);
    assert.equal(view.getUint32(stco - 4), 4);
    for (const [index, offset] of offsets.entries()) view.setUint32(stco + 4 * index, offset % 2 ** 32);
    const head = new Uint8Array(start);
    head.set(bytesOf(fileType));
    head.set(hex('6d646174'), fileType.size + 4);
    new DataView(head.buffer).setUint32(fileType.size, (mediaBytes + 8) % 2 ** 32);
    const source = hugeSource(head, moov, start + mediaBytes + moov.length);
    assert.deepEqual(codesOf(source), ['mp4-mdat-size-wrapped', 'mp4-chunk-offsets-wrapped']);
    const [video] = atOnce(movieSamplesSteps(atOnce(movieFileSteps(source)))).tracks;
    assert.deepEqual([...video!.samples.table.offsets.values()], offsets);
  });
});

describe('what can be wrong with the tables of a track', () => {
  const whole = closedFile(40);

  test('counts that differ', () => {
    const sizes = offsetOf(whole, 'stsz') + 12;
    assert.ok(codesOf(withWord(whole, sizes, 30)).includes('mp4-tables-contradict'));
    assert.deepEqual(codesOf(withWord(whole, offsetOf(whole, 'stsc') + 16, 0)).slice(0, 1), ['mp4-tables-contradict']);
  });

  test('a count of four billion costs neither memory nor time', () => {
    const stsz = offsetOf(whole, 'stsz');
    const bytes = withWord(withWord(whole, stsz + 8, 1), stsz + 12, 0xffffffff);
    const stsc = withWord(bytes, offsetOf(whole, 'stsc') + 16, 0xffffffff);
    for (const each of [bytes, stsc]) {
      const [video] = atOnce(movieSamplesSteps(atOnce(movieFileSteps(memorySource(each))))).tracks;
      assert.ok(video!.samples.table.length <= 2 * 1024 * 1024);
    }
  });

  test('samples that lie in the tables themselves', () => {
    const stco = offsetOf(whole, 'stco') + 12;
    const bytes = withWord(whole, stco, offsetOf(whole, 'moov') + 50);
    assert.deepEqual(codesOf(bytes), ['mp4-samples-outside-media']);
  });

  test('durations that the tables do not bear out, and what is the matter with them', () => {
    const mdhd = offsetOf(whole, 'mdhd') + 4 + 16;
    const told = (duration: number, unseenSeconds?: number): string => {
      const findings = new Findings();
      const file = atOnce(movieFileSteps(memorySource(withWord(whole, mdhd, duration))));
      atOnce(reportSamples(file, atOnce(movieSamplesSteps(file)), findings, unseenSeconds));
      return findings.list().find(({ code }) => code === 'mp4-duration-contradicts')?.message ?? '';
    };
    assert.match(told(40 * 39, 0), /the last sample is not counted/);
    assert.equal(told(40 * 39), '', 'players do not see a frame');
    assert.match(told(3_600_000 + 1600), /count from a beginning long before/);
    assert.match(told(1000), /claims 1.000 s, its samples last 1.600 s/);
    assert.equal(told(1600), '');
  });

  test('a sample that lasts less than nothing', () => {
    const stts = offsetOf(whole, 'stts') + 8 + 4 + 4;
    assert.deepEqual(codesOf(withWord(whole, stts - 4, 0xfffffffb)).slice(0, 1), ['mp4-tables-contradict']);
    assert.ok(codesOf(withWord(whole, stts, 0xfffffffb)).includes('mp4-delta-absurd'));
  });
});

describe('fragments', () => {
  const defaults = {
    trackId: 1,
    sampleDescriptionIndex: 1,
    sampleDuration: 40,
    sampleSize: 100,
    sampleFlags: nonSyncSample,
  };

  function fragment(decodeTime: number, offsets: readonly number[]): Box {
    const samples = offsets.map((compositionOffset, index) => ({
      duration: undefined,
      size: 50 + index,
      flags: index === 0 ? 0 : nonSyncSample,
      compositionOffset,
    }));
    const header = {
      trackId: 1,
      baseDataOffset: undefined,
      sampleDescriptionIndex: undefined,
      sampleDuration: undefined,
      sampleSize: undefined,
      sampleFlags: undefined,
      defaultBaseIsMoof: true,
    };
    const make = (dataOffset: number): Box =>
      container('moof', [container('traf', [tfhd(header), tfdt(decodeTime), trun(dataOffset, samples)])]);
    return make(make(0).size + 8);
  }

  function fragmented(...decodeTimes: readonly number[]): Uint8Array {
    const empty = tableOf([]);
    const moov = bytesOfBox(movieBox(placeOnTimeline([videoTrack(empty)]), movieOptions));
    const extended = container('moov', [
      { type: 'rest', size: moov.length - 8, write: (sink) => sink.bytes(moov.subarray(8)) },
      container('mvex', [mehd(1234), trex(defaults)]),
    ]);
    const pieces = decodeTimes.flatMap((time) => [fragment(time, [80, 0, 40]), mediaBox(50 + 51 + 52)]);
    return bytesOf(fileType, extended, ...pieces);
  }

  test('give their samples, each fragment where it says that it begins', () => {
    const bytes = fragmented(1000, 1120, 2000);
    assert.deepEqual(codesOf(bytes), []);
    const file = atOnce(movieFileSteps(memorySource(bytes)));
    assert.equal(file.movie?.fragmentsDuration, 1234);
    const { table } = atOnce(movieSamplesSteps(file)).tracks[0]!.samples;
    assert.equal(table.firstDecodeTime, 1000);
    assert.deepEqual([...table.durations.values()], [40, 40, 40, 40, 40, 800, 40, 40, 40]);
    assert.deepEqual([...table.sizes.values()], [50, 51, 52, 50, 51, 52, 50, 51, 52]);
    assert.deepEqual([...table.compositionOffsets!.values()], [80, 0, 40, 80, 0, 40, 80, 0, 40]);
    assert.deepEqual([...table.sync!.values()], [1, 0, 0, 1, 0, 0, 1, 0, 0]);
    const mdat = offsetOf(bytes, 'mdat', 1) + 4;
    assert.deepEqual([...table.offsets.values()].slice(3, 6), [mdat, mdat + 50, mdat + 101]);
  });

  test('that are torn, missing, or go backward are told', () => {
    const bytes = fragmented(0, 120);
    assert.deepEqual(codesOf(bytes.subarray(0, offsetOf(bytes, 'trun', 1) + 20)), [
      'mp4-box-beyond-end',
      'mp4-fragment-torn',
    ]);
    assert.deepEqual(codesOf(bytes.subarray(0, bytes.length - 60)), ['mp4-box-beyond-end', 'mp4-samples-beyond-end']);
    assert.deepEqual(codesOf(fragmented(5000, 120)), ['mp4-fragment-backward']);
    assert.ok(codesOf(fragmented()).includes('mp4-fragments-missing'));
  });

  test('whose samples cost no bytes are bounded by the size of the file', () => {
    const bytes = fragmented(0);
    const run = offsetOf(bytes, 'trun');
    // No field of its own for any sample, and four billion of them.
    const huge = withWord(withWord(bytes, run + 4, 1), run + 8, 0xffffffff);
    const { table } = atOnce(movieSamplesSteps(atOnce(movieFileSteps(memorySource(huge))))).tracks[0]!.samples;
    assert.ok(table.length <= huge.length);
  });
});

describe('boxes of fragments', () => {
  test('compact sizes of 4, 8 and 16 bits are read as they were written', () => {
    for (const bits of [4, 8, 16] as const) {
      const sizes = [1, 15, 0, 9, 3];
      assert.deepEqual([...readStz2(firstBox(bytesOfBox(stz2(sizes, bits)))).sizes], sizes);
    }
    const strange = fullBox('stz2', 0, 0, (sink) => sink.bytes(hex('000000 07 00000002 0102')));
    assert.deepEqual([...readStz2(firstBox(bytesOfBox(strange))).sizes], []);
  });
});
