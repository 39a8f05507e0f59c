/** What the configurations of sound say, from the words the codecs room has for ffprobe's fields. */
import { codecString as aacString, type AudioSpecificConfig } from '../../codecs/aac/audio-specific-config.ts';
import { parseAc3Specific } from '../../codecs/ac3/ac3-specific.ts';
import { parseEac3Specific } from '../../codecs/ac3/eac3-specific.ts';
import {
  aacFields,
  ac3Fields,
  flacFields,
  mpegAudioFields,
  opusFields,
  type FfprobeAudioFields,
} from '../../codecs/ffprobe/audio-fields.ts';
import { parseFlacConfiguration } from '../../codecs/flac/metadata-blocks.ts';
import { codecString as mpegAudioString, type MpegAudioFrameHeader } from '../../codecs/mpeg-audio/frame-header.ts';
import { parseOpusHead, parseOpusSpecificBox } from '../../codecs/opus/opus-specific.ts';
import type { CodecFacts } from '../../media/probed-recording.ts';

/** Fields as facts. */
function factsOf(fields: FfprobeAudioFields, mimeCodec: string, bitRate = 0): CodecFacts {
  return {
    name: fields.codec_name,
    mimeCodec,
    ...(fields.profile === undefined ? {} : { profile: fields.profile }),
    ...(fields.sample_rate === undefined ? {} : { sampleRate: Number(fields.sample_rate) }),
    ...(fields.channels === undefined ? {} : { channels: fields.channels }),
    ...(fields.channel_layout === undefined ? {} : { channelLayout: fields.channel_layout }),
    ...(bitRate > 0 ? { bitRate } : {}),
  };
}

export function aacFacts(config: AudioSpecificConfig): CodecFacts {
  return factsOf(aacFields(config), aacString(config));
}

export function mpegAudioFacts(header: MpegAudioFrameHeader): CodecFacts {
  return factsOf(mpegAudioFields(header), mpegAudioString(header));
}

/** Decoders of Opus always give this rate. */
export const opusRate = 48_000;

/** `bytes`: the body of a dOps box, or an identification header as FLV has it. */
export function opusFacts(bytes: Uint8Array): CodecFacts {
  const isHead = Buffer.from(bytes.subarray(0, 8)).toString('latin1') === 'OpusHead';
  const record = (isHead ? parseOpusHead(bytes) : parseOpusSpecificBox(bytes)).value;
  if (record === undefined) return { name: 'opus', mimeCodec: 'opus', sampleRate: opusRate };
  return factsOf(opusFields(record), 'opus');
}

const ac3Rates: readonly number[] = [48_000, 44_100, 32_000];
/** kbit/s by `bit_rate_code` (ETSI TS 102 366, Table F.4.1). */
const ac3BitRates: readonly number[] = [
  32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640,
];

export function ac3Facts(bytes: Uint8Array): CodecFacts {
  const record = parseAc3Specific(bytes).value;
  const sampleRate = ac3Rates[record?.fscod ?? 3];
  if (record === undefined || sampleRate === undefined) return { name: 'ac3', mimeCodec: 'ac-3' };
  return ac3Sound('ac3', { ...record, sampleRate }, (ac3BitRates[record.bitRateCode] ?? 0) * 1000);
}

export function eac3Facts(bytes: Uint8Array): CodecFacts {
  const record = parseEac3Specific(bytes).value;
  const [first] = record?.substreams ?? [];
  const sampleRate = ac3Rates[first?.fscod ?? 3];
  if (record === undefined || first === undefined || sampleRate === undefined) {
    return { name: 'eac3', mimeCodec: 'ec-3' };
  }
  return ac3Sound('eac3', { ...first, sampleRate }, record.dataRate * 1000);
}

/** What AC-3 of either kind is, from the fields that both have. */
export function ac3Sound(
  name: 'ac3' | 'eac3',
  stream: { readonly acmod: number; readonly lfeon: boolean; readonly sampleRate: number },
  bitRate: number,
): CodecFacts {
  return factsOf(ac3Fields(name, stream), name === 'ac3' ? 'ac-3' : 'ec-3', bitRate);
}

/** `bytes`: the body of a dfLa box, version and flags first. */
export function flacFacts(bytes: Uint8Array): CodecFacts {
  const info = parseFlacConfiguration(bytes.subarray(4)).value?.streamInfo;
  return info === undefined ? { name: 'flac', mimeCodec: 'flac' } : factsOf(flacFields(info), 'flac');
}
