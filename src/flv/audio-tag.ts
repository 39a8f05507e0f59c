/**
 * What stands before the audio in an audio tag's data: the legacy header (Adobe FLV 10.1, E.4.2.1) or the enhanced one
 * (Enhanced RTMP v2, ExAudioTagHeader). A reader stands behind the header when it has been read. The audio itself is not
 * looked at.
 */
import type { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteSink } from '../bytes/byte-sink.ts';
import {
  firstPacketType,
  readCodec,
  readModifiers,
  writeCodec,
  writeModifiers,
  type EnhancedPacket,
} from './enhanced-header.ts';

/** `SoundFormat`. */
export const SoundFormat = {
  linearPcmPlatformEndian: 0,
  adpcm: 1,
  mp3: 2,
  linearPcmLittleEndian: 3,
  nellymoser16Khz: 4,
  nellymoser8Khz: 5,
  nellymoser: 6,
  g711ALaw: 7,
  g711MuLaw: 8,
  /** The header is enhanced, and a four-character code says the format. */
  exHeader: 9,
  aac: 10,
  speex: 11,
  mp38Khz: 14,
  deviceSpecific: 15,
} as const;

/** `AACPacketType`. */
export const AacPacketType = {
  /** An AudioSpecificConfig. */
  sequenceHeader: 0,
  /** A raw access unit. */
  raw: 1,
} as const;

/** `AudioPacketType` of enhanced headers. */
export const AudioPacketType = {
  sequenceStart: 0,
  codedFrames: 1,
  sequenceEnd: 2,
  multichannelConfig: 4,
  multitrack: 5,
  modEx: 7,
} as const;

/** The header of one byte, or of two with AAC. */
export interface LegacyAudioHeader {
  readonly kind: 'legacy';
  /** One of `SoundFormat`. */
  readonly soundFormat: number;
  /** 5.5, 11, 22 or 44 kHz as 0 to 3. With AAC always 3, whatever the rate. */
  readonly soundRate: number;
  /** 0: 8 bits, 1: 16 bits; of no meaning for compressed audio. */
  readonly soundSize: number;
  /** 0: mono, 1: stereo. With AAC always 1, whatever the channels. */
  readonly soundType: number;
  /** AAC only: one of `AacPacketType`. */
  readonly aacPacketType: number | undefined;
}

/** The header of a tag whose sound format is 9 (`SoundFormat.exHeader`). */
export interface EnhancedAudioHeader extends EnhancedPacket {
  readonly kind: 'enhanced';
}

/** Either header; `kind` tells which. */
export type AudioTagHeader = LegacyAudioHeader | EnhancedAudioHeader;

/** Reads the header at the start of an audio tag's data. */
export function readAudioTagHeader(reader: ByteReader): AudioTagHeader {
  const byte = reader.u8();
  const soundFormat = byte >>> 4;
  if (soundFormat === SoundFormat.exHeader) {
    const { modifiers, packetType } = readModifiers(reader, byte & 0x0f, AudioPacketType);
    return { kind: 'enhanced', modifiers, ...readCodec(reader, packetType, AudioPacketType) };
  }
  return {
    kind: 'legacy',
    soundFormat,
    soundRate: (byte >>> 2) & 3,
    soundSize: (byte >>> 1) & 1,
    soundType: byte & 1,
    aacPacketType: soundFormat === SoundFormat.aac ? reader.u8() : undefined,
  };
}

/** Writes the header; the counterpart of `readAudioTagHeader`. */
export function writeAudioTagHeader(sink: ByteSink, header: AudioTagHeader): void {
  if (header.kind === 'enhanced') {
    sink.u8((SoundFormat.exHeader << 4) | firstPacketType(header, AudioPacketType));
    writeModifiers(sink, header, AudioPacketType);
    writeCodec(sink, header);
    return;
  }
  sink.u8((header.soundFormat << 4) | (header.soundRate << 2) | (header.soundSize << 1) | header.soundType);
  if (header.aacPacketType !== undefined) sink.u8(header.aacPacketType);
}
