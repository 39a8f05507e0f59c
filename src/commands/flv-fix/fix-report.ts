/** What was done with a file, as the report that all verbs give. */
import { summarizeConfiguration } from '../../flv/configuration-summary.ts';
import { configurationOrigin, roundSeconds, type RecordingReport, type TrackReport } from '../../media/report.ts';
import { keptSecondsIn, lostIn } from '../../media/track-ranges.ts';
import type { TagGap } from '../../flv/gap.ts';
import { recordingTimes } from '../../flv/recording-times.ts';
import { claimedDuration } from '../../rescue/flv/assess.ts';
import type { Conclusion } from '../../rescue/flv/conclude.ts';
import type { TrackLayout } from '../../rescue/flv/layout.ts';
import type { FixContext } from '../../rescue/flv/plan.ts';
import { flvRanges, isTornTag } from '../../rescue/flv/track-ranges.ts';

/** What was done with one file, beside what the rules concluded; sizes in bytes. */
export interface FixOutcome {
  readonly path: string;
  readonly target: string;
  readonly inPlace: boolean;
  readonly dryRun: boolean;
  /** The target was there already, with the same bytes. */
  readonly wasThere: boolean;
  readonly inputBytes: number;
  readonly elapsedSeconds: number;
}

/** Makes the report; sizes and times are those that the result has, or would have in a dry run. */
export function fixReport(context: FixContext, conclusion: Conclusion, outcome: FixOutcome): RecordingReport {
  const { path, target, inPlace, dryRun, wasThere, inputBytes, elapsedSeconds } = outcome;
  const { layout, findings, changes, survey } = context;
  const { kind } = conclusion;
  const isDone = kind !== 'nothing' && !dryRun && !wasThere;
  const what = kind === 'patch' ? 'patched' : 'replaced';
  const fate = kind === 'nothing' || !inPlace ? 'kept' : dryRun ? (`to be ${what}` as const) : what;
  const bytes = conclusion.kind === 'rewrite' ? conclusion.head.length + layout.bytes : inputBytes;
  const tracks = [layout.video, layout.audio].filter(({ frames }) => frames > 0);
  const times = recordingTimes(tracks);
  const start = times?.start ?? 0;
  const seconds = times === undefined ? 0 : times.duration / 1000 || (claimedDuration(context) ?? 0);
  return {
    recording: path,
    outcome: kind === 'nothing' ? 'untouched' : wasThere ? 'already-made' : dryRun ? 'would-make' : 'made',
    inputs: [{ path, bytes: inputBytes, fate }],
    output: {
      path: kind === 'nothing' ? path : target,
      bytes,
      durationSeconds: roundSeconds(seconds),
      replaced: inPlace && isDone,
    },
    tracks: (['video', 'audio'] as const)
      .filter((track) => layout[track].frames > 0)
      .map((track, index) => trackReport(context, track, index + 1, start)),
    unindexed: survey.gaps.flatMap((gap) => strangeBytes(gap, path)),
    findings: findings.list(),
    changes,
    ...(context.retimed === undefined ? {} : { retimed: context.retimed }),
    ...(context.missing === undefined ? {} : { missing: context.missing }),
    elapsedSeconds,
    bytesMoved: !isDone || kind === 'patch' ? 0 : kind === 'copy' ? inputBytes : layout.bytes,
  };
}

/** Bytes of a gap that are neither a tag that can be named nor zeros. */
function strangeBytes(gap: TagGap, file: string): { file: string; offset: number; length: number }[] {
  const length = gap.zerosFrom - gap.start;
  return length <= 0 || isTornTag(gap) ? [] : [{ file, offset: gap.start, length }];
}

function trackReport(context: FixContext, kind: 'video' | 'audio', id: number, start: number): TrackReport {
  const track: TrackLayout = context.layout[kind];
  const { clock } = track;
  const ranges = flvRanges(context, kind, start);
  const course = track.course.from(start);
  return {
    id,
    kind,
    ...describeCodec(context, kind),
    timescale: 1000,
    startSeconds: roundSeconds((clock.lowest - start) / 1000),
    durationSeconds: roundSeconds((clock.end - clock.lowest) / 1000),
    configuration: configurationOrigin(context.findings.list(), kind),
    kept: {
      samples: track.frames,
      syncSamples: kind === 'video' ? track.keyFrames : track.frames,
      bytes: track.bytes,
      durationSeconds: keptSecondsIn(ranges),
    },
    lost: lostIn(ranges),
    ranges,
    ...(course === undefined ? {} : { course }),
  };
}

/** Codec, size and audio, from the sequence header as far as it is known. */
function describeCodec(
  { survey }: FixContext,
  kind: 'video' | 'audio',
): Pick<TrackReport, 'codec' | 'width' | 'height' | 'sampleRate' | 'channels'> {
  const { codec, firstHeader } = survey.trackOf(kind);
  const record = firstHeader?.data.subarray(firstHeader.headerLength);
  const summary = summarizeConfiguration(codec, record);
  const { width, height, sampleRate, channels } = summary;
  return {
    codec: summary.codec,
    ...(width === undefined || height === undefined ? {} : { width, height }),
    ...(sampleRate === undefined ? {} : { sampleRate }),
    ...(channels === undefined ? {} : { channels }),
  };
}
