/**
 * The header of an ADTS frame (ISO/IEC 14496-3, 1.A.2.2.1): how AAC is carried where no container says what it is. It tells
 * the frame's length and the configuration that other containers say once.
 */
import { BitReader } from '../../bytes/bit-reader.ts';
import type { Parsed } from '../parsed.ts';
import type { AudioSpecificConfig } from './audio-specific-config.ts';
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

/** An ADTS frame has no more bytes: its length has 13 bits. */
const maxFrame = 0x1fff;

/**
 * The header of seven bytes for an access unit of so many bytes (1.A.2.2); undefined where ADTS cannot say what the
 * configuration does: other object types, rates that no index stands for, channels that only the configuration lists.
 */
export function adtsHeaderOf(config: AudioSpecificConfig | undefined, mediaBytes: number): Uint8Array | undefined {
  if (config === undefined) return undefined;
  const { audioObjectType, samplingFrequency, channelConfiguration } = config;
  const index = SAMPLING_FREQUENCIES.indexOf(samplingFrequency.hertz);
  const length = 7 + mediaBytes;
  const isSimple = audioObjectType >= 1 && audioObjectType <= 4 && channelConfiguration > 0 && channelConfiguration < 8;
  if (!isSimple || index < 0 || length > maxFrame) return undefined;
  return Uint8Array.of(
    0xff,
    0xf1,
    ((audioObjectType - 1) << 6) | (index << 2) | (channelConfiguration >>> 2),
    ((channelConfiguration & 3) << 6) | (length >>> 11),
    (length >>> 3) & 0xff,
    ((length & 7) << 5) | 0x1f,
    0xfc,
  );
}
