/**
 * The header of an ADTS frame (ISO/IEC 14496-3, 1.A.2.2.1): how AAC is carried where no container says what it is. It tells
 * the frame's length and the configuration that other containers say once.
 */
import { BitReader } from '../../bytes/bit-reader.ts';
import type { Parsed } from '../parsed.ts';
import { SAMPLING_FREQUENCIES } from './sampling-frequency.ts';

/** adts_fixed_header() and adts_variable_header() (1.A.2.2.2, 1.A.2.2.3); rates in Hz. */
export interface AdtsHeader {
  /** 0 MPEG-4, 1 MPEG-2. */
  readonly id: number;
  /** `profile_ObjectType` + 1: 1 Main, 2 LC, 3 SSR, 4 LTP. */
  readonly audioObjectType: number;
  readonly samplingFrequencyIndex: number;
  /** Of the core: implicit HE-AAC has twice as much. */
  readonly samplingFrequency: number;
  readonly channelConfiguration: number;
  /** Bytes of header and data together. */
  readonly frameLength: number;
  /** 7, or 9 with a CRC. */
  readonly headerLength: number;
  /** 2047: variable rate. */
  readonly bufferFullness: number;
  /** Nearly always 1. */
  readonly rawDataBlocks: number;
}

/** Parses a header at the beginning of `bytes`. `base`: its file offset, for faults. */
export function parseAdtsHeader(bytes: Uint8Array, options: { base?: number } = {}): Parsed<AdtsHeader> {
  const base = options.base ?? 0;
  const reader = new BitReader(bytes, { base });
  if (reader.bits(12) !== 0xfff) reader.fail('expected the sync word 0xfff', base);
  const id = reader.bits(1);
  const layer = reader.bits(2);
  if (layer !== 0) reader.fail(`expected layer 0, found ${layer}`, base + 1);
  const protectionAbsent = reader.flag();
  const audioObjectType = 1 + reader.bits(2);
  const samplingFrequencyIndex = reader.bits(4);
  const samplingFrequency = SAMPLING_FREQUENCIES[samplingFrequencyIndex] ?? 0;
  if (samplingFrequency === 0) {
    reader.fail(`expected a sampling frequency, found index ${samplingFrequencyIndex} that gives none`, base + 2);
  }
  reader.skip(1); // private_bit
  const channelConfiguration = reader.bits(3);
  reader.skip(4); // original_copy, home, copyright_identification_bit and _start
  const frameLength = reader.bits(13);
  const bufferFullness = reader.bits(11);
  const rawDataBlocks = 1 + reader.bits(2);
  // With a CRC, the positions of all raw data blocks but the first come before it (1.A.2.2.1, adts_error_check).
  const headerLength = protectionAbsent ? 7 : 7 + 2 * rawDataBlocks;
  if (frameLength < headerLength) {
    reader.fail(`expected a frame_length of at least ${headerLength}, found ${frameLength}`, base + 3);
  }
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };
  return {
    value: {
      id,
      audioObjectType,
      samplingFrequencyIndex,
      samplingFrequency,
      channelConfiguration,
      frameLength,
      headerLength,
      bufferFullness,
      rawDataBlocks,
    },
    fault: undefined,
  };
}

/** The two bytes of the AudioSpecificConfig that says what the header says; frames of 1024 samples. */
export function audioSpecificConfigOf(header: AdtsHeader): Uint8Array {
  const { audioObjectType, samplingFrequencyIndex, channelConfiguration } = header;
  const value = (audioObjectType << 11) | (samplingFrequencyIndex << 7) | (channelConfiguration << 3);
  return Uint8Array.of(value >>> 8, value & 0xff);
}
