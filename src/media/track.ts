/**
 * A track as every container means it: one codec, one timescale, one table of samples. And a recording: the tracks that
 * were recorded together, on one clock.
 */
import type { AudioSpecificConfig } from '../codecs/aac/audio-specific-config.ts';
import type { AvcDecoderConfiguration } from '../codecs/h264/decoder-configuration.ts';
import type { SequenceParameterSet } from '../codecs/h264/sequence-parameter-set.ts';
import type { EsDescriptor } from '../codecs/mpeg4/es-descriptor.ts';
import type { SampleTable } from './sample-table.ts';

/** H.264 as ISO/IEC 14496-15 stores it: NAL units with a length before each. */
export interface AvcConfiguration {
  readonly codec: 'h264';
  readonly record: AvcDecoderConfiguration;
  /** The record's first SPS, where it can be parsed. */
  readonly sps: SequenceParameterSet | undefined;
  /** Coded size to claim where the SPS is missing or unreadable. */
  readonly width: number;
  readonly height: number;
}

/** MPEG-4 audio as ISO/IEC 14496-14 stores it: raw access units. */
export interface Mpeg4AudioConfiguration {
  readonly codec: 'aac';
  readonly descriptor: EsDescriptor;
  /** Undefined where the recorder lost what cannot be rebuilt. */
  readonly audio: AudioSpecificConfig | undefined;
}

export type CodecConfiguration = AvcConfiguration | Mpeg4AudioConfiguration;

export interface Track {
  /** Track id, from 1, unique in the recording. */
  readonly id: number;
  readonly kind: 'video' | 'audio';
  /** Ticks per second of all times in `samples`. */
  readonly timescale: number;
  readonly configuration: CodecConfiguration;
  readonly samples: SampleTable;
}
