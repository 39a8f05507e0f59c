/**
 * AudioSpecificConfigs that were cut off: the EvoStream-style media server keeps the first two bytes of whatever was
 * announced to it. For AAC-LC that is all there is; for HE-AAC with hierarchical signalling one bit of the extension's
 * sampling frequency and the core's object type are gone. What leaves only one reading is put back; anything else is
 * said to be lost, never guessed.
 */
import { BitReader, NO_BITS } from '../../bytes/bit-reader.ts';
import { AudioObjectType, isExtensionObjectType, parseAudioObjectType } from './audio-object-type.ts';
import {
  isUnderstoodToItsEnd,
  parseAudioSpecificConfig,
  writeAudioSpecificConfig,
  type AudioSpecificConfig,
} from './audio-specific-config.ts';
import { EXPLICIT_SAMPLING_FREQUENCY, parseSamplingFrequency, SAMPLING_FREQUENCIES } from './sampling-frequency.ts';

/** What became of a configuration that may have been cut off. */
export type Completion =
  /**
   * Nothing that has to be there is missing. `bytes` are those given, but for an extension that broke off. Whether a
   * backward compatible extension stood behind them cannot be told; decoders find HE-AAC in the frames without it.
   */
  | { readonly outcome: 'whole'; readonly config: AudioSpecificConfig; readonly bytes: Uint8Array }
  /** The tail was put back: `bytes` begin with those given. */
  | { readonly outcome: 'rebuilt'; readonly config: AudioSpecificConfig; readonly bytes: Uint8Array }
  /** What is missing cannot be known; `reason` says why, in a clause. */
  | { readonly outcome: 'lost'; readonly reason: string };

function lost(reason: string): Completion {
  return { outcome: 'lost', reason };
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return start.length <= bytes.length && start.every((byte, index) => byte === bytes[index]);
}

/**
 * Spectral band replication doubles the sampling frequency or keeps it, so the index is one of two; and no two indices
 * that differ in the last bit alone are those two, so that three bits decide between them.
 */
function rebuild(bytes: Uint8Array): Completion {
  const reader = new BitReader(bytes);
  const firstObjectType = parseAudioObjectType(reader);
  if (reader.peek(4) === EXPLICIT_SAMPLING_FREQUENCY) {
    return lost('its sampling frequency was written out in 24 bits that are not all there');
  }
  const samplingFrequency = parseSamplingFrequency(reader);
  const channelConfiguration = reader.bits(4);
  if (reader.fault !== undefined) return lost(reader.fault.message);
  if (channelConfiguration === 0) {
    return lost('its channels were listed in a program_config_element that is not all there');
  }
  if (!isExtensionObjectType(firstObjectType)) {
    return lost(`audio object type ${firstObjectType} was configured in more bits than are there`);
  }
  for (const hertz of [samplingFrequency.hertz * 2, samplingFrequency.hertz]) {
    const index = SAMPLING_FREQUENCIES.indexOf(hertz);
    if (index < 0) continue;
    const config: AudioSpecificConfig = {
      audioObjectType: AudioObjectType.aacLowComplexity,
      samplingFrequency,
      channelConfiguration,
      extension: {
        signalling: 'hierarchical',
        audioObjectType: firstObjectType,
        samplingFrequency: { index, hertz },
        channelConfiguration: undefined,
      },
      gaSpecificConfig: {
        frameLengthFlag: false,
        coreCoderDelay: undefined,
        programConfigElement: undefined,
        layerNr: undefined,
        extension: undefined,
      },
      epConfig: undefined,
      trailing: NO_BITS,
    };
    const rebuilt = writeAudioSpecificConfig(config);
    if (startsWith(rebuilt, bytes)) return { outcome: 'rebuilt', config, bytes: rebuilt };
  }
  return lost('what is left of its extension is not the sampling frequency of the core or twice that');
}

/**
 * A whole configuration from `bytes`, of which the tail may be missing, but not the first two bytes. What is rebuilt is
 * HE-AAC of either version with hierarchical signalling; its core is taken to be AAC-LC with 1024 samples a frame, as
 * it is from every encoder known.
 */
export function completeTruncated(bytes: Uint8Array): Completion {
  if (bytes.length < 2) return lost(`no more than ${bytes.length} of its bytes are there`);
  const { value: config, fault } = parseAudioSpecificConfig(bytes);
  if (config === undefined) return rebuild(bytes);
  if (!isUnderstoodToItsEnd(config)) {
    return lost(`audio object type ${config.audioObjectType} is configured in a way that does not give its own length`);
  }
  if (fault === undefined) return { outcome: 'whole', config, bytes };
  const withoutExtension = { ...config, trailing: NO_BITS };
  return { outcome: 'whole', config: withoutExtension, bytes: writeAudioSpecificConfig(withoutExtension) };
}
