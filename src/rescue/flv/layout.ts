/**
 * What the tags of the result come to: how many bytes, which times, where the key frames lie. For a file that is only
 * patched this is what the survey saw; for one that is written anew the kept tags are walked.
 */
import type { ByteSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { Column } from '../../media/column.ts';
import { CourseRecorder } from '../../media/track-course.ts';
import type { TagGap, TrackAtGap } from '../../flv/gap.ts';
import { maxKeyFrames, type FlvSurvey } from '../../flv/survey.ts';
import { previousTagSizeLength, tagHeaderLength } from '../../flv/tag.ts';
import { TrackClock } from '../../flv/track-clock.ts';
import { frameMilliseconds } from '../../flv/track-survey.ts';
import { Agreement } from './agreement.ts';
import { KeptTags } from './kept-tags.ts';
import type { RewritePlan } from './rewrite-plan.ts';

/** What the kept tags of one track come to. */
export interface TrackLayout {
  readonly clock: TrackClock;
  readonly course: CourseRecorder;
  frames: number;
  keyFrames: number;
  /** Bytes of tag data. */
  bytes: number;
  endsInKeyFrame: boolean;
  longestComposition: number;
}

/** What all kept tags come to. */
export interface Layout {
  readonly video: TrackLayout;
  readonly audio: TrackLayout;
  /** Bytes from the first kept tag to behind the last one and its size, metadata and what is inserted not counted. */
  bytes: number;
  tags: number;
  /** Where the key frames' tags lie: in the file as it is, or from the first kept tag on where it is written anew. */
  readonly keyFrameOffsets: Column<Float64Array>;
  readonly keyFrameTimestamps: Column<Uint32Array>;
  /** Of what was walked to compare times. */
  readonly retimed?: RetimedLayout | undefined;
  /** What comes before and behind the gaps, in the times of the result; undefined where times are as recorded. */
  readonly gaps?: readonly Pick<TagGap, 'video' | 'audio'>[] | undefined;
}

/** What other times come to. */
export interface RetimedLayout {
  /** Frames whose times change. */
  frames: number;
  /** How audio and pictures lie beside each other by the times of the result, and by those recorded. */
  readonly agreement: Agreement;
  readonly recorded: Agreement;
}

/** Tells, as tags go by, how far the tracks have come where the gaps lie. */
class GapsPassed {
  readonly list: { readonly video: TrackAtGap; readonly audio: TrackAtGap }[] = [];
  readonly #gaps: readonly TagGap[];
  readonly #open: { readonly video: TrackAtGap[]; readonly audio: TrackAtGap[] } = { video: [], audio: [] };

  constructor(gaps: readonly TagGap[]) {
    this.#gaps = gaps;
  }

  /** The tags go on at this offset. */
  reach(offset: number, layout: Pick<Layout, 'video' | 'audio'>): void {
    while (this.list.length < this.#gaps.length && this.#gaps[this.list.length]!.start <= offset) {
      const at = (kind: 'video' | 'audio'): TrackAtGap => {
        const { frames, bytes, clock } = layout[kind];
        const here = { frames, bytes, latest: clock.latest, resumes: undefined };
        this.#open[kind].push(here);
        return here;
      };
      this.list.push({ video: at('video'), audio: at('audio') });
    }
  }

  /** A frame of a track comes at this time. */
  resume(kind: 'video' | 'audio', time: number): void {
    for (const gap of this.#open[kind]) gap.resumes = time;
    this.#open[kind].length = 0;
  }
}

/** The layout of a file that stays as it is. */
export function layoutOf(survey: FlvSurvey): Layout {
  return {
    video: survey.video,
    audio: survey.audio,
    bytes: survey.end,
    tags: survey.tags,
    keyFrameOffsets: survey.keyFrameOffsets,
    keyFrameTimestamps: survey.keyFrameTimestamps,
  };
}

/**
 * The layout of a rewrite that leaves out nothing but the first `onMetaData` and changes no time: it follows from the survey.
 * Undefined where tags have to be walked for it.
 */
export function shiftedLayout(survey: FlvSurvey, plan: RewritePlan): Layout | undefined {
  const { metadata, metadataOffset } = survey;
  const isWhole =
    survey.gapCount === 0 && survey.innerHeaders === 0 && survey.repeats.frames === 0 && !survey.lastTagOpen;
  const isPlain =
    plan.placed === undefined &&
    plan.retime === undefined &&
    plan.droppedRepeats === undefined &&
    plan.withoutEmptyHeaders.size === 0 &&
    !plan.dedupeHeaders;
  // Tracks beside the first are surveyed apart, and laid out with it.
  if (!isWhole || !isPlain || survey.others.size > 0) return undefined;
  const left = metadata === undefined ? 0 : tagHeaderLength + metadata.data.length + previousTagSizeLength;
  const keyFrameOffsets = new Column(Float64Array);
  for (let index = 0; index < survey.keyFrameOffsets.length; index++) {
    const offset = survey.keyFrameOffsets.at(index);
    keyFrameOffsets.push(offset - plan.firstTag - (offset > metadataOffset ? left : 0));
  }
  return {
    ...layoutOf(survey),
    bytes: survey.end - plan.firstTag - left,
    tags: survey.tags - (metadata === undefined ? 0 : 1),
    keyFrameOffsets,
  };
}

/** The layout of what a rewrite makes of a file. `comparesTimes`: `retimed` is wanted, where the plan changes times. */
export async function layOutTags(
  source: ByteSource,
  plan: RewritePlan,
  survey: FlvSurvey,
  pace: Pace,
  comparesTimes = false,
): Promise<Layout> {
  const track = (kind: 'video' | 'audio'): TrackLayout => {
    const clock = new TrackClock();
    const { firstHeader } = survey.trackOf(kind);
    if (kind === 'audio' && firstHeader !== undefined) clock.frameDuration = frameMilliseconds(firstHeader);
    return {
      clock,
      course: new CourseRecorder(1000),
      frames: 0,
      keyFrames: 0,
      bytes: 0,
      endsInKeyFrame: false,
      longestComposition: 0,
    };
  };
  const changesTimes = plan.placed !== undefined || plan.retime !== undefined;
  const retimed =
    comparesTimes && changesTimes ? { frames: 0, agreement: new Agreement(), recorded: new Agreement() } : undefined;
  const recorded = { video: new TrackClock(), audio: new TrackClock() };
  const gaps = changesTimes ? new GapsPassed(survey.gaps) : undefined;
  const layout = {
    video: track('video'),
    audio: track('audio'),
    bytes: 0,
    tags: 0,
    keyFrameOffsets: new Column(Float64Array),
    keyFrameTimestamps: new Column(Uint32Array),
    retimed,
    gaps: gaps?.list,
  };
  const tags = new KeptTags(source, plan, pace);
  for (let event = tags.next(); event !== 'end'; event = tags.next()) {
    if (event === 'turn') {
      await pace.turn();
      continue;
    }
    const { kind, role, trackId } = tags.tag;
    const { compositionTime } = tags;
    if (kind !== undefined) {
      const { clock } = layout[kind];
      const state = layout[kind];
      gaps?.reach(tags.reader.offset, layout);
      state.bytes += tags.reader.dataSize;
      if (role === 'frame' || role === 'keyFrame') {
        state.frames++;
        // Frames of AAC before their header are as long as it will say.
        if (kind === 'audio' && (tags.audioFrameMilliseconds > 0 || tags.tag.codec !== 'mp4a')) {
          clock.frameDuration = tags.audioFrameMilliseconds;
        }
        clock.add(tags.timestamp);
        gaps?.resume(kind, clock.latest);
        state.course.add(clock.latest, tags.reader.dataSize, role === 'keyFrame');
        if (retimed !== undefined) {
          if (trackId === 0) {
            recorded[kind].add(tags.reader.timestamp);
            retimed.agreement.add(kind, clock.latest);
            retimed.recorded.add(kind, recorded[kind].latest, clock.latest);
          }
          if (tags.timestamp !== tags.reader.timestamp || compositionTime !== tags.tag.compositionTime) {
            retimed.frames++;
          }
        }
        if (compositionTime > state.longestComposition) state.longestComposition = compositionTime;
        state.endsInKeyFrame = role === 'keyFrame';
      }
      if (role === 'keyFrame') {
        state.keyFrames++;
        if (kind === 'video' && layout.keyFrameOffsets.length < maxKeyFrames) {
          layout.keyFrameOffsets.push(layout.bytes);
          layout.keyFrameTimestamps.push(tags.timestamp);
        }
      }
    }
    layout.tags++;
    layout.bytes += tagHeaderLength + tags.reader.dataSize + previousTagSizeLength;
  }
  return layout;
}
