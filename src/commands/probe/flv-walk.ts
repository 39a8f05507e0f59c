/**
 * Walks an FLV for what is said about it: all of a short one, head and tail of a long one. Beside what the survey of the
 * FLV room gathers it keeps the rhythm of each track: key-frame distances, gaps, how long the media lasts without them.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { ByteSource } from '../../io/file-source.ts';
import { throwIfInterrupted } from '../../media/errors.ts';
import { Findings, type FindingCode } from '../../media/findings.ts';
import type { Gap, Ratio } from '../../media/probed-recording.ts';
import { FlvSurvey, jumpMilliseconds } from '../../flv/survey.ts';
import { tagHeaderLength } from '../../flv/tag.ts';
import { firstTagOffset, TagReader } from '../../flv/tag-reader.ts';
import { FrameRateEstimate } from './frame-rate.ts';
import type { InspectOptions } from './inspection.ts';

/** Shorter files are read whole: that takes no longer than starting the program. */
const wholeUpTo = 64 * 1024 * 1024;
const headLength = 8 * 1024 * 1024;
const tailLength = 4 * 1024 * 1024;
/** ffprobe asks no more of a file to find a frame rate. */
const probedBytes = 5_000_000;
const turnEvery = 0x4000;
const gapMilliseconds = 500;
const mostGaps = 100;

const milliseconds: Ratio = { numerator: 1, denominator: 1000 };

/** The rhythm of one track. */
export class TrackRhythm {
  /** Milliseconds of the steps that are no jumps. */
  mediaMilliseconds = 0;
  /** Presentation time of the first frame, milliseconds. */
  firstPresented: number | undefined;
  /** Earliest offset of a tag of the track: tracks are numbered in this order. */
  firstOffset = Infinity;
  readonly gaps: Gap[] = [];
  readonly keyFrameDistances: number[] = [];
  readonly frameRate = new FrameRateEstimate(milliseconds);
  /** Steps by how long they are, up to a second. */
  readonly steps = new Uint32Array(1001);
  #lastKeyFrame: number | undefined;

  add(
    time: number,
    step: number,
    composition: number,
    isFirst: boolean,
    isKey: boolean,
    frameMilliseconds: number,
  ): void {
    if (isFirst) this.firstPresented = time + composition;
    else if (step > 0 && step <= jumpMilliseconds) this.mediaMilliseconds += step;
    if (!isFirst && step >= 0) this.steps[Math.min(1000, step)]!++;
    if (step > gapMilliseconds && !isFirst && this.gaps.length < mostGaps) {
      this.gaps.push({ atSeconds: (time - step) / 1000, durationSeconds: step / 1000 });
    }
    if (isKey) {
      if (this.#lastKeyFrame !== undefined) this.keyFrameDistances.push(time - this.#lastKeyFrame);
      this.#lastKeyFrame = time;
    }
    if (frameMilliseconds >= 0) this.frameRate.add(time, frameMilliseconds);
  }
}

export interface FlvWalk {
  readonly survey: FlvSurvey;
  readonly video: TrackRhythm;
  readonly audio: TrackRhythm;
  /** The survey of the tail, where the middle was left out. */
  readonly tail: FlvSurvey | undefined;
  /** Everything was walked. */
  readonly whole: boolean;
}

export async function walkFlv(source: ByteSource, findings: Findings, options: InspectOptions): Promise<FlvWalk> {
  const whole = options.deep || source.size <= wholeUpTo;
  const survey = new FlvSurvey(source.path, findings);
  const video = new TrackRhythm();
  const audio = new TrackRhythm();
  const start = firstTagOffset(source);
  if (start === undefined) {
    findings.add('flv-header-missing', 'expected the signature FLV', { file: source.path, offset: 0 });
  }
  const end = whole ? source.size : headLength;
  const reader = new TagReader(source, start ?? 0);
  for (let count = 1; reader.position < end; count++) {
    const event = reader.next();
    if (event === 'end') break;
    if (survey.add(event, reader)) survey.data(source.read(reader.offset + tagHeaderLength, reader.dataSize));
    if (event === 'tag') note(survey, reader, survey.tag.kind === 'video' ? video : audio);
    if ((count & (turnEvery - 1)) !== 0 && event !== 'searching') continue;
    options.progress?.(reader.position, source.size);
    await turn();
    throwIfInterrupted(options.signal);
  }
  survey.reportGaps(source.size);
  if (whole) survey.finish();
  const tail = whole ? undefined : walkTail(source, findings);
  return { survey, video, audio, tail, whole };
}

function note(survey: FlvSurvey, reader: TagReader, rhythm: TrackRhythm): void {
  const { kind, role, compositionTime } = survey.tag;
  if (kind === undefined) return;
  if (reader.offset < rhythm.firstOffset) rhythm.firstOffset = reader.offset;
  if (role !== 'frame' && role !== 'keyFrame') return;
  const { clock } = survey.trackOf(kind);
  const isProbed = kind === 'video' && reader.offset < probedBytes;
  rhythm.add(clock.latest, clock.step, compositionTime, clock.frames === 1, role === 'keyFrame', isProbed ? 0 : -1);
}

/** What of the tail is told: what is wrong at its end, and nothing of how it begins within a tag. */
const tailCodes: ReadonlySet<FindingCode> = new Set(['flv-tag-torn', 'flv-zero-tail', 'flv-sync-lost']);

function walkTail(source: ByteSource, findings: Findings): FlvSurvey {
  const found = new Findings();
  const survey = new FlvSurvey(source.path, found);
  const start = source.size - tailLength;
  const reader = new TagReader(source, start);
  for (let event = reader.next(); event !== 'end'; event = reader.next()) {
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
