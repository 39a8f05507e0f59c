/** Reports by hand, of recordings of every length and fate, for the tests of the pages; their figures are chosen and not measured. */
import type { RecordingReport, TrackRange, TrackReport } from '../../../src/media/report.ts';
import type { TrackCourse } from '../../../src/media/track-course.ts';

/** A name that anybody may give to a stream. */
export const hostileName = '/srv/rec/<script>alert("x")</script>\u001B[31m\u202E\'&amp;.mp4';

/** Ranges that follow one another from 0 on. */
export function rangesOf(
  parts: readonly (Omit<TrackRange, 'startSeconds' | 'endSeconds'> & { readonly seconds: number })[],
): TrackRange[] {
  let at = 0;
  return parts.map(({ seconds, ...range }) => {
    const startSeconds = at;
    at = Math.round((at + seconds) * 1e6) / 1e6;
    return { ...range, startSeconds, endSeconds: at };
  });
}

/** A course with a key picture every so many seconds, and nothing in what is lost. */
export function courseOf(
  ranges: readonly TrackRange[],
  keySeconds: number,
  bytesPerSecond: number,
  steps = 1000,
): TrackCourse {
  const total = ranges.at(-1)!.endSeconds;
  const stepSeconds = total / steps;
  const isLost = (at: number): boolean =>
    ranges.some(({ what, startSeconds, endSeconds }) => what === 'lost' && at >= startSeconds && at < endSeconds);
  const bytes = new Array<number>(steps).fill(0);
  const syncSamples = new Array<number>(steps).fill(0);
  for (let step = 0; step < steps; step++) {
    if (isLost((step + 0.5) * stepSeconds)) continue;
    bytes[step] = Math.round(bytesPerSecond * stepSeconds * (1 + 0.5 * Math.sin(step / 9)));
  }
  for (let step = 0; step < steps; step++) {
    const before = Math.ceil((step * stepSeconds) / keySeconds);
    const count = Math.ceil(((step + 1) * stepSeconds) / keySeconds) - before;
    syncSamples[step] = bytes[step] === 0 ? 0 : count;
  }
  return { startSeconds: 0, stepSeconds, bytes, syncSamples };
}

/** What a report says of a track with these ranges. */
export function trackOf(kind: TrackReport['kind'], ranges: readonly TrackRange[], course?: TrackCourse): TrackReport {
  const sum = (isLost: boolean, of: (range: TrackRange) => number): number =>
    ranges.filter(({ what }) => (what === 'lost') === isLost).reduce((total, range) => total + of(range), 0);
  const seconds = ({ startSeconds, endSeconds }: TrackRange): number => endSeconds - startSeconds;
  const format = kind === 'video' ? { width: 1280, height: 720 } : { sampleRate: 44_100, channels: 2 };
  const track = {
    id: kind === 'video' ? 1 : 2,
    kind,
    codec: kind === 'video' ? 'avc1.64001f' : 'mp4a.40.2',
    timescale: kind === 'video' ? 90_000 : 44_100,
    ...format,
    startSeconds: 0,
    durationSeconds: ranges.at(-1)?.endSeconds ?? 0,
    configuration: { from: 'reference', reference: '/srv/rec/earlier.mp4' } as const,
    kept: {
      samples: sum(false, ({ samples }) => samples),
      syncSamples: 31,
      bytes: sum(false, ({ bytes }) => bytes),
      durationSeconds: sum(false, seconds),
    },
    lost: {
      samples: sum(true, ({ samples }) => samples),
      bytes: sum(true, ({ bytes }) => bytes),
      durationSeconds: sum(true, seconds),
      ...(ranges.some(({ isEstimated }) => isEstimated) ? { isEstimated: true as const } : {}),
    },
    ranges,
    ...(course === undefined ? {} : { course }),
  };
  return track;
}

const file = '/srv/rec/camera one.mp4';

const video = rangesOf([
  { what: 'described', file, offset: 4000, length: 30_000_000, seconds: 60, samples: 1500, bytes: 28_000_000 },
  {
    what: 'lost',
    reason: 'zeros',
    file,
    offset: 30_004_000,
    length: 30_720,
    seconds: 1.03,
    samples: 26,
    bytes: 30_000,
    isEstimated: true,
  },
  {
    what: 'found',
    file,
    offset: 30_034_720,
    length: 40_000_000,
    seconds: 80,
    samples: 2000,
    bytes: 37_000_000,
    times: { from: 'audio clock', withinSeconds: 0.023 },
  },
  { what: 'lost', reason: 'torn', file, offset: 70_034_720, length: 900, seconds: 0.04, samples: 1, bytes: 900 },
  {
    what: 'found',
    file,
    offset: 70_035_620,
    length: 10_000_000,
    seconds: 20,
    samples: 500,
    bytes: 9_000_000,
    times: { from: 'assumed' },
  },
]);

const audio = rangesOf([
  { what: 'described', file, offset: 20_000, length: 30_000_000, seconds: 60.5, samples: 2605, bytes: 970_000 },
  {
    what: 'lost',
    reason: 'zeros',
    file,
    offset: 30_004_000,
    length: 30_720,
    seconds: 0.7,
    samples: 30,
    bytes: 11_000,
    isEstimated: true,
  },
  {
    what: 'found',
    file,
    offset: 30_034_720,
    length: 50_000_000,
    seconds: 99.6,
    samples: 4290,
    bytes: 1_590_000,
    times: { from: 'frame length', withinSeconds: 0.01 },
  },
]);

/** A repair that lost three stretches and assumed a few things. */
export const damaged: RecordingReport = {
  recording: file,
  outcome: 'made',
  inputs: [{ path: file, bytes: 82_000_000, fate: 'kept' }],
  output: { path: '/srv/rec/camera one.repaired.mp4', bytes: 77_100_000, durationSeconds: 161.07, replaced: false },
  tracks: [
    trackOf('video', video, courseOf(video, 2, 480_000)),
    trackOf('audio', audio, courseOf(audio, 0.0232, 16_000)),
  ],
  unindexed: [{ file, offset: 81_000_000, length: 400_000 }],
  findings: [
    {
      code: 'media-damaged',
      severity: 'error',
      message: 'video sample 1501 at 60.000 s',
      file,
      track: 'video',
      sample: 1501,
      offset: 30_004_000,
      length: 30_720,
      time: 60,
      repeated: 25,
    },
    {
      code: 'times-assumed',
      severity: 'warning',
      message: 'nothing gives the times of the last 500 pictures: 25 a second are assumed',
      file,
      track: 'video',
    },
    {
      code: 'codec-configuration-unproven',
      severity: 'note',
      message: 'the configuration is that of /srv/rec/earlier.mp4; <b>no</b> picture contradicts it',
      file,
      reference: '/srv/rec/earlier.mp4',
    },
  ],
  elapsedSeconds: 1.42,
  bytesMoved: 77_000_000,
};

/** One of which nothing could be made, under a name that would do harm. */
export const failed: RecordingReport = {
  recording: hostileName,
  outcome: 'failed',
  inputs: [{ path: hostileName, bytes: 12_000, fate: 'kept' }],
  tracks: [],
  unindexed: [],
  findings: [
    {
      code: 'media-damaged',
      severity: 'error',
      message: 'a message with <i>markup</i> & \u0007 a bell',
      file: hostileName,
      offset: 7,
    },
  ],
  failure: {
    kind: 'unrecoverable',
    message: 'no codec configuration was found',
    file: hostileName,
    offset: 40,
    advice: 'give a complete recording by the same encoder to --reference',
  },
  elapsedSeconds: 0,
  bytesMoved: 0,
};

/** A day and six hours with a hole every minute in both tracks. */
export function longReport(): RecordingReport {
  const long = '/srv/rec/long.ts';
  const parts = Array.from({ length: 1800 }, (_, minute) => [
    {
      what: 'described' as const,
      file: long,
      offset: minute * 15_000_000,
      length: 14_990_000,
      seconds: 59,
      samples: 1475,
      bytes: 14_000_000,
    },
    {
      what: 'lost' as const,
      reason: 'not-received' as const,
      file: long,
      offset: minute * 15_000_000 + 14_990_000,
      length: 188,
      seconds: 1,
      samples: 25,
      bytes: 240_000,
      isEstimated: true as const,
    },
  ]).flat();
  const ranges = rangesOf(parts);
  return {
    ...damaged,
    recording: long,
    inputs: [{ path: long, bytes: 27_000_000_000, fate: 'kept' }],
    output: { path: '/srv/rec/long.fixed.ts', bytes: 26_900_000_000, durationSeconds: 108_000, replaced: false },
    tracks: [
      trackOf('video', ranges, courseOf(ranges, 2, 240_000)),
      trackOf('audio', ranges, courseOf(ranges, 0.0232, 16_000)),
    ],
    unindexed: [],
  };
}

/** Times that were set right in an FLV whose end is missing. */
export const retimed: RecordingReport = {
  ...damaged,
  recording: '/srv/rec/live.flv',
  inputs: [{ path: '/srv/rec/live.flv', bytes: 5_000_000, fate: 'replaced' }],
  output: { path: '/srv/rec/live.flv', bytes: 4_990_000, durationSeconds: 60, replaced: true },
  tracks: [],
  unindexed: [],
  findings: [],
  changes: [{ name: 'duration', old: 0, new: 60.02, offset: 41 }],
  retimed: {
    frames: 900,
    apartBeforeSeconds: 2.48,
    apartAfterSeconds: 0.011,
    // Pictures are 2.4 s late from the 20th to the 40th second; then no audio lies beside them for 10 s.
    courseBefore: {
      startSeconds: 0,
      stepSeconds: 1,
      seconds: Array.from({ length: 60 }, (_, at) => (at >= 40 && at < 50 ? null : at >= 20 && at < 40 ? 2.4 : 0)),
    },
    courseAfter: {
      startSeconds: 0,
      stepSeconds: 1,
      seconds: Array.from({ length: 60 }, (_, at) => (at >= 40 && at < 50 ? null : 0)),
    },
  },
  missing: { bytes: 700_000, startSeconds: 60, durationSeconds: 8 },
};
