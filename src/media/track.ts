/**
 * A track as every container means it: one codec, one timescale, one table of samples. And a recording: the tracks that
 * were recorded together, on one clock.
 */
import type { Ac3Specific } from '../codecs/ac3/ac3-specific.ts';
import type { Eac3Specific } from '../codecs/ac3/eac3-specific.ts';
import type { AudioSpecificConfig } from '../codecs/aac/audio-specific-config.ts';
import type { Av1CodecConfiguration } from '../codecs/av1/codec-configuration.ts';
import type { Av1SequenceHeader } from '../codecs/av1/sequence-header.ts';
import type { FlacConfiguration } from '../codecs/flac/metadata-blocks.ts';
import type { AvcSampleUnit } from '../codecs/h264/sample-unit.ts';
import type { AvcDecoderConfiguration } from '../codecs/h264/decoder-configuration.ts';
import type { SequenceParameterSet } from '../codecs/h264/sequence-parameter-set.ts';
import type { HevcDecoderConfiguration } from '../codecs/h265/decoder-configuration.ts';
import type { SequenceParameterSet as HevcSequenceParameterSet } from '../codecs/h265/sequence-parameter-set.ts';
import type { MpegAudioFrameHeader } from '../codecs/mpeg-audio/frame-header.ts';
import type { Mpeg2SequenceHeader } from '../codecs/mpeg2/sequence-header.ts';
import type { EsDescriptor } from '../codecs/mpeg4/es-descriptor.ts';
import type { OpusConfiguration } from '../codecs/opus/opus-specific.ts';
import type { VpCodecConfiguration } from '../codecs/vp9/codec-configuration.ts';
import type { SampleTable } from './sample-table.ts';

/** Coded size to claim: what the container says, where the stream does not say it itself or cannot be read. */
interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** H.264 as ISO/IEC 14496-15 stores it: NAL units with a length before each. */
export interface AvcConfiguration extends PictureSize {
  readonly codec: 'h264';
  readonly record: AvcDecoderConfiguration;
  /** The record's first SPS, where it can be parsed. */
  readonly sps: SequenceParameterSet | undefined;
  /** What the writer makes a sample of, where samples tell it. */
  readonly sampleUnit?: AvcSampleUnit | undefined;
  /** Whether pictures with a recovery point are sync samples too, where samples tell it: by the standard IDR pictures are. */
  readonly syncsAtRecoveryPoints?: boolean | undefined;
}

/** H.265 as ISO/IEC 14496-15 stores it: NAL units with a length before each. */
export interface HevcConfiguration extends PictureSize {
  readonly codec: 'h265';
  readonly record: HevcDecoderConfiguration;
  /** The record's first SPS, where it can be parsed. */
  readonly sps: HevcSequenceParameterSet | undefined;
}

/** AV1: each sample a temporal unit without its delimiter. */
export interface Av1Configuration extends PictureSize {
  readonly codec: 'av1';
  readonly record: Av1CodecConfiguration;
  /** The record's, or the first in the samples. */
  readonly sequenceHeader: Av1SequenceHeader | undefined;
}

/** VP8 and VP9: each sample a frame or superframe. Recorders of VP8 often write no record. */
export interface VpConfiguration extends PictureSize {
  readonly codec: 'vp8' | 'vp9';
  readonly record: VpCodecConfiguration | undefined;
}

/** MPEG-1 and MPEG-2 video; the sequence header is in the samples, and in the descriptor where there is one. */
export interface Mpeg2VideoConfiguration extends PictureSize {
  readonly codec: 'mpeg2video';
  /** Undefined until one was met. */
  readonly sequenceHeader: Mpeg2SequenceHeader | undefined;
  /** Of an `mp4v` sample entry. */
  readonly descriptor: EsDescriptor | undefined;
}

/** MPEG-4 audio as ISO/IEC 14496-14 stores it: raw access units. */
export interface Mpeg4AudioConfiguration {
  readonly codec: 'aac';
  readonly descriptor: EsDescriptor;
  /** Undefined where the recorder lost what cannot be rebuilt. */
  readonly audio: AudioSpecificConfig | undefined;
  /** Sampling rates in Hz that it may have as well, where nothing that is left tells them apart from the one that was taken. */
  readonly otherRates?: readonly number[];
  /** Its frames end with arbitrary bits, as the samples show. */
  readonly endsFreely?: boolean;
  /** The channel elements of its frames, as `AccessUnitParser` says them, where samples show others than its configuration names. */
  readonly elements?: number;
  /** Whether its frames begin with data rather than audio, where samples show it. */
  readonly beginsWithData?: boolean;
}

/** What comes out of a decoder. */
interface AudioFormat {
  readonly sampleRate: number;
  readonly channels: number;
}

/** What packets of Opus look like in a recording. */
export interface OpusPackets {
  /** Bytes, one of each row of equal ones: silence is as large from one to the next. */
  readonly sizes: readonly number[];
  /** First bytes that were met, each once (RFC 6716, 3.1). */
  readonly firstBytes: readonly number[];
}

/** Opus, from `dOps`, an FLV sequence header or a transport stream. */
export interface OpusTrackConfiguration {
  readonly codec: 'opus';
  readonly record: OpusConfiguration;
  /** What its packets look like, where a recording of its writer shows it. */
  readonly packets?: OpusPackets | undefined;
}

/** MPEG audio of any layer: `header` says which. Every frame repeats it. */
export interface MpegAudioConfiguration extends AudioFormat {
  readonly codec: 'mp3';
  /** Of the first frame; undefined until one was met. */
  readonly header: MpegAudioFrameHeader | undefined;
  /** Of an `mp4a` sample entry. */
  readonly descriptor: EsDescriptor | undefined;
}

/** AC-3; `record` is the content of `dac3`. */
export interface Ac3Configuration extends AudioFormat {
  readonly codec: 'ac3';
  readonly record: Ac3Specific;
}

/** E-AC-3; `record` is the content of `dec3`. */
export interface Eac3Configuration extends AudioFormat {
  readonly codec: 'eac3';
  readonly record: Eac3Specific;
  /** Frames of the first independent substream in each sample, where samples tell it: six blocks of 256 are usual, however many frames. */
  readonly framesInSample?: number | undefined;
}

/** FLAC; `record` has the metadata blocks of `dfLa`. */
export interface FlacTrackConfiguration {
  readonly codec: 'flac';
  readonly record: FlacConfiguration;
}

/** Audio that is not compressed; of the compounded laws only those of telephony. */
export interface PcmConfiguration extends AudioFormat {
  readonly codec: 'pcm';
  readonly sampleFormat: 'unsigned' | 'signed' | 'float' | 'alaw' | 'mulaw';
  readonly bitsPerSample: number;
  readonly littleEndian: boolean;
  /** What the container calls it: `sowt`, `ipcm`, `twos`, …, or the number of the FLV sound format. */
  readonly format: string;
  /** What the container says beside that (a `pcmC` box, say), as it came. */
  readonly record: Uint8Array;
  /** Values of each channel that the writer puts into a chunk, or the chunks have as a common measure; where that is known. */
  readonly valuesInBlock?: number | undefined;
}

/** A codec that is not known here: nothing is claimed of it, and it is passed on as it came. */
export interface UnknownConfiguration {
  readonly codec: 'unknown';
  /** What the container calls it: a four-character code, an MPEG-TS stream type or an FLV codec id. */
  readonly format: string;
  /** What the container says of it, as it came: the sample entry's body, the descriptors, the sequence header. */
  readonly record: Uint8Array;
}

/** Codecs whose samples are pictures. */
export type VideoConfiguration =
  | AvcConfiguration
  | HevcConfiguration
  | Av1Configuration
  | VpConfiguration
  | Mpeg2VideoConfiguration
  | UnknownConfiguration;

/** Codecs whose samples are packets of audio. */
export type AudioConfiguration =
  | Mpeg4AudioConfiguration
  | OpusTrackConfiguration
  | MpegAudioConfiguration
  | Ac3Configuration
  | Eac3Configuration
  | FlacTrackConfiguration
  | PcmConfiguration
  | UnknownConfiguration;

/** What a decoder has to know of a track, in the one form that readers give and writers take. */
export type CodecConfiguration = VideoConfiguration | AudioConfiguration;

/** From some sample on, a track has another configuration. */
export interface ConfigurationChange {
  /** From 1: the first sample has the configuration of the track. */
  readonly firstSample: number;
  readonly configuration: CodecConfiguration;
}

/** One track with its samples. */
export interface Track {
  /** Track id, from 1, unique in the recording. */
  readonly id: number;
  readonly kind: 'video' | 'audio';
  /** Ticks per second of all times in `samples`. */
  readonly timescale: number;
  readonly configuration: CodecConfiguration;
  /** In order; none where all samples have the one configuration. */
  readonly changes?: readonly ConfigurationChange[];
  readonly samples: SampleTable;
}

/** A track that is neither pictures nor audio: timecode, text, metadata. What its samples mean is not known here. */
export interface DataTrack {
  /** Track id, from 1, unique in the recording. */
  readonly id: number;
  readonly kind: 'data';
  /** Ticks per second of all times in `samples`. */
  readonly timescale: number;
  readonly samples: SampleTable;
}
