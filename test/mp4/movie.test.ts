import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { placeOnTimeline } from '../../src/media/timeline.ts';
import type { Track } from '../../src/media/track.ts';
import { child, childrenOf, type BoxSpan } from '../../src/mp4/box.ts';
import { readElst } from '../../src/mp4/boxes/elst.ts';
import { readHdlr } from '../../src/mp4/boxes/hdlr.ts';
import { readMdhd } from '../../src/mp4/boxes/mdhd.ts';
import { readMvhd } from '../../src/mp4/boxes/mvhd.ts';
import { readTkhd } from '../../src/mp4/boxes/tkhd.ts';
import type { MovieOptions } from '../../src/mp4/movie.ts';
import { movieBox } from './movie-box.ts';
import { SampleCursor, sampleTableOf } from '../../src/mp4/sample-cursor.ts';
import { bytesOfBox, firstBox } from './memory-source.ts';
import { audioTrack, evenTable, tableOf, traksOf, video, videoTrack } from './movies.ts';

const usual: MovieOptions = { creationTime: 3_800_000_000, timescale: 1000, shift: () => 0, largeOffsets: false };

function moovOf(tracks: readonly Track[], options: MovieOptions = usual): Uint8Array {
  return bytesOfBox(movieBox(placeOnTimeline(tracks), options));
}

function within(span: BoxSpan, ...types: readonly string[]): BoxSpan | undefined {
  let found: BoxSpan | undefined = span;
  for (const type of types) found = found === undefined ? undefined : child(found, type);
  return found;
}

const editsOf = (trak: BoxSpan): unknown => {
  const elst = within(trak, 'edts', 'elst');
  return elst === undefined ? undefined : readElst(elst);
};

describe('movieBox', () => {
  test('has the boxes the standard wants, each in its place', () => {
    const [picture, sound] = traksOf(moovOf([videoTrack(evenTable(3, 40, 0, 80)), audioTrack(evenTable(5, 23))]));
    const types = (span: BoxSpan | undefined): string[] =>
      span === undefined ? [] : [...childrenOf(span)].map(({ type }) => type);
    assert.deepEqual(types(picture), ['tkhd', 'edts', 'mdia']);
    assert.deepEqual(types(within(picture!, 'mdia')), ['mdhd', 'hdlr', 'minf']);
    assert.deepEqual(types(within(picture!, 'mdia', 'minf')), ['vmhd', 'dinf', 'stbl']);
    assert.deepEqual(types(within(sound!, 'mdia', 'minf')), ['smhd', 'dinf', 'stbl']);
    assert.deepEqual(types(sampleTableOf(picture!)), ['stsd', 'stts', 'ctts', 'stsz', 'stsc', 'stco']);
    assert.deepEqual(types(sampleTableOf(sound!)), ['stsd', 'stts', 'stsz', 'stsc', 'stco']);
    assert.equal(readHdlr(within(picture!, 'mdia', 'hdlr')!).handlerType, 'vide');
    assert.equal(readHdlr(within(sound!, 'mdia', 'hdlr')!).handlerType, 'soun');
  });

  test('durations include the last sample, and the movie lasts as long as its longest track', () => {
    // 250 pictures of 40 ms are 10 s; 470 frames of 1024 samples at 48 kHz are 10.0266… s.
    const moov = moovOf([videoTrack(evenTable(250, 3600), 90000), audioTrack(evenTable(470, 1024), 48000)]);
    const [picture, sound] = traksOf(moov);
    assert.equal(readMdhd(within(picture!, 'mdia', 'mdhd')!).duration, 900_000);
    assert.equal(readMdhd(within(sound!, 'mdia', 'mdhd')!).duration, 481_280);
    assert.equal(readTkhd(within(picture!, 'tkhd')!).duration, 10_000);
    assert.equal(readTkhd(within(sound!, 'tkhd')!).duration, 10_027, 'never shorter than the media');
    const header = readMvhd(within(firstBox(moov), 'mvhd')!);
    assert.deepEqual(header, {
      creationTime: 3_800_000_000,
      modificationTime: 3_800_000_000,
      timescale: 1000,
      duration: 10_027,
      nextTrackId: 3,
    });
  });

  test('no edit list where everything begins at once', () => {
    for (const trak of traksOf(moovOf([videoTrack(evenTable(3, 40)), audioTrack(evenTable(5, 23))]))) {
      assert.equal(editsOf(trak), undefined);
    }
  });

  test('a track that begins later begins with an empty edit of that length', () => {
    const [picture, sound] = traksOf(moovOf([videoTrack(evenTable(250, 40)), audioTrack(evenTable(430, 23, 1679))]));
    assert.equal(editsOf(picture!), undefined);
    assert.deepEqual(editsOf(sound!), [
      { segmentDuration: 1679, mediaTime: -1 },
      { segmentDuration: 9890, mediaTime: 0 },
    ]);
    assert.equal(readTkhd(within(sound!, 'tkhd')!).duration, 11_569);
  });

  test('a constant composition offset is kept, and the presentation begins with the first picture', () => {
    const [picture] = traksOf(moovOf([videoTrack(evenTable(10, 40, 0, 80))]));
    assert.deepEqual(editsOf(picture!), [{ segmentDuration: 400, mediaTime: 80 }]);
    const cursor = new SampleCursor(sampleTableOf(picture!)!);
    assert.ok(cursor.next());
    assert.equal(cursor.compositionOffset, 80);
  });

  test('where the first picture would come before the media, all are raised and their distances kept', () => {
    const offsets = [-40, 120, 0, -40];
    const samples = offsets.map((compositionOffset, index) => ({
      offset: 16 + index,
      size: 1,
      duration: 40,
      compositionOffset,
      sync: index === 0,
    }));
    // Pictures at -40, 160, 80 and 80 ms; the sound, at 0, comes 40 ms after the first of them.
    const [picture, sound] = traksOf(moovOf([videoTrack(tableOf(samples)), audioTrack(evenTable(10, 20))]));
    const cursor = new SampleCursor(sampleTableOf(picture!)!);
    const written: number[] = [];
    while (cursor.next()) written.push(cursor.compositionOffset);
    assert.deepEqual(written, [0, 160, 40, 0]);
    // The last picture is shown until 240 ms, longer than the four of 40 ms are decoded for.
    assert.deepEqual(editsOf(picture!), [{ segmentDuration: 240, mediaTime: 0 }]);
    assert.deepEqual(editsOf(sound!), [
      { segmentDuration: 40, mediaTime: -1 },
      { segmentDuration: 200, mediaTime: 0 },
    ]);
  });

  test('negative composition offsets that come later stay negative', () => {
    const samples = [0, 80, -40, -40].map((compositionOffset, index) => ({
      offset: 16 + index,
      size: 1,
      duration: 40,
      compositionOffset,
      sync: index === 0,
    }));
    const [picture] = traksOf(moovOf([videoTrack(tableOf(samples))]));
    const ctts = child(sampleTableOf(picture!)!, 'ctts')!;
    assert.equal(ctts.source.read(ctts.body, 1)[0], 1, 'version 1 has signed offsets');
    assert.equal(editsOf(picture!), undefined);
  });

  test('tables that say nothing are not there: no ctts without offsets, no stss where all are sync samples', () => {
    const samples = [0, 1, 2].map((index) => ({
      offset: 16 + index,
      size: 1,
      duration: 40,
      compositionOffset: 0,
      sync: true,
    }));
    const [picture] = traksOf(moovOf([videoTrack(tableOf(samples, false))]));
    assert.equal(child(sampleTableOf(picture!)!, 'ctts'), undefined);
    assert.equal(child(sampleTableOf(picture!)!, 'stss'), undefined);
  });

  test('an empty track has no samples and no duration, and disturbs no other', () => {
    const [empty, sound] = traksOf(moovOf([videoTrack(evenTable(0, 40)), audioTrack(evenTable(10, 23, 500))]));
    assert.equal(readTkhd(within(empty!, 'tkhd')!).duration, 0);
    assert.equal(new SampleCursor(sampleTableOf(empty!)!).next(), false);
    assert.equal(readTkhd(within(sound!, 'tkhd')!).duration, 230);
    assert.equal(editsOf(sound!), undefined, 'the presentation begins with the first sound there is');
  });

  test('pixels that are not square make the presented picture wider or narrower, never beyond what a header can say', () => {
    const sized = (sarWidth: number, sarHeight: number): number => {
      const track = videoTrack(evenTable(1, 40));
      const vui = { sampleAspectRatio: { sarWidth, sarHeight } };
      const sps = { width: 720, height: 576, vui } as unknown as NonNullable<typeof video.sps>;
      const [picture] = traksOf(moovOf([{ ...track, configuration: { ...video, sps } }]));
      return readTkhd(within(picture!, 'tkhd')!).width;
    };
    assert.equal(sized(64, 45), 1024);
    assert.equal(sized(1, 2), 360);
    assert.equal(sized(0, 1), 720, 'an unspecified ratio');
    const widest = sized(65535, 1);
    assert.ok(widest > 65535 && widest < 65536, `${widest} is as wide as 16.16 gets`);
  });

  test('a track of a codec that cannot be written yet is refused by its name, not written as another', () => {
    const unknown = { codec: 'unknown', format: 'stream type 0x42', record: new Uint8Array(0) } as const;
    assert.throws(() => moovOf([{ ...videoTrack(evenTable(1, 40)), configuration: unknown }]), {
      name: 'SalvorError',
      message: 'an MP4 with the codec stream type 0x42 cannot be written yet',
    });
  });

  test('a day of sound whose steps alternate is described in bounded time, and read back whole', () => {
    const count = 200_000;
    const samples = Array.from({ length: count }, (_, index) => ({
      offset: 16 + 300 * index,
      size: 100 + (index % 50),
      duration: 23 + (index % 2),
      compositionOffset: 0,
      sync: true,
    }));
    const [sound] = traksOf(moovOf([audioTrack(tableOf(samples))]));
    const cursor = new SampleCursor(sampleTableOf(sound!)!);
    let found = 0;
    while (cursor.next()) found++;
    assert.equal(found, count);
  });
});
