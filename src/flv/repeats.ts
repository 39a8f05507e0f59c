/**
 * Finds data that stands in a file a second time, byte for byte: downloaders that lost their connection and came back are
 * given a group of pictures or the end again, with the same timestamps. Where a clock steps back, the frame is looked for
 * among those before it, and as long as the frames there and here go on alike they are repeated. Kept is one landmark in
 * some dozens of frames; how much is searched for is bounded.
 *
 * A recording that begins again from its first frame behind headers of its own is none: two were joined.
 */
import type { ByteSource } from '../io/file-source.ts';
import { Column } from '../media/column.ts';
import { MediaTag } from './media-tag.ts';
import { tagHeaderLength, TagType } from './tag.ts';
import { TagReader } from './tag-reader.ts';

/** Frames between two landmarks, and how many frames are looked at from one on. */
const framesPerLandmark = 64;
const maxSearchedFrames = 16 * framesPerLandmark;
/** Landmarks before the one nearest in time: tracks are not interleaved to the millisecond. */
const slackLandmarks = 2;
const maxSearchedLandmarks = 100_000;
/** So many frames in a row are no accident; at the end of a file, where there are no more, so many. */
const minFrames = 4;
const minFramesAtEnd = 2;
/** Searches without success that are allowed at first, and for how many frames one more is. */
const searchesAtFirst = 32;
const framesPerSearch = 2048;
/** A frame is compared in pieces of this. */
const comparedAtOnce = 64 * 1024;

/** A range of bytes whose frames were there before. */
export class RepeatedRanges {
  readonly starts = new Column(Float64Array);
  readonly ends = new Column(Float64Array);
  frames = 0;
  bytes = 0;
}

/** Walks frames alone: the reader, and whether there was another one. */
class Frames {
  readonly reader: TagReader;
  readonly #tag = new MediaTag();

  constructor(source: ByteSource, start: number) {
    this.reader = new TagReader(source, start);
  }

  /** Goes on to the next frame; false at the end. */
  next(): boolean {
    for (let event = this.reader.next(); event !== 'end'; event = this.reader.next()) {
      if (event !== 'tag') continue;
      this.#tag.read(this.reader);
      if (this.#tag.isFrame) return true;
    }
    return false;
  }
}

/** Is asked of every frame in order, and collects what came twice in `ranges`. */
export class RepeatFinder {
  readonly ranges = new RepeatedRanges();
  readonly #source: ByteSource;
  readonly #offsets = new Column(Float64Array);
  readonly #timestamps = new Column(Uint32Array);
  #frames = 0;
  #searches = searchesAtFirst;
  #firstFrame = -1;
  /** The frames that come again, while they do. */
  #before: Frames | undefined;
  /** Tracks that begin again with a recording that was joined. */
  readonly #begun = new Set<'video' | 'audio'>();

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /**
   * Whether the frame that the reader stands on was there before. `stepsBack`: its timestamp is before the latest of its
   * track. `followsHeaders`: configurations or metadata came since the frame before.
   */
  isRepeated(reader: TagReader, kind: 'video' | 'audio', stepsBack: boolean, followsHeaders: boolean): boolean {
    if (this.#before !== undefined) {
      if (this.#before.next() && this.#isSame(this.#before.reader, reader)) return this.#count(reader, true);
      this.#before = undefined;
    }
    const isSought = stepsBack && !this.#begun.delete(kind);
    if (isSought && this.#search(reader, followsHeaders)) return this.#count(reader, false);
    if (this.#firstFrame < 0) this.#firstFrame = reader.offset;
    if (this.#frames % framesPerLandmark === 0) {
      this.#offsets.push(reader.offset);
      this.#timestamps.push(reader.timestamp);
    }
    if (++this.#frames % framesPerSearch === 0) this.#searches++;
    return false;
  }

  #count(reader: TagReader, goesOn: boolean): boolean {
    const { ranges } = this;
    ranges.frames++;
    ranges.bytes += reader.resume - reader.offset;
    if (goesOn) ranges.ends.data[ranges.ends.length - 1] = reader.resume;
    else {
      ranges.starts.push(reader.offset);
      ranges.ends.push(reader.resume);
    }
    return true;
  }

  /** Looks for the frame among those before, and whether those behind it are alike. */
  #search({ offset, timestamp, type, dataSize }: TagReader, followsHeaders: boolean): boolean {
    if (this.#searches === 0) return false;
    this.#searches--;
    const from = this.#landmarkBefore(timestamp);
    if (from === undefined) return false;
    const before = new Frames(this.#source, from);
    const here = new Frames(this.#source, offset);
    if (!here.next()) return false;
    for (let left = maxSearchedFrames; left > 0; left--) {
      if (!before.next() || before.reader.offset >= offset) return false;
      const { reader } = before;
      const isLike = reader.timestamp === timestamp && reader.type === type && reader.dataSize === dataSize;
      if (!isLike || !this.#isSame(reader, here.reader)) continue;
      const start = reader.offset;
      if (!this.#goOnAlike(start, here)) return false;
      if (start === this.#firstFrame && followsHeaders) {
        this.#begun.add('video').add('audio');
        this.#begun.delete(trackKindOf(type));
        return false;
      }
      this.#searches++;
      this.#before = new Frames(this.#source, start);
      this.#before.next();
      return true;
    }
    return false;
  }

  #goOnAlike(start: number, here: Frames): boolean {
    const before = new Frames(this.#source, start);
    before.next();
    for (let frames = 1; frames < minFrames; frames++) {
      if (!here.next()) return frames >= minFramesAtEnd;
      if (!before.next() || !this.#isSame(before.reader, here.reader)) return false;
    }
    return true;
  }

  /** Where to look from for a frame of that time: some way before the latest landmark that is not later. */
  #landmarkBefore(timestamp: number): number | undefined {
    const last = this.#offsets.length - 1;
    for (let index = last; index >= 0 && index > last - maxSearchedLandmarks; index--) {
      if (this.#timestamps.at(index) <= timestamp) return this.#offsets.at(Math.max(0, index - slackLandmarks));
    }
    return undefined;
  }

  #isSame(one: TagReader, other: TagReader): boolean {
    const { timestamp, type, dataSize } = one;
    if (timestamp !== other.timestamp || type !== other.type || dataSize !== other.dataSize) return false;
    for (let at = 0; at < dataSize; at += comparedAtOnce) {
      const length = Math.min(comparedAtOnce, dataSize - at);
      const here = this.#source.read(one.offset + tagHeaderLength + at, length).slice();
      if (Buffer.compare(here, this.#source.read(other.offset + tagHeaderLength + at, length)) !== 0) return false;
    }
    return true;
  }
}

function trackKindOf(type: number): 'video' | 'audio' {
  return type === TagType.video ? 'video' : 'audio';
}
