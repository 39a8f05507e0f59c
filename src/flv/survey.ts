/**
 * Everything that a walk over the tags of an FLV tells: tracks with their clocks, sequence headers, key frames, metadata,
 * what is damaged and where. The same survey serves a file and a stream; it is fed by whoever walks, keeps nothing per tag
 * but the key frames, and changes nothing.
 */
import type { ByteSource } from '../io/file-source.ts';
import { Column } from '../media/column.ts';
import type { FindingPlace, Findings } from '../media/findings.ts';
import { readAmf0Text } from './amf0.ts';
import { ByteReader } from '../bytes/byte-reader.ts';
import { gapAt, reportGap, type TagGap } from './gap.ts';
import { MediaTag } from './media-tag.ts';
import { dataFramePrefix, metadataName } from './metadata.ts';
import { RepeatFinder, type RepeatedRanges } from './repeats.ts';
import { previousTagSizeLength, tagHeaderLength } from './tag.ts';
import type { TagEvent, TagReader } from './tag-reader.ts';
import { hasConfiguration, sameConfiguration, TrackSurvey, type KeptTag } from './track-survey.ts';

/** Sequence headers have some dozens of bytes, with many parameter sets some thousands; anything larger is none. */
export const maxSequenceHeader = 64 * 1024;
/** Gaps, and tags out of the ordinary, that are described one by one. */
const maxKept = 1000;

/** Key frames whose places are kept, 12 bytes each: a month of two a second. */
export const maxKeyFrames = 5_000_000;

/** So many frames in a row with one timestamp are no slices of a picture. */
const minUnmoved = 64;

/** A silence longer than this is reported as a jump: servers drop publishers that are silent for so long. */
export const jumpMilliseconds = 10_000;

/** Where the configuration of a track changes and a file could be split. */
export interface TagConfigurationChange {
  /** Offset of the first tag behind the change: the new sequence header. */
  readonly offset: number;
  readonly timestamp: number;
  /** The sequence headers of tracks whose configuration goes on. */
  readonly inForce: Map<'video' | 'audio', KeptTag>;
  /** Frames of each track that came since. */
  readonly frames: Record<'video' | 'audio', number>;
}

/** What a walk over the tags gathers: feed it with `add` and `data`, tag by tag, then `reportGaps` and `finish`. */
export class FlvSurvey {
  readonly video = new TrackSurvey('video');
  readonly audio = new TrackSurvey('audio');
  /** Tracks beside the first of their kind, by kind and number (Enhanced RTMP v2, multitrack). */
  readonly others = new Map<string, TrackSurvey>();
  readonly tag = new MediaTag();
  readonly gaps: TagGap[] = [];
  gapCount = 0;
  gapBytes = 0;
  tags = 0;
  scriptTags = 0;
  /** Offset of the first media tag, or -1. */
  firstMediaOffset = -1;
  /** Tags whose PreviousTagSize is another than theirs; a last tag without is reported by `lastTagOpen`. */
  wrongPreviousTagSizes = 0;
  lastTagOpen = false;
  /** Tags whose headers say another size than they have. */
  wrongSizes = 0;
  /** FLV headers behind the first. */
  innerHeaders = 0;
  /** The first `onMetaData`, where it lies (-1: nowhere), and how many there are. */
  metadata: KeptTag | undefined;
  metadataOffset = -1;
  metadataCount = 0;
  /** Offset of every key frame's tag, and its timestamp as it stands there; of the first `maxKeyFrames`. */
  readonly keyFrameOffsets = new Column(Float64Array);
  readonly keyFrameTimestamps = new Column(Uint32Array);
  readonly configurationChanges: TagConfigurationChange[] = [];
  /** The latest tag is a frame that was there before. */
  isRepeated = false;
  /** Behind the last tag and its PreviousTagSize. */
  end = 0;
  readonly #findings: Findings;
  readonly #file: string;
  #lastTimestamp = 0;
  #wanted: 'sequenceHeader' | 'metadata' | undefined;
  #wantedOffset = 0;
  #openGap: TagGap | undefined;
  readonly #repeats: RepeatFinder;
  /** Headers or metadata came since the last frame. */
  #followsHeaders = false;

  /** `source`: what is walked; frames that come a second time are looked up in it. */
  constructor(source: ByteSource, findings: Findings) {
    this.#file = source.path;
    this.#findings = findings;
    this.#repeats = new RepeatFinder(source);
  }

  /** Frames that were there before, byte for byte: they count for nothing else. */
  get repeats(): RepeatedRanges {
    return this.#repeats.ranges;
  }

  /** The track that a tag of media belongs to, by its kind and number. */
  trackOf(kind: 'video' | 'audio', trackId = 0): TrackSurvey {
    if (trackId === 0) return kind === 'video' ? this.video : this.audio;
    const key = `${kind} ${trackId}`;
    const known = this.others.get(key);
    if (known !== undefined) return known;
    const track = new TrackSurvey(kind);
    this.others.set(key, track);
    return track;
  }

  /** Takes in what the reader came upon. Whether the data of the tag is wanted: give it to `data` before going on. */
  add(event: TagEvent, reader: TagReader): boolean {
    if (event === 'gap') this.#addGap(reader);
    if (event === 'header') this.#addHeader(reader);
    if (event !== 'tag') return false;
    this.tags++;
    this.end = reader.resume;
    this.#checkChain(reader);
    this.tag.read(reader);
    this.#lastTimestamp = reader.timestamp;
    if (this.#openGap !== undefined) {
      this.#openGap.after = reader.timestamp;
      this.#openGap = undefined;
    }
    const { kind, role } = this.tag;
    if (kind === undefined) return role === 'script' && this.#addScript(reader);
    if (this.firstMediaOffset < 0 && role !== 'command') this.firstMediaOffset = reader.offset;
    const track = this.trackOf(kind, this.tag.trackId);
    this.isRepeated = this.tag.isFrame && this.#isRepeated(track, reader);
    if (this.isRepeated) return false;
    track.bytes += reader.dataSize;
    if (this.tag.isFrame) this.#addFrame(track, reader);
    else if ((reader.headByte(0) & 0x70) === 0x10 && track.markedOffsets.length < maxKept) {
      track.markedOffsets.push(reader.offset);
    }
    track.sequenceEnd = role === 'sequenceEnd' ? reader.timestamp : undefined;
    if (role !== 'sequenceHeader' || reader.dataSize > maxSequenceHeader) return false;
    this.#followsHeaders = true;
    if (this.tag.multitrack && this.tag.trackId === 0) return false;
    this.#wanted = 'sequenceHeader';
    this.#wantedOffset = reader.offset;
    return true;
  }

  /** The data of the tag that `add` wanted; it is copied. */
  data(bytes: Uint8Array): void {
    const { headerLength, codec, kind } = this.tag;
    const kept = { offset: this.#wantedOffset, data: new Uint8Array(bytes), headerLength, codec };
    if (this.#wanted === 'metadata') this.metadata = kept;
    else if (this.#wanted === 'sequenceHeader' && kind !== undefined) {
      const track = this.trackOf(kind, this.tag.trackId);
      if (!hasConfiguration(kept)) track.emptyHeaders++;
      else if (this.tag.trackId === 0) this.#addSequenceHeader(track, kept);
      else track.takeHeader(kept);
    }
    this.#wanted = undefined;
  }

  #isRepeated(track: TrackSurvey, reader: TagReader): boolean {
    const stepsBack = track.clock.stepsBack(reader.timestamp);
    const follows = this.#followsHeaders;
    this.#followsHeaders = false;
    return this.#repeats.isRepeated(reader, track.kind, stepsBack, follows);
  }

  /** Reports what is known only when everything was seen. */
  finish(): void {
    for (const track of [this.video, this.audio]) {
      this.#reportJumps(track);
      this.#reportStalls(track);
    }
    this.#reportRepeats();
    if ([this.video, this.audio, ...this.others.values()].every(({ frames }) => frames === 0)) {
      const found = this.tags > 0 ? 'the tags hold headers alone, not one frame' : 'there is not one whole tag';
      const message = `${found}: the recording ended before any media came`;
      this.#findings.add('flv-frames-missing', message, { file: this.#file });
    }
    if (this.metadataOffset < 0) {
      this.#findings.add('flv-metadata-missing', 'there is no onMetaData', { file: this.#file });
    } else if (this.isMetadataMisplaced) {
      this.#findings.add(
        'flv-metadata-misplaced',
        'onMetaData comes after the first media, where players do not look',
        { file: this.#file, offset: this.metadataOffset },
      );
    }
  }

  /** `onMetaData` comes behind media. */
  get isMetadataMisplaced(): boolean {
    return this.firstMediaOffset >= 0 && this.metadataOffset > this.firstMediaOffset;
  }

  #reportJumps({ kind, jumps, firstJump, hasPauses }: TrackSurvey): void {
    if (firstJump === undefined || !hasPauses) return;
    const { offset, timestamp, step } = firstJump;
    const place = { file: this.#file, offset, track: kind, time: timestamp / 1000 };
    const message = `${kind} timestamps jump ahead by ${step} ms: a pause, or a clock that was set`;
    for (let count = Math.min(jumps, maxKept); count > 0; count--) {
      this.#findings.add('flv-timestamp-jump', message, place);
    }
  }

  #reportStalls({ kind, clock, frames }: TrackSurvey): void {
    const place: FindingPlace = { file: this.#file, track: kind };
    if (clock.isStill) {
      const span = clock.highest - clock.lowest;
      const message = `the ${kind} timestamps stand still: ${frames} frames within ${span} ms`;
      this.#findings.add('flv-timestamp-still', message, place);
    } else if (clock.longestUnmoved >= minUnmoved) {
      const message = `the ${kind} timestamps stand still for ${clock.longestUnmoved} frames in a row`;
      this.#findings.add('flv-timestamp-still', message, place);
    } else if (kind === 'audio' && clock.stalls) {
      const missing = Math.round(clock.missingMilliseconds);
      const message = `audio timestamps stand still ${clock.shortSteps} times and fall behind by about ${missing} ms`;
      this.#findings.add('flv-audio-clock-stalled', message, place);
    }
  }

  #reportRepeats(): void {
    const { frames, bytes, starts } = this.repeats;
    if (frames === 0) return;
    const times = starts.length === 1 ? '' : ` in ${starts.length} places`;
    this.#findings.add(
      'flv-data-repeated',
      `${frames} frames (${bytes} bytes) come again byte for byte${times}, with the times they had before`,
      { file: this.#file, offset: starts.at(0), length: bytes },
    );
  }

  #checkChain(reader: TagReader): void {
    if (reader.hasWrongSize) {
      this.wrongSizes++;
      const message = `the header of the tag says another size than the ${reader.dataSize} bytes that the size behind it speaks for`;
      this.#findings.add('flv-tag-size-wrong', message, {
        file: this.#file,
        offset: reader.offset,
        length: tagHeaderLength,
        time: reader.timestamp / 1000,
      });
    }
    this.lastTagOpen = reader.previousTagSize === undefined;
    if (this.lastTagOpen) {
      this.#findings.add('flv-tag-torn', 'the size after the last tag is cut off; the tag itself is complete', {
        file: this.#file,
        offset: reader.end,
        length: reader.resume - reader.end,
        time: reader.timestamp / 1000,
      });
    } else if (reader.previousTagSize !== tagHeaderLength + reader.dataSize) {
      this.wrongPreviousTagSizes++;
      this.#findings.add(
        'flv-previous-tag-size',
        `expected the size ${tagHeaderLength + reader.dataSize} behind the tag, found ${reader.previousTagSize}`,
        { file: this.#file, offset: reader.end, length: previousTagSizeLength, time: reader.timestamp / 1000 },
      );
    }
  }

  #addGap(reader: TagReader): void {
    this.gapCount++;
    this.gapBytes += reader.end - reader.offset;
    const { video, audio } = this;
    const isKept = this.gaps.length < maxKept;
    const gap = gapAt(reader, this.#lastTimestamp, { video: video.atGap(isKept), audio: audio.atGap(isKept) });
    if (isKept) this.gaps.push(gap);
    this.#openGap = gap;
  }

  /** Gaps are reported when what follows is known. `fileSize`: bytes of the file. */
  reportGaps(fileSize: number): void {
    for (const gap of this.gaps) reportGap(gap, this.#file, fileSize, this.#findings);
  }

  #addHeader(reader: TagReader): void {
    this.innerHeaders++;
    this.#followsHeaders = true;
    this.#findings.add('flv-header-repeated', 'another FLV header within the file: recordings joined byte by byte', {
      file: this.#file,
      offset: reader.offset,
      length: reader.end - reader.offset,
    });
  }

  #addScript(reader: TagReader): boolean {
    this.scriptTags++;
    if (!isMetadata(reader.head)) return false;
    this.#followsHeaders = true;
    if (this.metadataCount++ > 0) return false;
    this.metadataOffset = reader.offset;
    this.#wanted = 'metadata';
    this.#wantedOffset = reader.offset;
    return true;
  }

  #addFrame(track: TrackSurvey, reader: TagReader): void {
    const { role, codec, compositionTime, legacyId } = this.tag;
    if (track.frames++ === 0) {
      track.codec = codec;
      track.legacyId = legacyId;
      track.firstByte = reader.headByte(0);
      track.firstFrameOffset = reader.offset;
    }
    if (codec !== '' && codec !== track.latestCodec) this.#takeCodec(track, codec, reader.offset);
    const change = this.configurationChanges.at(-1);
    if (change !== undefined) change.frames[track.kind]++;
    if (track.headers === 0 && this.tag.needsSequenceHeader) track.framesBeforeHeader++;
    this.#checkTime(track, reader);
    track.course.add(track.clock.latest, reader.dataSize, role === 'keyFrame');
    if (compositionTime > track.longestComposition) track.longestComposition = compositionTime;
    track.endsInKeyFrame = role === 'keyFrame';
    if (role !== 'keyFrame') return;
    if (track.keyFrames++ === 0) track.firstKeyFrameOffset = reader.offset;
    if (track !== this.video || this.keyFrameOffsets.length === maxKeyFrames) return;
    this.keyFrameOffsets.push(reader.offset);
    this.keyFrameTimestamps.push(reader.timestamp);
  }

  /** What the frames are from here on. */
  #takeCodec(track: TrackSurvey, codec: string, offset: number): void {
    if (track.latestCodec !== '') {
      this.#addChange(track.kind, offset);
      this.#findings.add('flv-codec-changed', `${track.kind} changes from ${track.latestCodec} to ${codec} here`, {
        file: this.#file,
        offset,
        track: track.kind,
        time: this.#lastTimestamp / 1000,
      });
      track.leaveHeader();
    }
    track.latestCodec = codec;
  }

  #checkTime(track: TrackSurvey, reader: TagReader): void {
    const { clock, kind } = track;
    const step = clock.add(reader.timestamp);
    track.resume();
    if (step === 'forward' && clock.step <= jumpMilliseconds) return;
    const place = { file: this.#file, offset: reader.offset, track: kind, time: reader.timestamp / 1000 };
    if (step === 'first') {
      if (clock.first < 0 || clock.first > jumpMilliseconds) {
        this.#findings.add('flv-timestamp-start', `the first ${kind} timestamp is ${clock.first} ms`, place);
      }
    } else if (step === 'backward') {
      this.#findings.add('flv-timestamp-backward', `${kind} timestamps step back by ${-clock.step} ms`, place);
    } else if (step === 'wrapped') {
      this.#findings.add(
        'flv-timestamp-wrapped',
        `the ${kind} timestamps begin again at ${reader.timestamp} ms`,
        place,
      );
    } else {
      track.jumps++;
      track.firstJump ??= { offset: reader.offset, timestamp: reader.timestamp, step: clock.step };
    }
  }

  /** Both tracks may change at once: what comes before any frame of the track belongs to the same change. */
  #addChange(kind: 'video' | 'audio', offset: number): void {
    const last = this.configurationChanges.at(-1);
    if (last?.frames[kind] === 0) {
      last.inForce.delete(kind);
      return;
    }
    if (this.configurationChanges.length === maxKept) return;
    const inForce: TagConfigurationChange['inForce'] = new Map();
    for (const other of [this.video, this.audio]) {
      if (other.kind !== kind && other.header !== undefined) inForce.set(other.kind, other.header);
    }
    this.configurationChanges.push({ offset, timestamp: this.#lastTimestamp, inForce, frames: { video: 0, audio: 0 } });
  }

  #addSequenceHeader(track: TrackSurvey, kept: KeptTag): void {
    const { header } = track;
    const place = { file: this.#file, offset: kept.offset, track: track.kind, time: this.#lastTimestamp / 1000 };
    track.headers++;
    if (track.latestCodec !== '' && track.latestCodec !== kept.codec) {
      this.#takeCodec(track, kept.codec, kept.offset);
    } else if (header !== undefined && sameConfiguration(header, kept)) {
      track.repeatedHeaders++;
      this.#findings.add(
        'flv-sequence-header-repeated',
        `the ${track.kind} sequence header comes again, unchanged`,
        place,
      );
      return;
    } else if (header !== undefined) {
      track.changedHeaders++;
      this.#addChange(track.kind, kept.offset);
      this.#findings.add('flv-sequence-header-changed', `another ${track.kind} configuration begins here`, place);
    }
    track.takeHeader(kept);
  }
}

/** Whether a script tag is `onMetaData`, from its first bytes. */
export function isMetadata(head: Uint8Array): boolean {
  const reader = new ByteReader(head);
  if (reader.u8() !== 2) return false;
  const name = readAmf0Text(reader);
  if (name !== dataFramePrefix) return name === metadataName;
  // The name itself is behind what is looked at; only publishers' own onMetaData comes this way.
  return true;
}
