/**
 * What the decoder configuration in a sequence header says of a track, in the words that all codecs share: size, audio, and
 * the codec as RFC 6381 spells it. Codecs that are not known here are named by their four characters.
 */
import {
  channelCount,
  codecString as aacCodecString,
  outputSamplingRate,
  parseAudioSpecificConfig,
} from '../codecs/aac/audio-specific-config.ts';
import { parseAv1CodecConfiguration } from '../codecs/av1/codec-configuration.ts';
import { codecString as av1CodecString } from '../codecs/av1/codec-string.ts';
import { sequenceHeaderOf } from '../codecs/av1/temporal-unit.ts';
import { codecString as avcCodecString, parseAvcDecoderConfiguration } from '../codecs/h264/decoder-configuration.ts';
import { parseSequenceParameterSet as parseAvcSequenceParameterSet } from '../codecs/h264/sequence-parameter-set.ts';
import {
  codecString as hevcCodecString,
  nalUnitsOfType,
  parseHevcDecoderConfiguration,
} from '../codecs/h265/decoder-configuration.ts';
import { parseSequenceParameterSet as parseHevcSequenceParameterSet } from '../codecs/h265/sequence-parameter-set.ts';

/** What is known of a track from its sequence header. */
export interface ConfigurationSummary {
  /** As RFC 6381 has it, such as `avc1.64001f`. */
  readonly codec: string;
  /** Pixels as they are coded, cropped. */
  readonly width?: number;
  readonly height?: number;
  /** The width as it is shown, where pixels are not square. */
  readonly shownWidth?: number;
  /** Hertz that come out of the decoder, and those of its core. */
  readonly sampleRate?: number;
  readonly coreSampleRate?: number;
  readonly channels?: number;
}

const hevcSequenceParameterSet = 33;

/** `codec`: the four characters; `record`: the configuration, undefined where there is none. */
export function summarizeConfiguration(codec: string, record: Uint8Array | undefined): ConfigurationSummary {
  const unknown = { codec: codec === '' ? 'unknown' : codec };
  if (record === undefined) return unknown;
  if (codec === 'avc1') return summarizeAvc(record) ?? unknown;
  if (codec === 'hvc1') return summarizeHevc(record) ?? unknown;
  if (codec === 'av01') return summarizeAv1(record) ?? unknown;
  if (codec === 'mp4a') return summarizeAac(record) ?? unknown;
  return unknown;
}

interface CodedSize {
  readonly width: number;
  readonly height: number;
  readonly vui:
    | { readonly sampleAspectRatio: { readonly sarWidth: number; readonly sarHeight: number } | undefined }
    | undefined;
}

function sizeOf(sps: CodedSize | undefined): Pick<ConfigurationSummary, 'width' | 'height' | 'shownWidth'> {
  if (sps === undefined) return {};
  const aspect = sps.vui?.sampleAspectRatio;
  const shownWidth = aspect === undefined ? sps.width : (sps.width * aspect.sarWidth) / aspect.sarHeight;
  return { width: sps.width, height: sps.height, shownWidth };
}

function summarizeAvc(bytes: Uint8Array): ConfigurationSummary | undefined {
  const record = parseAvcDecoderConfiguration(bytes).value;
  const [sps] = record?.sequenceParameterSets ?? [];
  if (record === undefined) return undefined;
  const size = sizeOf(sps === undefined ? undefined : parseAvcSequenceParameterSet(sps).value);
  return { codec: avcCodecString(record), ...size };
}

function summarizeHevc(bytes: Uint8Array): ConfigurationSummary | undefined {
  const record = parseHevcDecoderConfiguration(bytes).value;
  if (record === undefined) return undefined;
  const [sps] = nalUnitsOfType(record, hevcSequenceParameterSet);
  const size = sizeOf(sps === undefined ? undefined : parseHevcSequenceParameterSet(sps).value);
  return { codec: hevcCodecString(record), ...size };
}

function summarizeAv1(bytes: Uint8Array): ConfigurationSummary | undefined {
  const record = parseAv1CodecConfiguration(bytes).value;
  if (record === undefined) return undefined;
  const header = sequenceHeaderOf(record.configObus);
  const size = header === undefined ? {} : { width: header.maxFrameWidth, height: header.maxFrameHeight };
  return { codec: av1CodecString(record), ...size };
}

function summarizeAac(bytes: Uint8Array): ConfigurationSummary | undefined {
  const config = parseAudioSpecificConfig(bytes).value;
  if (config === undefined) return undefined;
  const channels = channelCount(config);
  return {
    codec: aacCodecString(config),
    sampleRate: outputSamplingRate(config),
    coreSampleRate: config.samplingFrequency.hertz,
    ...(channels === undefined ? {} : { channels }),
  };
}
