/**
 * What the enhanced headers of audio and video tags have in common (Enhanced RTMP v2, ExAudioTagHeader and
 * ExVideoTagHeader): modifiers before the packet type, several tracks in one tag, and the codec as a four-character code.
 * The first bits, which say that a header is enhanced, are the business of audio-tag.ts and video-tag.ts.
 */
import type { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteSink } from '../bytes/byte-sink.ts';

/** `AvMultitrackType`: how the tracks of a tag stand behind its header. */
export const MultitrackType = {
  oneTrack: 0,
  manyTracks: 1,
  /** Each track brings its own four-character code. */
  manyTracksManyCodecs: 2,
} as const;

/** Data about the packet, kept as bytes. Type 0 is a time in nanoseconds to add to the timestamp. */
export interface PacketModifier {
  readonly type: number;
  /** 1 to 65536 bytes. */
  readonly data: Uint8Array;
}

/** Everything between the first byte and the body, but for video commands. */
export interface EnhancedPacket {
  readonly modifiers: readonly PacketModifier[];
  /** What the body is: with several tracks, of each of them. */
  readonly packetType: number;
  /** There where the tag is split into tracks: track ids, sizes and all are then in the body. */
  readonly multitrackType: number | undefined;
  /** Undefined where each track brings its own, and for a command. */
  readonly fourCC: string | undefined;
}

/** The packet types that say there is more to come before the real one; audio and video differ in one. */
interface PrefixTypes {
  readonly multitrack: number;
  readonly modEx: number;
}

/** A size of 256 in its one byte says that the size stands in the next two. */
const escapedModifierSize = 256;
/** More modifiers than this in one header come from no recorder. */
const maxModifiers = 64;

/** Modifiers and packet type, where the first packet type has been read with the first byte. */
export function readModifiers(
  reader: ByteReader,
  firstType: number,
  types: PrefixTypes,
): Pick<EnhancedPacket, 'modifiers' | 'packetType'> {
  const modifiers: PacketModifier[] = [];
  let packetType = firstType;
  while (packetType === types.modEx && reader.fault === undefined) {
    if (modifiers.length === maxModifiers) reader.fail(`expected at most ${maxModifiers} packet modifiers`);
    let size = reader.u8() + 1;
    if (size === escapedModifierSize) size = reader.u16() + 1;
    const data = reader.bytes(size).slice();
    const byte = reader.u8();
    modifiers.push({ type: byte >>> 4, data });
    packetType = byte & 0x0f;
  }
  return { modifiers, packetType };
}

/** The multitrack byte and the four-character code, where there are such. */
export function readCodec(
  reader: ByteReader,
  packetType: number,
  types: PrefixTypes,
): Pick<EnhancedPacket, 'packetType' | 'multitrackType' | 'fourCC'> {
  if (packetType !== types.multitrack) return { packetType, multitrackType: undefined, fourCC: reader.latin1(4) };
  const byte = reader.u8();
  const multitrackType = byte >>> 4;
  const fourCC = multitrackType === MultitrackType.manyTracksManyCodecs ? undefined : reader.latin1(4);
  return { packetType: byte & 0x0f, multitrackType, fourCC };
}

/** The packet type that goes into the low bits of the first byte. */
export function firstPacketType(packet: EnhancedPacket, types: PrefixTypes): number {
  return packet.modifiers.length > 0 ? types.modEx : typeAfterModifiers(packet, types);
}

function typeAfterModifiers(packet: EnhancedPacket, types: PrefixTypes): number {
  return packet.multitrackType === undefined ? packet.packetType : types.multitrack;
}

/**
 * Writes the modifiers, each with the packet type that follows. Throws `RangeError` for one that is empty or beyond
 * 65536 bytes.
 */
export function writeModifiers(sink: ByteSink, packet: EnhancedPacket, types: PrefixTypes): void {
  for (const [index, { type, data }] of packet.modifiers.entries()) {
    const { length } = data;
    if (length === 0 || length > 65536) throw new RangeError(`${length} bytes fit no packet modifier`);
    if (length < escapedModifierSize) {
      sink.u8(length - 1);
    } else {
      sink.u8(escapedModifierSize - 1);
      sink.u16(length - 1);
    }
    sink.bytes(data);
    const isLast = index === packet.modifiers.length - 1;
    sink.u8((type << 4) | (isLast ? typeAfterModifiers(packet, types) : types.modEx));
  }
}

/** Writes the multitrack byte and the four-character code, where the packet has them. */
export function writeCodec(sink: ByteSink, { packetType, multitrackType, fourCC }: EnhancedPacket): void {
  if (multitrackType !== undefined) sink.u8((multitrackType << 4) | packetType);
  if (fourCC !== undefined) sink.latin1(fourCC);
}
