/**
 * What a track's codec is called by those who ask: RFC 6381 for players, ffprobe for scripts. It chooses the right words of
 * the codec's own room; it knows no container and no presentation.
 */
import { codecString as aacCodecString } from '../codecs/aac/audio-specific-config.ts';
import { codecString as av1CodecString } from '../codecs/av1/codec-string.ts';
import {
  aacFields,
  ac3Fields,
  flacFields,
  mpegAudioFields,
  opusFields,
  pcmFields,
  type FfprobeAudioFields,
} from '../codecs/ffprobe/audio-fields.ts';
import {
  av1Fields,
  h264Fields,
  h265Fields,
  mpeg2Fields,
  vp8Fields,
  vp9Fields,
  type FfprobeVideoFields,
} from '../codecs/ffprobe/video-fields.ts';
import { codecString as avcCodecString } from '../codecs/h264/decoder-configuration.ts';
import { codecString as hevcCodecString } from '../codecs/h265/decoder-configuration.ts';
import { codecString as mpegAudioCodecString } from '../codecs/mpeg-audio/frame-header.ts';
import { codecString as mpeg2CodecString } from '../codecs/mpeg2/sequence-header.ts';
import { codecString as vpCodecString } from '../codecs/vp9/codec-configuration.ts';
import type { AudioConfiguration, CodecConfiguration } from './track.ts';

/** Object type 0x40 of ISO/IEC 14496-1 is all that is known of audio whose configuration is lost. */
const UNKNOWN_MPEG4_AUDIO = 'mp4a.40';

/**
 * The codec as RFC 6381 has it. `sampleEntryType`: what the container calls it where that is part of the name (`avc3`,
 * `hev1`); the usual one where there is none.
 */
export function codecStringOf(configuration: CodecConfiguration, sampleEntryType?: string): string {
  switch (configuration.codec) {
    case 'h264':
      return avcCodecString(configuration.record).replace('avc1', sampleEntryType ?? 'avc1');
    case 'h265':
      return hevcCodecString(configuration.record, sampleEntryType);
    case 'av1':
      return av1CodecString(configuration.record, sampleEntryType);
    case 'vp9':
      return configuration.record === undefined ? 'vp09' : vpCodecString(configuration.record, sampleEntryType);
    case 'vp8':
      return configuration.record === undefined
        ? 'vp8'
        : vpCodecString(configuration.record, sampleEntryType ?? 'vp08');
    case 'mpeg2video':
      return mpeg2CodecString(configuration.sequenceHeader);
    case 'aac':
      return configuration.audio === undefined ? UNKNOWN_MPEG4_AUDIO : aacCodecString(configuration.audio);
    case 'opus':
      return 'opus';
    case 'mp3':
      return configuration.header === undefined ? 'mp3' : mpegAudioCodecString(configuration.header);
    case 'ac3':
      return 'ac-3';
    case 'eac3':
      return 'ec-3';
    case 'flac':
      return 'fLaC';
    case 'pcm':
    case 'unknown':
      return configuration.format;
  }
}

/** Hz by `fscod` of AC-3; 3 is said elsewhere. */
const AC3_RATES: readonly number[] = [48000, 44100, 32000];

function audioFields(configuration: AudioConfiguration): FfprobeAudioFields {
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
    case 'h264':
      return configuration.sps === undefined ? sized('h264', configuration) : h264Fields(configuration.sps);
    case 'h265':
      return configuration.sps === undefined ? sized('hevc', configuration) : h265Fields(configuration.sps);
    case 'av1': {
      const { sequenceHeader } = configuration;
      return sequenceHeader === undefined ? sized('av1', configuration) : av1Fields(sequenceHeader);
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

/** Of a stream whose parameter sets cannot be read: the size that the container claims. */
function sized(
  codecName: string,
  configuration: { readonly width: number; readonly height: number },
): FfprobeVideoFields {
  return { codec_name: codecName, level: -99, ...sizeOf(configuration) };
}
