/**
 * `--retime`: timestamps that step back, jump, wrap, begin far from zero, stand still or stall are made to go on, where
 * audio and pictures agree the better for it. Without it they are reported and left as they are, because a pause may be a pause.
 */
import type { Pace } from '../../../io/pace.ts';
import { roundSeconds, type Retimed } from '../../../media/report.ts';
import { configurationOfRecord } from '../../../flv/codec-record.ts';
import { wrapOf, wrapTolerance, type TrackClock } from '../../../flv/track-clock.ts';
import type { TrackSurvey } from '../../../flv/track-survey.ts';
import { propertyOf } from '../../../flv/metadata.ts';
import { reportTimes } from '../../clocks/times-findings.ts';
import { timingStep } from '../../carver/streams.ts';
import { layOutTags, type Layout, type TrackLayout } from '../layout.ts';
import { placedTimes } from '../placed-times.ts';
import type { FixContext } from '../plan.ts';
import type { RetimeOptions } from '../retimer.ts';
import { timedFrames } from '../timed-frames.ts';

/** So many frames in a row with one timestamp are no slices of a picture. */
const minUnmoved = 64;
/** A recording that begins later than this begins at zero, milliseconds. */
const latestStart = 10_000;
/** A silence is a gap where it is so many times as long as frames of the track are apart as a rule. */
const stepsOfGap = 4;
/** Pictures a second that `onMetaData` is believed. */
const minClaimedRate = 1;
const maxClaimedRate = 240;
/** Milliseconds by which audio and pictures may vary more than before: less than a frame. */
const tolerance = 20;

/** Decides which times the tags get. Nothing is decided where they would not be better than those recorded. */
export async function retime(context: FixContext, pace: Pace): Promise<void> {
  const { survey, options, source } = context;
  if (options.retime === undefined || survey.video.frames + survey.audio.frames === 0) return;
  const before = await layOutTags(source, context, survey, pace);
  if (needsPlacing(survey.video) || needsPlacing(survey.audio)) await place(context, pace);
  const placed = context.placed === undefined ? before : await layOutTags(source, context, survey, pace, true);
  context.retime = retimeOptions(context, placed);
  if (context.placed === undefined && context.retime === undefined) return;
  let after = context.retime === undefined ? placed : await layOutTags(source, context, survey, pace, true);
  if (context.retime?.audioStalls === false && after.audio.clock.stalls) {
    // Audio that had to wait for a clock that was set back stand on one time now, as on a clock that stalls.
    context.retime = { ...context.retime, audioStalls: true };
    after = await layOutTags(source, context, survey, pace, true);
  }
  const frames = after.retimed?.frames ?? 0;
  if (frames === 0 || !agreesBetter(before, after, context)) {
    context.placed = undefined;
    context.retime = undefined;
    return;
  }
  context.retimed = { frames, ...distances(after, context) };
  context.rewriteReasons.push('timestamps are repaired');
  reportTimes(context.placed?.found ?? [], { file: source.path }, '', context.findings);
}

/** Whether times may have to be placed anew for a track. */
function needsPlacing({ clock, frames }: TrackSurvey): boolean {
  return frames > 0 && (clock.isStill || clock.longestUnmoved >= minUnmoved || clock.backwardSteps > 0);
}

/** Whether a clock stands still; beside one that does, so does one of few frames that never moved. */
function isStill(clock: TrackClock, other: TrackClock): boolean {
  return clock.isStill || (other.isStill && clock.frames > 1 && clock.longestUnmoved === clock.frames - 1);
}

async function place(context: FixContext, pace: Pace): Promise<void> {
  const { survey, source } = context;
  const { video, audio } = survey;
  const { firstHeader } = video;
  const configuration =
    firstHeader === undefined
      ? undefined
      : configurationOfRecord({
          codec: firstHeader.codec,
          record: firstHeader.data.subarray(firstHeader.headerLength),
        });
  const hasTiming = configuration?.codec === 'h264' || configuration?.codec === 'h265';
  context.placed = await pace.through(
    placedTimes(await timedFrames(source, context, pace), {
      pictureSeconds: hasTiming ? timingStep(configuration) : undefined,
      claimedSeconds: claimedStep(context),
      usualStep: { video: video.clock.usualStep, audio: audio.clock.usualStep },
      isStill: { video: isStill(video.clock, audio.clock), audio: isStill(audio.clock, video.clock) },
    }),
  );
}

/** Seconds from picture to picture by `onMetaData`; undefined where it says none, or one that no recorder has. */
function claimedStep({ metadata }: FixContext): number | undefined {
  for (const name of ['framerate', 'videoframerate']) {
    const value = metadata === undefined ? undefined : propertyOf(metadata, name)?.value;
    if (value?.kind !== 'number' || value.value < minClaimedRate || value.value > maxClaimedRate) continue;
    return 1 / value.value;
  }
  return undefined;
}

/** How the running clocks of a layout are to be followed; undefined where they are as they should be. */
function retimeOptions({ options }: FixContext, { video, audio }: Layout): RetimeOptions | undefined {
  const tracks = [video, audio].filter(({ frames }) => frames > 0);
  const gaps = (clock: TrackClock): number =>
    options.retime === 'keep-pauses'
      ? Infinity
      : Math.max(options.maxGapSeconds * 1000, stepsOfGap * clock.typicalStep);
  const maxGapMilliseconds = { video: gaps(video.clock), audio: gaps(audio.clock) };
  const earliest = Math.min(...tracks.map(({ clock }) => firstBeforeWrap(clock, tracks)));
  const isWrong =
    earliest < 0 ||
    earliest > latestStart ||
    audio.clock.stalls ||
    tracks.some(({ clock }) => clock.backwardSteps > 0 || clock.wrapSteps > 0) ||
    video.clock.longestStep > maxGapMilliseconds.video ||
    audio.clock.longestStep > maxGapMilliseconds.audio;
  if (!isWrong) return undefined;
  return {
    maxGapMilliseconds,
    earliest,
    audioStalls: audio.clock.stalls,
    usualStep: { video: video.clock.usualStep, audio: audio.clock.usualStep },
  };
}

/** When a track begins: one that begins when the counter of the other had wrapped begins behind that. */
function firstBeforeWrap(clock: TrackClock, tracks: readonly Pick<TrackLayout, 'clock'>[]): number {
  const other = tracks.find((track) => track.clock !== clock)?.clock;
  if (other === undefined || other.wrapSteps === 0 || clock.wrapSteps > 0) return clock.first;
  return clock.first + wrapOf(clock.first - other.first, Math.max(wrapTolerance, other.elapsed));
}

/** Clocks that stood still or were out of order are no measure of the distance between audio and pictures. */
function isMeasure({ survey }: FixContext): boolean {
  return [survey.video, survey.audio].every(({ clock }) => !clock.isStill);
}

function agreesBetter(before: Layout, after: Layout, context: FixContext): boolean {
  const [old, now] = [after.retimed?.recorded.apart, after.retimed?.agreement.apart];
  if (old === undefined || now === undefined || !isMeasure(context)) return true;
  return now <= old + Math.max(tolerance, before.audio.clock.usualStep);
}

/** How far audio and pictures were apart before and after; nothing where that says nothing. */
function distances(after: Layout, context: FixContext): Omit<Retimed, 'frames'> {
  const [old, now] = [after.retimed?.recorded.apart, after.retimed?.agreement.apart];
  if (old === undefined || now === undefined || !isMeasure(context) || now >= old) return {};
  const start = Math.min(after.video.clock.lowest, after.audio.clock.lowest);
  const [courseBefore, courseAfter] = [after.retimed?.recorded.course(start), after.retimed?.agreement.course(start)];
  return {
    apartBeforeSeconds: roundSeconds(old / 1000),
    apartAfterSeconds: roundSeconds(now / 1000),
    ...(courseBefore === undefined || courseAfter === undefined ? {} : { courseBefore, courseAfter }),
  };
}
