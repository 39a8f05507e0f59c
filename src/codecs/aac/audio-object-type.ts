/**
 * Audio object types (ISO/IEC 14496-3, Table 1.17) and their coding in an AudioSpecificConfig: five bits, or an escape
 * and six more. Which configuration a type brings with it is not known here.
 */
import type { BitReader } from '../../bytes/bit-reader.ts';
import type { BitWriter } from '../../bytes/bit-writer.ts';

/** The types that anything here depends on; all others are numbers. */
export const AudioObjectType = {
  aacMain: 1,
  aacLowComplexity: 2,
  aacScalableSamplingRate: 3,
  aacLongTermPrediction: 4,
  spectralBandReplication: 5,
  aacScalable: 6,
  twinVq: 7,
  errorResilientAacLowComplexity: 17,
  errorResilientAacLongTermPrediction: 19,
  errorResilientAacScalable: 20,
  errorResilientTwinVq: 21,
  errorResilientBsac: 22,
  errorResilientAacLowDelay: 23,
  parametricStereo: 29,
} as const;

const ESCAPE = 31;

/** GetAudioObjectType(), Table 1.16. */
export function parseAudioObjectType(reader: BitReader): number {
  const audioObjectType = reader.bits(5);
  return audioObjectType === ESCAPE ? 32 + reader.bits(6) : audioObjectType;
}

/** Writes 5 bits, or for types from 32 on the escape and 6 more: the counterpart of `parseAudioObjectType`. */
export function writeAudioObjectType(writer: BitWriter, audioObjectType: number): void {
  if (audioObjectType < ESCAPE) {
    writer.bits(audioObjectType, 5);
  } else {
    writer.bits(ESCAPE, 5);
    writer.bits(audioObjectType - 32, 6);
  }
}

/** Whether the type names an extension (HE-AAC of either version) and the core's own type comes later. */
export function isExtensionObjectType(audioObjectType: number): boolean {
  const { spectralBandReplication, parametricStereo } = AudioObjectType;
  return audioObjectType === spectralBandReplication || audioObjectType === parametricStereo;
}
