/**
 * HE-AAC that its configuration does not tell of (ISO/IEC 14496-3, 1.6.5.2, implicit signalling): ADTS cannot, and many
 * writers do not, so that only the frames show spectral band replication and parametric stereo. Where the frames come from
 * is not known here.
 */
import { AudioObjectType } from './audio-object-type.ts';
import { channelCount, samplesPerFrame, type AudioSpecificConfig } from './audio-specific-config.ts';
import { isParsable } from './frame-syntax.ts';
import { AccessUnitParser } from './raw-data-block.ts';
import { SingleChannelReplication } from './replication-data.ts';
import { samplingFrequencyOf } from './sampling-frequency.ts';
import { nearestSamplingFrequencyIndex } from './scale-factor-bands.ts';

/** Frames that have to agree: of a stream that has band replication, all have it. */
const framesForReplication = 8;
/**
 * Access units that are asked for at most: all of them only of a single channel, to find a header of band replication, which
 * encoders repeat once or twice a second.
 */
export const framesThatTell = 48;
/** A single channel and nothing else, as `AccessUnitParser.elements`. */
const singleChannel = 0x10;

/** The configuration with what the first access units of its stream show beside it; itself where they show nothing. */
export function withImplicitExtension(
  config: AudioSpecificConfig,
  accessUnits: Iterable<Uint8Array>,
): AudioSpecificConfig {
  const { extension, audioObjectType, samplingFrequency } = config;
  // What is said is said. Frames of 960 samples are left alone: decoders in use replicate no bands of them.
  if (extension !== undefined || !isParsable(audioObjectType) || samplesPerFrame(config) !== 1024) return config;
  const psPresentFlag = shown(config, accessUnits);
  if (psPresentFlag === undefined) return config;
  return {
    ...config,
    extension: {
      signalling: 'backwardCompatible',
      audioObjectType: AudioObjectType.spectralBandReplication,
      sbrPresentFlag: true,
      samplingFrequency: samplingFrequencyOf(2 * samplingFrequency.hertz),
      psPresentFlag,
      channelConfiguration: undefined,
    },
  };
}

/** Whether there is parametric stereo; undefined where there is not even band replication. */
function shown(config: AudioSpecificConfig, accessUnits: Iterable<Uint8Array>): boolean | undefined {
  const { audioObjectType, samplingFrequency } = config;
  const parser = new AccessUnitParser({
    audioObjectType,
    samplingFrequencyIndex: nearestSamplingFrequencyIndex(samplingFrequency.hertz),
  });
  const single = channelCount(config) === 1 ? new SingleChannelReplication(2 * samplingFrequency.hertz) : undefined;
  let hasStereo: boolean | undefined;
  let frames = 0;
  for (const accessUnit of accessUnits) {
    // What a gap has torn is passed over.
    if (parser.parse(accessUnit, 0) < 0) continue;
    // It belongs to the channel element before it (4.5.2.8.2.1): without one it is none.
    if (!parser.hasSpectralBandReplication || parser.replicatedElements === 1) {
      if (frames < framesForReplication) return undefined;
      break;
    }
    frames++;
    if (parser.elements === singleChannel) {
      hasStereo ??= single?.take(accessUnit, parser.replicationStart, parser.replicationEnd);
    }
    const isTold = single === undefined || hasStereo !== undefined;
    if (frames === framesThatTell || (frames >= framesForReplication && isTold)) break;
  }
  return frames === 0 ? undefined : (hasStereo ?? false);
}
