/**
 * What a tag holds, from its first bytes: which codec, and whether it is a frame, a key frame, a sequence header or none of
 * these. Legacy and enhanced headers come to the same answer here, so that nobody else has to tell them apart. The media
 * itself is not looked at, and tags are read into one object that is used again for each.
 */
import { ByteReader } from '../bytes/byte-reader.ts';
import { AacPacketType, AudioPacketType, readAudioTagHeader, SoundFormat } from './audio-tag.ts';
import { MultitrackType, type EnhancedPacket } from './enhanced-header.ts';
import { TagType } from './tag.ts';
import { AvcPacketType, FrameType, readVideoTagHeader, VideoCodecId, VideoPacketType } from './video-tag.ts';

/** What a tag is to a recording. */
export type TagRole =
  | 'frame'
  | 'keyFrame'
  /** A decoder configuration. */
  | 'sequenceHeader'
  | 'sequenceEnd'
  /** Enhanced headers: colour and the like, for the frames that follow. */
  | 'metadata'
  /** No media: client-side seeking, an empty tag. */
  | 'command'
  | 'script'
  /** A type of tag that is reserved, or encrypted data. */
  | 'other';

/** Codecs of legacy headers under the four-character codes they have, or would have, in enhanced ones. */
const legacyAudioCodecs: readonly string[] = (() => {
  const names = new Array<string>(16).fill('');
  names[SoundFormat.linearPcmPlatformEndian] = 'pcm';
  names[SoundFormat.adpcm] = 'adpcm';
  names[SoundFormat.mp3] = '.mp3';
  names[SoundFormat.linearPcmLittleEndian] = 'pcm';
  names[SoundFormat.nellymoser16Khz] = 'nellymoser';
  names[SoundFormat.nellymoser8Khz] = 'nellymoser';
  names[SoundFormat.nellymoser] = 'nellymoser';
  names[SoundFormat.g711ALaw] = 'alaw';
  names[SoundFormat.g711MuLaw] = 'ulaw';
  names[SoundFormat.aac] = 'mp4a';
  names[SoundFormat.speex] = 'speex';
  names[SoundFormat.mp38Khz] = '.mp3';
  names[SoundFormat.deviceSpecific] = 'device';
  return names;
})();

const legacyVideoCodecs: readonly string[] = (() => {
  const names = new Array<string>(16).fill('');
  names[VideoCodecId.sorensonH263] = 'flv1';
  names[VideoCodecId.screenVideo] = 'screen';
  names[VideoCodecId.vp6] = 'vp6f';
  names[VideoCodecId.vp6Alpha] = 'vp6a';
  names[VideoCodecId.screenVideo2] = 'screen2';
  names[VideoCodecId.avc] = 'avc1';
  names[VideoCodecId.hevc] = 'hvc1';
  return names;
})();

/** Codecs whose coded frames in enhanced headers begin with a composition time. */
const withCompositionTime = new Set(['avc1', 'hvc1', 'vvc1']);

/** Where several tracks stand in a tag, each has its size before it. */
const trackSizeLength = 3;

/** Codecs that cannot be decoded without a sequence header. */
const needsHeader = new Set(['avc1', 'hvc1', 'vvc1', 'mp4a', 'fLaC', 'Opus']);

/** What is looked at of a tag: its header, and the first bytes of its data. */
export interface TagView {
  /** One of `TagType`, or a reserved number. */
  readonly type: number;
  /** The data is encrypted. */
  readonly filter: boolean;
  readonly dataSize: number;
  /** The first bytes of the data, 24 where there are so many. */
  readonly head: Uint8Array;
  /** The `index`th of them; 0 behind the end of the data. */
  headByte(index: number): number;
}

/** What the first bytes of a tag say; `read` fills it anew for every tag. */
export class MediaTag {
  kind: 'video' | 'audio' | undefined = undefined;
  /** A four-character code, or a name for what has none; '' where it is not known. */
  codec = '';
  role: TagRole = 'other';
  /** Presentation time less decode time in milliseconds. */
  compositionTime = 0;
  /** Where in the tag's data the composition time stands, in 24 bits; -1 where the tag has none. */
  compositionAt = -1;
  /** The header is an enhanced one. */
  enhanced = false;
  /** The tag carries several tracks, or one by its number. */
  multitrack = false;
  /** Number of its track, with several tracks in the tag of the first; 0 where there is but one of a kind. */
  trackId = 0;
  /** Bytes of the tag's data before the media, or before the decoder configuration. */
  headerLength = 0;
  /** The codec as it stands in a legacy header: `SoundFormat` or `CodecID`; undefined in enhanced ones. */
  legacyId: number | undefined = undefined;

  /** Whether frames of this codec need a sequence header before them. */
  get needsSequenceHeader(): boolean {
    return needsHeader.has(this.codec) && !this.multitrack;
  }

  /** Whether the tag holds a picture or audio sample. */
  get isFrame(): boolean {
    return this.kind !== undefined && (this.role === 'frame' || this.role === 'keyFrame');
  }

  /** Takes in the tag that the reader stands on. */
  read(tag: TagView): void {
    this.kind = tag.type === TagType.video ? 'video' : tag.type === TagType.audio ? 'audio' : undefined;
    this.compositionTime = 0;
    this.compositionAt = -1;
    this.enhanced = false;
    this.multitrack = false;
    this.trackId = 0;
    this.headerLength = 0;
    this.codec = '';
    this.legacyId = undefined;
    if (this.kind === undefined) this.role = tag.type === TagType.scriptData ? 'script' : 'other';
    else if (tag.filter) this.role = 'other';
    else if (tag.dataSize === 0) this.role = 'command';
    else if (this.kind === 'video') this.#readVideo(tag);
    else this.#readAudio(tag);
  }

  #readAudio(tag: TagView): void {
    const format = tag.headByte(0) >>> 4;
    if (format === SoundFormat.exHeader) return this.#readEnhancedAudio(tag);
    this.codec = legacyAudioCodecs[format]!;
    this.legacyId = format;
    const isAac = format === SoundFormat.aac;
    this.headerLength = isAac ? 2 : 1;
    const isHeader = isAac && tag.headByte(1) === AacPacketType.sequenceHeader;
    this.role = tag.dataSize <= this.headerLength ? 'command' : isHeader ? 'sequenceHeader' : 'frame';
  }

  #readVideo(tag: TagView): void {
    const first = tag.headByte(0);
    if ((first & 0x80) !== 0) return this.#readEnhancedVideo(tag);
    const frameType = first >>> 4;
    this.legacyId = first & 0x0f;
    this.codec = legacyVideoCodecs[this.legacyId]!;
    const hasPacket = this.legacyId === VideoCodecId.avc || this.legacyId === VideoCodecId.hevc;
    this.headerLength = hasPacket ? 5 : 1;
    if (frameType === FrameType.command) this.role = 'command';
    else this.role = frameType === FrameType.keyFrame ? 'keyFrame' : 'frame';
    if (!hasPacket || this.role === 'command') return;
    const packetType = tag.headByte(1);
    if (packetType === AvcPacketType.sequenceHeader) this.role = 'sequenceHeader';
    else if (packetType === AvcPacketType.endOfSequence) this.role = 'sequenceEnd';
    else {
      this.compositionTime = signed24(tag, 2);
      this.compositionAt = 2;
    }
  }

  #readEnhancedAudio(tag: TagView): void {
    const reader = new ByteReader(tag.head);
    const header = readAudioTagHeader(reader);
    if (header.kind !== 'enhanced' || reader.fault !== undefined) return this.#giveUp();
    this.#takeEnhanced(header, reader);
    const { packetType } = header;
    if (packetType === AudioPacketType.sequenceStart) this.role = 'sequenceHeader';
    else if (packetType === AudioPacketType.sequenceEnd) this.role = 'sequenceEnd';
    else this.role = packetType === AudioPacketType.codedFrames ? 'frame' : 'metadata';
  }

  #readEnhancedVideo(tag: TagView): void {
    const reader = new ByteReader(tag.head);
    const header = readVideoTagHeader(reader);
    if (header.kind !== 'enhanced' || reader.fault !== undefined) return this.#giveUp();
    this.#takeEnhanced(header, reader);
    const { packetType, frameType } = header;
    if (header.command !== undefined) this.role = 'command';
    else if (packetType === VideoPacketType.codedFrames || packetType === VideoPacketType.codedFramesX) {
      this.role = frameType === FrameType.keyFrame ? 'keyFrame' : 'frame';
    } else if (packetType === VideoPacketType.sequenceEnd) this.role = 'sequenceEnd';
    else this.role = packetType === VideoPacketType.metadata ? 'metadata' : 'sequenceHeader';
    const hasTime = packetType === VideoPacketType.codedFrames && withCompositionTime.has(this.codec);
    if (!hasTime || (this.multitrack && header.multitrackType !== MultitrackType.oneTrack)) return;
    this.compositionTime = signed24(tag, this.headerLength);
    this.compositionAt = this.headerLength;
    this.headerLength += 3;
  }

  #takeEnhanced(
    { fourCC, multitrackType }: Pick<EnhancedPacket, 'fourCC' | 'multitrackType'>,
    reader: ByteReader,
  ): void {
    this.enhanced = true;
    this.multitrack = multitrackType !== undefined;
    this.codec = fourCC ?? (this.multitrack ? reader.latin1(4) : '');
    if (this.multitrack) this.trackId = reader.u8();
    if (this.multitrack && multitrackType !== MultitrackType.oneTrack) reader.skip(trackSizeLength);
    this.headerLength = reader.position;
  }

  /** Modifiers that are longer than what is looked at: media of a codec that is not known. */
  #giveUp(): void {
    this.enhanced = true;
    this.role = 'frame';
  }
}

function signed24(tag: TagView, at: number): number {
  return ((tag.headByte(at) << 24) | (tag.headByte(at + 1) << 16) | (tag.headByte(at + 2) << 8)) >> 8;
}
