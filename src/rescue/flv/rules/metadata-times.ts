/** What `onMetaData` says of times and rates, held against the timestamps; and which tracks it says there are. */
import { propertyOf } from '../../../flv/metadata.ts';
import { isRightDuration, recordingTimes, type RecordingTimes } from '../../../flv/recording-times.ts';
import type { TrackLayout } from '../layout.ts';
import { lastIndexedPosition } from './key-frame-index.ts';
import { atMost, boolean, expect, isPositive, number, type Expectation } from '../expectations.ts';
import type { FixContext } from '../plan.ts';

const commonFrameRates = [
  10,
  12,
  12.5,
  15,
  20,
  24_000 / 1001,
  24,
  25,
  30_000 / 1001,
  30,
  48,
  50,
  60_000 / 1001,
  60,
  120,
];
/** Recorders write whole seconds here, or the time of the frame before. */
const lastTimestampTolerance = 1;

/** Holds duration, rates and flags against the layout of the result; reports a file that was cut off. */
export function repairTimeValues(context: FixContext): void {
  const { video, audio } = context.layout;
  const tracks = [video, audio].filter(({ frames }) => frames > 0);
  const flag = (name: string, right: boolean): Expectation => ({
    name,
    right: boolean(right),
    isRight: (value) => value.kind === 'boolean' && value.value === right,
    optional: true,
    minor: true,
  });
  expect(context, [flag('hasVideo', video.frames > 0), flag('hasAudio', audio.frames > 0), flag('hasMetadata', true)]);
  // A tag that ends the sequence is marked as a key frame, and some tools count it as the last one.
  if (context.survey.video.sequenceEnd === undefined) {
    expect(context, [flag('canSeekToEnd', video.frames === 0 || video.endsInKeyFrame)]);
  }
  const times = recordingTimes(tracks);
  if (times === undefined) return;
  if (context.options.isPart !== true) reportCut(context, times);
  expect(context, [durationExpectation(times), ...lastTimestamps(context, tracks)]);
  if (video.frames > 1) expect(context, rateExpectations(video));
  expect(context, dataRates(video, audio));
}

/** What the recording lasts, and every way of saying so that is right. */
function durationExpectation(times: RecordingTimes): Expectation {
  return {
    name: 'duration',
    // Players go by the timestamps, also where the clock was set far ahead.
    right: number(Math.round(Math.max(times.duration, times.end - times.start)) / 1000),
    isRight: (value) => value.kind === 'number' && isRightDuration(value.value, times),
    // A clock that does not run and frames of unknown length tell no duration.
    required: !(times.isStill && times.duration === 0),
  };
}

function lastTimestamps({ layout, survey }: FixContext, tracks: readonly TrackLayout[]): Expectation[] {
  const highest = Math.max(...tracks.map(({ clock }) => clock.highest)) / 1000;
  const keys = layout.keyFrameTimestamps;
  const expectations: Expectation[] = [
    {
      name: 'lasttimestamp',
      right: number(highest),
      isRight: atMost(lastTimestampTolerance, highest),
      optional: true,
      minor: true,
    },
  ];
  if (keys.length > 0) {
    const last = keys.at(keys.length - 1) / 1000;
    const ended = (survey.video.sequenceEnd ?? keys.at(keys.length - 1)) / 1000;
    expectations.push({
      name: 'lastkeyframetimestamp',
      right: number(last),
      isRight: atMost(lastTimestampTolerance, last, ended),
      optional: true,
      minor: true,
    });
  }
  return expectations;
}

function rateExpectations({ clock, frames }: TrackLayout): Expectation[] {
  const seconds = (clock.highest - clock.lowest) / 1000;
  if (seconds <= 0) return [];
  const average = (frames - 1) / seconds;
  const common = commonFrameRates.find((rate) => Math.abs(rate - average) < rate / 400);
  const right = number(Math.round((common ?? average) * 1000) / 1000);
  return ['framerate', 'videoframerate'].map((name) => ({
    name,
    right,
    isRight: isPositive,
    optional: true,
    minor: true,
  }));
}

/** Only 0 is surely wrong: encoders write what they aim at. */
function dataRates(video: TrackLayout, audio: TrackLayout): Expectation[] {
  return [
    { name: 'videodatarate', track: video },
    { name: 'audiodatarate', track: audio },
  ].flatMap(({ name, track }) => {
    const milliseconds = track.clock.end - track.clock.lowest;
    if (track.bytes * 8 < milliseconds || milliseconds <= 0) return [];
    return [
      {
        name,
        right: number(Math.round((track.bytes * 8) / milliseconds)),
        isRight: isPositive,
        optional: true,
        minor: true,
      },
    ];
  });
}

/**
 * A file that was closed says how long and how large it was: where both are more than there is, and by their own account, its
 * end is missing. One alone may be another file's, or a guess.
 */
function reportCut(context: FixContext, times: RecordingTimes): void {
  const { metadata, survey, source, findings } = context;
  const claimed = (name: string): number => {
    const value = metadata === undefined ? undefined : propertyOf(metadata, name)?.value;
    return value?.kind === 'number' && Number.isFinite(value.value) ? value.value : 0;
  };
  const size = Math.max(claimed('filesize'), claimed('lastkeyframelocation'), lastIndexedPosition(metadata));
  const seconds = claimed('duration');
  const duration = times.duration / 1000;
  if (size <= source.size || seconds <= duration || isRightDuration(seconds, times)) return;
  context.missing = { bytes: size - source.size, startSeconds: duration, durationSeconds: seconds - duration };
  findings.add(
    'flv-truncated',
    `the file was closed with ${size} bytes or more and ${seconds} s; ${size - source.size} bytes and ${(seconds - duration).toFixed(1)} s of them are missing`,
    { file: source.path, offset: survey.end, time: times.end / 1000 },
  );
}
