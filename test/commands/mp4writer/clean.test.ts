/**
 * Recordings closed in good order, combined by the real `evo-mp4writer`: everything that was recorded plays, at the time
 * at which it was recorded. What is right is said by the truth files and by ffprobe, ffmpeg and MediaInfo.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, after, describe, test } from 'node:test';
import { compareWithTruth } from '../../support/compare.ts';
import { stagingCases } from '../../support/fixtures.ts';
import { decode, mediaInfo, needs, probe, probePackets, type ProbedStream } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { writeSourceStream } from '../../support/source-stream.ts';
import { trackSamples, type TrackKind, type Truth } from '../../support/truth.ts';
import { combineCleanCase, type CombinedCase, type CombinedRecording } from './combined-cases.ts';

const kinds = ['video', 'audio'] as const;

/** ISO/IEC 14496-3, table 1.18. */
const samplingFrequencies = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000];

/** Sampling rate and channels by the AudioSpecificConfig in the recorded ES_Descriptor (tag 5, length in 4 bytes). */
function recordedSound(truth: Truth): { sampleRate: number; channels: number } | undefined {
  const specific = /05808080..(..)(..)/.exec(truth.config.audio);
  if (specific === null) return undefined;
  const bits = Number.parseInt(`${specific[1]}${specific[2]}`, 16);
  const configuration = (bits >> 3) & 0x0f;
  return {
    sampleRate: samplingFrequencies[(bits >> 7) & 0x0f] ?? Number.NaN,
    // ISO/IEC 14496-3, table 1.19: configuration 7 has eight channels.
    channels: configuration === 7 ? 8 : configuration,
  };
}

interface Span {
  /** Seconds from the first picture or sound to the last, and the last one's own time. */
  readonly seconds: number;
  /** By how much the last one's own time may be off, as nothing recorded tells it. */
  readonly toleranceSeconds: number;
}

/** How long a track is to be shown, from its first picture or sound to the end of its last. */
function recordedSpan(truth: Truth, kind: TrackKind): Span {
  const samples = trackSamples(truth, kind);
  const times = samples.map(({ dtsTicks, ctsTicks }) => dtsTicks + ctsTicks).sort((one, other) => one - other);
  const steps = samples.slice(1).map(({ dtsTicks }, index) => dtsTicks - (samples[index]?.dtsTicks ?? 0));
  const usual = [...steps].sort((one, other) => one - other)[steps.length >> 1] ?? 0;
  const regular = steps.every((step) => Math.abs(step - usual) <= usual / 20 + 1);
  const scale = truth.timescale[kind];
  return {
    seconds: ((times.at(-1) ?? 0) - (times[0] ?? 0) + usual) / scale,
    toleranceSeconds: regular ? 0.0021 : usual / scale,
  };
}

function streamOf(streams: readonly ProbedStream[], kind: TrackKind): ProbedStream {
  const stream = streams.find(({ codec_type: type }) => type === kind);
  assert.ok(stream, `ffprobe finds ${kind}`);
  return stream;
}

function near(actual: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual}, expected ${expected} ± ${tolerance}`);
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

    test(
      'every recorded sample is there, at its time and with its flag, and nothing else',
      needs('ffprobe'),
      async () => {
        await each(async ({ fixture: { truth }, file }) => {
          const comparison = await compareWithTruth(file, truth);
          assert.equal(comparison.expected, truth.samples.length);
          assert.equal(comparison.missing, 0, 'samples missing');
          assert.equal(comparison.invented, 0, 'samples nobody recorded');
          assert.equal(comparison.discarded, 0, 'samples that no player shows');
          assert.equal(comparison.syncErrors, 0, 'wrong key-frame flags');
          assert.ok(comparison.maxPtsErrorMs <= 1, `presentation times are up to ${comparison.maxPtsErrorMs} ms off`);
          // The one sample whose clock stepped back by 267 ms must be decoded between its neighbours, see below.
          const steppedBack = name === 'dts-backwards' ? 1 : 0;
          const early = comparison.tracks.flatMap(({ deviations }) => deviations.filter((one) => one.dtsErrorMs > 1));
          assert.ok(early.length <= steppedBack, `decode times are up to ${comparison.maxDtsErrorMs} ms off`);
        });
      },
    );

    test(
      'decode times rise, and the presentation begins with the first picture or sound',
      needs('ffprobe'),
      async () => {
        await each(async ({ fixture, file }) => {
          const { streams, format } = await probe(file);
          const packets = await probePackets(file, { asStored: true });
          for (const { index } of streams) {
            const times = packets
              .filter(({ stream }) => stream === index)
              .map(({ dtsTicks }) => dtsTicks ?? Number.NaN);
            const first = times.findIndex((time, number) => number > 0 && !(time > (times[number - 1] ?? 0)));
            assert.equal(first, -1, `stream ${index} does not rise at packet ${first}`);
          }
          near(Number(format.start_time), 0, 0.001, 'start');
          const firstTimes = kinds
            .filter((kind) => trackSamples(fixture.truth, kind).length > 0)
            .map((kind) => {
              const samples = trackSamples(fixture.truth, kind);
              const earliest = Math.min(...samples.map(({ dtsTicks, ctsTicks }) => dtsTicks + ctsTicks));
              return { kind, seconds: earliest / fixture.truth.timescale[kind] };
            });
          const origin = Math.min(...firstTimes.map(({ seconds }) => seconds));
          for (const { kind, seconds } of firstTimes) {
            near(Number(streamOf(streams, kind).start_time), seconds - origin, 0.0011, `start of the ${kind}`);
          }
        });
      },
    );

    test('ffmpeg decodes it with no complaint that the bare pictures do not give', needs('ffmpeg'), async () => {
      await each(async ({ fixture: { base, truth }, file }) => {
        const bare = join(combined.directory, 'bare.h264');
        let explained: readonly string[] = [];
        if (truth.config.video !== '') {
          writeSourceStream(truth, join(combined.directory, `${base}.mdat`), bare);
          explained = (await decode(bare)).complaints;
        }
        const { complaints, backwardTimes } = await decode(file);
        assert.deepEqual(
          complaints.filter((line) => !explained.includes(line)),
          [],
        );
        assert.equal(backwardTimes, 0);
      });
    });

    test(
      'ffprobe and MediaInfo give the real sampling rate, channels, picture size and duration',
      needs('ffprobe', 'mediainfo'),
      async () => {
        await each(async ({ fixture: { truth }, file }) => {
          const { streams, format, complaints } = await probe(file);
          const info = await mediaInfo(file);
          assert.deepEqual(complaints, []);
          const sound = recordedSound(truth);
          assert.equal(info.audio.length, sound === undefined ? 0 : 1);
          if (sound !== undefined) {
            const audio = streamOf(streams, 'audio');
            assert.equal(audio.codec_name, 'aac');
            assert.equal(Number(audio.sample_rate), sound.sampleRate);
            assert.equal(audio.channels, sound.channels);
            assert.equal(Number(info.audio[0]?.['SamplingRate']), sound.sampleRate);
            assert.equal(Number(info.audio[0]?.['Channels']), sound.channels);
          }
          assert.equal(info.video.length, truth.config.video === '' ? 0 : 1);
          if (truth.config.video !== '') {
            const video = streamOf(streams, 'video');
            assert.equal(video.codec_name, 'h264');
            assert.equal(Number(info.video[0]?.['Width']), video.width);
            assert.equal(Number(info.video[0]?.['Height']), video.height);
          }
          for (const kind of kinds) {
            const samples = trackSamples(truth, kind);
            if (samples.length === 0) continue;
            const span = recordedSpan(truth, kind);
            const stream = streamOf(streams, kind);
            near(Number(stream.duration), span.seconds, span.toleranceSeconds, `duration of the ${kind} by ffprobe`);
            assert.equal(Number(stream.nb_frames), samples.length);
            near(
              Number(info[kind][0]?.['Duration']),
              span.seconds,
              span.toleranceSeconds,
              `duration of the ${kind} by MediaInfo`,
            );
            assert.equal(Number(info[kind][0]?.['FrameCount']), samples.length);
          }
          const end = kinds
            .filter((kind) => trackSamples(truth, kind).length > 0)
            .map((kind) => {
              const span = recordedSpan(truth, kind);
              return { ...span, seconds: Number(streamOf(streams, kind).start_time) + span.seconds };
            })
            .sort((one, other) => one.seconds - other.seconds)
            .at(-1);
          assert.ok(end);
          near(Number(format.duration), end.seconds, end.toleranceSeconds, 'duration of the file by ffprobe');
          near(
            Number(info.general['Duration']),
            end.seconds,
            end.toleranceSeconds,
            'duration of the file by MediaInfo',
          );
        });
      },
    );
  });
}
