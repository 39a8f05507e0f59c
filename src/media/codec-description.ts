/** What a track's codec is called for players (RFC 6381): it chooses the right words of the codec's own room. */
import { codecString as aacCodecString } from '../codecs/aac/audio-specific-config.ts';
import { codecString as av1CodecString } from '../codecs/av1/codec-string.ts';
import { codecString as avcCodecString } from '../codecs/h264/decoder-configuration.ts';
import { codecString as hevcCodecString } from '../codecs/h265/decoder-configuration.ts';
import { codecString as mpegAudioCodecString } from '../codecs/mpeg-audio/frame-header.ts';
import { codecString as mpeg2CodecString } from '../codecs/mpeg2/sequence-header.ts';
import { codecString as vpCodecString } from '../codecs/vp9/codec-configuration.ts';
import type { CodecConfiguration } from './track.ts';

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
