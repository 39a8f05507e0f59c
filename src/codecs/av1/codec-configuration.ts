/**
 * AV1CodecConfigurationRecord (AV1 Codec ISO Media File Format Binding, 2.3.3): what a decoder has to know before the first
 * picture. It is the payload of an `av1C` box and of an FLV sequence header. The units in it are kept as bytes.
 */
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-sink.ts';
import type { Parsed } from '../parsed.ts';
import type { Av1SequenceHeader } from './sequence-header.ts';

/** A parsed AV1CodecConfigurationRecord; written again, it gives the same bytes. */
export interface Av1CodecConfiguration {
  readonly seqProfile: number;
  readonly seqLevelIdx0: number;
  readonly seqTier0: number;
  readonly highBitdepth: boolean;
  readonly twelveBit: boolean;
  readonly monochrome: boolean;
  readonly chromaSubsamplingX: number;
  readonly chromaSubsamplingY: number;
  /** 0 unknown, 1 vertical (left), 2 co-located (top left). */
  readonly chromaSamplePosition: number;
  /** The last byte as it came: reserved bits and the initial presentation delay. */
  readonly presentationDelay: number;
  /** A sequence header and messages, one open bitstream unit behind the other, as samples have them. */
  readonly configObus: Uint8Array;
}

/** Marker bit and version 1. */
const MARKER_AND_VERSION = 0x81;

/** Parses a record that fills `bytes`. `base`: file offset of the first byte, for faults. */
export function parseAv1CodecConfiguration(
  bytes: Uint8Array,
  options: { base?: number } = {},
): Parsed<Av1CodecConfiguration> {
  const reader = new ByteReader(bytes, options);
  const first = reader.u8();
  if (first !== MARKER_AND_VERSION) {
    reader.fail(`expected marker and version 0x81, found 0x${first.toString(16).padStart(2, '0')}`, options.base ?? 0);
  }
  const profileAndLevel = reader.u8();
  const flags = reader.u8();
  const presentationDelay = reader.u8();
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };
  return {
    value: {
      seqProfile: profileAndLevel >>> 5,
      seqLevelIdx0: profileAndLevel & 0x1f,
      seqTier0: flags >>> 7,
      highBitdepth: (flags & 0x40) !== 0,
      twelveBit: (flags & 0x20) !== 0,
      monochrome: (flags & 0x10) !== 0,
      chromaSubsamplingX: (flags >>> 3) & 1,
      chromaSubsamplingY: (flags >>> 2) & 1,
      chromaSamplePosition: flags & 3,
      presentationDelay,
      configObus: reader.bytes(reader.remaining),
    },
    fault: undefined,
  };
}

/** The record that goes with a sequence header; `configObus`: the unit it stands in. */
export function av1CodecConfigurationOf(header: Av1SequenceHeader, configObus: Uint8Array): Av1CodecConfiguration {
  const { colourConfig } = header;
  return {
    seqProfile: header.seqProfile,
    seqLevelIdx0: header.seqLevelIdx,
    seqTier0: header.seqTier,
    highBitdepth: colourConfig.bitDepth > 8,
    twelveBit: colourConfig.bitDepth === 12,
    monochrome: colourConfig.monochrome,
    chromaSubsamplingX: colourConfig.chromaSubsamplingX,
    chromaSubsamplingY: colourConfig.chromaSubsamplingY,
    chromaSamplePosition: colourConfig.chromaSamplePosition,
    presentationDelay: 0,
    configObus,
  };
}

/** The bytes of a record: those it was parsed from, if nothing was changed. */
export function writeAv1CodecConfiguration(record: Av1CodecConfiguration): Uint8Array {
  const writer = new ByteWriter();
  writer.u8(MARKER_AND_VERSION);
  writer.u8((record.seqProfile << 5) | record.seqLevelIdx0);
  writer.u8(
    (record.seqTier0 << 7) |
      (record.highBitdepth ? 0x40 : 0) |
      (record.twelveBit ? 0x20 : 0) |
      (record.monochrome ? 0x10 : 0) |
      (record.chromaSubsamplingX << 3) |
      (record.chromaSubsamplingY << 2) |
      record.chromaSamplePosition,
  );
  writer.u8(record.presentationDelay);
  writer.bytes(record.configObus);
  return writer.toBytes();
}
