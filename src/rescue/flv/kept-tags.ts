/**
 * The tags of a file that go into the result, in order, each with the timestamp it gets there. What decides is the plan;
 * the walk is made again whenever it is needed (to lay out, to copy), so that nothing has to be kept per tag.
 */
import type { ByteSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { MediaTag } from '../../flv/media-tag.ts';
import type { RepeatedRanges } from '../../flv/repeats.ts';
import { isMetadata, maxSequenceHeader } from '../../flv/survey.ts';
import { frameMilliseconds } from '../../flv/track-survey.ts';
import { tagHeaderLength } from '../../flv/tag.ts';
import { TagReader } from '../../flv/tag-reader.ts';
import type { PlacedTimes, RewritePlan } from './rewrite-plan.ts';
import { Retimer } from './retimer.ts';

/** Tags between two looks at whether a turn is due, less one. */
const tagsAtOnce = 0x3f;

/** `turn`: nothing yet, but the pace is to take a turn before the next call. */
export type KeptEvent = 'tag' | 'turn' | 'end';

/** A cursor over the kept tags; `next` moves it. */
export class KeptTags {
  readonly reader: TagReader;
  readonly tag = new MediaTag();
  /** The timestamp of the tag in the result, 32 bits unsigned. */
  timestamp = 0;
  /** The composition time of the tag in the result, milliseconds. */
  compositionTime = 0;
  #aacFrameMilliseconds = 0;
  readonly #source: ByteSource;
  readonly #plan: RewritePlan;
  readonly #retimer: Retimer | undefined;
  readonly #pace: Pace;
  /** Frames of each track so far, to find the times that were placed for them. */
  readonly #frames = { video: 0, audio: 0 };
  readonly #headers: Partial<Record<'video' | 'audio', Uint8Array>> = {};
  /** The range of repeated frames that comes next. */
  #repeat = 0;
  #metadataSeen = false;
  #afterHeader = false;
  #count = 0;

  constructor(source: ByteSource, plan: RewritePlan, pace: Pace) {
    this.#source = source;
    this.#plan = plan;
    this.#pace = pace;
    this.reader = new TagReader(source, plan.firstTag);
    this.#retimer = plan.retime === undefined ? undefined : new Retimer(plan.retime);
  }

  /** Milliseconds that an audio frame lasts by the configuration in force; 0 where none says it of the tag's codec. */
  get audioFrameMilliseconds(): number {
    return this.tag.codec === 'mp4a' ? this.#aacFrameMilliseconds : 0;
  }

  /** Goes on to the next tag that is kept. */
  next(): KeptEvent {
    const { reader } = this;
    for (;;) {
      if ((++this.#count & tagsAtOnce) === 0 && this.#pace.isDue) return 'turn';
      const event = reader.next();
      // The next look is before the search goes on.
      if (event === 'searching') this.#count = tagsAtOnce;
      if (event === 'end') return 'end';
      if (event === 'header') this.#afterHeader = true;
      if (event !== 'tag') continue;
      this.tag.read(reader);
      if (this.#isKept()) break;
    }
    this.timestamp = this.#retime();
    return 'tag';
  }

  #isKept(): boolean {
    const { reader, tag } = this;
    if (tag.kind !== undefined) this.#afterHeader = false;
    if (tag.role === 'script' && isMetadata(reader.head)) {
      // The first is written anew; that of a file that was appended speaks of that file alone.
      const isFirst = !this.#metadataSeen;
      this.#metadataSeen = true;
      return !isFirst && !this.#afterHeader;
    }
    if (tag.isFrame) return this.#plan.droppedRepeats === undefined || !this.#isDropped(this.#plan.droppedRepeats);
    if (tag.role !== 'sequenceHeader') return true;
    const { withoutEmptyHeaders, dedupeHeaders } = this.#plan;
    const isEmpty = reader.dataSize <= tag.headerLength;
    if (isEmpty && tag.kind !== undefined && withoutEmptyHeaders.has(tag.kind)) return false;
    return !(dedupeHeaders && this.#isRepeated());
  }

  /** Whether the frame lies in one of the ranges that are left out; they come in order. */
  #isDropped({ starts, ends }: RepeatedRanges): boolean {
    const { offset } = this.reader;
    while (this.#repeat < ends.length && ends.at(this.#repeat) <= offset) this.#repeat++;
    return this.#repeat < starts.length && starts.at(this.#repeat) <= offset;
  }

  #isRepeated(): boolean {
    const { kind, multitrack } = this.tag;
    if (kind === undefined || multitrack) return false;
    const { offset, dataSize } = this.reader;
    const data = this.#source.read(offset + tagHeaderLength, dataSize);
    const before = this.#headers[kind];
    if (before !== undefined && Buffer.compare(before, data) === 0) return true;
    this.#headers[kind] = new Uint8Array(data);
    return false;
  }

  #retime(): number {
    const { kind, isFrame, role, trackId } = this.tag;
    if (role === 'sequenceHeader' && kind === 'audio' && trackId === 0) this.#takeAudioHeader();
    this.compositionTime = this.tag.compositionTime;
    const recorded = this.#plan.placed === undefined ? this.reader.timestamp : this.#placed(this.#plan.placed);
    if (this.#retimer === undefined) return recorded;
    const time =
      isFrame && kind !== undefined
        ? this.#retimer.frame(kind, recorded, this.audioFrameMilliseconds)
        : this.#retimer.other(kind, recorded);
    return time % 2 ** 32;
  }

  /** The timestamp as it was placed, or as it was recorded where its track was not. */
  #placed(placed: PlacedTimes): number {
    const { timestamp } = this.reader;
    const { kind, isFrame, trackId } = this.tag;
    // What belongs to no track stays in its place, where both tracks got other times.
    if (kind === undefined && placed.video !== undefined && placed.audio !== undefined) return this.timestamp;
    if (kind === undefined) return timestamp;
    const times = placed[kind];
    const n = this.#frames[kind];
    if (isFrame && trackId === 0) {
      this.#frames[kind]++;
      if (kind === 'video' && placed.compositionTimes !== undefined) {
        this.compositionTime = placed.compositionTimes[n]!;
      }
    }
    if (times === undefined || times.length === 0) return timestamp;
    // What is no frame goes with the frame behind it.
    const time = times[Math.min(n, times.length - 1)]!;
    return ((time % 2 ** 32) + 2 ** 32) % 2 ** 32;
  }

  #takeAudioHeader(): void {
    const { offset, dataSize } = this.reader;
    const { headerLength, codec } = this.tag;
    if (dataSize <= headerLength || dataSize > maxSequenceHeader) return;
    const data = this.#source.read(offset + tagHeaderLength, dataSize);
    this.#aacFrameMilliseconds = frameMilliseconds({ data, headerLength, codec });
  }
}
