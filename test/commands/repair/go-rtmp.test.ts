/** What go-rtmp's recorder leaves behind, crashed and closed, is what comes back. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { decode, needs, probe } from '../../support/judges.ts';
import type { ProbedRecording } from '../../../src/media/probed-recording.ts';
import { runInProcess } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import {
  asSamples,
  compareSamples,
  findSamples,
  goFixture,
  killed,
  movieStart,
  placeBytes,
  placeFixture,
  runRepair,
  truthOf,
  type TruthLine,
} from './damaged-recordings.ts';

/** Of what `probe --json` prints. */
interface ProbedJson {
  readonly health: Pick<ProbedRecording['health'], 'verdict' | 'findings' | 'advice'>;
}

const judged = needs('ffprobe');
const crashedName = 'live_hevc_20261121_081035.mp4';
/** A frame at 30 pictures a second. */
const frame = 1 / 30;

describe('recordings of a killed server', () => {
  test(
    'with an earlier recording of the stream beside it, every whole sample is back at its time',
    judged,
    async (t) => {
      const directory = scratchDirectory(t);
      const path = placeFixture('h265_b_aac_kill202', 'recording.mp4', directory, crashedName);
      // Another stream's and one that fits.
      placeFixture('h265_segments_clean', 'recording.mp4', directory, 'live_hevc_20261121_070000.mp4');
      placeFixture('h265_b_aac_kill202', 'complete-without-media.mp4', directory, 'live_hevc_20261120_081035.mp4');
      const before = readFileSync(path);
      const { status, report } = await runRepair(path);
      assert.equal(status, 0);
      assert.equal(report.outcome, 'made');
      assert.equal(report.output?.path, join(directory, 'live_hevc_20261121_081035.repaired.mp4'));
      const movie = await findSamples(report.output.path);
      const truth = asSamples(truthOf('h265_b_aac_kill202'));
      const { timeError, shownError, ...exact } = compareSamples(truth, movie.samples);
      assert.deepEqual(exact, {
        expected: truth.length,
        found: truth.length,
        strange: 0,
        syncWrong: 0,
        offsetsWrong: 0,
      });
      assert.ok(timeError < frame && shownError < frame, `${timeError} ${shownError}`);
      assert.deepEqual([movie.streams[0]?.width, movie.streams[0]?.height], [320, 240]);
      const taken = report.findings.find(({ code }) => code === 'codec-configuration-taken');
      assert.match(taken?.message ?? '', /live_hevc_20261120_081035/, 'the one that fits, not the one that resembles');
      assert.deepEqual(readFileSync(path), before, 'the damaged file is only read');
    },
  );

  test('what was made can be decoded without a complaint', needs('ffprobe', 'ffmpeg'), async (t) => {
    const directory = scratchDirectory(t);
    const path = placeFixture('h265_inband_aac_kill193', 'recording.mp4', directory, crashedName);
    const { report } = await runRepair(path);
    assert.deepEqual((await decode(report.output!.path)).complaints, []);
  });

  test('parameter sets in the media need no other recording', judged, async (t) => {
    const directory = scratchDirectory(t);
    const path = placeFixture('h265_inband_aac_kill193', 'recording.mp4', directory, crashedName);
    const { status, report } = await runRepair(path);
    assert.equal(status, 0);
    const truth = asSamples(truthOf('h265_inband_aac_kill193'));
    const movie = await findSamples(report.output!.path);
    const { timeError, ...rest } = compareSamples(truth, movie.samples);
    assert.deepEqual([rest.found, rest.strange, rest.syncWrong, rest.offsetsWrong], [truth.length, 0, 0, 0]);
    assert.ok(timeError < frame);
    assert.equal(movie.streams.find(({ codec_type: type }) => type === 'audio')?.sample_rate, '48000');
  });

  test('without a reference that is needed, what is missing and what would help is said', async (t) => {
    const directory = scratchDirectory(t);
    const path = placeFixture('h265_b_aac_kill202', 'recording.mp4', directory, crashedName);
    const { status, report, stderr } = await runRepair(path);
    assert.equal(status, 1);
    assert.equal(report.outcome, 'failed');
    assert.match(report.failure!.message, /configuration is lost with the moov/);
    assert.match(report.failure!.advice!, /--reference/);
    assert.match(stderr, /same encoder with the same settings/);
  });

  for (const wrong of ['h265_segments_clean', 'aac_only_mp4']) {
    test(`a wrong reference is told, not swallowed: ${wrong}`, async (t) => {
      const directory = scratchDirectory(t);
      const path = placeFixture('h265_b_aac_kill202', 'recording.mp4', directory, crashedName);
      const { status, report } = await runRepair(path, ['--reference', goFixture(wrong, 'recording.mp4')]);
      assert.equal(status, 1);
      assert.match(report.failure!.message, /cannot be read with the codec configuration of/);
    });
  }

  test('an orphaned mdat, without any box around it, is as good', judged, async (t) => {
    const directory = scratchDirectory(t);
    const bytes = readFileSync(goFixture('h265_inband_aac_kill193', 'recording.mp4')).subarray(40);
    const { report } = await runRepair(placeBytes(directory, 'orphan.mdat', bytes), ['-o', join(directory, 'o.mp4')]);
    const truth = asSamples(truthOf('h265_inband_aac_kill193'));
    const { found, strange } = compareSamples(truth, (await findSamples(report.output!.path)).samples);
    assert.deepEqual([found, strange], [truth.length, 0]);
  });

  test('a dry run says what would come back, and makes nothing', async (t) => {
    const directory = scratchDirectory(t);
    const path = placeFixture('h265_inband_aac_kill193', 'recording.mp4', directory, crashedName);
    const { status, report } = await runRepair(path, ['-n']);
    assert.equal(status, 0);
    assert.equal(report.outcome, 'would-make');
    assert.deepEqual(
      report.tracks.map(({ kept }) => kept.samples),
      [75, 116],
    );
    assert.throws(() => readFileSync(report.output!.path), { code: 'ENOENT' });
  });

  test('media that is torn off is lost media under --strict', async (t) => {
    const directory = scratchDirectory(t);
    const bytes = readFileSync(goFixture('h265_inband_aac_kill193', 'recording.mp4'));
    const path = placeBytes(directory, crashedName, bytes.subarray(0, 50_001));
    const { status, report } = await runRepair(path, ['--strict']);
    assert.equal(status, 3);
    assert.ok(report.unindexed.length > 0);
    assert.ok(report.findings.some(({ code }) => code === 'media-torn'));
  });
});

describe('odd timing', () => {
  test(
    'sound that pauses while the pictures go on: they stay together; where both pause nobody can tell',
    judged,
    async (t) => {
      const directory = scratchDirectory(t);
      const bytes = readFileSync(goFixture('h265_b_aac_kill202', 'recording.mp4'));
      const all = truthOf('h265_b_aac_kill202');
      // The sound lacks 0.6 s; later both stop for 2 s. Samples lie in the order of their times, as they arrived.
      const isDropped = ({ track, ts }: TruthLine): boolean => track === 'audio' && ts > 700 && ts < 1300;
      const odd = all
        .filter((line) => !isDropped(line))
        .map((line) => ({ ...line, ts: line.ts < 2000 ? line.ts : line.ts + 2000 }));
      const media = odd.map(({ offset, size }) => bytes.subarray(offset, offset + size));
      const path = placeBytes(directory, crashedName, Buffer.concat([bytes.subarray(0, 40), ...media]));
      placeFixture('h265_b_aac_kill202', 'complete-without-media.mp4', directory, 'live_hevc_20261120_081035.mp4');
      const { report } = await runRepair(path);
      const { samples } = await findSamples(report.output!.path);
      for (const part of [odd.filter(({ ts }) => ts < 2000), odd.filter(({ ts }) => ts >= 2000)]) {
        const hashes = new Set(part.map(({ sha1 }) => sha1));
        const compared = compareSamples(
          asSamples(part),
          samples.filter(({ sha1 }) => hashes.has(sha1.slice(0, 8))),
        );
        assert.deepEqual([compared.found, compared.syncWrong], [part.length, 0]);
        assert.ok(compared.timeError < frame, `${compared.timeError}`);
      }
      assert.equal(samples.length, odd.length);
    },
  );
});

describe('sound beside pictures that tell their rate', () => {
  test('a recording whose sound has another rate is not believed, however alike its syntax is', judged, async (t) => {
    const directory = scratchDirectory(t);
    const path = placeFixture('h265_inband_aac_kill193', 'recording.mp4', directory, crashedName);
    const other = readFileSync(goFixture('h265_b_aac_kill202', 'complete-without-media.mp4'));
    // AudioSpecificConfig: AAC-LC stereo, 48 kHz; then 44.1 kHz, whose scale factor bands are the same.
    const at = other.indexOf(Buffer.from('1190', 'hex'), other.indexOf('esds', 0, 'latin1'));
    assert.ok(at > 0);
    other.set([0x12, 0x10], at);
    placeBytes(directory, 'live_hevc_20261120_081035.mp4', other);
    const { report } = await runRepair(path);
    const { streams } = await findSamples(report.output!.path);
    assert.equal(streams.find(({ codec_type: type }) => type === 'audio')?.sample_rate, '48000');
  });
});

describe('a moov that a full disk has torn', () => {
  for (const part of [0.35, 0.5, 0.75, 0.97]) {
    test(`at ${part * 100} % of it: every sample is back`, judged, async (t) => {
      const directory = scratchDirectory(t);
      const whole = goFixture('h265_segments_clean', 'recording.mp4');
      const bytes = readFileSync(whole);
      const start = movieStart(bytes);
      const cut = bytes.subarray(0, start + Math.floor((bytes.length - start) * part));
      const path = placeBytes(directory, 'live_seg_seg003.mp4', cut);
      // An earlier segment, for what the tear took.
      placeFixture('h265_segments_clean', 'recording.mp4', directory, 'live_seg_seg002.mp4');
      const { report } = await runRepair(path);
      const expected = (await findSamples(whole)).samples;
      const { found, strange, syncWrong, offsetsWrong, timeError } = compareSamples(
        expected,
        (await findSamples(report.output!.path)).samples,
      );
      assert.deepEqual([found, strange, syncWrong, offsetsWrong], [expected.length, 0, 0, 0]);
      assert.ok(timeError < frame, `${timeError}`);
    });
  }
});

describe('recordings that were closed in good order', () => {
  test('wrong sizes and durations are put right and reported; then the file is intact', judged, async (t) => {
    const directory = scratchDirectory(t);
    const path = placeFixture('h265_segments_clean', 'recording.mp4', directory, 'rec.mp4');
    const { report } = await runRepair(path);
    const codes = report.findings.map(({ code }) => code);
    assert.ok(codes.includes('mp4-size-contradicts') && codes.includes('mp4-duration-contradicts'), `${codes}`);
    const { streams } = await probe(report.output!.path);
    const video = streams.find(({ codec_type: type }) => type === 'video');
    assert.deepEqual([video?.width, video?.height, video?.sample_aspect_ratio], [320, 240, '1:1']);
    const again = await runRepair(report.output!.path);
    assert.deepEqual([again.status, again.report.outcome], [0, 'untouched']);
    assert.equal(again.report.output, undefined);
  });

  test('a pause that vanished from the sound is back, so that it is with its pictures again', judged, async (t) => {
    const directory = scratchDirectory(t);
    const whole = goFixture('h265_segments_clean', 'recording.mp4');
    const expected = (await findSamples(whole)).samples;
    const bytes = readFileSync(whole);
    // As if both had paused for two seconds in the middle: the pictures say so, the sound is one run all the same.
    const stts = bytes.indexOf('stts', 0, 'latin1') + 4;
    const runs = Array.from({ length: bytes.readUInt32BE(stts + 4) }, (_, n) => stts + 8 + 8 * n);
    const before = runs.map((_, n) => runs.slice(0, n).reduce((sum, at) => sum + bytes.readUInt32BE(at), 0));
    const place = runs.findIndex((at, n) => before[n]! > 40 && bytes.readUInt32BE(at) === 1);
    const picture = before[place]! + 1;
    bytes.writeUInt32BE(bytes.readUInt32BE(runs[place]! + 4) + 2000, runs[place]! + 4);
    const path = placeBytes(directory, 'rec.mp4', bytes);
    const { report } = await runRepair(path);
    const lost = report.findings.find(({ code }) => code === 'mp4-audio-times-lost');
    assert.ok(lost !== undefined);
    // What repair acts on, the quick look has told in the same words.
    const looked = JSON.parse((await runInProcess('salvor', ['probe', '--json', path])).stdout) as ProbedJson;
    assert.equal(looked.health.verdict, 'damaged');
    assert.equal(looked.health.findings.find(({ code }) => code === lost.code)?.message, lost.message);
    assert.match(looked.health.advice[0]!.command, /^salvor repair /);
    const pause = expected.filter(({ kind }) => kind === 'video').sort((a, b) => a.end - b.end)[picture]!;
    const later = expected.map((sample) => {
      const by = sample.end < pause.end ? 0 : 2;
      return { ...sample, dts: sample.dts + by, pts: sample.pts + by };
    });
    const compared = compareSamples(later, (await findSamples(report.output!.path)).samples);
    assert.deepEqual([compared.found, compared.strange], [expected.length, 0]);
    assert.ok(compared.timeError < frame, `${compared.timeError}`);
  });

  test('the samples are those of the file, at their times', judged, async (t) => {
    const directory = scratchDirectory(t);
    const path = placeFixture('h265_segments_clean', 'recording.mp4', directory, 'rec.mp4');
    const expected = (await findSamples(path)).samples;
    const { report } = await runRepair(path);
    const compared = compareSamples(expected, (await findSamples(report.output!.path)).samples);
    assert.deepEqual([compared.found, compared.strange, compared.syncWrong], [expected.length, 0, 0]);
    assert.ok(compared.timeError < 0.002, `${compared.timeError}`);
  });
});

describe('what is no MP4 is pointed to the verb that repairs it', () => {
  test('an FLV', async (t) => {
    const path = placeFixture('h264_aac', 'recording.flv', scratchDirectory(t), 'rec.flv');
    const { status, report } = await runRepair(path);
    assert.deepEqual([status, report.outcome], [1, 'failed']);
    assert.ok(report.failure?.advice?.startsWith(`salvor flv-fix ${path} `));
  });

  test('a transport stream', async (t) => {
    const packets = Buffer.alloc(188 * 20);
    for (let at = 0; at < packets.length; at += 188) packets[at] = 0x47;
    const { report } = await runRepair(placeBytes(scratchDirectory(t), 'rec.ts', packets));
    assert.match(report.failure?.advice ?? '', /^salvor ts-fix .* repairs it, salvor ts-split /);
  });

  test('a file of a staging set', async (t) => {
    const directory = scratchDirectory(t);
    placeBytes(directory, 'rec.mp4.info', Buffer.alloc(100));
    const path = placeBytes(directory, 'rec.mp4.mdat', killed(Buffer.from('....moov....mdat....moov', 'latin1')));
    const { report } = await runRepair(path);
    assert.match(report.failure?.advice ?? '', /^salvor mp4writer --recovery /);
  });
});
