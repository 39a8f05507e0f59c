/**
 * What the configuration records of codecs other than H.264, H.265 and AAC say, in ffprobe's words: of AV1, VP8 and VP9,
 * Opus, AC-3, E-AC-3, FLAC, MPEG audio. Nothing is said of a record that cannot be read.
 */
import { ac3ChannelCount } from '../../codecs/ac3/sync-frame.ts';
import { parseAc3Specific } from '../../codecs/ac3/ac3-specific.ts';
import { parseEac3Specific } from '../../codecs/ac3/eac3-specific.ts';
import { parseAv1CodecConfiguration } from '../../codecs/av1/codec-configuration.ts';
import { sequenceHeaderOf } from '../../codecs/av1/temporal-unit.ts';
import type { Av1SequenceHeader } from '../../codecs/av1/sequence-header.ts';
import { parseFlacConfiguration } from '../../codecs/flac/metadata-blocks.ts';
import { parseOpusHead, parseOpusSpecificBox } from '../../codecs/opus/opus-specific.ts';
import { codecString as vpString, parseVpCodecConfiguration } from '../../codecs/vp9/codec-configuration.ts';
import type { CodecFacts } from '../../media/probed-recording.ts';
import { usualLayout } from './audio-facts.ts';
import { pixelFormat } from './video-facts.ts';

const av1Profiles: readonly string[] = ['Main', 'High', 'Professional'];

function av1String(profile: number, level: number, tier: number, bitDepth: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `av01.${profile}.${two(level)}${tier === 0 ? 'M' : 'H'}.${two(bitDepth)}`;
}

/** 0 for grey, 1 4:2:0, 2 4:2:2, 3 4:4:4, as H.264 and H.265 count. */
function chromaFormat(monochrome: boolean, subsamplingX: number, subsamplingY: number): number {
  if (monochrome) return 0;
  return subsamplingX === 0 ? 3 : subsamplingY === 0 ? 2 : 1;
}

/** What a sequence header of AV1 says by itself. */
export function av1Picture(header: Av1SequenceHeader): CodecFacts {
  const { colourConfig } = header;
  const { monochrome, chromaSubsamplingX, chromaSubsamplingY, bitDepth } = colourConfig;
  const format = pixelFormat(chromaFormat(monochrome, chromaSubsamplingX, chromaSubsamplingY), bitDepth, false);
  return {
    name: 'av1',
    profile: av1Profiles[header.seqProfile]!,
    level: header.seqLevelIdx,
    width: header.maxFrameWidth,
    height: header.maxFrameHeight,
    reorderedFrames: 0,
    sampleAspect: { numerator: 1, denominator: 1 },
    ...(format === undefined ? {} : { pixelFormat: format }),
    mimeCodec: av1String(header.seqProfile, header.seqLevelIdx, header.seqTier, bitDepth),
  };
}

export function av1Facts(bytes: Uint8Array): CodecFacts {
  const record = parseAv1CodecConfiguration(bytes).value;
  if (record === undefined) return { name: 'av1' };
  const header = sequenceHeaderOf(record.configObus);
  if (header !== undefined) return av1Picture(header);
  const bitDepth = record.twelveBit ? 12 : record.highBitdepth ? 10 : 8;
  const chroma = chromaFormat(record.monochrome, record.chromaSubsamplingX, record.chromaSubsamplingY);
  const format = pixelFormat(chroma, bitDepth, false);
  const profile = av1Profiles[record.seqProfile];
  return {
    name: 'av1',
    ...(profile === undefined ? {} : { profile }),
    level: record.seqLevelIdx0,
    reorderedFrames: 0,
    ...(format === undefined ? {} : { pixelFormat: format }),
    mimeCodec: av1String(record.seqProfile, record.seqLevelIdx0, record.seqTier0, bitDepth),
  };
}

/** `bytes`: the body of a vpcC box, version and flags first. */
export function vpFacts(name: 'vp8' | 'vp9', bytes: Uint8Array, sampleEntryType: string): CodecFacts {
  const record = parseVpCodecConfiguration(bytes.subarray(4)).value;
  if (record === undefined) return { name, reorderedFrames: 0 };
  const chroma = [1, 1, 2, 3][record.chromaSubsampling] ?? 1;
  const format = pixelFormat(chroma, record.bitDepth, false);
  return {
    name,
    mimeCodec: vpString(record, sampleEntryType),
    ...(name === 'vp9' ? { profile: `Profile ${record.profile}` } : {}),
    reorderedFrames: 0,
    ...(format === undefined ? {} : { pixelFormat: format }),
  };
}

function sound(name: string, mimeCodec: string, sampleRate: number, channels: number, bitRate?: number): CodecFacts {
  const layout = usualLayout(channels);
  return {
    name,
    mimeCodec,
    ...(sampleRate > 0 ? { sampleRate } : {}),
    channels,
    ...(layout === undefined ? {} : { channelLayout: layout }),
    ...(bitRate === undefined ? {} : { bitRate }),
  };
}

/** Decoders of Opus always give this rate. */
const opusRate = 48_000;

/** `bytes`: the body of a dOps box, or an identification header as FLV has it. */
export function opusFacts(bytes: Uint8Array): CodecFacts {
  const isHead = Buffer.from(bytes.subarray(0, 8)).toString('latin1') === 'OpusHead';
  const record = (isHead ? parseOpusHead(bytes) : parseOpusSpecificBox(bytes)).value;
  if (record === undefined) return { name: 'opus', mimeCodec: 'opus', sampleRate: opusRate };
  return sound('opus', 'opus', opusRate, record.outputChannelCount);
}

const ac3Rates: readonly number[] = [48_000, 44_100, 32_000];
const ac3BitRates: readonly number[] = [
  32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640,
];
/** Layouts by `acmod`, with and without the low-frequency channel; two independent channels are shown as stereo. */
const ac3Layouts: readonly (readonly [string, string])[] = [
  ['stereo', '2.1'],
  ['mono', '1.1'],
  ['stereo', '2.1'],
  ['3.0', '3.1'],
  ['3.0(back)', '3.1(back)'],
  ['4.0', '4.1'],
  ['quad(side)', '4.1(side)'],
  ['5.0(side)', '5.1(side)'],
];

export function ac3Facts(bytes: Uint8Array): CodecFacts {
  const record = parseAc3Specific(bytes).value;
  if (record === undefined) return { name: 'ac3', mimeCodec: 'ac-3' };
  return ac3Sound('ac3', record, ac3Rates[record.fscod] ?? 0, (ac3BitRates[record.bitRateCode] ?? 0) * 1000);
}

export function eac3Facts(bytes: Uint8Array): CodecFacts {
  const record = parseEac3Specific(bytes).value;
  const [first] = record?.substreams ?? [];
  if (record === undefined || first === undefined) return { name: 'eac3', mimeCodec: 'ec-3' };
  return ac3Sound('eac3', first, ac3Rates[first.fscod] ?? 0, record.dataRate * 1000);
}

/** What AC-3 of either kind is, from the fields that both have. */
export function ac3Sound(
  name: 'ac3' | 'eac3',
  mode: { readonly acmod: number; readonly lfeon: boolean },
  sampleRate: number,
  bitRate: number,
): CodecFacts {
  const facts = sound(name, name === 'ac3' ? 'ac-3' : 'ec-3', sampleRate, ac3ChannelCount(mode));
  const layout = ac3Layouts[mode.acmod]?.[mode.lfeon ? 1 : 0];
  return { ...facts, ...(layout === undefined ? {} : { channelLayout: layout }), ...(bitRate > 0 ? { bitRate } : {}) };
}

/** `bytes`: the body of a dfLa box, version and flags first. */
export function flacFacts(bytes: Uint8Array): CodecFacts {
  const info = parseFlacConfiguration(bytes.subarray(4)).value?.streamInfo;
  return info === undefined
    ? { name: 'flac', mimeCodec: 'flac' }
    : sound('flac', 'flac', info.sampleRate, info.channels);
}
