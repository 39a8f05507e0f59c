/**
 * Everything that a walk over the tags of an FLV tells: tracks with their clocks, sequence headers, key frames, metadata,
 * what is damaged and where. The same survey serves a file and a stream; it is fed by whoever walks, keeps nothing per tag
 * but the key frames, and changes nothing.
 */
import { parseAudioSpecificConfig, samplesPerFrame } from '../codecs/aac/audio-specific-config.ts';
import type { ByteSource } from '../io/file-source.ts';
import { Pace } from '../io/pace.ts';
import { Column } from '../media/column.ts';
import type { Findings } from '../media/findings.ts';
import { readAmf0Text } from './amf0.ts';
import { ByteReader } from '../bytes/byte-reader.ts';
import { MediaTag } from './media-tag.ts';
import { dataFramePrefix, metadataName } from './metadata.ts';
import { previousTagSizeLength, tagHeaderLength, TagType } from './tag.ts';
import type { TagEvent, TagReader } from './tag-reader.ts';
import { TrackClock } from './track-clock.ts';

/** Sequence headers have some dozens of bytes, with many parameter sets some thousands; anything larger is none. */
const largestSequenceHeader = 64 * 1024;
/** Gaps, and tags out of the ordinary, that are described one by one. */
const mostGaps = 1000;

/** A silence longer than this is told as a jump: servers drop publishers that are silent for so long. */
export const jumpMilliseconds = 10_000;

/** Bytes that are no tags. */
export interface Gap {
  readonly start: number;
  readonly end: number;
  /** It begins with the header of a tag that was torn or overwritten. */
  readonly torn: boolean;
  /** What that header says: the track of the tag, and its timestamp. */
  readonly kind: 'video' | 'audio' | undefined;
  readonly timestamp: number;
  /** From here on it is zeros. */
  readonly zerosFrom: number;
  /** Milliseconds of the last tag before it, and of the first one behind it where there is one. */
  readonly before: number;
  after: number | undefined;
}

/** Where a tag lies that has to be looked at again, and its data. */
export interface KeptTag {
  readonly offset: number;
  readonly data: Uint8Array;
  /** Bytes of the data before the decoder configuration. */
  readonly headerLength: number;
  readonly codec: string;
}

/** Where the configuration of a track changes and a file could be split. */
export interface ConfigurationChange {
  /** Offset of the first tag behind the change: the new sequence header. */
  readonly offset: number;
  readonly timestamp: number;
  /** The sequence headers of tracks whose configuration goes on. */
  readonly inForce: Map<'video' | 'audio', KeptTag>;
  /** Frames, of either track, that came since. */
  frames: number;
}

export class TrackSurvey {
  readonly kind: 'video' | 'audio';
  readonly clock = new TrackClock();
  /** Of the first frame that has one. */
  codec = '';
  /** `SoundFormat` or `CodecID` of legacy headers; undefined where headers are enhanced. */
  legacyId: number | undefined;
  /** The first byte of the first frame: rate, size and channels of legacy sound. */
  firstByte = 0;
  frames = 0;
  keyFrames = 0;
  /** Bytes of tag data, headers included. */
  bytes = 0;
  /** The last frame is a key frame. */
  endsInKeyFrame = false;
  /** The longest time from decoding a picture to showing it, in milliseconds. */
  longestComposition = 0;
  /** The first sequence header and the one in force. */
  firstHeader: KeptTag | undefined;
  header: KeptTag | undefined;
  headers = 0;
  repeatedHeaders = 0;
  changedHeaders = 0;
  /** Frames that need a sequence header and came before the first. */
  framesBeforeHeader = 0;
  firstFrameOffset = -1;
  /** Offsets of tags that are marked as key frames and are none: some tools put them into indexes. */
  readonly markedOffsets: number[] = [];
  /** The last tag of the track ends its sequence, with this timestamp. */
  sequenceEnd: number | undefined;

  constructor(kind: 'video' | 'audio') {
    this.kind = kind;
  }
}

export class FlvSurvey {
  readonly video = new TrackSurvey('video');
  readonly audio = new TrackSurvey('audio');
  /** Tracks beside the first of their kind, by kind and number (Enhanced RTMP v2, multitrack). */
  readonly others = new Map<string, TrackSurvey>();
  readonly tag = new MediaTag();
  readonly gaps: Gap[] = [];
  gapCount = 0;
  gapBytes = 0;
  tags = 0;
  scriptTags = 0;
  /** Offset of the first media tag, or -1. */
  firstMediaOffset = -1;
  /** Tags whose PreviousTagSize is another than theirs; a last tag without is told by `lastTagOpen`. */
  wrongPreviousTagSizes = 0;
  lastTagOpen = false;
  /** Offsets of FLV headers behind the first. */
  readonly innerHeaders: number[] = [];
  /** The first `onMetaData`, and the offsets of all. */
  metadata: KeptTag | undefined;
  readonly metadataOffsets: number[] = [];
  /** Offset of every key frame's tag, and its timestamp as it stands there. */
  readonly keyFrameOffsets = new Column(Float64Array);
  readonly keyFrameTimestamps = new Column(Uint32Array);
  readonly configurationChanges: ConfigurationChange[] = [];
  /** Behind the last tag and its PreviousTagSize. */
  end = 0;
  readonly #findings: Findings;
  readonly #file: string;
  #lastTimestamp = 0;
  #wanted: 'sequenceHeader' | 'metadata' | undefined;
  #wantedOffset = 0;
  #openGap: Gap | undefined;

  constructor(file: string, findings: Findings) {
    this.#file = file;
    this.#findings = findings;
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
    if (this.firstMediaOffset < 0) this.firstMediaOffset = reader.offset;
    const track = this.trackOf(kind, this.tag.trackId);
    track.bytes += reader.dataSize;
    if (role === 'frame' || role === 'keyFrame') this.#addFrame(track, reader);
    else if ((reader.headByte(0) & 0x70) === 0x10 && track.markedOffsets.length < mostGaps) {
      track.markedOffsets.push(reader.offset);
    }
    track.sequenceEnd = role === 'sequenceEnd' ? reader.timestamp : undefined;
    if (role !== 'sequenceHeader' || reader.dataSize > largestSequenceHeader) return false;
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
      if (this.tag.trackId === 0) this.#addSequenceHeader(track, kept);
      else track.header = kept;
    }
    this.#wanted = undefined;
  }

  /** Tells what can be told only when everything was seen. */
  finish(): void {
    for (const track of [this.video, this.audio]) {
      if (track.framesBeforeHeader > 0) {
        this.#findings.add(
          'flv-sequence-header-missing',
          `${track.framesBeforeHeader} ${track.kind} frames of ${track.codec} come before any sequence header; players cannot decode them`,
          { file: this.#file, track: track.kind, offset: track.firstFrameOffset },
        );
      }
    }
    const { clock } = this.audio;
    if (clock.stalls) {
      const missing = Math.round((clock.shortSteps - clock.longSteps) * clock.frameDuration);
      this.#findings.add(
        'flv-audio-clock-stalled',
        `audio timestamps stand still ${clock.shortSteps} times and fall behind by about ${missing} ms`,
        { file: this.#file, track: 'audio' },
      );
    }
    if (this.metadataOffsets.length === 0) {
      this.#findings.add('flv-metadata-missing', 'there is no onMetaData', { file: this.#file });
    } else if (this.firstMediaOffset >= 0 && this.metadataOffsets[0]! > this.firstMediaOffset) {
      this.#findings.add(
        'flv-metadata-misplaced',
        'onMetaData comes behind the first media, where players do not look',
        {
          file: this.#file,
          offset: this.metadataOffsets[0]!,
        },
      );
    }
  }

  #checkChain(reader: TagReader): void {
    this.lastTagOpen = reader.previousTagSize === undefined;
    if (this.lastTagOpen) {
      this.#findings.add('flv-tag-torn', 'the size behind the last tag is cut off; the tag itself is whole', {
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
    const { offset: start, end, torn, zerosFrom } = reader;
    this.gapCount++;
    this.gapBytes += end - start;
    const kind = !torn
      ? undefined
      : reader.type === TagType.video
        ? 'video'
        : reader.type === TagType.audio
          ? 'audio'
          : undefined;
    const timestamp = torn ? reader.timestamp : this.#lastTimestamp;
    const gap: Gap = { start, end, torn, kind, timestamp, zerosFrom, before: this.#lastTimestamp, after: undefined };
    if (this.gaps.length < mostGaps) this.gaps.push(gap);
    this.#openGap = gap;
  }

  /** Gaps are told when what follows is known: the last one is a tail, any other a hole. */
  reportGaps(fileSize: number): void {
    for (const gap of this.gaps) this.#reportGap(gap, fileSize);
  }

  #reportGap({ start, end, torn, zerosFrom, before, after }: Gap, fileSize: number): void {
    const place = { file: this.#file, offset: start, length: end - start, time: before / 1000 };
    if (end < fileSize) {
      const found = `${torn ? 'a tag that was overwritten, then strange bytes' : 'bytes that are no tags'}`;
      const times = after === undefined ? '' : `, the timestamps from ${before} ms to ${after} ms`;
      this.#findings.add('flv-sync-lost', `found ${found}; tags go on at byte ${end}${times}`, place);
      return;
    }
    if (zerosFrom > start) {
      const length = zerosFrom - start;
      const found = torn ? `a tag of which ${length} bytes are there` : `${length} bytes that are no tag`;
      this.#findings.add(torn ? 'flv-tag-torn' : 'flv-sync-lost', `the file ends in ${found}`, { ...place, length });
    }
    if (end > zerosFrom) {
      this.#findings.add('flv-zero-tail', `the file ends in ${end - zerosFrom} zeros that were never written`, {
        file: this.#file,
        offset: zerosFrom,
        length: end - zerosFrom,
        time: before / 1000,
      });
    }
  }

  #addHeader(reader: TagReader): void {
    this.innerHeaders.push(reader.offset);
    this.#findings.add('flv-header-repeated', 'another FLV header within the file: recordings joined byte by byte', {
      file: this.#file,
      offset: reader.offset,
      length: reader.end - reader.offset,
    });
  }

  #addScript(reader: TagReader): boolean {
    this.scriptTags++;
    if (!isMetadata(reader.head)) return false;
    this.metadataOffsets.push(reader.offset);
    if (this.metadataOffsets.length > 1) return false;
    this.#wanted = 'metadata';
    this.#wantedOffset = reader.offset;
    return true;
  }

  #addFrame(track: TrackSurvey, reader: TagReader): void {
    const { role, codec, compositionTime, legacyId } = this.tag;
    const change = this.configurationChanges.at(-1);
    if (change !== undefined) change.frames++;
    if (track.frames++ === 0) {
      track.codec = codec;
      track.legacyId = legacyId;
      track.firstByte = reader.headByte(0);
      track.firstFrameOffset = reader.offset;
    }
    if (track.headers === 0 && this.tag.needsSequenceHeader) track.framesBeforeHeader++;
    this.#checkTime(track, reader);
    if (compositionTime > track.longestComposition) track.longestComposition = compositionTime;
    track.endsInKeyFrame = role === 'keyFrame';
    if (role !== 'keyFrame') return;
    track.keyFrames++;
    if (track !== this.video) return;
    this.keyFrameOffsets.push(reader.offset);
    this.keyFrameTimestamps.push(reader.timestamp);
  }

  #checkTime({ clock, kind }: TrackSurvey, reader: TagReader): void {
    const step = clock.add(reader.timestamp);
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
      this.#findings.add('flv-timestamp-jump', `${kind} timestamps jump ahead by ${clock.step} ms`, place);
    }
  }

  /** Both tracks may change at once: what comes before any frame belongs to the same change. */
  #addChange(kind: 'video' | 'audio', offset: number): void {
    const last = this.configurationChanges.at(-1);
    if (last?.frames === 0) {
      last.inForce.delete(kind);
      return;
    }
    if (this.configurationChanges.length === mostGaps) return;
    const inForce: ConfigurationChange['inForce'] = new Map();
    for (const other of [this.video, this.audio]) {
      if (other.kind !== kind && other.header !== undefined) inForce.set(other.kind, other.header);
    }
    this.configurationChanges.push({ offset, timestamp: this.#lastTimestamp, inForce, frames: 0 });
  }

  #addSequenceHeader(track: TrackSurvey, kept: KeptTag): void {
    const { header } = track;
    const place = { file: this.#file, offset: kept.offset, track: track.kind, time: this.#lastTimestamp / 1000 };
    track.headers++;
    if (header === undefined) {
      track.firstHeader = kept;
      if (track.kind === 'audio' && kept.codec === 'mp4a') track.clock.frameDuration = aacFrameMilliseconds(kept);
    } else if (sameConfiguration(header, kept)) {
      track.repeatedHeaders++;
      this.#findings.add(
        'flv-sequence-header-repeated',
        `the ${track.kind} sequence header comes again, unchanged`,
        place,
      );
      return;
    } else {
      track.changedHeaders++;
      this.#addChange(track.kind, kept.offset);
      this.#findings.add('flv-sequence-header-changed', `another ${track.kind} configuration begins here`, place);
    }
    track.header = kept;
  }
}

/** Whether two sequence headers say the same. */
function sameConfiguration(one: KeptTag, other: KeptTag): boolean {
  return one.codec === other.codec && Buffer.compare(one.data, other.data) === 0;
}

function aacFrameMilliseconds({ data, headerLength }: KeptTag): number {
  const { value } = parseAudioSpecificConfig(data.subarray(headerLength));
  const samples = value === undefined ? undefined : samplesPerFrame(value);
  return value === undefined || samples === undefined || value.samplingFrequency.hertz === 0
    ? 0
    : (samples * 1000) / value.samplingFrequency.hertz;
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

/** Walks a file to its end. */
export async function surveyFile(
  source: ByteSource,
  reader: TagReader,
  survey: FlvSurvey,
  pace = new Pace(),
): Promise<void> {
  let count = 0;
  for (;;) {
    const event = reader.next();
    if (event === 'end') break;
    if (survey.add(event, reader)) survey.data(source.read(reader.offset + tagHeaderLength, reader.dataSize));
    if (((++count & 0x3f) === 0 || event === 'searching') && pace.isDue) await pace.turn();
  }
  survey.reportGaps(source.size);
  survey.finish();
}
