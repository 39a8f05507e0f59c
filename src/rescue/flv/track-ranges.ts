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
  // Where times were changed those of the gaps are no times of the result.
  const gaps = retimed === undefined && !clock.wasSet ? survey.gaps.filter((gap) => cost(gap[kind], step) > 0) : [];
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
  for (const gap of gaps) {
    const here = gap[kind];
    const lostFrom = Math.max(from.time, here.latest + step);
    if (here.frames <= counted.frames) continue;
    keep(lostFrom, gap.start, here.frames, here.bytes);
    const samples = Math.max(1, Math.round((here.resumes! - lostFrom) / step));
    ranges.push({
      what: 'lost',
      reason: reasonOf(gap),
      file,
      offset: gap.start,
      length: gap.end - gap.start,
      startSeconds: seconds(lostFrom),
      endSeconds: seconds(here.resumes!),
      samples,
      bytes: Math.round(samples * each),
      isEstimated: true,
    });
    Object.assign(from, { time: here.resumes!, offset: gap.end });
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

/** Milliseconds of a track that are gone with a gap. */
function cost({ frames, latest, resumes }: TrackAtGap, step: number): number {
  if (frames === 0 || resumes === undefined || step === 0) return 0;
  return resumes - latest < minLossSteps * step ? 0 : resumes - latest - step;
}

function reasonOf({ torn, start, zerosFrom, end }: TagGap): LossReason {
  if (zerosFrom < end && zerosFrom - start < (end - start) / 2) return 'zeros';
  return torn ? 'torn' : 'unreadable';
}
