/**
 * The one door to the imitation of ffprobe: what `ffprobe -show_streams` of FFmpeg 9 prints of a stream, under its names and
 * in its types, from the configuration that everything speaks. Scripts rely on these words and numbers, odd ones too, so
 * that the room follows one version of ffprobe, and tests hold it against that. It knows no container and no presentation.
 */
import type { AudioConfiguration, CodecConfiguration, UnknownConfiguration } from '../track.ts';
import {
  aacFields,
  ac3Fields,
  flacFields,
  mpegAudioFields,
  opusFields,
  pcmFields,
  type FfprobeAudioFields,
} from './audio-fields.ts';
import { h264ProfileName, h265ProfileName } from './profile-names.ts';
import {
  av1Fields,
  h264Fields,
  h265Fields,
  mpeg2Fields,
  vp8Fields,
  vp9Fields,
  type FfprobeVideoFields,
} from './video-fields.ts';

export { aacFields, ac3Fields, mpegAudioFields, type FfprobeAudioFields } from './audio-fields.ts';
export { defaultChannelLayout } from './channel-layout.ts';
export { colourNames } from './colour-names.ts';
export { decoderDefaults } from './decoder-defaults.ts';
export { dispositionFields } from './dispositions.ts';
export { FrameRateEstimate } from './frame-rate.ts';
export { codecLongName, formatLongName } from './long-names.ts';
export { part2ProfileName } from './profile-names.ts';
export { ratio, valueOf } from './ratio.ts';
export { h264Fields, h265Fields, h266Fields, mpeg2Fields, vp9Fields, type FfprobeVideoFields } from './video-fields.ts';

/** Hz by `fscod` of AC-3; 3 is said elsewhere. */
const AC3_RATES: readonly number[] = [48000, 44100, 32000];

function audioFields(configuration: Exclude<AudioConfiguration, UnknownConfiguration>): FfprobeAudioFields {
  switch (configuration.codec) {
    case 'aac':
      return configuration.audio === undefined
        ? { codec_name: 'aac', bits_per_sample: 0 }
        : aacFields(configuration.audio);
    case 'opus':
      return opusFields(configuration.record);
    case 'mp3':
      return configuration.header === undefined
        ? { codec_name: 'mp3', bits_per_sample: 0 }
        : mpegAudioFields(configuration.header);
    case 'ac3': {
      const { record, sampleRate } = configuration;
      return ac3Fields('ac3', { ...record, sampleRate: AC3_RATES[record.fscod] ?? sampleRate });
    }
    case 'eac3': {
      const [first] = configuration.record.substreams;
      if (first === undefined) return { codec_name: 'eac3', bits_per_sample: 0 };
      return ac3Fields('eac3', { ...first, sampleRate: AC3_RATES[first.fscod] ?? configuration.sampleRate });
    }
    case 'flac':
      return flacFields(configuration.record.streamInfo);
    case 'pcm':
      return pcmFields(configuration);
  }
}

/**
 * What ffprobe would print of the codec, as far as the configuration says it. Undefined for codecs that are not known. Of
 * VP8 and VP9 the first key frame says more: see `vp8Fields` and `vp9Fields`.
 */
export function ffprobeFieldsOf(
  configuration: CodecConfiguration,
): FfprobeVideoFields | FfprobeAudioFields | undefined {
  switch (configuration.codec) {
    case 'unknown':
      return undefined;
    case 'h264': {
      const { sps, record } = configuration;
      if (sps !== undefined) return h264Fields(sps);
      const profile = h264ProfileName(record.avcProfileIndication, record.profileCompatibility);
      return { ...sized('h264', configuration), profile, level: record.avcLevelIndication };
    }
    case 'h265': {
      const { sps, record } = configuration;
      if (sps !== undefined) return h265Fields(sps);
      const { generalProfileIdc, generalLevelIdc } = record.profileTierLevel;
      return { ...sized('hevc', configuration), profile: h265ProfileName(generalProfileIdc), level: generalLevelIdc };
    }
    case 'av1': {
      const { sequenceHeader } = configuration;
      if (sequenceHeader !== undefined) return av1Fields(sequenceHeader);
      return { ...sized('av1', configuration), level: configuration.record.seqLevelIdx0 };
    }
    case 'vp9':
      return { ...vp9Fields(configuration.record, undefined), ...sizeOf(configuration) };
    case 'vp8':
      return { ...vp8Fields(undefined), ...sizeOf(configuration) };
    case 'mpeg2video': {
      const { sequenceHeader } = configuration;
      return sequenceHeader === undefined ? sized('mpeg2video', configuration) : mpeg2Fields(sequenceHeader);
    }
    default:
      return audioFields(configuration);
  }
}

function sizeOf({ width, height }: { readonly width: number; readonly height: number }): {
  width: number;
  height: number;
} {
  return { width, height };
}

/** Of a stream whose parameter sets cannot be read: the size that the container claims; its record may say a level. */
function sized(
  codecName: string,
  configuration: { readonly width: number; readonly height: number },
): FfprobeVideoFields {
  return { codec_name: codecName, level: -99, ...sizeOf(configuration) };
}
