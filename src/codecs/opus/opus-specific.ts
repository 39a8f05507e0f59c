/**
 * What a decoder has to know of an Opus stream before its first packet, in its two forms: OpusHead (RFC 7845, 5.1, little
 * endian: Ogg, FLV, WebM) and OpusSpecificBox (Encapsulation of Opus in ISOBMFF, 4.3.2, big endian: `dOps`). Both say the
 * same. Boxes and tags are not known here.
 */
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-sink.ts';
import type { Parsed } from '../parsed.ts';

/** How the channels of the output are made from several Opus streams in each packet. */
export interface OpusChannelMapping {
  readonly streamCount: number;
  /** Streams of two channels; they come first. */
  readonly coupledCount: number;
  /** Which decoded channel each channel of the output is; 255 is silence. */
  readonly channelMapping: Uint8Array;
}

/** The fields of OpusHead and OpusSpecificBox, in either byte order. */
export interface OpusConfiguration {
  readonly outputChannelCount: number;
  /** Samples at 48 kHz to throw away at the beginning. */
  readonly preSkip: number;
  /** Of the audio before it was encoded, in Hz, 0 where unknown; decoding is always at 48 kHz. */
  readonly inputSampleRate: number;
  /** In 256ths of a decibel. */
  readonly outputGain: number;
  /** 0 mono or stereo, 1 the Vorbis order of up to eight channels, 2 and 3 ambisonics, 255 undefined. */
  readonly channelMappingFamily: number;
  /** With families other than 0. */
  readonly mapping: OpusChannelMapping | undefined;
  /** Bytes behind the last field, kept as they came; empty as a rule. */
  readonly trailing: Uint8Array;
}

const MAGIC = 'OpusHead';
/** Minor versions below 16 are compatible (RFC 7845, 5.1). */
const HEAD_VERSION = 1;

function parseFields(reader: ByteReader): Parsed<OpusConfiguration> {
  const outputChannelCount = reader.u8();
  if (outputChannelCount === 0) reader.fail('expected at least one channel, found 0');
  const preSkip = reader.u16();
  const inputSampleRate = reader.u32();
  const outputGain = reader.i16();
  const channelMappingFamily = reader.u8();
  const mapping =
    channelMappingFamily === 0
      ? undefined
      : { streamCount: reader.u8(), coupledCount: reader.u8(), channelMapping: reader.bytes(outputChannelCount) };
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };
  const trailing = reader.bytes(reader.remaining);
  return {
    value: { outputChannelCount, preSkip, inputSampleRate, outputGain, channelMappingFamily, mapping, trailing },
    fault: undefined,
  };
}

/** Parses the payload of a `dOps` box. `base`: file offset of the first byte, for faults. */
export function parseOpusSpecificBox(bytes: Uint8Array, options: { base?: number } = {}): Parsed<OpusConfiguration> {
  const reader = new ByteReader(bytes, options);
  const version = reader.u8();
  if (version !== 0) reader.fail(`expected version 0, found ${version}`, options.base ?? 0);
  return parseFields(reader);
}

/** Parses an identification header, its magic word first. */
export function parseOpusHead(bytes: Uint8Array, options: { base?: number } = {}): Parsed<OpusConfiguration> {
  const base = options.base ?? 0;
  const reader = new ByteReader(bytes, { base, littleEndian: true });
  if (reader.latin1(MAGIC.length) !== MAGIC) reader.fail(`expected ${MAGIC}`, base);
  const version = reader.u8();
  if (version >= 16) reader.fail(`expected a version below 16, found ${version}`, base + MAGIC.length);
  return parseFields(reader);
}

function checkMapping({ mapping, outputChannelCount }: OpusConfiguration): void {
  if (mapping !== undefined && mapping.channelMapping.length !== outputChannelCount) {
    throw new RangeError(`expected a mapping of ${outputChannelCount} channels, not ${mapping.channelMapping.length}`);
  }
}

function writeMapping(writer: ByteWriter, { channelMappingFamily, mapping, trailing }: OpusConfiguration): void {
  writer.u8(channelMappingFamily);
  if (mapping !== undefined) {
    writer.u8(mapping.streamCount);
    writer.u8(mapping.coupledCount);
    writer.bytes(mapping.channelMapping);
  }
  writer.bytes(trailing);
}

/** The payload of a `dOps` box. */
export function writeOpusSpecificBox(configuration: OpusConfiguration): Uint8Array {
  checkMapping(configuration);
  const writer = new ByteWriter();
  writer.u8(0);
  writer.u8(configuration.outputChannelCount);
  writer.u16(configuration.preSkip);
  writer.u32(configuration.inputSampleRate);
  writer.i16(configuration.outputGain);
  writeMapping(writer, configuration);
  return writer.toBytes();
}

/** An identification header of version 1. */
export function writeOpusHead(configuration: OpusConfiguration): Uint8Array {
  checkMapping(configuration);
  const writer = new ByteWriter();
  writer.latin1(MAGIC);
  writer.u8(HEAD_VERSION);
  writer.u8(configuration.outputChannelCount);
  const { preSkip, inputSampleRate: rate, outputGain } = configuration;
  for (const value of [preSkip, rate & 0xffff, rate >>> 16, outputGain & 0xffff]) {
    writer.u8(value & 0xff);
    writer.u8(value >>> 8);
  }
  writeMapping(writer, configuration);
  return writer.toBytes();
}
