/** What a walk over the tags of an FLV gathers of one track: its clock, its codec, its sequence headers, its sums. */
import { parseAudioSpecificConfig, samplesPerFrame } from '../codecs/aac/audio-specific-config.ts';
import type { TrackAtGap } from './gap.ts';
import { CourseRecorder } from '../media/track-course.ts';
import { TrackClock } from './track-clock.ts';

/** A tag that has to be looked at again: where it lies, and its data. */
export interface KeptTag {
  readonly offset: number;
  readonly data: Uint8Array;
  /** Bytes of the data before the decoder configuration. */
  readonly headerLength: number;
  readonly codec: string;
}

/** What a walk gathers of one track. */
export class TrackSurvey {
  readonly kind: 'video' | 'audio';
  readonly clock = new TrackClock();
  readonly course = new CourseRecorder(1000);
  /** Of the first frame that has one. */
  codec = '';
  /** Of the latest frame that has one. */
  latestCodec = '';
  /** `SoundFormat` or `CodecID` of legacy headers; undefined where headers are enhanced. */
  legacyId: number | undefined;
  /** The first byte of the first frame: rate, size and channels of legacy audio. */
  firstByte = 0;
  frames = 0;
  keyFrames = 0;
  /** Bytes of tag data, headers included. */
  bytes = 0;
  /** The last frame is a key frame. */
  endsInKeyFrame = false;
  /** The longest time from decoding a picture to showing it, in milliseconds. */
  longestComposition = 0;
  /** The first sequence header of the codec that the track begins with, and the one in force. */
  firstHeader: KeptTag | undefined;
  header: KeptTag | undefined;
  headers = 0;
  repeatedHeaders = 0;
  changedHeaders = 0;
  /** Sequence headers without a configuration. */
  emptyHeaders = 0;
  /** Frames that need a sequence header and came before the first. */
  framesBeforeHeader = 0;
  firstFrameOffset = -1;
  /** Offset of the first key frame, which tells the picture size of codecs without sequence headers. */
  firstKeyFrameOffset = -1;
  /** Offsets of tags that are marked as key frames and are none: some tools put them into indexes. */
  readonly markedOffsets: number[] = [];
  /** The last tag of the track ends its sequence, with this timestamp. */
  sequenceEnd: number | undefined;
  /** Steps ahead that may be pauses: how many, and the first of them. */
  jumps = 0;
  firstJump: { readonly offset: number; readonly timestamp: number; readonly step: number } | undefined;

  readonly #open: TrackAtGap[] = [];

  constructor(kind: 'video' | 'audio') {
    this.kind = kind;
  }

  /** How far the track has come, for a gap that begins here. `isAwaited`: the next frame is to say where it goes on. */
  atGap(isAwaited: boolean): TrackAtGap {
    const { frames, bytes, clock } = this;
    const here: TrackAtGap = { frames, bytes, latest: clock.latest, resumes: undefined };
    if (isAwaited) this.#open.push(here);
    return here;
  }

  /** Tells the gaps behind which no frame had come that one has. */
  resume(): void {
    for (const gap of this.#open) gap.resumes = this.clock.latest;
    this.#open.length = 0;
  }

  /** Some steps are pauses: they are few. Where frames are as far apart as a rule, that is their rate. */
  get hasPauses(): boolean {
    return this.jumps > 0 && 2 * this.jumps < this.frames - 1;
  }

  /** Takes a sequence header as the one in force; what it says of the length of frames holds from here on. */
  takeHeader(kept: KeptTag): void {
    this.header = kept;
    if (this.codec === '' || this.codec === kept.codec) this.firstHeader ??= kept;
    if (this.kind === 'audio') this.clock.frameDuration = frameMilliseconds(kept);
  }

  /** The sequence header in force is one no more: frames of another codec begin. */
  leaveHeader(): void {
    this.header = undefined;
    this.clock.frameDuration = 0;
  }
}

/** Bytes of the shortest configurations: an AVC and an HEVC record without parameter sets, an AudioSpecificConfig. */
const minConfigurationLengths: Readonly<Record<string, number>> = { avc1: 7, hvc1: 23, mp4a: 2 };

/** Whether a sequence header brings a configuration: some recorders write empty ones. */
export function hasConfiguration({ data, headerLength, codec }: KeptTag): boolean {
  return data.length - headerLength >= (minConfigurationLengths[codec] ?? 1);
}

/** Whether two sequence headers say the same. */
export function sameConfiguration(a: KeptTag, b: KeptTag): boolean {
  return a.codec === b.codec && Buffer.compare(a.data, b.data) === 0;
}

/** Milliseconds that a frame of AAC lasts by its configuration; 0 of other codecs and where it cannot be told. */
export function frameMilliseconds({ data, headerLength, codec }: Omit<KeptTag, 'offset'>): number {
  if (codec !== 'mp4a') return 0;
  const { value } = parseAudioSpecificConfig(data.subarray(headerLength));
  const samples = value === undefined ? undefined : samplesPerFrame(value);
  return value === undefined || samples === undefined || value.samplingFrequency.hertz === 0
    ? 0
    : (samples * 1000) / value.samplingFrequency.hertz;
}
