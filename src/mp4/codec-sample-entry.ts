/**
 * The sample entry that goes with a codec configuration, and the configuration that a sample entry means. What is not
 * known of a codec passes through as it came. It knows no sample and no file.
 */
import { channelCount, outputSamplingRate, parseAudioSpecificConfig } from '../codecs/aac/audio-specific-config.ts';
import { ac3ChannelCount } from '../codecs/ac3/channel-count.ts';
import { parseAvcDecoderConfiguration, withProfileExtension } from '../codecs/h264/decoder-configuration.ts';
import { parseHevcDecoderConfiguration } from '../codecs/h265/decoder-configuration.ts';
import { ObjectTypeIndication, type EsDescriptor } from '../codecs/mpeg4/es-descriptor.ts';
import type { SampleAspectRatio, VideoSignalType } from '../codecs/video-signal.ts';
import { av1ConfigurationOf, avcConfigurationOf, hevcConfigurationOf } from '../media/configurations.ts';
import { SalvorError } from '../media/errors.ts';
import type { CodecConfiguration, HevcConfiguration, PcmConfiguration, UnknownConfiguration } from '../media/track.ts';
import { box, type Box, type BoxSpan } from './box.ts';
import { audioSampleEntry } from './audio-sample-entry.ts';
import { av1C, readAv1C } from './boxes/av1C.ts';
import { avc1 } from './boxes/avc1.ts';
import type { Colour } from './boxes/colr.ts';
import { dac3, readDac3 } from './boxes/dac3.ts';
import { dec3, readDec3 } from './boxes/dec3.ts';
import { dfLa, readDfLa } from './boxes/dfLa.ts';
import { dOps, readDOps } from './boxes/dOps.ts';
import { hvcC } from './boxes/hvcC.ts';
import { mp4a } from './boxes/mp4a.ts';
import type { PixelAspect } from './boxes/pasp.ts';
import { visualSampleEntry, type VisualSampleEntry } from './visual-sample-entry.ts';
import { readVpcC, vpcC } from './boxes/vpcC.ts';
import { uncompressedBitsOf } from './movie-samples.ts';
import type { AudioFields, SampleEntry } from './sample-entry.ts';

/** The sample entry of a track; throws where there is none for its codec. */
export function sampleEntryOf(configuration: CodecConfiguration): Box {
  switch (configuration.codec) {
    case 'h264':
      return avc1({ ...visualOf(configuration), configuration: withProfileExtension(configuration.record) });
    case 'h265':
      return visualSampleEntry(hevcEntryType(configuration), visualOf(configuration), hvcC(configuration.record));
    case 'av1':
      return visualSampleEntry('av01', visualOf(configuration), av1C(configuration.record));
    case 'vp8':
    case 'vp9': {
      const { record } = configuration;
      const type = configuration.codec === 'vp8' ? 'vp08' : 'vp09';
      return visualSampleEntry(type, visualOf(configuration), record === undefined ? undefined : vpcC(record));
    }
    case 'aac': {
      // Where the configuration cannot be read, 2 channels and no rate are what ISO/IEC 14496-14 has players expect and ignore.
      const { audio, descriptor } = configuration;
      const channels = (audio === undefined ? undefined : channelCount(audio)) ?? 2;
      return mp4a({ channels, sampleRate: audio === undefined ? 0 : outputSamplingRate(audio), descriptor });
    }
    case 'opus': {
      const { record } = configuration;
      // 4.3: the sampling rate of Opus is 48 kHz, whatever was encoded.
      return audioSampleEntry('Opus', { channels: record.outputChannelCount, sampleRate: 48000 }, dOps(record));
    }
    case 'mp3': {
      const { channels, sampleRate, descriptor } = configuration;
      return mp4a({ channels, sampleRate, descriptor: descriptor ?? mpegAudioDescriptor(sampleRate) });
    }
    case 'pcm':
      // The whole entry is in the record: QuickTime's and ISO's say what the values are in many ways.
      return box(configuration.format, (sink) => sink.bytes(configuration.record));
    case 'ac3':
      return audioSampleEntry('ac-3', configuration, dac3(configuration.record));
    case 'eac3':
      return audioSampleEntry('ec-3', configuration, dec3(configuration.record));
    case 'flac':
      return audioSampleEntry('fLaC', configuration.record.streamInfo, dfLa(configuration.record));
    case 'unknown':
      if (configuration.format.length === 4) {
        return box(configuration.format, (sink) => sink.bytes(configuration.record));
      }
      throw new SalvorError('unrecoverable', `an MP4 with the codec ${configuration.format} cannot be written yet`);
    default:
      throw new SalvorError('unrecoverable', `an MP4 with ${configuration.codec} cannot be written yet`);
  }
}

/** Layer III, for a track that QuickTime wrote without a descriptor; rates below 32 kHz are MPEG-2's. */
function mpegAudioDescriptor(sampleRate: number): EsDescriptor {
  const objectTypeIndication = sampleRate < 32000 ? ObjectTypeIndication.mpeg2Audio : ObjectTypeIndication.mpeg1Audio;
  return {
    lengthSize: 1,
    esId: 0,
    streamPriority: 0,
    dependsOnEsId: undefined,
    url: undefined,
    ocrEsId: undefined,
    decoderConfig: {
      lengthSize: 1,
      objectTypeIndication,
      streamType: 5,
      upStream: false,
      reserved: 1,
      bufferSizeDb: 0,
      maxBitrate: 0,
      avgBitrate: 0,
      decoderSpecificInfo: undefined,
      others: [],
    },
    slConfig: { lengthSize: 1, predefined: 2, custom: new Uint8Array(0) },
    others: [],
    trailing: new Uint8Array(0),
  };
}

/** Parameter sets that may stand in the samples too are announced by `hev1` (ISO/IEC 14496-15, 8.4.1). */
function hevcEntryType({ record }: HevcConfiguration): string {
  const sets = record.arrays.filter(({ nalUnitType }) => nalUnitType >= 32 && nalUnitType <= 34);
  return sets.length > 0 && sets.every(({ arrayCompleteness }) => arrayCompleteness) ? 'hvc1' : 'hev1';
}

interface Picture {
  /** Coded picture, cropped: pixels. */
  readonly width: number;
  readonly height: number;
  /** Width it is to be shown with: pixels may not be square. */
  readonly presentedWidth: number;
  readonly pixelAspect: PixelAspect | undefined;
}

/** Size and shape of the picture: the sequence parameter set's, where it can be read. */
export function pictureOf(configuration: CodecConfiguration): Picture {
  if (configuration.codec === 'unknown') {
    const { width, height } = sizeInEntry(configuration.record);
    return { width, height, presentedWidth: width, pixelAspect: undefined };
  }
  if (!('width' in configuration)) return { width: 0, height: 0, presentedWidth: 0, pixelAspect: undefined };
  const sps = 'sps' in configuration ? configuration.sps : undefined;
  const { width, height } = sps ?? configuration;
  const ratio: SampleAspectRatio | undefined = sps?.vui?.sampleAspectRatio;
  if (ratio === undefined || ratio.sarWidth === 0 || ratio.sarHeight === 0) {
    return { width, height, presentedWidth: width, pixelAspect: undefined };
  }
  return {
    width,
    height,
    presentedWidth: (width * ratio.sarWidth) / ratio.sarHeight,
    pixelAspect: { horizontal: ratio.sarWidth, vertical: ratio.sarHeight },
  };
}

/** Width and height in the body of a visual sample entry that is passed through. */
function sizeInEntry(body: Uint8Array): { width: number; height: number } {
  const at = 6 + 2 + 16;
  if (body.length < at + 4) return { width: 0, height: 0 };
  return { width: body[at]! * 256 + body[at + 1]!, height: body[at + 2]! * 256 + body[at + 3]! };
}

function visualOf(configuration: CodecConfiguration): VisualSampleEntry {
  const signal = 'sps' in configuration ? configuration.sps?.vui?.videoSignalType : undefined;
  return { ...pictureOf(configuration), colour: colourOf(signal) };
}

/** ITU-T H.264 E.2.1: 2 is "unspecified" for each of the code points. */
const unspecified = 2;

function colourOf(signal: VideoSignalType | undefined): Colour | undefined {
  if (signal === undefined) return undefined;
  const description = signal.colourDescription;
  if (description === undefined && !signal.videoFullRangeFlag) return undefined;
  return {
    primaries: description?.colourPrimaries ?? unspecified,
    transfer: description?.transferCharacteristics ?? unspecified,
    matrix: description?.matrixCoefficients ?? unspecified,
    fullRange: signal.videoFullRangeFlag,
  };
}

/** Larger sample entries are not carried along. */
const maxEntry = 256 * 1024;

/** What a sample entry says of its codec; a codec that is not known, or that cannot be read, passes through as it is. */
export function configurationOf(entry: SampleEntry): CodecConfiguration {
  return entry.encrypted ? asItCame(entry) : plainConfigurationOf(entry);
}

/** The same of the media as it was before it was encrypted, if it was: for those who only describe it. */
export function plainConfigurationOf(entry: SampleEntry): CodecConfiguration {
  return readConfiguration(entry) ?? asItCame(entry);
}

function asItCame({ span }: SampleEntry): UnknownConfiguration {
  const length = Math.min(span.end - span.body, maxEntry);
  return { codec: 'unknown', format: span.type, record: span.source.read(span.body, length).slice() };
}

function readConfiguration(entry: SampleEntry): CodecConfiguration | undefined {
  const { configuration, visual, audio } = entry;
  if (audio !== undefined && quicktimeMpegAudio.has(entry.type)) {
    return { codec: 'mp3', header: undefined, descriptor: undefined, ...audioFormatOf(audio) };
  }
  const pcm = readUncompressed(entry);
  if (pcm !== undefined || configuration === undefined) return pcm;
  const { offset, bytes, type } = configuration;
  // The record is there already; what reads the box reads it from the file again, which no one will notice.
  const span: BoxSpan = { ...entry.span, type, start: offset - 8, body: offset, end: offset + bytes.length };
  if (visual !== undefined) return readVisual(entry, span, bytes);
  if (audio === undefined) return undefined;
  const format = audioFormatOf(audio);
  switch (type) {
    case 'esds':
      return readMpeg4Audio(entry);
    case 'dOps':
      return withRecord(readDOps(span).value, (record) => ({ codec: 'opus', record }));
    case 'dac3':
      return withRecord(readDac3(span).value, (record) => {
        return { codec: 'ac3', record, ...format, channels: ac3ChannelCount(record) };
      });
    case 'dec3':
      return withRecord(readDec3(span).value, (record) => ({ codec: 'eac3', record, ...format }));
    case 'dfLa':
      return withRecord(readDfLa(span).value, (record) => ({ codec: 'flac', record }));
    default:
      return undefined;
  }
}

function withRecord<R>(record: R | undefined, make: (record: R) => CodecConfiguration): CodecConfiguration | undefined {
  return record === undefined ? undefined : make(record);
}

function readVisual(entry: SampleEntry, span: BoxSpan, bytes: Uint8Array): CodecConfiguration | undefined {
  const { width, height } = entry.visual!;
  const size = { width, height };
  switch (span.type) {
    case 'avcC':
      return withRecord(parseAvcDecoderConfiguration(bytes).value, (record) => avcConfigurationOf(record, size));
    case 'hvcC':
      return withRecord(parseHevcDecoderConfiguration(bytes).value, (record) => hevcConfigurationOf(record, size));
    case 'av1C':
      return withRecord(readAv1C(span).value, (record) => av1ConfigurationOf(record, size));
    case 'vpcC':
      return withRecord(readVpcC(span).value, (record) => {
        return { codec: entry.type === 'vp08' ? 'vp8' : 'vp9', record, ...size };
      });
    default:
      return undefined;
  }
}

/** How QuickTime calls layer III. */
const quicktimeMpegAudio: ReadonlySet<string> = new Set(['.mp3', 'mp3 ', 'ms\0U']);

function audioFormatOf({ sampleRate, channels }: AudioFields): { sampleRate: number; channels: number } {
  return { sampleRate, channels };
}

const valuesByType: Readonly<Record<string, PcmConfiguration['sampleFormat']>> = {
  ulaw: 'mulaw',
  alaw: 'alaw',
  fl32: 'float',
  fl64: 'float',
  fpcm: 'float',
  'raw ': 'unsigned',
  NONE: 'unsigned',
};
/** QuickTime calls both so: bytes are unsigned, larger values are not. */
const quicktimeRaw: ReadonlySet<string> = new Set(['raw ', 'NONE']);
/** Flags of QuickTime's linear PCM: floating point, big-endian, signed. */
const lpcmIsFloat = 1;
const lpcmIsBigEndian = 2;
const lpcmIsSigned = 4;

function readUncompressed(entry: SampleEntry): PcmConfiguration | undefined {
  const { audio, type } = entry;
  const bits = uncompressedBitsOf(entry);
  if (audio === undefined || bits === undefined || bits === 0 || audio.channels === 0) return undefined;
  const flags = audio.formatFlags;
  const linear = (flags & lpcmIsFloat) !== 0 ? 'float' : (flags & lpcmIsSigned) !== 0 ? 'signed' : 'unsigned';
  const { record } = asItCame(entry);
  return {
    codec: 'pcm',
    sampleFormat:
      type === 'lpcm' ? linear : quicktimeRaw.has(type) && bits > 8 ? 'signed' : (valuesByType[type] ?? 'signed'),
    bitsPerSample: bits,
    littleEndian: type === 'sowt' || (type === 'lpcm' ? (flags & lpcmIsBigEndian) === 0 : isLittleEndian(record)),
    format: entry.span.type,
    record,
    ...audioFormatOf(audio),
  };
}

/** What the pcmC box of an entry says (ISO/IEC 23003-5, 4.3). */
function isLittleEndian(entry: Uint8Array): boolean {
  const at = Buffer.from(entry.buffer, entry.byteOffset, entry.length).indexOf('pcmC', 0, 'latin1');
  return at >= 0 && ((entry[at + 8] ?? 0) & 1) === 1;
}

const mpegAudio: ReadonlySet<number> = new Set([ObjectTypeIndication.mpeg1Audio, ObjectTypeIndication.mpeg2Audio]);

/** The codings whose configuration is an AudioSpecificConfig (ISO/IEC 14496-1, Table 5). */
const aac: ReadonlySet<number> = new Set([
  ObjectTypeIndication.mpeg4Audio,
  ObjectTypeIndication.mpeg2AacMain,
  ObjectTypeIndication.mpeg2AacLowComplexity,
  ObjectTypeIndication.mpeg2AacScalableSamplingRate,
]);

function readMpeg4Audio({ descriptor, audio: fields }: SampleEntry): CodecConfiguration | undefined {
  const config = descriptor?.decoderConfig;
  if (descriptor === undefined || config === undefined || fields === undefined) return undefined;
  if (mpegAudio.has(config.objectTypeIndication)) {
    return { codec: 'mp3', header: undefined, descriptor, ...audioFormatOf(fields) };
  }
  if (!aac.has(config.objectTypeIndication)) return undefined;
  const bytes = config.decoderSpecificInfo?.bytes;
  return {
    codec: 'aac',
    descriptor,
    audio: bytes === undefined ? undefined : parseAudioSpecificConfig(bytes).value,
  };
}
