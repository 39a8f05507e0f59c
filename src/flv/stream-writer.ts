/**
 * Writes an FLV from access units as they come: header, `onMetaData` with room for what is known only at the end, tags. What
 * is known at the end is patched where it stands. Where the bytes go is one function that it is given.
 */
import { ByteWriter } from '../bytes/byte-sink.ts';
import { channelCount, outputSamplingRate } from '../codecs/aac/audio-specific-config.ts';
import type { AccessUnit, StreamTrack } from '../media/access-unit.ts';
import { SalvorError } from '../media/errors.ts';
import type { CodecConfiguration } from '../media/track.ts';
import type { Amf0Value } from './amf0.ts';
import { AacPacketType, AudioPacketType, SoundFormat, writeAudioTagHeader, type AudioTagHeader } from './audio-tag.ts';
import { recordOf } from './codec-record.ts';
import { MultitrackType, type EnhancedPacket } from './enhanced-header.ts';
import { writeFlvHeader, flvHeaderLength } from './header.ts';
import { encodeAmf0Value, newMetadata, parseMetadata, propertyOf } from './metadata.ts';
import { frameTag, previousTagSizeLength, tagHeaderLength, TagType } from './tag.ts';
import {
  AvcPacketType,
  FrameType,
  VideoCodecId,
  VideoPacketType,
  writeVideoTagHeader,
  type VideoTagHeader,
} from './video-tag.ts';

/** Codecs by the four characters that enhanced headers have for them. */
const fourCCs: Readonly<Partial<Record<CodecConfiguration['codec'], string>>> = {
  h264: 'avc1',
  h265: 'hvc1',
  av1: 'av01',
  vp8: 'vp08',
  vp9: 'vp09',
  aac: 'mp4a',
  mp3: '.mp3',
  opus: 'Opus',
  ac3: 'ac-3',
  eac3: 'ec-3',
  flac: 'fLaC',
};

/** Numbers of `videocodecid` and `audiocodecid` of codecs with legacy headers; of the others it is the four characters. */
const legacyIds: Readonly<Record<string, number>> = {
  avc1: VideoCodecId.avc,
  mp4a: SoundFormat.aac,
  '.mp3': SoundFormat.mp3,
};

/** Codecs whose frames have a composition time in enhanced headers. */
const withCompositionTime = new Set(['avc1', 'hvc1']);

/** Why an FLV cannot hold the codec; undefined where it can. */
export function unfitForFlv(configuration: CodecConfiguration): string | undefined {
  const isOtherLayer = configuration.codec === 'mp3' && (configuration.header?.layer ?? 3) !== 3;
  if (isOtherLayer) return 'of MPEG audio it has layer 3 only';
  return fourCCs[configuration.codec] === undefined ? 'no header of a tag, legacy or enhanced, names it' : undefined;
}

/** What is known of the whole only at its end. */
export interface FlvTotals {
  readonly durationSeconds: number;
  readonly fileBytes: number;
}

/** A key frame of the index. */
interface Entry {
  readonly seconds: number;
  readonly offset: number;
}

/** What the metadata may say before the first tag. */
export interface FlvPlan {
  readonly tracks: readonly StreamTrack[];
  /** Ticks of the first decode time, by track id's timescale, in seconds: written as 0. */
  readonly startSeconds: number;
  /** How many key frames the index has room for. */
  readonly indexRoom: number;
}

/** Writes one file. */
export class FlvWriter {
  readonly #write: (parts: readonly Uint8Array[]) => void;
  readonly #plan: FlvPlan;
  readonly #lead: number;
  readonly #configured = new Map<number, CodecConfiguration>();
  readonly #index: Entry[] = [];
  /** Every so many key frames are in the index. */
  #every = 1;
  #keyFrames = 0;
  /** What stands before the media of a tag, by track and kind of frame; a composition time is the end of it. */
  readonly #headers = new Map<number, Uint8Array>();
  /** What stands before and behind the media of a tag. */
  readonly #head = new Uint8Array(tagHeaderLength + maxHeader);
  readonly #tail = new Uint8Array(previousTagSizeLength);
  #metadata: Uint8Array = new Uint8Array(0);
  /** Bytes written. */
  length = 0;
  /** Milliseconds of the last tag, and of the last picture or sample behind it. */
  lastMilliseconds = 0;

  /** `write`: gets the parts of one tag at a time, valid until the call returns. */
  constructor(plan: FlvPlan, write: (parts: readonly Uint8Array[]) => void) {
    this.#plan = plan;
    this.#write = write;
    this.#lead = (plan.tracks.find(({ kind }) => kind === 'video') ?? plan.tracks[0])?.id ?? 0;
    this.#begin();
  }

  /** Writes the tag of an access unit, and before it what its configuration needs. Throws for what fits no tag. */
  unit({ track, decodeTime, compositionOffset, isSync, data }: AccessUnit): void {
    const time = Math.max(0, this.#milliseconds(track, decodeTime));
    if (this.#configured.get(track.id) !== track.configuration) this.#configure(track, time);
    const shown = this.#milliseconds(track, decodeTime + compositionOffset) - time;
    const offset = this.length;
    const header = this.#header(track, isSync, shown);
    this.#tag(track.kind === 'video' ? TagType.video : TagType.audio, time, header, data);
    if (track.id === this.#lead && isSync) this.#note(time, offset);
    this.lastMilliseconds = Math.max(this.lastMilliseconds, time);
  }

  /** What is to be put over the beginning of the file once all is written: the metadata as it is then. */
  finish({ durationSeconds, fileBytes }: FlvTotals): { readonly offset: number; readonly bytes: Uint8Array } {
    const values = new Map<string, Amf0Value>([
      ['duration', { kind: 'number', value: durationSeconds }],
      ['filesize', { kind: 'number', value: fileBytes }],
    ]);
    const bytes = Uint8Array.from(this.#metadata);
    const { value: metadata } = parseMetadata(bytes);
    for (const [name, value] of values) {
      const property = propertyOf(metadata!, name);
      bytes.set(encodeAmf0Value(value), property!.start);
    }
    const keyframes = propertyOf(metadata!, 'keyframes');
    if (keyframes !== undefined) bytes.set(this.#indexBytes(keyframes.end - keyframes.start), keyframes.start);
    return { offset: metadataStart, bytes };
  }

  #milliseconds({ timescale }: StreamTrack, ticks: number): number {
    return Math.round((ticks / timescale - this.#plan.startSeconds) * 1000);
  }

  #begin(): void {
    const { tracks, indexRoom } = this.#plan;
    const [hasVideo, hasAudio] = ['video', 'audio'].map((kind) => tracks.some((track) => track.kind === kind));
    const sink = new ByteWriter();
    writeFlvHeader(sink, {
      version: 1,
      hasAudio: hasAudio!,
      hasVideo: hasVideo!,
      reservedFlags: 0,
      dataOffset: flvHeaderLength,
    });
    sink.u32(0);
    this.#put([sink.toBytes()], sink.position);
    const values = metadataOf(tracks);
    if (indexRoom > 0 && hasVideo) values.set('keyframes', emptyIndex(indexRoom));
    this.#metadata = newMetadata(values);
    this.#tag(TagType.scriptData, 0, nothing, this.#metadata);
  }

  /** The index in just as many bytes as there is room for: what is left over is filled by a text that nobody reads. */
  #indexBytes(room: number): Uint8Array {
    const entries = this.#index;
    const numbers = (values: readonly number[]): Amf0Value => {
      return { kind: 'numbers', values: Float64Array.from(values) };
    };
    const lists = [
      { name: 'filepositions', value: numbers(entries.map(({ offset }) => offset)) },
      { name: 'times', value: numbers(entries.map(({ seconds }) => seconds)) },
    ];
    const withFillers = (lengths: readonly number[]): Uint8Array => {
      const fillers = lengths.map((length) => ({ name: fillerName, value: textOf(length) }));
      return encodeAmf0Value({ kind: 'object', properties: [...lists, ...fillers], ended: true });
    };
    return withFillers(fillersOf(room - withFillers([]).length));
  }

  /** Keeps a key frame for the index, fewer and fewer of many. */
  #note(milliseconds: number, offset: number): void {
    const { indexRoom } = this.#plan;
    if (indexRoom === 0 || this.#keyFrames++ % this.#every !== 0) return;
    if (this.#index.length === indexRoom) {
      const kept = this.#index.filter((_, index) => index % 2 === 0);
      this.#index.splice(0, this.#index.length, ...kept);
      this.#every *= 2;
      if ((this.#keyFrames - 1) % this.#every !== 0) return;
    }
    this.#index.push({ seconds: milliseconds / 1000, offset });
  }

  #configure(track: StreamTrack, time: number): void {
    const { configuration, id } = track;
    if (unfitForFlv(configuration) !== undefined) {
      throw new SalvorError('unrecoverable', `an FLV cannot hold ${track.kind} of the codec ${configuration.codec}`);
    }
    this.#configured.set(id, configuration);
    this.#headers.clear();
    const record = recordOf(configuration);
    if (record === undefined) return;
    const header = track.kind === 'video' ? this.#videoHeader(track, true, 0, true) : this.#audioHeader(track, true);
    this.#tag(track.kind === 'video' ? TagType.video : TagType.audio, time, header, record.record);
  }

  /** The header of a frame. */
  #header(track: StreamTrack, isSync: boolean, compositionTime: number): Uint8Array {
    const hasTime = compositionTime !== 0;
    const key = 4 * track.id + (isSync ? 2 : 0) + (hasTime ? 1 : 0);
    let header = this.#headers.get(key);
    if (header === undefined) {
      header =
        track.kind === 'video' ? this.#videoHeader(track, isSync, compositionTime) : this.#audioHeader(track, false);
      this.#headers.set(key, header);
    } else if (hasTime && withCompositionTime.has(fourCCs[track.configuration.codec]!)) {
      const at = header.length - 3;
      header[at] = compositionTime >>> 16;
      header[at + 1] = compositionTime >>> 8;
      header[at + 2] = compositionTime;
    }
    return header;
  }

  #videoHeader(track: StreamTrack, isSync: boolean, compositionTime: number, isConfiguration = false): Uint8Array {
    const fourCC = fourCCs[track.configuration.codec]!;
    const frameType = isSync ? FrameType.keyFrame : FrameType.interFrame;
    const trackNumber = (track.id - 1) >> 1;
    const sink = new ByteWriter(32);
    let header: VideoTagHeader;
    const isLegacy = fourCC === 'avc1' && trackNumber === 0;
    if (isLegacy) {
      const packetType = isConfiguration ? AvcPacketType.sequenceHeader : AvcPacketType.nalUnits;
      const packet = { packetType, compositionTimeMilliseconds: compositionTime };
      header = { kind: 'legacy', frameType, codecId: VideoCodecId.avc, packet };
    } else {
      const hasTime = withCompositionTime.has(fourCC);
      const frames = hasTime && compositionTime !== 0 ? VideoPacketType.codedFrames : VideoPacketType.codedFramesX;
      const coded = hasTime ? frames : VideoPacketType.codedFrames;
      const packetType = isConfiguration ? VideoPacketType.sequenceStart : coded;
      header = { kind: 'enhanced', frameType, command: undefined, ...packetOf(fourCC, packetType, trackNumber) };
    }
    writeVideoTagHeader(sink, header);
    if (!isLegacy && trackNumber > 0) sink.u8(trackNumber);
    const hasTime = header.kind === 'enhanced' && !isConfiguration && header.packetType === VideoPacketType.codedFrames;
    if (hasTime && withCompositionTime.has(fourCC)) sink.u24(compositionTime & 0xffffff);
    return sink.toBytes();
  }

  #audioHeader(track: StreamTrack, isConfiguration: boolean): Uint8Array {
    const { configuration } = track;
    const fourCC = fourCCs[configuration.codec]!;
    const trackNumber = (track.id - 2) >> 1;
    const sink = new ByteWriter(32);
    const legacy = trackNumber === 0 ? legacyAudio(configuration, isConfiguration) : undefined;
    if (legacy !== undefined) {
      writeAudioTagHeader(sink, legacy);
      return sink.toBytes();
    }
    const packetType = isConfiguration ? AudioPacketType.sequenceStart : AudioPacketType.codedFrames;
    writeAudioTagHeader(sink, { kind: 'enhanced', ...packetOf(fourCC, packetType, trackNumber) });
    if (trackNumber > 0) sink.u8(trackNumber);
    return sink.toBytes();
  }

  #tag(type: number, timestampMilliseconds: number, header: Uint8Array, media: Uint8Array): void {
    const dataSize = header.length + media.length;
    if (dataSize >= 2 ** 24) {
      throw new SalvorError('unrecoverable', `an FLV cannot hold a sample of ${dataSize} bytes`);
    }
    const [head, tail] = [this.#head, this.#tail];
    frameTag(head, tail, type, dataSize, timestampMilliseconds);
    head.set(header, tagHeaderLength);
    const parts = [head.subarray(0, tagHeaderLength + header.length), media, tail];
    this.#put(parts, tagHeaderLength + dataSize + previousTagSizeLength);
  }

  #put(parts: readonly Uint8Array[], length: number): void {
    this.#write(parts);
    this.length += length;
  }
}

const nothing = new Uint8Array(0);
/** No header of a tag's data is longer. */
const maxHeader = 64;
/** Where the data of the first tag begins. */
const metadataStart = flvHeaderLength + previousTagSizeLength + tagHeaderLength;
/** What takes the room that the index does not need. */
const fillerName = 'room';

function packetOf(fourCC: string, packetType: number, trackNumber: number): EnhancedPacket {
  return { modifiers: [], packetType, fourCC, multitrackType: trackNumber === 0 ? undefined : MultitrackType.oneTrack };
}

/** The header of one or two bytes of AAC and MP3; undefined for other audio. */
function legacyAudio(configuration: CodecConfiguration, isConfiguration: boolean): AudioTagHeader | undefined {
  if (configuration.codec === 'aac') {
    const aacPacketType = isConfiguration ? AacPacketType.sequenceHeader : AacPacketType.raw;
    return { kind: 'legacy', soundFormat: SoundFormat.aac, soundRate: 3, soundSize: 1, soundType: 1, aacPacketType };
  }
  if (configuration.codec !== 'mp3') return undefined;
  const { sampleRate, channels } = configuration;
  const soundFormat = sampleRate === 8000 ? SoundFormat.mp38Khz : SoundFormat.mp3;
  const soundRate = sampleRate >= 32000 ? 3 : sampleRate >= 16000 ? 2 : 1;
  const soundType = channels > 1 ? 1 : 0;
  return { kind: 'legacy', soundFormat, soundRate, soundSize: 1, soundType, aacPacketType: undefined };
}

const textOf = (length: number): Amf0Value => ({ kind: 'string', text: ' '.repeat(length) });
/** Bytes of a filler beside its text: the length and letters of its name, the marker and the length of the text. */
const fillerBytes = 2 + fillerName.length + 1 + 2;
/** ffmpeg reads no longer ones without complaint. */
const maxText = 1000;

/** The lengths of texts that take so many bytes together, none of them longer than a text can be. */
function fillersOf(bytes: number): number[] {
  const lengths: number[] = [];
  for (let left = bytes; left >= fillerBytes;) {
    // What is left over has to be enough for another one, or nothing.
    const most = Math.min(left - fillerBytes, maxText);
    const rest = left - fillerBytes - most;
    const length = rest > 0 && rest < fillerBytes ? most - fillerBytes : most;
    lengths.push(length);
    left -= fillerBytes + length;
  }
  return lengths;
}

function emptyIndex(room: number): Amf0Value {
  const numbers: Amf0Value = { kind: 'numbers', values: new Float64Array(room) };
  const properties = [
    { name: 'filepositions', value: numbers },
    { name: 'times', value: numbers },
    { name: fillerName, value: textOf(0) },
  ];
  return { kind: 'object', properties, ended: true };
}

function metadataOf(tracks: readonly StreamTrack[]): Map<string, Amf0Value> {
  const values = new Map<string, Amf0Value>();
  const number = (name: string, value: number): void => void values.set(name, { kind: 'number', value });
  number('duration', 0);
  const video = tracks.find(({ kind }) => kind === 'video')?.configuration;
  if (video !== undefined) {
    const size = 'sps' in video && video.sps !== undefined ? video.sps : video;
    if ('width' in size) {
      number('width', size.width);
      number('height', size.height);
    }
    number('videocodecid', codecNumber(video));
  }
  const audio = tracks.find(({ kind }) => kind === 'audio')?.configuration;
  if (audio !== undefined) {
    const { sampleRate, channels } = formatOf(audio);
    if (sampleRate > 0) number('audiosamplerate', sampleRate);
    number('audiosamplesize', 16);
    values.set('stereo', { kind: 'boolean', value: channels > 1 });
    number('audiocodecid', codecNumber(audio));
  }
  number('filesize', 0);
  return values;
}

/** The number of a codec: that of its legacy header, or its four characters as one. */
function codecNumber({ codec }: CodecConfiguration): number {
  const fourCC = fourCCs[codec] ?? '\0\0\0\0';
  return legacyIds[fourCC] ?? Buffer.from(fourCC, 'latin1').readUInt32BE();
}

function formatOf(configuration: CodecConfiguration): { readonly sampleRate: number; readonly channels: number } {
  switch (configuration.codec) {
    case 'aac': {
      const { audio } = configuration;
      return audio === undefined
        ? { sampleRate: 0, channels: 2 }
        : { sampleRate: outputSamplingRate(audio), channels: channelCount(audio) ?? 2 };
    }
    case 'opus':
      return { sampleRate: 48000, channels: configuration.record.outputChannelCount };
    case 'flac':
      return configuration.record.streamInfo;
    case 'mp3':
    case 'ac3':
    case 'eac3':
      return configuration;
    default:
      return { sampleRate: 0, channels: 2 };
  }
}
