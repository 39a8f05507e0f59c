/**
 * The ranges of a track of an FLV: between the gaps all of it is described, by its tags. What a gap cost, the timestamps on
 * both sides of it tell; how many frames, only the rhythm.
 */
import type { TagGap, TrackAtGap } from '../../flv/gap.ts';
import { roundSeconds, type LossReason, type TrackRange } from '../../media/report.ts';
import { minLossSteps } from '../../media/track-ranges.ts';
import type { FixContext } from './plan.ts';

/** A gap that is one torn tag at the end of the file. */
export function isTornTag(gap: TagGap): boolean {
  return gap.torn && gap.after === undefined;
}

/** The ranges of one track, in order. `start`: milliseconds of the clock at which the recording begins. */
export function flvRanges(context: FixContext, kind: 'video' | 'audio', start: number): TrackRange[] {
  const { survey, layout, source, retimed } = context;
  const { clock, frames, bytes } = layout[kind];
  const file = source.path;
  const seconds = (milliseconds: number): number => roundSeconds((milliseconds - start) / 1000);
  const end = clock.end;
  const step = clock.usualStep;
  const gaps = clock.wasSet ? [] : costlyGaps(context, kind, step);
  const ranges: TrackRange[] = [];
  const [counted, from] = [
    { frames: 0, bytes: 0 },
    { time: clock.lowest, offset: context.firstTag },
  ];
  const keep = (until: number, offset: number, ownFrames: number, ownBytes: number): void => {
    const place = offset > from.offset ? { file, offset: from.offset, length: offset - from.offset } : {};
    const [samples, media] = [ownFrames - counted.frames, ownBytes - counted.bytes];
    const range = {
      what: 'described',
      ...place,
      startSeconds: seconds(from.time),
      endSeconds: seconds(until),
    } as const;
    const times = retimed === undefined ? {} : { times: { from: 'one timeline' } };
    if (samples > 0) ranges.push({ ...range, samples, bytes: media, ...times });
    Object.assign(counted, { frames: ownFrames, bytes: ownBytes });
  };
  const each = frames === 0 ? 0 : bytes / frames;
  for (const { gap, here, milliseconds } of gaps) {
    const lostFrom = Math.max(from.time, here.latest + step);
    if (here.frames <= counted.frames) continue;
    // A hole that was closed lasts no time; what is lost with it is lost all the same.
    const resumes = Math.max(lostFrom, here.resumes!);
    keep(lostFrom, gap.start, here.frames, here.bytes);
    const samples = Math.max(1, Math.round(milliseconds / step));
    ranges.push({
      what: 'lost',
      reason: reasonOf(gap),
      file,
      offset: gap.start,
      length: gap.end - gap.start,
      startSeconds: seconds(lostFrom),
      endSeconds: seconds(resumes),
      samples,
      bytes: Math.round(samples * each),
      isEstimated: true,
    });
    Object.assign(from, { time: resumes, offset: gap.end });
  }
  const torn = survey.gaps.find((gap) => isTornTag(gap) && gap.kind === kind);
  keep(end, torn?.start ?? survey.end, frames, bytes);
  if (torn !== undefined) {
    const length = torn.zerosFrom - torn.start;
    const place = { file, offset: torn.start, length };
    const time = { startSeconds: seconds(end), endSeconds: seconds(end + step) };
    ranges.push({ what: 'lost', reason: 'torn', ...place, ...time, samples: 1, bytes: length });
  }
  const { missing } = context;
  if (missing !== undefined) {
    const startSeconds = ranges.at(-1)?.endSeconds ?? 0;
    const samples = step === 0 ? 0 : Math.round((missing.durationSeconds * 1000) / step);
    const endSeconds = roundSeconds(startSeconds + missing.durationSeconds);
    const share = bytes / (layout.video.bytes + layout.audio.bytes);
    const lost = { samples, bytes: Math.round(missing.bytes * share), isEstimated: true } as const;
    ranges.push({ what: 'lost', reason: 'missing', startSeconds, endSeconds, ...lost });
  }
  return ranges;
}

/** A gap that cost a track something: how far the track is there in the times of the result, and what is gone. */
interface CostlyGap {
  readonly gap: TagGap;
  readonly here: TrackAtGap;
  readonly milliseconds: number;
}

function costlyGaps({ survey, layout }: FixContext, kind: 'video' | 'audio', step: number): CostlyGap[] {
  const { gaps } = layout;
  return survey.gaps.flatMap((gap, n) => {
    const here = gaps === undefined ? gap[kind] : gaps[n]?.[kind];
    if (here === undefined) return [];
    // What was recorded tells what is gone even where the hole was closed, unless the clock was set.
    const recorded = survey.trackOf(kind).clock.wasSet ? 0 : cost(gap[kind], step);
    const milliseconds = Math.max(recorded, cost(here, step));
    return milliseconds > 0 && here.resumes !== undefined ? [{ gap, here, milliseconds }] : [];
  });
}

/** Milliseconds of a track that are gone with a gap. */
function cost({ frames, latest, resumes }: TrackAtGap, step: number): number {
  if (frames === 0 || resumes === undefined || step === 0) return 0;
  return resumes - latest < minLossSteps * step ? 0 : resumes - latest - step;
}

function reasonOf({ torn, start, zerosFrom, end }: TagGap): LossReason {
  if (zerosFrom < end && zerosFrom - start < (end - start) / 2) return 'zeros';
  return torn ? 'torn' : 'unreadable';
}
