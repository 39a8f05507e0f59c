/**
 * What the codec configuration of a track says, as `probe` shows it, whichever container it came from. What only a container
 * or the samples know (names of codecs that nothing here parses, sizes of frames) is added by those who read them.
 */
import { codecStringOf } from '../../media/codec-description.ts';
import { ffprobeFieldsOf } from '../../media/ffprobe/ffprobe.ts';
import type { CodecFacts } from '../../media/probed-recording.ts';
import type { CodecConfiguration } from '../../media/track.ts';
import { audioFacts } from './audio-facts.ts';
import { avcPicture, videoFacts } from './video-facts.ts';

/**
 * Facts of a configuration; undefined for a codec that is not known here. `sampleEntryType`: what the container calls it,
 * where that is part of its name (`hev1`).
 */
export function codecFacts(configuration: CodecConfiguration, sampleEntryType?: string): CodecFacts | undefined {
  const fields = ffprobeFieldsOf(configuration);
  if (fields === undefined) return undefined;
  const mimeCodec = mimeCodecOf(configuration, sampleEntryType);
  if (!('level' in fields)) {
    return { ...audioFacts(fields, mimeCodec, bitRateOf(configuration)), ...ownName(configuration) };
  }
  if (configuration.codec === 'h264') {
    const { sps, record } = configuration;
    const facts = sps === undefined ? videoFacts(fields, mimeCodec) : { ...avcPicture(sps), mimeCodec: mimeCodec! };
    const lengths = { is_avc: 'true', nal_length_size: String(record.nalUnitLengthSize) };
    return withoutEmptySize({ ...facts, further: { ...facts.further, ...lengths } });
  }
  // ffprobe takes pixels of AV1 for square where nothing else is said.
  const square = configuration.codec === 'av1' && configuration.sequenceHeader !== undefined;
  return {
    ...(square ? { sampleAspect: { numerator: 1, denominator: 1 } } : {}),
    ...withoutEmptySize(videoFacts(fields, mimeCodec)),
  };
}

/** A size that nobody claims is none. */
function withoutEmptySize(facts: CodecFacts): CodecFacts {
  if (facts.width !== 0 || facts.height !== 0) return facts;
  const { width: _, height: __, ...others } = facts;
  return others;
}

function mimeCodecOf(configuration: CodecConfiguration, sampleEntryType: string | undefined): string | undefined {
  switch (configuration.codec) {
    case 'h265':
      return codecStringOf(configuration, sampleEntryType === 'hev1' ? 'hev1' : 'hvc1');
    case 'vp8':
    case 'vp9':
      return configuration.record === undefined ? undefined : codecStringOf(configuration, sampleEntryType);
    case 'mp3':
      return configuration.header === undefined ? 'mp4a.40.34' : codecStringOf(configuration);
    case 'flac':
      return 'flac';
    case 'pcm':
      return undefined;
    case 'aac':
      return isOtherCoder(configuration) ? undefined : codecStringOf(configuration);
    default:
      return codecStringOf(configuration);
  }
}

/** kbit/s by `bit_rate_code` (ETSI TS 102 366, Table F.4.1). */
const ac3BitRates: readonly number[] = [
  32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640,
];

/** Bits per second where the coder fixes them, otherwise 0. */
function bitRateOf(configuration: CodecConfiguration): number {
  switch (configuration.codec) {
    case 'ac3':
      return (ac3BitRates[configuration.record.bitRateCode] ?? 0) * 1000;
    case 'eac3':
      return configuration.record.dataRate * 1000;
    case 'pcm': {
      const { sampleRate, channels, bitsPerSample } = configuration;
      return Math.round(sampleRate * channels * bitsPerSample);
    }
    default:
      return 0;
  }
}

/** Object types beyond 31 that are coders of their own (ISO/IEC 14496-3, Table 1.17). */
const otherCoders: ReadonlyMap<number, string> = new Map([
  [34, 'mp3'],
  [36, 'mp4als'],
]);

function isOtherCoder(configuration: CodecConfiguration): boolean {
  return configuration.codec === 'aac' && otherCoders.has(configuration.audio?.audioObjectType ?? 0);
}

function ownName(configuration: CodecConfiguration): { readonly name?: string } {
  if (configuration.codec !== 'aac') return {};
  const name = otherCoders.get(configuration.audio?.audioObjectType ?? 0);
  return name === undefined ? {} : { name };
}
