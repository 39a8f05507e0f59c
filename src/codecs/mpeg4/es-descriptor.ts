/**
 * ES_Descriptor (ISO/IEC 14496-1, 7.2.6.5): how MPEG-4 systems describe one stream, with the decoder's configuration
 * inside. It is the payload of an `esds` box and of a media server's staging file. The configuration itself is bytes
 * here: what they mean depends on the coder. Everything is kept as it came, down to how many bytes a length was written
 * in.
 */
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-sink.ts';
import type { Parsed } from '../parsed.ts';

/** Class tags of descriptors (Table 1). */
const DescriptorTag = {
  esDescriptor: 3,
  decoderConfigDescriptor: 4,
  decoderSpecificInfo: 5,
  slConfigDescriptor: 6,
} as const;

/** `objectTypeIndication` (Table 5): the coder, of those met in recordings. */
export const ObjectTypeIndication = {
  mpeg4Audio: 0x40,
  mpeg2AacMain: 0x66,
  mpeg2AacLowComplexity: 0x67,
  mpeg2AacScalableSamplingRate: 0x68,
  mpeg2Audio: 0x69,
  mpeg1Audio: 0x6b,
} as const;

/** Something that stands behind a tag and a length. */
interface Expandable {
  /** Bytes its length was written in, 1 to 4. A writer takes more where the length asks for it. */
  readonly lengthSize: number;
}

/** A descriptor that nothing here depends on. */
export interface OpaqueDescriptor extends Expandable {
  readonly tag: number;
  readonly payload: Uint8Array;
}

/** DecoderSpecificInfo (7.2.6.7): for MPEG-4 audio an AudioSpecificConfig. */
export interface DecoderSpecificInfo extends Expandable {
  readonly bytes: Uint8Array;
}

/** SLConfigDescriptor (7.3.2.3). */
export interface SlConfigDescriptor extends Expandable {
  /** 2 in MP4 files. 0: everything is said in `custom`. */
  readonly predefined: number;
  readonly custom: Uint8Array;
}

/** DecoderConfigDescriptor (7.2.6.6). */
export interface DecoderConfigDescriptor extends Expandable {
  readonly objectTypeIndication: number;
  /** 4 video, 5 audio. */
  readonly streamType: number;
  readonly upStream: boolean;
  /** 1 from a writer that keeps to the standard. */
  readonly reserved: number;
  readonly bufferSizeDb: number;
  /** Bits per second; 0 where the writer did not know. */
  readonly maxBitrate: number;
  readonly avgBitrate: number;
  readonly decoderSpecificInfo: DecoderSpecificInfo | undefined;
  readonly others: readonly OpaqueDescriptor[];
}

/** A parsed ES_Descriptor (7.2.6.5); fields that its flags leave out are undefined. */
export interface EsDescriptor extends Expandable {
  readonly esId: number;
  readonly streamPriority: number;
  readonly dependsOnEsId: number | undefined;
  readonly url: Uint8Array | undefined;
  readonly ocrEsId: number | undefined;
  readonly decoderConfig: DecoderConfigDescriptor;
  readonly slConfig: SlConfigDescriptor | undefined;
  /** Descriptors behind these two, in order. */
  readonly others: readonly OpaqueDescriptor[];
  /** Bytes behind the descriptor's end, kept as they came; empty as a rule. */
  readonly trailing: Uint8Array;
}

const MAX_LENGTH_SIZE = 4;

/** `sizeOfInstance` (8.3.3): seven bits a byte, as many bytes as have their high bit set and one more. */
function parseLength(reader: ByteReader): { length: number; lengthSize: number } {
  const offset = reader.offset;
  let length = 0;
  for (let lengthSize = 1; lengthSize <= MAX_LENGTH_SIZE; lengthSize++) {
    const byte = reader.u8();
    length = length * 128 + (byte & 0x7f);
    if (byte < 0x80) return { length, lengthSize };
  }
  reader.fail(`expected a descriptor's length of at most ${MAX_LENGTH_SIZE} bytes, found a longer one`, offset);
  return { length: 0, lengthSize: MAX_LENGTH_SIZE };
}

/** The bytes a descriptor is written in: tag, length, payload. */
function writeDescriptor(writer: ByteWriter, tag: number, lengthSize: number, payload: Uint8Array): void {
  if (payload.length >= 128 ** MAX_LENGTH_SIZE) throw new RangeError(`${payload.length} bytes fit no descriptor`);
  let needed = 1;
  while (payload.length >= 128 ** needed) needed++;
  writer.u8(tag);
  for (let left = Math.max(needed, Math.min(lengthSize, MAX_LENGTH_SIZE)) - 1; left >= 0; left--) {
    const bits = Math.floor(payload.length / 128 ** left) % 128;
    writer.u8(left > 0 ? 0x80 | bits : bits);
  }
  writer.bytes(payload);
}

/** A descriptor with the offset of its payload in the file, for faults found in it. */
interface FoundDescriptor {
  readonly descriptor: OpaqueDescriptor;
  readonly offset: number;
}

/** The whole descriptors up to the reader's end or its first fault: behind a false length nothing can be found. */
function parseDescriptors(reader: ByteReader): FoundDescriptor[] {
  const found: FoundDescriptor[] = [];
  while (reader.remaining > 0) {
    const tag = reader.u8();
    const { length, lengthSize } = parseLength(reader);
    const offset = reader.offset;
    const payload = reader.bytes(length);
    if (reader.fault !== undefined) break;
    found.push({ descriptor: { tag, lengthSize, payload }, offset });
  }
  return found;
}

function writeDescriptors(writer: ByteWriter, descriptors: readonly OpaqueDescriptor[]): void {
  for (const { tag, lengthSize, payload } of descriptors) writeDescriptor(writer, tag, lengthSize, payload);
}

function parseDecoderConfig({ descriptor, offset }: FoundDescriptor): Parsed<DecoderConfigDescriptor> {
  const reader = new ByteReader(descriptor.payload, { base: offset });
  const objectTypeIndication = reader.u8();
  const streamTypeByte = reader.u8();
  const bufferSizeDb = reader.u24();
  const maxBitrate = reader.u32();
  const avgBitrate = reader.u32();
  const descriptors = parseDescriptors(reader).map((found) => found.descriptor);
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };
  const info = descriptors[0]?.tag === DescriptorTag.decoderSpecificInfo ? descriptors[0] : undefined;
  return {
    value: {
      lengthSize: descriptor.lengthSize,
      objectTypeIndication,
      streamType: streamTypeByte >>> 2,
      upStream: (streamTypeByte & 2) !== 0,
      reserved: streamTypeByte & 1,
      bufferSizeDb,
      maxBitrate,
      avgBitrate,
      decoderSpecificInfo: info === undefined ? undefined : { lengthSize: info.lengthSize, bytes: info.payload },
      others: info === undefined ? descriptors : descriptors.slice(1),
    },
    fault: undefined,
  };
}

function writeDecoderConfig(writer: ByteWriter, config: DecoderConfigDescriptor): void {
  const { decoderSpecificInfo } = config;
  const payload = new ByteWriter();
  payload.u8(config.objectTypeIndication);
  payload.u8((config.streamType << 2) | (config.upStream ? 2 : 0) | config.reserved);
  payload.u24(config.bufferSizeDb);
  payload.u32(config.maxBitrate);
  payload.u32(config.avgBitrate);
  if (decoderSpecificInfo !== undefined) {
    const { lengthSize, bytes } = decoderSpecificInfo;
    writeDescriptor(payload, DescriptorTag.decoderSpecificInfo, lengthSize, bytes);
  }
  writeDescriptors(payload, config.others);
  writeDescriptor(writer, DescriptorTag.decoderConfigDescriptor, config.lengthSize, payload.toBytes());
}

/** Undefined for anything else, and for one without a byte in it: both pass through as they are. */
function asSlConfig(descriptor: OpaqueDescriptor | undefined): SlConfigDescriptor | undefined {
  if (descriptor?.tag !== DescriptorTag.slConfigDescriptor) return undefined;
  const { lengthSize, payload } = descriptor;
  const [predefined] = payload;
  return predefined === undefined ? undefined : { lengthSize, predefined, custom: payload.subarray(1) };
}

function writeSlConfig(writer: ByteWriter, config: SlConfigDescriptor): void {
  const payload = new ByteWriter();
  payload.u8(config.predefined);
  payload.bytes(config.custom);
  writeDescriptor(writer, DescriptorTag.slConfigDescriptor, config.lengthSize, payload.toBytes());
}

/**
 * Parses an ES_Descriptor at the start of `bytes`. `base`: file offset of the first byte, for faults. Payloads are
 * views, not copies. There is no value without a whole DecoderConfigDescriptor as the first descriptor inside, where
 * the standard has it; a descriptor that breaks off behind it, or an outer length that goes beyond the bytes, is a
 * fault beside the value.
 */
export function parseEsDescriptor(bytes: Uint8Array, options: { base?: number } = {}): Parsed<EsDescriptor> {
  const outer = new ByteReader(bytes, options);
  const start = outer.offset;
  const tag = outer.u8();
  if (tag !== DescriptorTag.esDescriptor) outer.fail(`expected an ES_Descriptor (tag 3), found tag ${tag}`, start);
  const { length, lengthSize } = parseLength(outer);
  const present = Math.min(length, outer.remaining);
  const reader = new ByteReader(outer.bytes(present), { base: outer.offset - present });
  if (outer.fault !== undefined) return { value: undefined, fault: outer.fault };
  if (present < length) outer.fail(`expected an ES_Descriptor of ${length} bytes, found ${present}`, start);

  const esId = reader.u16();
  const flags = reader.u8();
  const dependsOnEsId = (flags & 0x80) !== 0 ? reader.u16() : undefined;
  const url = (flags & 0x40) !== 0 ? reader.bytes(reader.u8()) : undefined;
  const ocrEsId = (flags & 0x20) !== 0 ? reader.u16() : undefined;
  const inside = reader.offset;
  const [first, ...following] = parseDescriptors(reader);
  if (first?.descriptor.tag !== DescriptorTag.decoderConfigDescriptor) {
    const message = 'expected a whole DecoderConfigDescriptor (tag 4) first in the ES_Descriptor';
    return { value: undefined, fault: reader.fault ?? { offset: inside, message } };
  }
  const decoderConfig = parseDecoderConfig(first);
  if (decoderConfig.value === undefined) return decoderConfig;
  const descriptors = following.map((found) => found.descriptor);
  const slConfig = asSlConfig(descriptors[0]);
  return {
    value: {
      lengthSize,
      esId,
      streamPriority: flags & 0x1f,
      dependsOnEsId,
      url,
      ocrEsId,
      decoderConfig: decoderConfig.value,
      slConfig,
      others: slConfig === undefined ? descriptors : descriptors.slice(1),
      trailing: bytes.subarray(outer.position),
    },
    fault: outer.fault ?? reader.fault,
  };
}

/** The bytes of a descriptor: those it was parsed from, if nothing was changed. Lengths follow from what is inside. */
export function writeEsDescriptor(descriptor: EsDescriptor): Uint8Array {
  const { dependsOnEsId, url, ocrEsId, slConfig } = descriptor;
  const payload = new ByteWriter();
  payload.u16(descriptor.esId);
  payload.u8(
    (dependsOnEsId === undefined ? 0 : 0x80) |
      (url === undefined ? 0 : 0x40) |
      (ocrEsId === undefined ? 0 : 0x20) |
      (descriptor.streamPriority & 0x1f),
  );
  if (dependsOnEsId !== undefined) payload.u16(dependsOnEsId);
  if (url !== undefined) {
    if (url.length > 255) throw new RangeError(`a URL of ${url.length} bytes fits no ES_Descriptor`);
    payload.u8(url.length);
    payload.bytes(url);
  }
  if (ocrEsId !== undefined) payload.u16(ocrEsId);
  writeDecoderConfig(payload, descriptor.decoderConfig);
  if (slConfig !== undefined) writeSlConfig(payload, slConfig);
  writeDescriptors(payload, descriptor.others);

  const writer = new ByteWriter();
  writeDescriptor(writer, DescriptorTag.esDescriptor, descriptor.lengthSize, payload.toBytes());
  writer.bytes(descriptor.trailing);
  return writer.toBytes();
}

/** The descriptor with another configuration of the decoder (for MPEG-4 audio: the bytes of an AudioSpecificConfig). */
export function withDecoderSpecificInfo(descriptor: EsDescriptor, bytes: Uint8Array): EsDescriptor {
  const { decoderConfig } = descriptor;
  const lengthSize = decoderConfig.decoderSpecificInfo?.lengthSize ?? decoderConfig.lengthSize;
  return {
    ...descriptor,
    decoderConfig: { ...decoderConfig, decoderSpecificInfo: { lengthSize, bytes } },
  };
}
