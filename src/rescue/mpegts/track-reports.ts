/** What a plan says of the audio and the pictures of a transport stream, as reports tell of tracks: one for each PID. */
import { FileSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { roundSeconds, type TrackReport } from '../../media/report.ts';
import { keptSecondsIn, lostIn } from '../../media/track-ranges.ts';
import { ticksPerSecond } from '../../mpegts/clock.ts';
import type { SurveyedStream } from '../../mpegts/survey.ts';
import { plainChoices, type FixChoices, type FixPlan } from './plan.ts';
import { surveyForFix } from './survey.ts';
import { tsRanges } from './track-ranges.ts';

const everythingStays: FixChoices = { ...plainChoices, torn: 'keep', keepScrambled: true };

/** The tracks of a file of which nothing is left out, whole or not, with what is missing in it: it is read once more for that. */
export async function tracksAsTheyLie(path: string, pace: Pace): Promise<readonly TrackReport[]> {
  const source = new FileSource(path);
  try {
    return tsTracks(await surveyForFix(source, everythingStays, pace, () => {}), path).tracks;
  } finally {
    source.close();
  }
}

/** The tracks of a stream. */
export interface TsTracks {
  readonly tracks: readonly TrackReport[];
  /** Ticks of 90 kHz at which the first media comes; Infinity where none has a time. */
  readonly start: number;
}

/** The tracks, in the order in which the tables describe them. `file`: where the ranges lie. */
export function tsTracks(plan: FixPlan, file: string): TsTracks {
  const pids = new Set<number>();
  const media = plan.described.filter(({ pid, kind }) => {
    const isNew = (kind === 'video' || kind === 'audio') && plan.streams.has(pid) && !pids.has(pid);
    if (isNew) pids.add(pid);
    return isNew;
  });
  const start = Math.min(...media.map(({ pid }) => plan.streams.get(pid)!.firstTicks));
  return { tracks: media.map((stream) => trackReport(plan, stream, file, start)), start };
}

function trackReport(plan: FixPlan, { pid, kind, codec }: SurveyedStream, file: string, start: number): TrackReport {
  const stream = plan.streams.get(pid)!;
  const ranges = tsRanges(plan, pid, file, start);
  const lost = lostIn(ranges);
  const course = start === Infinity ? undefined : stream.course.from(start);
  const kept = ranges.filter(({ what }) => what !== 'lost');
  const [from, to] = [kept[0]?.startSeconds ?? 0, kept.at(-1)?.endSeconds ?? 0];
  return {
    id: pid,
    kind: kind === 'video' ? 'video' : 'audio',
    codec,
    timescale: ticksPerSecond,
    startSeconds: from,
    durationSeconds: roundSeconds(to - from),
    configuration: { from: 'recorded' },
    kept: {
      samples: stream.units,
      syncSamples: kind === 'video' ? stream.randomAccessUnits : stream.units,
      bytes: stream.bytes,
      durationSeconds: keptSecondsIn(ranges),
    },
    lost: {
      ...lost,
      // Of very many losses not all are listed.
      samples: Math.max(stream.lostUnits, lost.samples),
      bytes: Math.max(stream.lostBytes, lost.bytes),
    },
    ranges,
    ...(course === undefined ? {} : { course }),
  };
}
