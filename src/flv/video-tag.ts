/**
 * What stands before the picture in a video tag's data: the legacy header (Adobe FLV 10.1, E.4.3.1) or the enhanced one
 * (Enhanced RTMP v2, ExVideoTagHeader). A reader stands behind the header when it has been read. The picture itself is not
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

/** `FrameType`. */
export const FrameType = {
  keyFrame: 1,
  interFrame: 2,
  disposableInterFrame: 3,
  generatedKeyFrame: 4,
  /** No picture: a command for the player. */
  command: 5,
} as const;

/** `CodecID` of legacy headers. */
export const VideoCodecId = {
  sorensonH263: 2,
  screenVideo: 3,
  vp6: 4,
  vp6Alpha: 5,
  screenVideo2: 6,
  avc: 7,
  /** In no specification: what servers and encoders agreed on before there were enhanced headers. Laid out as AVC. */
  hevc: 12,
} as const;

/** `AVCPacketType`, for HEVC in legacy headers too. */
export const AvcPacketType = {
  /** A decoder configuration record. */
  sequenceHeader: 0,
  /** NAL units with a length before each. */
  nalUnits: 1,
  endOfSequence: 2,
} as const;

/** `VideoPacketType` of enhanced headers. */
export const VideoPacketType = {
  sequenceStart: 0,
  /** With AVC, HEVC and VVC the body begins with the composition time in 24 bits. */
  codedFrames: 1,
  sequenceEnd: 2,
  /** The composition time is 0 and not written. */
  codedFramesX: 3,
  metadata: 4,
  mpeg2TsSequenceStart: 5,
  multitrack: 6,
  modEx: 7,
} as const;

/** The header of one byte, or of five with AVC and HEVC. */
export interface LegacyVideoHeader {
  readonly kind: 'legacy';
  /** One of `FrameType`; 0 and 6 to 7 are reserved. */
  readonly frameType: number;
  /** One of `VideoCodecId`. */
  readonly codecId: number;
  /** AVC and HEVC only. */
  readonly packet: NalUnitPacket | undefined;
}

/** AVCPacketType and CompositionTime (E.4.3.1), which HEVC in legacy tags has too. */
export interface NalUnitPacket {
  /** One of `AvcPacketType`. */
  readonly packetType: number;
  /** Presentation time less decode time in milliseconds, signed 24 bits; 0 for all but NAL units. */
  readonly compositionTimeMilliseconds: number;
}

/** The header of a tag whose highest bit is set. */
export interface EnhancedVideoHeader extends EnhancedPacket {
  readonly kind: 'enhanced';
  /** One of `FrameType`; of no meaning for metadata. */
  readonly frameType: number;
  /** There with `FrameType.command`, metadata apart: 0 and 1 begin and end a client-side seek. There is no body then. */
  readonly command: number | undefined;
}

/** Either header; `kind` tells which. */
export type VideoTagHeader = LegacyVideoHeader | EnhancedVideoHeader;

const exHeaderFlag = 0x80;

/** Reads the header at the start of a video tag's data. */
export function readVideoTagHeader(reader: ByteReader): VideoTagHeader {
  const byte = reader.u8();
  const frameType = (byte >>> 4) & 7;
  if ((byte & exHeaderFlag) !== 0) {
    const { modifiers, packetType } = readModifiers(reader, byte & 0x0f, VideoPacketType);
    if (frameType === FrameType.command && packetType !== VideoPacketType.metadata) {
      const none = { packetType, multitrackType: undefined, fourCC: undefined };
      return { kind: 'enhanced', frameType, modifiers, ...none, command: reader.u8() };
    }
    const codec = readCodec(reader, packetType, VideoPacketType);
    return { kind: 'enhanced', frameType, modifiers, ...codec, command: undefined };
  }
  const codecId = byte & 0x0f;
  const hasPacket = codecId === VideoCodecId.avc || codecId === VideoCodecId.hevc;
  return { kind: 'legacy', frameType, codecId, packet: hasPacket ? readNalUnitPacket(reader) : undefined };
}

function readNalUnitPacket(reader: ByteReader): NalUnitPacket {
  const packetType = reader.u8();
  return { packetType, compositionTimeMilliseconds: (reader.u24() << 8) >> 8 };
}

/** Writes the header; the counterpart of `readVideoTagHeader`. */
export function writeVideoTagHeader(sink: ByteSink, header: VideoTagHeader): void {
  if (header.kind === 'enhanced') {
    sink.u8(exHeaderFlag | (header.frameType << 4) | firstPacketType(header, VideoPacketType));
    writeModifiers(sink, header, VideoPacketType);
    if (header.command === undefined) writeCodec(sink, header);
    else sink.u8(header.command);
    return;
  }
  sink.u8((header.frameType << 4) | header.codecId);
  if (header.packet === undefined) return;
  sink.u8(header.packet.packetType);
  sink.u24(header.packet.compositionTimeMilliseconds & 0xffffff);
}
