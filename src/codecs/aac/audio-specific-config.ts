/**
 * AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1): what a decoder has to know of an MPEG-4 audio stream before its first
 * frame. AAC in all its kinds is understood, with spectral band replication (HE-AAC) and parametric stereo (HE-AAC v2)
 * signalled in either way; the configurations of other coders are kept as bits. Descriptors and boxes are not known
 * here.
 */
import { BitReader, NO_BITS, type BitString } from '../../bytes/bit-reader.ts';
import { BitWriter } from '../../bytes/bit-writer.ts';
import type { Parsed } from '../parsed.ts';
import {
  AudioObjectType,
  isExtensionObjectType,
  parseAudioObjectType,
  writeAudioObjectType,
} from './audio-object-type.ts';
import {
  gaSamplesPerFrame,
  isGeneralAudio,
  parseGaSpecificConfig,
  writeGaSpecificConfig,
  type GaSpecificConfig,
} from './ga-specific-config.ts';
import { programChannelCount } from './program-config-element.ts';
import { parseSamplingFrequency, writeSamplingFrequency, type SamplingFrequency } from './sampling-frequency.ts';

/**
 * Spectral band replication said first, in place of the core's object type: no decoder without it will play the stream.
 */
export interface HierarchicalExtension {
  readonly signalling: 'hierarchical';
  /** 5, or 29 with parametric stereo as well. */
  readonly audioObjectType: number;
  /** Of what comes out: twice the core's, or the same. */
  readonly samplingFrequency: SamplingFrequency;
  /** ER BSAC only. */
  readonly channelConfiguration: number | undefined;
}

/** An extension said last, behind a sync word, where decoders that do not know it do not look. */
export interface BackwardCompatibleExtension {
  readonly signalling: 'backwardCompatible';
  /** 5, or 22 (ER BSAC); nothing but the type is known of others. */
  readonly audioObjectType: number;
  /** False says that there is none: decoders need not search the frames for it. */
  readonly sbrPresentFlag: boolean;
  /** There with `sbrPresentFlag` only. */
  readonly samplingFrequency: SamplingFrequency | undefined;
  /** Undefined where nothing is said. */
  readonly psPresentFlag: boolean | undefined;
  /** ER BSAC only. */
  readonly channelConfiguration: number | undefined;
}

/** A parsed AudioSpecificConfig (1.6.2.1); written again, it gives the same bytes. */
export interface AudioSpecificConfig {
  /** Of the core: 2 for AAC-LC, and for HE-AAC of either version too. */
  readonly audioObjectType: number;
  /** Of the core: in HE-AAC half of what comes out. */
  readonly samplingFrequency: SamplingFrequency;
  /** Of the core (Table 1.19); 0: the program_config_element says it. */
  readonly channelConfiguration: number;
  readonly extension: HierarchicalExtension | BackwardCompatibleExtension | undefined;
  /** Undefined for the object types that have a configuration of another kind: it stays in `trailing`. */
  readonly gaSpecificConfig: GaSpecificConfig | undefined;
  /** Error resilient object types only. */
  readonly epConfig: number | undefined;
  /** Bits behind the last field that was understood, but for zeros that only fill up the last byte. */
  readonly trailing: BitString;
}

/**
 * Channels by `channelConfiguration` (Table 1.19); 0 is the program_config_element's business, the gaps are reserved.
 */
const CHANNEL_COUNTS: readonly (number | undefined)[] = [
  undefined,
  1,
  2,
  3,
  4,
  5,
  6,
  8,
  undefined,
  undefined,
  undefined,
  7,
  8,
  24,
  8,
  undefined,
];

const EXTENSION_SYNC_WORD = 0x2b7;
const PARAMETRIC_STEREO_SYNC_WORD = 0x548;
/** `epConfig` from here on is followed by an ErrorProtectionSpecificConfig, which is not read. */
const ERROR_PROTECTION_CONFIGURED = 2;

/**
 * Among the general audio object types, the error resilient ones (17, 19 to 23) say how errors are protected against.
 */
function hasEpConfig(audioObjectType: number): boolean {
  return isGeneralAudio(audioObjectType) && audioObjectType >= AudioObjectType.errorResilientAacLowComplexity;
}

function parseBackwardCompatibleExtension(reader: BitReader): BackwardCompatibleExtension {
  reader.skip(11); // syncExtensionType
  const audioObjectType = parseAudioObjectType(reader);
  const isSbr = audioObjectType === AudioObjectType.spectralBandReplication;
  const isBsac = audioObjectType === AudioObjectType.errorResilientBsac;
  const sbrPresentFlag = isSbr || isBsac ? reader.flag() : false;
  const samplingFrequency = sbrPresentFlag ? parseSamplingFrequency(reader) : undefined;
  let psPresentFlag: boolean | undefined;
  if (isSbr && sbrPresentFlag && reader.remaining >= 12 && reader.peek(11) === PARAMETRIC_STEREO_SYNC_WORD) {
    reader.skip(11);
    psPresentFlag = reader.flag();
  }
  const channelConfiguration = isBsac ? reader.bits(4) : undefined;
  return {
    signalling: 'backwardCompatible',
    audioObjectType,
    sbrPresentFlag,
    samplingFrequency,
    psPresentFlag,
    channelConfiguration,
  };
}

function writeBackwardCompatibleExtension(writer: BitWriter, extension: BackwardCompatibleExtension): void {
  const { audioObjectType, samplingFrequency, psPresentFlag, channelConfiguration } = extension;
  const isSbr = audioObjectType === AudioObjectType.spectralBandReplication;
  const isBsac = audioObjectType === AudioObjectType.errorResilientBsac;
  writer.bits(EXTENSION_SYNC_WORD, 11);
  writeAudioObjectType(writer, audioObjectType);
  if (isSbr || isBsac) writer.flag(extension.sbrPresentFlag);
  if (samplingFrequency !== undefined) writeSamplingFrequency(writer, samplingFrequency);
  if (psPresentFlag !== undefined) {
    writer.bits(PARAMETRIC_STEREO_SYNC_WORD, 11);
    writer.flag(psPresentFlag);
  }
  if (channelConfiguration !== undefined) writer.bits(channelConfiguration, 4);
}

/** Whether nothing but extensions can follow: no configuration of another coder, no error protection. */
export function isUnderstoodToItsEnd(config: Pick<AudioSpecificConfig, 'gaSpecificConfig' | 'epConfig'>): boolean {
  return config.gaSpecificConfig !== undefined && (config.epConfig ?? 0) < ERROR_PROTECTION_CONFIGURED;
}

/** The bits left, or none where they only fill up the last byte: zeros, and fewer than eight. */
function parseTrailing(reader: BitReader): BitString {
  const rest = reader.rest();
  return rest.bitLength < 8 && (rest.bytes[0] ?? 0) === 0 ? NO_BITS : rest;
}

/**
 * Parses a configuration that fills `bytes`. `base`: file offset of the first byte, for faults. A backward compatible
 * extension that breaks off gives a fault, and its bits are in `trailing`: the core is complete without it.
 */
export function parseAudioSpecificConfig(
  bytes: Uint8Array,
  options: { base?: number } = {},
): Parsed<AudioSpecificConfig> {
  const reader = new BitReader(bytes, options);
  const firstObjectType = parseAudioObjectType(reader);
  const samplingFrequency = parseSamplingFrequency(reader);
  const channelConfiguration = reader.bits(4);
  let audioObjectType = firstObjectType;
  let extension: AudioSpecificConfig['extension'];
  if (isExtensionObjectType(firstObjectType)) {
    const extensionSamplingFrequency = parseSamplingFrequency(reader);
    audioObjectType = parseAudioObjectType(reader);
    extension = {
      signalling: 'hierarchical',
      audioObjectType: firstObjectType,
      samplingFrequency: extensionSamplingFrequency,
      channelConfiguration: audioObjectType === AudioObjectType.errorResilientBsac ? reader.bits(4) : undefined,
    };
  }
  const gaSpecificConfig = isGeneralAudio(audioObjectType)
    ? parseGaSpecificConfig(reader, audioObjectType, channelConfiguration)
    : undefined;
  const epConfig = hasEpConfig(audioObjectType) ? reader.bits(2) : undefined;
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };

  const core = { audioObjectType, samplingFrequency, channelConfiguration, gaSpecificConfig, epConfig };
  const mayExtend = isUnderstoodToItsEnd(core) && extension === undefined && reader.remaining >= 16;
  if (!mayExtend || reader.peek(11) !== EXTENSION_SYNC_WORD) {
    return { value: { ...core, extension, trailing: parseTrailing(reader) }, fault: undefined };
  }
  const extensionReader = new BitReader(bytes, options);
  extensionReader.skip(reader.position);
  extension = parseBackwardCompatibleExtension(extensionReader);
  if (extensionReader.fault !== undefined) {
    return { value: { ...core, extension: undefined, trailing: parseTrailing(reader) }, fault: extensionReader.fault };
  }
  return { value: { ...core, extension, trailing: parseTrailing(extensionReader) }, fault: undefined };
}

/** The bytes of a configuration: those it was parsed from, if nothing was changed. */
export function writeAudioSpecificConfig(config: AudioSpecificConfig): Uint8Array {
  const { audioObjectType, extension, gaSpecificConfig, epConfig } = config;
  const hierarchical = extension?.signalling === 'hierarchical' ? extension : undefined;
  const writer = new BitWriter();
  writeAudioObjectType(writer, hierarchical?.audioObjectType ?? audioObjectType);
  writeSamplingFrequency(writer, config.samplingFrequency);
  writer.bits(config.channelConfiguration, 4);
  if (hierarchical !== undefined) {
    writeSamplingFrequency(writer, hierarchical.samplingFrequency);
    writeAudioObjectType(writer, audioObjectType);
    if (hierarchical.channelConfiguration !== undefined) writer.bits(hierarchical.channelConfiguration, 4);
  }
  if (gaSpecificConfig !== undefined) writeGaSpecificConfig(writer, gaSpecificConfig);
  if (epConfig !== undefined) writer.bits(epConfig, 2);
  if (extension?.signalling === 'backwardCompatible') writeBackwardCompatibleExtension(writer, extension);
  writer.bitString(config.trailing);
  return writer.toBytes();
}

function hasSpectralBandReplication({ extension }: AudioSpecificConfig): boolean {
  return extension !== undefined && (extension.signalling === 'hierarchical' || extension.sbrPresentFlag);
}

function hasParametricStereo({ extension }: AudioSpecificConfig): boolean {
  if (extension === undefined) return false;
  return extension.signalling === 'hierarchical'
    ? extension.audioObjectType === AudioObjectType.parametricStereo
    : extension.psPresentFlag === true;
}

/**
 * Samples of one access unit in the **core's** sampling frequency (`config.samplingFrequency`): 1024 or 960, for AAC-LD
 * 512 or 480. An access unit lasts as long as that many samples at that frequency, with spectral band replication too.
 * Undefined for object types that are not general audio.
 */
export function samplesPerFrame({ gaSpecificConfig, audioObjectType }: AudioSpecificConfig): number | undefined {
  return gaSpecificConfig === undefined ? undefined : gaSamplesPerFrame(gaSpecificConfig, audioObjectType);
}

/**
 * Samples per second that come out of the decoder, as far as the configuration says: implicit HE-AAC cannot be seen in
 * it.
 */
export function outputSamplingRate(config: AudioSpecificConfig): number {
  const extended = hasSpectralBandReplication(config) ? config.extension?.samplingFrequency : undefined;
  return (extended ?? config.samplingFrequency).hertz;
}

/**
 * Channels that come out of the decoder: parametric stereo makes two of one. Undefined where the number is reserved.
 */
export function channelCount(config: AudioSpecificConfig): number | undefined {
  const element = config.gaSpecificConfig?.programConfigElement;
  const coreChannels =
    element === undefined ? CHANNEL_COUNTS[config.channelConfiguration] : programChannelCount(element);
  return coreChannels === 1 && hasParametricStereo(config) ? 2 : coreChannels;
}

/**
 * The codec as `mp4a.40.N` (RFC 6381, 3.3). N is the object type a decoder needs to play all there is: 5 or 29 for
 * HE-AAC, in whichever way it is signalled, as DASH-IF and the packagers have it.
 */
export function codecString(config: AudioSpecificConfig): string {
  const { parametricStereo, spectralBandReplication } = AudioObjectType;
  if (hasParametricStereo(config)) return `mp4a.40.${parametricStereo}`;
  if (hasSpectralBandReplication(config)) return `mp4a.40.${spectralBandReplication}`;
  return `mp4a.40.${config.audioObjectType}`;
}
