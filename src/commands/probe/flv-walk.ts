/**
 * Walks an FLV for what is said about it: all of a short one, head and tail of a long one. Beside what the survey of the
 * FLV room gathers it keeps the rhythm of each track: key-frame distances, gaps, how long the media lasts without them.
 */
import type { ByteSource } from '../../io/file-source.ts';
import { BlockSource } from '../../io/block-source.ts';
import { Pace } from '../../io/pace.ts';
import { Findings, type FindingCode } from '../../media/findings.ts';
import type { Ratio } from '../../media/probed-recording.ts';
import type { FlvOpening } from '../../flv/opening.ts';
import { FlvSurvey } from '../../flv/survey.ts';
import { TagReader } from '../../flv/tag-reader.ts';
import type { TrackClock } from '../../flv/track-clock.ts';
import type { TrackSurvey } from '../../flv/track-survey.ts';
import { surveyTags } from '../../flv/walk.ts';
import { FrameRateEstimate } from '../../media/ffprobe/ffprobe.ts';
import { FlvMediaCheck } from './flv-media.ts';
import type { InspectOptions } from './inspection.ts';
import { FrameRhythm } from './rhythm.ts';

/** Shorter files are read whole: that takes no longer than starting the program. */
const wholeUpTo = 512 * 1024 * 1024;
const headLength = 8 * 1024 * 1024;
const tailLength = 4 * 1024 * 1024;
/** ffprobe asks no more of a file to find a frame rate. */
const probedBytes = 5_000_000;

const milliseconds: Ratio = { numerator: 1, denominator: 1000 };

/** What is kept of one track beside the survey. */
export class FlvTrackWalk {
  /** Presentation time of the first frame, milliseconds. */
  firstPresented: number | undefined;
  /** Earliest offset of a tag of the track: tracks are numbered in this order. */
  firstOffset = Infinity;
  readonly rhythm = new FrameRhythm();
  readonly frameRate = new FrameRateEstimate(milliseconds);
  #lastKeyFrame: number | undefined;

  /** Takes a frame; the clock stands on it. */
  add({ latest: time, step, frames }: TrackClock, composition: number, isKey: boolean): void {
    if (frames === 1) this.firstPresented = time + composition;
    else this.rhythm.step(time, step);
    if (!isKey) return;
    this.rhythm.keyFrame(this.#lastKeyFrame === undefined ? undefined : time - this.#lastKeyFrame);
    this.#lastKeyFrame = time;
  }
}

/** What a walk over all of an FLV, or over its head and tail, gave. */
export interface FlvWalk {
  readonly survey: FlvSurvey;
  readonly tracks: ReadonlyMap<TrackSurvey, FlvTrackWalk>;
  /** The survey of the tail, where the middle was left out. */
  readonly tail: FlvSurvey | undefined;
  /** Everything was walked. */
  readonly whole: boolean;
}

/** Walks an FLV that was opened. The survey's findings are in `findings`. */
export async function walkFlv(opening: FlvOpening, findings: Findings, options: InspectOptions): Promise<FlvWalk> {
  const file = opening.source;
  const blocks = options.deep ? new BlockSource(file) : undefined;
  const source = blocks ?? file;
  const whole = options.deep || source.size <= wholeUpTo;
  const survey = new FlvSurvey(file, findings);
  const tracks = new Map<TrackSurvey, FlvTrackWalk>();
  const media = blocks !== undefined ? new FlvMediaCheck(blocks, findings) : undefined;
  const reader = new TagReader(source, opening.firstTag);
  const pace = new Pace(options.signal);
  await surveyTags(source, reader, survey, {
    pace,
    until: whole ? source.size : headLength,
    before: (offset) => blocks?.keepFrom(offset),
    onTag: () => note(survey, reader, tracks, media),
    progress: (offset) => options.progress?.(offset, source.size),
  });
  survey.reportGaps(source.size);
  survey.finish();
  const tail = whole ? undefined : await walkTail(source, findings, pace);
  return { survey, tracks, tail, whole };
}

function note(
  survey: FlvSurvey,
  reader: TagReader,
  tracks: Map<TrackSurvey, FlvTrackWalk>,
  media: FlvMediaCheck | undefined,
): void {
  const { kind, trackId, role, compositionTime } = survey.tag;
  // What ends a track, or is said of it, makes none.
  // Nor does an empty enhanced sequence header: ffprobe counts the tracks in the order in which they say something.
  const isEmpty = survey.tag.legacyId === undefined && reader.dataSize <= survey.tag.headerLength;
  const isCounted = survey.tag.isFrame ? !survey.isRepeated : role === 'sequenceHeader' && !isEmpty;
  if (kind === undefined || !isCounted) return;
  const surveyed = survey.trackOf(kind, trackId);
  let track = tracks.get(surveyed);
  if (track === undefined) {
    track = new FlvTrackWalk();
    tracks.set(surveyed, track);
  }
  if (reader.offset < track.firstOffset) track.firstOffset = reader.offset;
  if (role === 'sequenceHeader') return;
  track.add(surveyed.clock, compositionTime, role === 'keyFrame');
  media?.take(reader, survey.tag);
  if (kind === 'video' && reader.offset < probedBytes) track.frameRate.add(surveyed.clock.latest);
}

/** What of the tail is told: what is wrong at its end, and nothing of how it begins within a tag. */
const tailCodes: ReadonlySet<FindingCode> = new Set(['flv-tag-torn', 'flv-zero-tail', 'flv-sync-lost']);

async function walkTail(source: ByteSource, findings: Findings, pace: Pace): Promise<FlvSurvey> {
  const found = new Findings();
  const survey = new FlvSurvey(source, found);
  const reader = new TagReader(source, source.size - tailLength);
  // The tail begins within a tag: what lies before the next one is no gap, and what begins there is no tag.
  let event = reader.next();
  while (event === 'searching') event = reader.next();
  if (event === 'gap' && reader.end === source.size) survey.add(event, reader);
  else await surveyTags(source, reader, survey, { pace });
  survey.reportGaps(source.size);
  for (const finding of found.list()) {
    if (tailCodes.has(finding.code)) findings.add(finding.code, finding.message, finding);
  }
  return survey;
}
