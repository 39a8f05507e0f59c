/** What the headers of frames of audio say, and how ffprobe's fields become facts. */
import { codecString as aacString, type AudioSpecificConfig } from '../../codecs/aac/audio-specific-config.ts';
import { codecString as mpegAudioString, type MpegAudioFrameHeader } from '../../codecs/mpeg-audio/frame-header.ts';
import { aacFields, ac3Fields, mpegAudioFields, type FfprobeAudioFields } from '../../media/ffprobe/ffprobe.ts';
import type { CodecFacts } from '../../media/probed-recording.ts';
import { furtherFields } from './further-fields.ts';

/** Fields as facts. `bitRate`: bits per second, 0 where the coder does not fix them. */
export function audioFacts(fields: FfprobeAudioFields, mimeCodec: string | undefined, bitRate = 0): CodecFacts {
  return {
    name: fields.codec_name,
    ...(mimeCodec === undefined ? {} : { mimeCodec }),
    ...(fields.profile === undefined ? {} : { profile: fields.profile }),
    ...(fields.sample_rate === undefined ? {} : { sampleRate: Number(fields.sample_rate) }),
    ...(fields.channels === undefined ? {} : { channels: fields.channels }),
    ...(fields.channel_layout === undefined ? {} : { channelLayout: fields.channel_layout }),
    ...(bitRate > 0 ? { bitRate } : {}),
    further: furtherFields(fields, ['sample_fmt', 'bits_per_sample', 'bits_per_raw_sample']),
  };
}

/** What an AudioSpecificConfig says. */
export function aacFacts(config: AudioSpecificConfig): CodecFacts {
  return audioFacts(aacFields(config), aacString(config));
}

/** What the header of a frame of MPEG audio says. */
export function mpegAudioFacts(header: MpegAudioFrameHeader): CodecFacts {
  return audioFacts(mpegAudioFields(header), mpegAudioString(header));
}

/** Decoders of Opus always give this rate. */
export const opusRate = 48_000;

/** What AC-3 of either kind is, from the fields that both have. `bitRate`: bits per second. */
export function ac3Sound(
  name: 'ac3' | 'eac3',
  stream: { readonly acmod: number; readonly lfeon: boolean; readonly sampleRate: number },
  bitRate: number,
): CodecFacts {
  return audioFacts(ac3Fields(name, stream), name === 'ac3' ? 'ac-3' : 'ec-3', bitRate);
}
