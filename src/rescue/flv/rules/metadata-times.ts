/** What `onMetaData` says of times and rates, held against the timestamps; and which tracks it says there are. */
import type { TrackLayout } from '../layout.ts';
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
/** Pictures are shown this many milliseconds after they are decoded at most, whatever a tag claims. */
const mostComposition = 2000;
/** Recorders write whole seconds here, or the time of the frame before. */
const lastTimestampTolerance = 1;

export function mendTimeValues(context: FixContext): void {
  const { video, audio } = context.layout;
  const tracks = [video, audio].filter(({ frames }) => frames > 0);
  const flag = (name: string, right: boolean): Expectation => ({
    name,
    right: boolean(right),
    isRight: (value) => value.kind === 'boolean' && value.value === right,
    optional: true,
  });
  expect(context, [flag('hasVideo', video.frames > 0), flag('hasAudio', audio.frames > 0), flag('hasMetadata', true)]);
  // A tag that ends the sequence is marked as a key frame, and some tools count it as the last one.
  if (context.survey.video.sequenceEnd === undefined) {
    expect(context, [flag('canSeekToEnd', video.frames === 0 || video.endsInKeyFrame)]);
  }
  if (tracks.length === 0) return;
  expect(context, [durationExpectation(tracks), ...lastTimestamps(context, tracks)]);
  if (video.frames > 1) expect(context, rateExpectations(video));
  expect(context, dataRates(video, audio));
}

/**
 * From the first timestamp to the end of the last frame. Recorders leave the last frame out or count up to the end of the
 * last picture shown: all of that is right to a frame, and left as it is.
 */
function durationExpectation(tracks: readonly TrackLayout[]): Expectation {
  const start = Math.min(...tracks.map(({ clock }) => clock.lowest));
  const end = Math.max(...tracks.map(({ clock }) => clock.end));
  const highest = Math.max(...tracks.map(({ clock }) => clock.highest));
  const step = Math.max(...tracks.map(({ clock }) => clock.usualStep));
  const presented = Math.max(
    ...tracks.map(({ clock, longestComposition }) => clock.end + Math.min(longestComposition, mostComposition)),
  );
  const from = (highest - start - 1) / 1000;
  const to = (Math.max(end, presented) - start + step + 1) / 1000;
  const right = Math.round(end - start) / 1000;
  return {
    name: 'duration',
    right: number(right),
    isRight: (value) =>
      value.kind === 'number' && value.value >= from && value.value <= to && (value.value > 0 || right === 0),
    required: true,
  };
}

function lastTimestamps({ layout, survey }: FixContext, tracks: readonly TrackLayout[]): Expectation[] {
  const highest = Math.max(...tracks.map(({ clock }) => clock.highest)) / 1000;
  const keys = layout.keyFrameTimestamps;
  const expectations: Expectation[] = [
    { name: 'lasttimestamp', right: number(highest), isRight: atMost(lastTimestampTolerance, highest), optional: true },
  ];
  if (keys.length > 0) {
    const last = keys.at(keys.length - 1) / 1000;
    const ended = (survey.video.sequenceEnd ?? keys.at(keys.length - 1)) / 1000;
    expectations.push({
      name: 'lastkeyframetimestamp',
      right: number(last),
      isRight: atMost(lastTimestampTolerance, last, ended),
      optional: true,
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
  return ['framerate', 'videoframerate'].map((name) => ({ name, right, isRight: isPositive, optional: true }));
}

/** Only 0 is surely wrong: encoders write what they aim at. */
function dataRates(video: TrackLayout, audio: TrackLayout): Expectation[] {
  return [
    { name: 'videodatarate', track: video },
    { name: 'audiodatarate', track: audio },
  ].flatMap(({ name, track }) => {
    const milliseconds = track.clock.end - track.clock.lowest;
    if (track.bytes * 8 < milliseconds || milliseconds <= 0) return [];
    return [{ name, right: number(Math.round((track.bytes * 8) / milliseconds)), isRight: isPositive, optional: true }];
  });
}
