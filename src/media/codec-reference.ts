/**
 * The codec configurations that one recording has and another of the same stream has lost. Every container's reader gives
 * them in this form; which of them fits a damaged recording is for the recovery to decide, not for this module.
 */
import { parseAudioSpecificConfig, type AudioSpecificConfig } from '../codecs/aac/audio-specific-config.ts';
import { completeTruncated } from '../codecs/aac/truncated-config.ts';
import type { AvcDecoderConfiguration } from '../codecs/h264/decoder-configuration.ts';

export interface AudioReference {
  /** The bytes of an AudioSpecificConfig. */
  readonly specificConfig: Uint8Array;
  /** What they mean. */
  readonly audio: AudioSpecificConfig;
}

/** What a recording says of its streams; without `video` and `audio` it is of no help. */
export interface CodecReference {
  /** The recording it was read from, for messages. */
  readonly file: string;
  /** Has at least one sequence and one picture parameter set. */
  readonly video?: AvcDecoderConfiguration;
  readonly audio?: AudioReference;
}

/** A reference of what was found; without parameter sets a video configuration is none. */
export function codecReference(
  file: string,
  video: AvcDecoderConfiguration | undefined,
  audio: AudioReference | undefined,
): CodecReference {
  return {
    file,
    ...(video !== undefined && hasParameterSets(video) ? { video } : {}),
    ...(audio === undefined ? {} : { audio }),
  };
}

/** Whether a record is enough to decode by: with `avc3` the parameter sets may stand in the samples alone. */
export function hasParameterSets(record: AvcDecoderConfiguration): boolean {
  return record.sequenceParameterSets.length > 0 && record.pictureParameterSets.length > 0;
}

/**
 * An audio reference from the bytes of an AudioSpecificConfig, or undefined where they are none. What an EvoStream-style
 * server cut off (and its combiner then wrote into finished files) is put back where it follows from the rest.
 */
export function audioReference(specificConfig: Uint8Array): AudioReference | undefined {
  const { value: audio, fault } = parseAudioSpecificConfig(specificConfig);
  if (audio !== undefined && fault === undefined) return { specificConfig, audio };
  const completion = completeTruncated(specificConfig);
  return completion.outcome === 'lost' ? undefined : { specificConfig: completion.bytes, audio: completion.config };
}
