/**
 * What the MP4 of a clean set is made of, box by box (ISO/IEC 14496-12): what the media server's own combiner got wrong is
 * right here. The boxes are read by the tests' own reader.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { copyStagingCase, stagingCases } from '../../support/fixtures.ts';
import { needs, probe } from '../../support/judges.ts';
import { runInProcess } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { trackSamples, type TrackKind, type Truth } from '../../support/truth.ts';
import { combineCleanCase, type CombinedCase, type CombinedRecording } from './combined-cases.ts';
import { folderContents, stagingFilesIn } from './folder-contents.ts';
import {
  boxesOfType,
  editEntries,
  movieTimes,
  onlyBox,
  readMovie,
  trackBox,
  versionOf,
  type MovieBox,
} from './movie-boxes.ts';

/** Profiles whose avcC has a High-profile extension (ISO/IEC 14496-15, 5.3.3.1.2). */
const highProfiles: ReadonlySet<number> = new Set([100, 110, 122, 144]);

function recordedKinds(truth: Truth): readonly TrackKind[] {
  return (['video', 'audio'] as const).filter((kind) => trackSamples(truth, kind).length > 0);
}

function recordedTrack(boxes: readonly MovieBox[], kind: TrackKind): MovieBox {
  const box = trackBox(boxes, kind);
  assert.ok(box, `there is a ${kind} track`);
  return box;
}

/** The index in front, in mdat the media of the set, byte for byte, and between them what brings it to its place. */
function checkOrder({ file }: CombinedRecording): void {
  const boxes = readMovie(file);
  assert.deepEqual(
    boxes.map(({ type }) => type),
    ['ftyp', 'moov', 'free', 'wide', 'mdat'],
  );
  assert.ok(onlyBox(boxes, 'mdat').body.equals(readFileSync(`${file}.mdat`).subarray(16)), 'the media is unchanged');
}

/** All fixtures were recorded with winQtCompat: nothing in them may ask for 64 bits. */
function checkFields({ file }: CombinedRecording): void {
  const boxes = readMovie(file);
  for (const type of ['mvhd', 'tkhd', 'mdhd', 'elst']) {
    for (const box of boxesOfType(boxes, type)) assert.equal(versionOf(box), 0, `version of ${type}`);
  }
  assert.equal(boxesOfType(boxes, 'co64').length, 0);
  assert.equal(boxesOfType(boxes, 'stco').length, boxesOfType(boxes, 'trak').length);
  assert.equal(onlyBox(boxes, 'mdat').bytes.readUInt32BE(0), onlyBox(boxes, 'mdat').bytes.length);
}

/** The chunk tables take less than the original's: one chunk a sample, with 64-bit offsets. */
function checkChunks({ fixture: { truth }, file }: CombinedRecording): void {
  const boxes = readMovie(file);
  const chunkTables = ['stsc', 'stco'].flatMap((type) => boxesOfType(boxes, type));
  const taken = chunkTables.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const original = recordedKinds(truth)
    .map((kind) => 28 + 16 + 8 * trackSamples(truth, kind).length)
    .reduce((sum, bytes) => sum + bytes, 0);
  assert.ok(taken < original, `${taken} bytes, the original's ${original}`);
}

/** No stss without entries: it would say that no sample is a sync sample. */
function checkSyncTable({ fixture: { truth }, file }: CombinedRecording): void {
  const boxes = readMovie(file);
  for (const stss of boxesOfType(boxes, 'stss')) assert.ok(stss.body.readUInt32BE(4) > 0, 'stss has entries');
  if (truth.config.audio !== '') assert.equal(boxesOfType([recordedTrack(boxes, 'audio')], 'stss').length, 0);
  if (truth.config.video !== '') {
    const video = trackSamples(truth, 'video');
    const needed = !video.every(({ sync }) => sync);
    const found = boxesOfType([recordedTrack(boxes, 'video')], 'stss').length;
    assert.ok(found === 1 || (found === 0 && !needed), 'without stss all samples are sync samples');
  }
}

/** Composition offsets below zero need version 1 (8.6.1.3); any others are version 0, which every player reads. */
function checkCompositionOffsets({ fixture: { truth }, file }: CombinedRecording): void {
  const boxes = readMovie(file);
  const samples = trackSamples(truth, 'video');
  const offsets = samples.map(({ ctsTicks }) => ctsTicks);
  // A picture whose clock stepped back is decoded after the one before it, and so shown before it is decoded.
  const steppedBack = samples.some(({ dtsTicks }, number) => dtsTicks < (samples[number - 1]?.dtsTicks ?? 0));
  const negative = steppedBack || offsets.some((offset) => offset < 0);
  const tables = boxesOfType(boxes, 'ctts');
  if (offsets.some((offset) => offset !== offsets[0])) assert.equal(tables.length, 1);
  for (const table of tables) assert.equal(versionOf(table), negative ? 1 : 0);
}

/** The later track has an empty edit as long as it is late; both skip what is before their first picture or sound. */
function checkEdits({ fixture: { truth }, file }: CombinedRecording): void {
  const boxes = readMovie(file);
  const { timescale } = movieTimes(onlyBox(boxes, 'mvhd'));
  const starts = recordedKinds(truth).map((kind) => {
    const samples = trackSamples(truth, kind);
    const earliest = Math.min(...samples.map(({ dtsTicks, ctsTicks }) => dtsTicks + ctsTicks));
    const scale = truth.timescale[kind];
    return { kind, seconds: earliest / scale, mediaTime: earliest - (samples[0]?.dtsTicks ?? 0) };
  });
  const origin = Math.min(...starts.map(({ seconds }) => seconds));
  for (const { kind, seconds, mediaTime } of starts) {
    const trak = recordedTrack(boxes, kind);
    const edits = boxesOfType([trak], 'elst').flatMap(editEntries);
    const empty = edits.filter((edit) => edit.mediaTime === -1).reduce((sum, edit) => sum + edit.segmentDuration, 0);
    const late = empty / timescale;
    assert.ok(Math.abs(late - (seconds - origin)) <= 0.001, `${kind} is ${late} s late, recorded ${seconds - origin}`);
    const shown = edits.filter((edit) => edit.mediaTime !== -1);
    assert.ok(shown.length <= 1);
    // dts-backwards: no recorded picture comes before the first.
    assert.equal(shown[0]?.mediaTime ?? 0, Math.max(0, mediaTime));
  }
}

/** The sample entries say what the codec configurations say. */
async function checkEntries({ fixture: { truth }, file }: CombinedRecording): Promise<void> {
  const boxes = readMovie(file);
  const { streams } = await probe(file);
  if (truth.config.video !== '') {
    const recorded = Buffer.from(truth.config.video, 'hex');
    const record = onlyBox(boxes, 'avcC').body;
    assert.ok(record.subarray(0, recorded.length).equals(recorded), 'avcC begins with the recorded configuration');
    // 4:2:0 pictures of 8 bits: chroma_format_idc 1, both bit depths 8, no SPS extension.
    const video = streams.find(({ codec_type: type }) => type === 'video');
    assert.match(String(video?.['pix_fmt']), /^yuvj?420p$/);
    const extension = highProfiles.has(recorded.readUInt8(1)) ? 'fdf8f800' : '';
    assert.equal(record.subarray(recorded.length).toString('hex'), extension);
    const entry = onlyBox(boxes, 'avc1').body;
    assert.deepEqual([entry.readUInt16BE(24), entry.readUInt16BE(26)], [video?.width, video?.height]);
  }
  if (truth.config.audio !== '') {
    const audio = streams.find(({ codec_type: type }) => type === 'audio');
    const entry = onlyBox(boxes, 'mp4a').body;
    assert.equal(entry.readUInt16BE(16), audio?.channels);
    assert.equal(entry.readUInt32BE(24), Number(audio?.sample_rate) * 0x10000);
  }
}

for (const name of stagingCases('clean')) {
  describe(`clean/${name}`, () => {
    const directory = scratchDirectory({ after });
    let combined: CombinedCase;
    before(async () => {
      combined = await combineCleanCase(name, directory);
    });
    const each = async (check: (recording: CombinedRecording) => Promise<void> | void): Promise<void> => {
      for (const recording of combined.recordings) await check(recording);
    };

    test('it is an index and the media, unchanged', () => each(checkOrder));
    test('all its fields have 32 bits', () => each(checkFields));
    test('samples share chunks, so that the moov is smaller than the original one', () => each(checkChunks));
    test('there is no empty table of sync samples', () => each(checkSyncTable));
    test('composition offsets have the version they need', () => each(checkCompositionOffsets));
    test('edit lists hold the start of each track', () => each(checkEdits));
    test('the sample entries are true to the codec configuration', needs('ffprobe'), () => each(checkEntries));
  });
}

test('the same recording gives the same bytes every time', async (t) => {
  for (const name of ['av-bframes', 'ts-ingest', 'exactly-1024-keyframes']) {
    const files = await Promise.all(
      [1, 2].map(async () => {
        const [recording] = (await combineCleanCase(name, scratchDirectory(t))).recordings;
        return readFileSync(recording!.file);
      }),
    );
    assert.ok(files[0]!.equals(files[1]!), name);
  }
});

test('evo-mp4writer removes the staging files when the MP4 is in place, and nothing else', async (t) => {
  const directory = scratchDirectory(t);
  for (const name of ['av-bframes', 'audio-only', 'chunked']) {
    copyStagingCase('clean', name, directory);
    const { status } = await runInProcess('evo-mp4writer', [`-path=${join(directory, 'rec.mp4')}`]);
    assert.equal(status, 0);
    assert.deepEqual(stagingFilesIn(folderContents(directory)), {}, name);
  }
  assert.deepEqual(Object.keys(folderContents(directory)), ['rec.mp4', 'rec_part0000.mp4', 'rec_part0001.mp4']);
});

test('evo-mp4writer --keep and salvor leave the staging files as they were', async (t) => {
  const directory = scratchDirectory(t);
  copyStagingCase('clean', 'av-bframes', directory);
  const before = folderContents(directory);
  const path = join(directory, 'rec.mp4');
  assert.equal((await runInProcess('evo-mp4writer', [`-path=${path}`, '--keep'])).status, 0);
  assert.deepEqual(stagingFilesIn(folderContents(directory)), before);
  assert.equal((await runInProcess('salvor', ['mp4writer', path, '--force'])).status, 0);
  assert.deepEqual(stagingFilesIn(folderContents(directory)), before);
  assert.equal((await runInProcess('salvor', ['mp4writer', path, '--force', '--remove-staging'])).status, 0);
  assert.deepEqual(Object.keys(folderContents(directory)), ['rec.mp4']);
});
