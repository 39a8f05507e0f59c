/**
 * VPCodecConfigurationRecord (VP Codec ISO Media File Format Binding): what a container says of VP8 and VP9. It is the
 * payload of a `vpcC` box of version 1 behind version and flags, and of an FLV sequence header.
 */
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-sink.ts';
import type { Parsed } from '../parsed.ts';
import type { ColourDescription } from '../video-signal.ts';

/** A parsed VPCodecConfigurationRecord; written again, it gives the same bytes. */
export interface VpCodecConfiguration {
  readonly profile: number;
  /** Ten times the level; 0 where it is not known. */
  readonly level: number;
  readonly bitDepth: number;
  /** 0 4:2:0 with vertical chroma position, 1 4:2:0 co-located, 2 4:2:2, 3 4:4:4. */
  readonly chromaSubsampling: number;
  readonly videoFullRangeFlag: boolean;
  readonly colour: ColourDescription;
  /** Empty for VP8 and VP9. */
  readonly codecInitializationData: Uint8Array;
  /** Bytes behind the last field, kept as they came; empty as a rule. */
  readonly trailing: Uint8Array;
}

/** Parses a record that fills `bytes`. `base`: file offset of the first byte, for faults. */
export function parseVpCodecConfiguration(
  bytes: Uint8Array,
  options: { base?: number } = {},
): Parsed<VpCodecConfiguration> {
  const reader = new ByteReader(bytes, options);
  const profile = reader.u8();
  const level = reader.u8();
  const packed = reader.u8();
  const colour = {
    colourPrimaries: reader.u8(),
    transferCharacteristics: reader.u8(),
    matrixCoefficients: reader.u8(),
  };
  const codecInitializationData = reader.bytes(reader.u16());
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };
  return {
    value: {
      profile,
      level,
      bitDepth: packed >>> 4,
      chromaSubsampling: (packed >>> 1) & 7,
      videoFullRangeFlag: (packed & 1) === 1,
      colour,
      codecInitializationData,
      trailing: reader.bytes(reader.remaining),
    },
    fault: undefined,
  };
}

/** The bytes of a record: those it was parsed from, if nothing was changed. */
export function writeVpCodecConfiguration(record: VpCodecConfiguration): Uint8Array {
  const { colour, codecInitializationData } = record;
  if (codecInitializationData.length > 0xffff) throw new RangeError('initialization data beyond 64 KiB fits no record');
  const writer = new ByteWriter();
  writer.u8(record.profile);
  writer.u8(record.level);
  writer.u8((record.bitDepth << 4) | (record.chromaSubsampling << 1) | (record.videoFullRangeFlag ? 1 : 0));
  writer.u8(colour.colourPrimaries);
  writer.u8(colour.transferCharacteristics);
  writer.u8(colour.matrixCoefficients);
  writer.u16(codecInitializationData.length);
  writer.bytes(codecInitializationData);
  writer.bytes(record.trailing);
  return writer.toBytes();
}

/** The codec as `vp09.PP.LL.DD`, with what follows where it is not the default (VP binding, "Codecs Parameter String"). */
export function codecString(record: VpCodecConfiguration, sampleEntryType = 'vp09'): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const { colourPrimaries, transferCharacteristics, matrixCoefficients } = record.colour;
  const required = [record.profile, record.level, record.bitDepth];
  const optional = [
    record.chromaSubsampling,
    colourPrimaries,
    transferCharacteristics,
    matrixCoefficients,
    record.videoFullRangeFlag ? 1 : 0,
  ];
  const isDefault = optional.join() === '1,1,1,1,0';
  return [sampleEntryType, ...[...required, ...(isDefault ? [] : optional)].map(two)].join('.');
}
