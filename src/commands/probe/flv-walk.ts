/**
 * Walks an FLV for what is said about it: all of a short one, head and tail of a long one. Beside what the survey of the
 * FLV room gathers it keeps the rhythm of each track: key-frame distances, gaps, how long the media lasts without them.
 */
import type { ByteSource } from '../../io/file-source.ts';
import { BlockSource } from '../../io/block-source.ts';
import { Pace } from '../../io/pace.ts';
import { Findings, type FindingCode } from '../../media/findings.ts';
import type { Ratio } from '../../media/probed-recording.ts';
import { FlvSurvey, jumpMilliseconds, type TrackSurvey } from '../../flv/survey.ts';
import { tagHeaderLength } from '../../flv/tag.ts';
import { firstTagOffset, TagReader } from '../../flv/tag-reader.ts';
import type { TrackClock } from '../../flv/track-clock.ts';
import { FlvMediaCheck } from './flv-media.ts';
import { FrameRateEstimate } from './frame-rate.ts';
import type { InspectOptions } from './inspection.ts';
import { Rhythm } from './rhythm.ts';

/** Shorter files are read whole: that takes no longer than starting the program. */
const wholeUpTo = 64 * 1024 * 1024;
const headLength = 8 * 1024 * 1024;
const tailLength = 4 * 1024 * 1024;
/** ffprobe asks no more of a file to find a frame rate. */
const probedBytes = 5_000_000;
/** Tags between two looks at whether a turn is due. */
const tagsAtOnce = 0x40;

const milliseconds: Ratio = { numerator: 1, denominator: 1000 };

/** What is kept of one track beside the survey. */
export class FlvTrackWalk {
  /** Milliseconds of the steps that are no jumps. */
  mediaMilliseconds = 0;
  /** Presentation time of the first frame, milliseconds. */
  firstPresented: number | undefined;
  /** Earliest offset of a tag of the track: tracks are numbered in this order. */
  firstOffset = Infinity;
  readonly rhythm = new Rhythm();
  readonly frameRate = new FrameRateEstimate(milliseconds);
  #lastKeyFrame: number | undefined;

  /** Takes a frame; the clock stands on it. */
  add({ latest: time, step, frames }: TrackClock, composition: number, isKey: boolean): void {
    if (frames === 1) this.firstPresented = time + composition;
    else this.rhythm.step(time, step);
    if (frames > 1 && step > 0 && step <= jumpMilliseconds) this.mediaMilliseconds += step;
    if (!isKey) return;
    this.rhythm.keyFrame(this.#lastKeyFrame === undefined ? undefined : time - this.#lastKeyFrame);
    this.#lastKeyFrame = time;
  }
}

export interface FlvWalk {
  readonly survey: FlvSurvey;
  readonly tracks: ReadonlyMap<TrackSurvey, FlvTrackWalk>;
  /** The survey of the tail, where the middle was left out. */
  readonly tail: FlvSurvey | undefined;
  /** Everything was walked. */
  readonly whole: boolean;
}

export async function walkFlv(file: ByteSource, findings: Findings, options: InspectOptions): Promise<FlvWalk> {
  const blocks = options.deep ? new BlockSource(file) : undefined;
  const source = blocks ?? file;
  const whole = options.deep || source.size <= wholeUpTo;
  const survey = new FlvSurvey(source.path, findings);
  const tracks = new Map<TrackSurvey, FlvTrackWalk>();
  const media = blocks !== undefined ? new FlvMediaCheck(blocks, findings) : undefined;
  const start = firstTagOffset(source);
  if (start === undefined) {
    findings.add('flv-header-missing', 'expected the signature FLV', { file: source.path, offset: 0 });
  }
  const end = whole ? source.size : headLength;
  const reader = new TagReader(source, start ?? 0);
  const pace = new Pace(options.signal);
  await pace.turn();
  for (let count = 1; reader.position < end; count++) {
    blocks?.keepFrom(reader.position);
    const event = reader.next();
    if (event === 'end') break;
    if (survey.add(event, reader)) survey.data(source.read(reader.offset + tagHeaderLength, reader.dataSize));
    if (event === 'tag') note(survey, reader, tracks, media);
    if (((count & (tagsAtOnce - 1)) !== 0 && event !== 'searching') || !pace.isDue) continue;
    options.progress?.(reader.position, source.size);
    await pace.turn();
  }
  survey.reportGaps(source.size);
  if (whole) survey.finish();
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
  if (kind === undefined || (role !== 'frame' && role !== 'keyFrame' && role !== 'sequenceHeader')) return;
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
  const survey = new FlvSurvey(source.path, found);
  const start = source.size - tailLength;
  const reader = new TagReader(source, start);
  for (let event = reader.next(); event !== 'end'; event = reader.next()) {
    if (pace.isDue) await pace.turn();
    // The tail begins within a tag: what lies before the next one is no gap.
    if (event === 'gap' && reader.offset === start && reader.end < source.size) continue;
    if (event === 'tag' && reader.offset === start) continue;
    if (survey.add(event, reader)) survey.data(source.read(reader.offset + tagHeaderLength, reader.dataSize));
  }
  survey.reportGaps(source.size);
  for (const finding of found.list()) {
    if (tailCodes.has(finding.code)) findings.add(finding.code, finding.message, finding);
  }
  return survey;
}
