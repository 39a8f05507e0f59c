/**
 * GASpecificConfig (ISO/IEC 14496-3, 4.4.1, Table 4.1): what the AudioSpecificConfig says about the "general audio"
 * coders, AAC in all its kinds and TwinVQ. Which fields there are depends on the audio object type, which the caller
 * knows.
 */
import type { BitReader } from '../../bytes/bit-reader.ts';
import type { BitWriter } from '../../bytes/bit-writer.ts';
import { AudioObjectType } from './audio-object-type.ts';
import {
  parseProgramConfigElement,
  writeProgramConfigElement,
  type ProgramConfigElement,
} from './program-config-element.ts';

/** A parsed GASpecificConfig; `dependsOnCoreCoder` and `extensionFlag` follow from what is undefined. */
export interface GaSpecificConfig {
  /** False: 1024 samples a frame. True: 960. (AAC-LD: 512, 480.) */
  readonly frameLengthFlag: boolean;
  /** There with `dependsOnCoreCoder` only: a scalable stream on top of another coder. */
  readonly coreCoderDelay: number | undefined;
  /** There with `channelConfiguration` 0 only. */
  readonly programConfigElement: ProgramConfigElement | undefined;
  /** Scalable object types only (6, 20). */
  readonly layerNr: number | undefined;
  /** There with `extensionFlag` only. */
  readonly extension: GaExtension | undefined;
}

/** What follows `extensionFlag`, by audio object type. */
export interface GaExtension {
  /** ER BSAC only (22). */
  readonly subFrames: { readonly numOfSubFrame: number; readonly layerLength: number } | undefined;
  /** Error resilient AAC only (17, 19, 20, 23). */
  readonly resilience:
    | {
        readonly aacSectionDataResilienceFlag: boolean;
        readonly aacScalefactorDataResilienceFlag: boolean;
        readonly aacSpectralDataResilienceFlag: boolean;
      }
    | undefined;
  readonly extensionFlag3: boolean;
}

const SCALABLE: ReadonlySet<number> = new Set([AudioObjectType.aacScalable, AudioObjectType.errorResilientAacScalable]);

const ERROR_RESILIENT_AAC: ReadonlySet<number> = new Set([
  AudioObjectType.errorResilientAacLowComplexity,
  AudioObjectType.errorResilientAacLongTermPrediction,
  AudioObjectType.errorResilientAacScalable,
  AudioObjectType.errorResilientAacLowDelay,
]);

const GENERAL_AUDIO: ReadonlySet<number> = new Set([
  AudioObjectType.aacMain,
  AudioObjectType.aacLowComplexity,
  AudioObjectType.aacScalableSamplingRate,
  AudioObjectType.aacLongTermPrediction,
  AudioObjectType.aacScalable,
  AudioObjectType.twinVq,
  AudioObjectType.errorResilientTwinVq,
  AudioObjectType.errorResilientBsac,
  ...ERROR_RESILIENT_AAC,
]);

/** Whether the configuration of this audio object type is a GASpecificConfig. */
export function isGeneralAudio(audioObjectType: number): boolean {
  return GENERAL_AUDIO.has(audioObjectType);
}

function parseGaExtension(reader: BitReader, audioObjectType: number): GaExtension {
  const subFrames =
    audioObjectType === AudioObjectType.errorResilientBsac
      ? { numOfSubFrame: reader.bits(5), layerLength: reader.bits(11) }
      : undefined;
  const resilience = ERROR_RESILIENT_AAC.has(audioObjectType)
    ? {
        aacSectionDataResilienceFlag: reader.flag(),
        aacScalefactorDataResilienceFlag: reader.flag(),
        aacSpectralDataResilienceFlag: reader.flag(),
      }
    : undefined;
  return { subFrames, resilience, extensionFlag3: reader.flag() };
}

/** Reads from where the reader stands; what is missing shows as the reader's `fault`. */
export function parseGaSpecificConfig(
  reader: BitReader,
  audioObjectType: number,
  channelConfiguration: number,
): GaSpecificConfig {
  const frameLengthFlag = reader.flag();
  const dependsOnCoreCoder = reader.flag();
  const coreCoderDelay = dependsOnCoreCoder ? reader.bits(14) : undefined;
  const extensionFlag = reader.flag();
  const programConfigElement = channelConfiguration === 0 ? parseProgramConfigElement(reader) : undefined;
  const layerNr = SCALABLE.has(audioObjectType) ? reader.bits(3) : undefined;
  const extension = extensionFlag ? parseGaExtension(reader, audioObjectType) : undefined;
  return { frameLengthFlag, coreCoderDelay, programConfigElement, layerNr, extension };
}

/** The counterpart of `parseGaSpecificConfig`; fields that are undefined are not written. */
export function writeGaSpecificConfig(writer: BitWriter, config: GaSpecificConfig): void {
  const { coreCoderDelay, programConfigElement, layerNr, extension } = config;
  writer.flag(config.frameLengthFlag);
  writer.flag(coreCoderDelay !== undefined);
  if (coreCoderDelay !== undefined) writer.bits(coreCoderDelay, 14);
  writer.flag(extension !== undefined);
  if (programConfigElement !== undefined) writeProgramConfigElement(writer, programConfigElement);
  if (layerNr !== undefined) writer.bits(layerNr, 3);
  if (extension === undefined) return;
  if (extension.subFrames !== undefined) {
    writer.bits(extension.subFrames.numOfSubFrame, 5);
    writer.bits(extension.subFrames.layerLength, 11);
  }
  if (extension.resilience !== undefined) {
    writer.flag(extension.resilience.aacSectionDataResilienceFlag);
    writer.flag(extension.resilience.aacScalefactorDataResilienceFlag);
    writer.flag(extension.resilience.aacSpectralDataResilienceFlag);
  }
  writer.flag(extension.extensionFlag3);
}

/** Samples of one frame in the core's sampling frequency. */
export function gaSamplesPerFrame(config: GaSpecificConfig, audioObjectType: number): number {
  if (audioObjectType === AudioObjectType.errorResilientAacLowDelay) return config.frameLengthFlag ? 480 : 512;
  return config.frameLengthFlag ? 960 : 1024;
}
