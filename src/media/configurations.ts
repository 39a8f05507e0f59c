/**
 * Makes the `CodecConfiguration` that everything speaks of the record that a container or the media holds: once for each
 * codec, whichever reader met the record. It knows no container and reads no file.
 */
import { parseAudioSpecificConfig, type AudioSpecificConfig } from '../codecs/aac/audio-specific-config.ts';
import type { Av1CodecConfiguration } from '../codecs/av1/codec-configuration.ts';
import { sequenceHeaderOf } from '../codecs/av1/temporal-unit.ts';
import { parameterSetNalUnits, type AvcDecoderConfiguration } from '../codecs/h264/decoder-configuration.ts';
import { isRecoveryPoint, nalUnitHeads, sampleUnitOf, type SamplePlace } from '../codecs/h264/sample-unit.ts';
import { parseSequenceParameterSet } from '../codecs/h264/sequence-parameter-set.ts';
import { parameterSetsOf } from '../codecs/h264/slice-header.ts';
import { nalUnitsOfType, type HevcDecoderConfiguration } from '../codecs/h265/decoder-configuration.ts';
import { NalUnitType as HevcNalUnitType } from '../codecs/h265/nal-unit-type.ts';
import { parseSequenceParameterSet as parseHevcSequenceParameterSet } from '../codecs/h265/sequence-parameter-set.ts';
import { parseEsDescriptor, withDecoderSpecificInfo } from '../codecs/mpeg4/es-descriptor.ts';
import type { Av1Configuration, AvcConfiguration, HevcConfiguration, Mpeg4AudioConfiguration } from './track.ts';

/** Pixels, as the container claims them. */
interface ClaimedSize {
  readonly width: number;
  readonly height: number;
}

/** H.264 of a record. `size`: what the container claims, which is kept; without it the size is that of the parameter set. */
export function avcConfigurationOf(record: AvcDecoderConfiguration, size?: ClaimedSize): AvcConfiguration {
  const [nalUnit] = record.sequenceParameterSets;
  const sps = nalUnit === undefined ? undefined : parseSequenceParameterSet(nalUnit).value;
  const { width, height } = size ?? sps ?? { width: 0, height: 0 };
  return { codec: 'h264', record, sps, width, height };
}

/** Samples of H.264 that tell what they are made of. */
export const picturesLookedAt = 64;
/** Sync samples of H.264 that tell what its writer calls one. */
export const syncLookedAt = 16;

/**
 * H.264 with the habits of its writer: what it makes a sample of, as far as the samples at `places`, which follow one another,
 * show it, and what it calls a sync sample, as those at `sync` do.
 */
export function withWriterHabits(
  configuration: AvcConfiguration,
  places: readonly SamplePlace[],
  sync: readonly SamplePlace[],
  read: (offset: number, length: number) => Uint8Array,
): AvcConfiguration {
  const { record } = configuration;
  const headsOf = (place: SamplePlace): Uint8Array[] => nalUnitHeads(place, record.nalUnitLengthSize, read);
  const sampleUnit = sampleUnitOf(places.map(headsOf), parameterSetsOf(parameterSetNalUnits(record)));
  const syncsAtRecoveryPoints = sync.some((place) => isRecoveryPoint(headsOf(place)));
  return {
    ...configuration,
    ...(sampleUnit === undefined ? {} : { sampleUnit }),
    ...(syncsAtRecoveryPoints ? { syncsAtRecoveryPoints } : {}),
  };
}

/** H.265 of a record. `size`: what is claimed, for where the record's parameter set cannot be read. */
export function hevcConfigurationOf(record: HevcDecoderConfiguration, size?: ClaimedSize): HevcConfiguration {
  const [nalUnit] = nalUnitsOfType(record, HevcNalUnitType.sequenceParameterSet);
  const sps = nalUnit === undefined ? undefined : parseHevcSequenceParameterSet(nalUnit).value;
  const { width, height } = sps ?? size ?? { width: 0, height: 0 };
  return { codec: 'h265', record, sps, width, height };
}

/** AV1 of a record. `size`: what is claimed, for where the record has no sequence header. */
export function av1ConfigurationOf(record: Av1CodecConfiguration, size?: ClaimedSize): Av1Configuration {
  const sequenceHeader = sequenceHeaderOf(record.configObus);
  const { width, height } = size ?? { width: 0, height: 0 };
  const { maxFrameWidth = width, maxFrameHeight = height } = sequenceHeader ?? {};
  return { codec: 'av1', record, sequenceHeader, width: maxFrameWidth, height: maxFrameHeight };
}

/** An ES_Descriptor as EvoStream-style recorders write it, for a configuration that is put into it. */
const plainDescriptor = Uint8Array.from(
  Buffer.from('038080802200010004808080144015000000000000000000000005808080021210068080800102', 'hex'),
);

/** MPEG-4 audio of the bytes of an AudioSpecificConfig; `audio`: what they mean, where it was read before. */
export function aacConfigurationOf(
  specificConfig: Uint8Array,
  audio: AudioSpecificConfig | undefined = parseAudioSpecificConfig(specificConfig).value,
): Mpeg4AudioConfiguration {
  const descriptor = parseEsDescriptor(plainDescriptor).value!;
  return { codec: 'aac', descriptor: withDecoderSpecificInfo(descriptor, specificConfig), audio };
}
