/**
 * What `ffprobe -show_streams` prints of an audio stream, from what the codec itself says, under ffprobe's field names and
 * in its types: rates are text. Fields that ffprobe calls unknown are absent.
 */
import {
  channelCount,
  codecString,
  outputSamplingRate,
  type AudioSpecificConfig,
} from '../../codecs/aac/audio-specific-config.ts';
import { ac3ChannelCount } from '../../codecs/ac3/channel-count.ts';
import type { FlacStreamInfo } from '../../codecs/flac/metadata-blocks.ts';
import type { MpegAudioFrameHeader } from '../../codecs/mpeg-audio/frame-header.ts';
import type { OpusConfiguration } from '../../codecs/opus/opus-specific.ts';
import {
  aacChannelLayout,
  ac3ChannelLayout,
  defaultChannelLayout,
  flacChannelLayout,
  vorbisChannelLayout,
} from './channel-layout.ts';
import { present } from './colour-names.ts';
import { aacProfileName } from './profile-names.ts';

/** The codec's fields of an audio stream, named and typed as in ffprobe's JSON. */
export interface FfprobeAudioFields {
  readonly codec_name: string;
  readonly profile?: string;
  readonly sample_fmt?: string;
  readonly sample_rate?: string;
  readonly channels?: number;
  readonly channel_layout?: string;
  readonly bits_per_sample: number;
  readonly bits_per_raw_sample?: string;
}

/** Decoders of lossy codecs give floating point samples, each channel in a plane of its own. */
const PLANAR_FLOAT = 'fltp';

/** HE-AAC that only its frames tell of is seen by ffprobe, which decodes some, but not in the configuration. */
export function aacFields(config: AudioSpecificConfig): FfprobeAudioFields {
  const objectType = Number(codecString(config).split('.').at(-1));
  return {
    codec_name: 'aac',
    bits_per_sample: 0,
    ...present({
      profile: aacProfileName(objectType),
      sample_fmt: PLANAR_FLOAT,
      sample_rate: String(outputSamplingRate(config)),
      channels: channelCount(config),
      channel_layout: aacChannelLayout(config),
    }),
  };
}

/** Decoding is always at 48 kHz. */
export function opusFields({ outputChannelCount, channelMappingFamily }: OpusConfiguration): FfprobeAudioFields {
  const hasOrder = channelMappingFamily <= 1;
  return {
    codec_name: 'opus',
    bits_per_sample: 0,
    ...present({
      sample_fmt: PLANAR_FLOAT,
      sample_rate: '48000',
      channels: outputChannelCount,
      channel_layout: hasOrder ? vorbisChannelLayout(outputChannelCount) : undefined,
    }),
  };
}

/** Of MP1, MP2 and MP3 (`codec_name` mp1, mp2, mp3). */
export function mpegAudioFields({ layer, sampleRate, channels }: MpegAudioFrameHeader): FfprobeAudioFields {
  return {
    codec_name: `mp${layer}`,
    sample_fmt: PLANAR_FLOAT,
    sample_rate: String(sampleRate),
    channels,
    channel_layout: channels === 1 ? 'mono' : 'stereo',
    bits_per_sample: 0,
  };
}

/** Of AC-3, and of an independent substream of E-AC-3: what depends on it may add channels. */
export function ac3Fields(
  codecName: 'ac3' | 'eac3',
  stream: { readonly acmod: number; readonly lfeon: boolean; readonly sampleRate: number },
): FfprobeAudioFields {
  return {
    codec_name: codecName,
    sample_fmt: PLANAR_FLOAT,
    sample_rate: String(stream.sampleRate),
    channels: ac3ChannelCount(stream),
    channel_layout: ac3ChannelLayout(stream),
    bits_per_sample: 0,
  };
}

/** Of FLAC; more than 16 bits a sample are decoded to 32. */
export function flacFields({ sampleRate, channels, bitsPerSample }: FlacStreamInfo): FfprobeAudioFields {
  return {
    codec_name: 'flac',
    sample_fmt: bitsPerSample > 16 ? 's32' : 's16',
    sample_rate: String(sampleRate),
    channels,
    ...present({ channel_layout: flacChannelLayout(channels) }),
    bits_per_sample: 0,
    bits_per_raw_sample: String(bitsPerSample),
  };
}

/** Uncompressed audio as a container describes it; `sampleRate` in Hz. */
export interface PcmFormat {
  readonly sampleFormat: 'unsigned' | 'signed' | 'float' | 'alaw' | 'mulaw';
  readonly bitsPerSample: number;
  readonly littleEndian: boolean;
  readonly sampleRate: number;
  readonly channels: number;
}

const PCM_LETTERS = { unsigned: 'u', signed: 's', float: 'f' } as const;

function pcmSampleFormat({ sampleFormat, bitsPerSample }: PcmFormat): string {
  if (sampleFormat === 'float') return bitsPerSample === 64 ? 'dbl' : 'flt';
  if (sampleFormat === 'alaw' || sampleFormat === 'mulaw') return 's16';
  if (bitsPerSample <= 8) return 'u8';
  return bitsPerSample <= 16 ? 's16' : 's32';
}

/** The layout is the usual one for so many channels; containers that say none make ffprobe say "unknown". */
export function pcmFields(format: PcmFormat): FfprobeAudioFields {
  const { sampleFormat, bitsPerSample, littleEndian, channels } = format;
  const name =
    sampleFormat === 'alaw' || sampleFormat === 'mulaw'
      ? sampleFormat
      : `${PCM_LETTERS[sampleFormat]}${bitsPerSample}${bitsPerSample > 8 ? (littleEndian ? 'le' : 'be') : ''}`;
  return {
    codec_name: `pcm_${name}`,
    sample_fmt: pcmSampleFormat(format),
    sample_rate: String(format.sampleRate),
    channels,
    ...present({ channel_layout: defaultChannelLayout(channels) }),
    bits_per_sample: bitsPerSample,
    ...(bitsPerSample === 24 ? { bits_per_raw_sample: '24' } : {}),
  };
}
