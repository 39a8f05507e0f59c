/**
 * Recordings closed in good order, combined by the real `evo-mp4writer`: everything that was recorded plays, at the time
 * at which it was recorded. What is right is said by the truth files and by ffprobe, ffmpeg and MediaInfo.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { compareWithTruth } from '../../support/compare.ts';
import { stagingCases } from '../../support/fixtures.ts';
import { decode, mediaInfo, needs, probe, probePackets, type ProbedStream } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { writeSourceStream } from '../../support/source-stream.ts';
import { trackSamples, type TrackKind, type Truth } from '../../support/truth.ts';
import { combineCleanCase, type CombinedCase, type CombinedRecording } from './combined-cases.ts';

const kinds = ['video', 'audio'] as const;

/**
 * Recordings whose pictures were not recorded in the order of their times: in `constant-cts` B-pictures were published
 * with the offset of all others, in `dts-backwards` the clock stepped back.
 */
const recordedBackwards: ReadonlySet<string> = new Set(['constant-cts', 'dts-backwards']);

/** ISO/IEC 14496-3, table 1.18. */
const samplingFrequencies = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000];

/** Sampling rate and channels by the AudioSpecificConfig in the recorded ES_Descriptor (tag 5, length in 4 bytes). */
function recordedAudio(truth: Truth): { sampleRate: number; channels: number } {
  const specific = /05808080..(....)/.exec(truth.config.audio)?.[1];
  assert.ok(specific);
  const bits = Number.parseInt(specific, 16);
  const configuration = (bits >> 3) & 0x0f;
  return {
    sampleRate: samplingFrequencies[(bits >> 7) & 0x0f] ?? Number.NaN,
    // ISO/IEC 14496-3, table 1.19: configuration 7 has eight channels.
    channels: configuration === 7 ? 8 : configuration,
  };
}

/** What was recorded of a track, in seconds. */
interface RecordedSpan {
  /** When the first picture or sound is shown. */
  readonly start: number;
  /** When the last has been shown. */
  readonly end: number;
  /** When the picture is shown that comes first in the file; B-pictures behind it may be earlier. */
  readonly firstInFile: number;
  /** From the first decode time to the end of the last sample. */
  readonly decoded: number;
  /** By how much the last sample's own duration may be off: at an irregular rate nothing recorded tells it. */
  readonly tolerance: number;
}

function recordedSpan(truth: Truth, kind: TrackKind): RecordedSpan {
  const samples = trackSamples(truth, kind);
  const scale = truth.timescale[kind];
  const decodeTimes = samples.map(({ dtsTicks }) => dtsTicks);
  const times = samples.map(({ dtsTicks, ctsTicks }) => dtsTicks + ctsTicks);
  const steps = decodeTimes.slice(1).map((time, index) => time - (decodeTimes[index] ?? 0));
  const usual = [...steps].sort((one, other) => one - other)[steps.length >> 1] ?? 0;
  const regular = steps.every((step) => Math.abs(step - usual) <= usual / 20 + 1);
  return {
    start: Math.min(...times) / scale,
    end: (Math.max(...times) + usual) / scale,
    firstInFile: (times[0] ?? 0) / scale,
    decoded: ((decodeTimes.at(-1) ?? 0) + usual - (decodeTimes[0] ?? 0)) / scale,
    tolerance: regular ? 0.0021 : usual / scale,
  };
}

function recordedKinds(truth: Truth): readonly TrackKind[] {
  return kinds.filter((kind) => trackSamples(truth, kind).length > 0);
}

function streamOf(streams: readonly ProbedStream[], kind: TrackKind): ProbedStream {
  const stream = streams.find(({ codec_type: type }) => type === kind);
  assert.ok(stream, `ffprobe finds ${kind}`);
  return stream;
}

function near(actual: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual}, expected ${expected} ± ${tolerance}`);
}

async function checkSamples({ fixture: { name, truth }, file }: CombinedRecording): Promise<void> {
  const comparison = await compareWithTruth(file, truth);
  assert.equal(comparison.expected, truth.samples.length);
  assert.equal(comparison.missing, 0, 'samples missing');
  assert.equal(comparison.invented, 0, 'samples nobody recorded');
  assert.equal(comparison.discarded, 0, 'samples that no player shows');
  assert.equal(comparison.syncErrors, 0, 'wrong key-frame flags');
  assert.ok(comparison.maxPtsErrorMs <= 1, `presentation times are up to ${comparison.maxPtsErrorMs} ms off`);
  const moved = comparison.tracks.flatMap(({ deviations }) => deviations.filter(({ dtsErrorMs }) => dtsErrorMs > 1));
  // The one sample whose clock stepped back must be decoded between its neighbours, not when it was recorded.
  assert.ok(moved.length <= (name === 'dts-backwards' ? 1 : 0), `decode times: ${comparison.maxDtsErrorMs} ms off`);
}

async function checkTimeline({ fixture: { truth }, file }: CombinedRecording): Promise<void> {
  const [{ streams }, packets] = await Promise.all([probe(file), probePackets(file, { asStored: true })]);
  const origin = Math.min(...recordedKinds(truth).map((kind) => recordedSpan(truth, kind).start));
  assert.equal(streams.length, recordedKinds(truth).length);
  for (const kind of recordedKinds(truth)) {
    const stream = streamOf(streams, kind);
    const own = packets.filter((packet) => packet.stream === stream.index);
    const decodeTimes = own.map(({ dtsTicks }) => dtsTicks ?? Number.NaN);
    const steady = decodeTimes.every((time, number) => number === 0 || time > (decodeTimes[number - 1] ?? Number.NaN));
    assert.ok(steady, `decode times of the ${kind} rise`);
    const [numerator, denominator] = stream.time_base.split('/').map(Number);
    const earliest = Math.min(...own.map(({ ptsTicks }) => ptsTicks ?? Number.NaN));
    const start = (earliest * (numerator ?? Number.NaN)) / (denominator ?? Number.NaN);
    near(start, recordedSpan(truth, kind).start - origin, 0.0011, `start of the ${kind}`);
  }
}

async function checkDecoding(
  { fixture: { name, base, truth }, file }: CombinedRecording,
  folder: string,
): Promise<void> {
  let explained: readonly string[] = [];
  if (truth.config.video !== '') {
    const bare = join(folder, 'bare.h264');
    writeSourceStream(truth, join(folder, `${base}.mdat`), bare);
    explained = (await decode(bare)).complaints;
  }
  const { complaints, backwardTimes } = await decode(file);
  assert.deepEqual(
    complaints.filter((line) => !explained.includes(line)),
    [],
  );
  if (!recordedBackwards.has(name)) assert.equal(backwardTimes, 0);
}

async function checkFormat({ fixture: { truth }, file }: CombinedRecording): Promise<void> {
  const [{ streams }, info] = await Promise.all([probe(file), mediaInfo(file)]);
  assert.equal(info.video.length, truth.config.video === '' ? 0 : 1);
  assert.equal(info.audio.length, truth.config.audio === '' ? 0 : 1);
  if (truth.config.audio !== '') {
    const sound = recordedAudio(truth);
    const audio = streamOf(streams, 'audio');
    assert.equal(audio.codec_name, 'aac');
    assert.equal(Number(audio.sample_rate), sound.sampleRate);
    assert.equal(audio.channels, sound.channels);
    assert.equal(Number(info.audio[0]?.['SamplingRate']), sound.sampleRate);
    assert.equal(Number(info.audio[0]?.['Channels']), sound.channels);
  }
  if (truth.config.video !== '') {
    // ffprobe has the size from the decoded pictures.
    const video = streamOf(streams, 'video');
    assert.equal(video.codec_name, 'h264');
    assert.equal(Number(info.video[0]?.['Width']), video.width);
    assert.equal(Number(info.video[0]?.['Height']), video.height);
  }
}

async function checkDurations({ fixture: { truth }, file }: CombinedRecording): Promise<void> {
  const [{ streams, format }, info] = await Promise.all([probe(file), mediaInfo(file)]);
  const spans = recordedKinds(truth).map((kind) => ({ kind, ...recordedSpan(truth, kind) }));
  const origin = Math.min(...spans.map(({ start }) => start));
  for (const { kind, decoded, end, tolerance } of spans) {
    const stream = streamOf(streams, kind);
    near(Number(stream.duration), decoded, tolerance, `duration of the ${kind} by ffprobe`);
    assert.equal(Number(stream.nb_frames), trackSamples(truth, kind).length);
    // MediaInfo counts the time before a track's first picture or sound as the track's own.
    near(Number(info[kind][0]?.['Duration']), end - origin, tolerance, `end of the ${kind} by MediaInfo`);
  }
  const tolerance = Math.max(...spans.map((span) => span.tolerance));
  const end = Math.max(...spans.map((span) => span.end));
  near(Number(info.general['Duration']), end - origin, tolerance, 'duration of the file by MediaInfo');
  // ffprobe goes by decode times and by the picture that comes first in the file, so B-pictures make it see a longer file.
  const reordered = Math.max(...spans.map((span) => Math.abs(span.firstInFile + span.decoded - span.end)));
  near(Number(format.duration), end - origin, tolerance + reordered, 'duration of the file by ffprobe');
}

for (const name of stagingCases('clean')) {
  describe(`clean/${name}`, () => {
    const directory = scratchDirectory({ after });
    let combined: CombinedCase;
    before(async () => {
      combined = await combineCleanCase(name, directory);
    });
    const each = async (check: (recording: CombinedRecording) => Promise<void>): Promise<void> => {
      for (const recording of combined.recordings) await check(recording);
    };

    test('every recorded sample is there, at its time and with its flag, and nothing else', needs('ffprobe'), () =>
      each(checkSamples),
    );
    test('decode times rise, and the tracks begin as far apart as they were recorded', needs('ffprobe'), () =>
      each(checkTimeline),
    );
    test('ffmpeg complains of nothing that the bare pictures do not explain', needs('ffmpeg'), () =>
      each((recording) => checkDecoding(recording, directory)),
    );
    test('ffprobe and MediaInfo give the real sampling rate, channels and size', needs('ffprobe', 'mediainfo'), () =>
      each(checkFormat),
    );
    test('the durations include the last sample', needs('ffprobe', 'mediainfo'), () => each(checkDurations));
  });
}
