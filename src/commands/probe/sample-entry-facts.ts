/** What a sample entry of an MP4 or MOV says of its codec, in ffprobe's words. */
import { parseAudioSpecificConfig } from '../../codecs/aac/audio-specific-config.ts';
import { parseAvcDecoderConfiguration } from '../../codecs/h264/decoder-configuration.ts';
import { parseHevcDecoderConfiguration } from '../../codecs/h265/decoder-configuration.ts';
import { ObjectTypeIndication } from '../../codecs/mpeg4/es-descriptor.ts';
import type { CodecFacts } from '../../media/probed-recording.ts';
import type { SampleEntry } from '../../mp4/sample-entry.ts';
import { defaultChannelLayout } from '../../codecs/ffprobe/channel-layout.ts';
import { aacFacts, ac3Facts, eac3Facts, flacFacts, opusFacts } from './audio-facts.ts';
import { av1Facts, avcFacts, hevcFacts, vpFacts } from './video-facts.ts';

/** ffprobe's names of what the types of sample entries stand for. */
const namesByType: Readonly<Record<string, string>> = {
  avc1: 'h264',
  avc2: 'h264',
  avc3: 'h264',
  avc4: 'h264',
  hvc1: 'hevc',
  hev1: 'hevc',
  dvh1: 'hevc',
  dvhe: 'hevc',
  vvc1: 'vvc',
  vvi1: 'vvc',
  av01: 'av1',
  vp08: 'vp8',
  vp09: 'vp9',
  mp4v: 'mpeg4',
  mp4a: 'aac',
  jpeg: 'mjpeg',
  mjpa: 'mjpeg',
  mjpb: 'mjpegb',
  s263: 'h263',
  h263: 'h263',
  apch: 'prores',
  apcn: 'prores',
  apcs: 'prores',
  apco: 'prores',
  ap4h: 'prores',
  ap4x: 'prores',
  Opus: 'opus',
  'ac-3': 'ac3',
  'ec-3': 'eac3',
  'ac-4': 'ac4',
  fLaC: 'flac',
  alac: 'alac',
  '.mp3': 'mp3',
  'mp3 ': 'mp3',
  samr: 'amr_nb',
  sawb: 'amr_wb',
  ulaw: 'pcm_mulaw',
  alaw: 'pcm_alaw',
  tx3g: 'mov_text',
  text: 'mov_text',
  wvtt: 'webvtt',
  stpp: 'ttml',
  c608: 'eia_608',
};

/** The coders that MPEG-4 systems number (ISO/IEC 14496-1, Table 5, and the registration authority). */
const namesByObjectType: Readonly<Record<number, string>> = {
  0x20: 'mpeg4',
  0x21: 'h264',
  0x23: 'hevc',
  0x60: 'mpeg2video',
  0x61: 'mpeg2video',
  0x62: 'mpeg2video',
  0x63: 'mpeg2video',
  0x64: 'mpeg2video',
  0x65: 'mpeg2video',
  0x66: 'aac',
  0x67: 'aac',
  0x68: 'aac',
  0x69: 'mp3',
  0x6a: 'mpeg1video',
  0x6b: 'mp3',
  0x6c: 'mjpeg',
  0xa5: 'ac3',
  0xa6: 'eac3',
  0xa9: 'dts',
  0xad: 'opus',
};

/** Facts of a sample entry; without one, none. */
export function sampleEntryFacts(entry: SampleEntry | undefined): CodecFacts {
  if (entry === undefined) return { name: undefined };
  if (entry.visual !== undefined) return videoFacts(entry);
  if (entry.audio !== undefined) return audioFacts(entry);
  return { name: namesByType[entry.type] };
}

/** What ffprobe counts beside the bytes of the box: dOps without a signature, dfLa with a header. */
const countedBeside: Readonly<Record<string, number>> = { avcC: 0, hvcC: 0, av1C: 0, dOps: 8, alac: 8, dfLa: -8 };

function extradata(entry: SampleEntry): { extradataSize?: number } {
  const { configuration, descriptor } = entry;
  if (configuration === undefined) return {};
  const counted = countedBeside[configuration.type];
  if (counted !== undefined) return { extradataSize: configuration.bytes.length + counted };
  const info = descriptor?.decoderConfig.decoderSpecificInfo;
  return info === undefined ? {} : { extradataSize: info.bytes.length };
}

function videoFacts(entry: SampleEntry): CodecFacts {
  const { visual, configuration, descriptor } = entry;
  const objectType = descriptor?.decoderConfig.objectTypeIndication;
  const name = (objectType === undefined ? undefined : namesByObjectType[objectType]) ?? namesByType[entry.type];
  const { width, height } = visual!;
  const base = { name, width, height, ...extradata(entry) };
  if (configuration?.type === 'avcC') {
    const record = parseAvcDecoderConfiguration(configuration.bytes).value;
    return record === undefined ? base : { ...base, ...avcFacts(record) };
  }
  if (configuration?.type === 'av1C') return { ...base, ...av1Facts(configuration.bytes) };
  if (configuration?.type === 'vpcC' && (name === 'vp8' || name === 'vp9')) {
    return { ...base, ...vpFacts(name, configuration.bytes, entry.type) };
  }
  if (configuration?.type === 'hvcC') {
    const record = parseHevcDecoderConfiguration(configuration.bytes).value;
    return record === undefined ? base : { ...base, ...hevcFacts(record, entry.type === 'hev1' ? 'hev1' : 'hvc1') };
  }
  return base;
}

const recordFacts: Readonly<Record<string, (bytes: Uint8Array) => CodecFacts>> = {
  dOps: opusFacts,
  dac3: ac3Facts,
  dec3: eac3Facts,
  dfLa: flacFacts,
};

function audioFacts(entry: SampleEntry): CodecFacts {
  const { audio, descriptor, configuration } = entry;
  const { channels, sampleRate, sampleSize } = audio!;
  const layout = defaultChannelLayout(channels);
  const base = {
    ...(sampleRate > 0 ? { sampleRate: Math.round(sampleRate) } : {}),
    ...(channels > 0 ? { channels } : {}),
    ...(layout === undefined ? {} : { channelLayout: layout }),
    ...extradata(entry),
  };
  const pcm = uncompressedName(entry);
  if (pcm !== undefined) {
    const bits = pcm.includes('law') ? 8 : Number(/\d+/.exec(pcm)?.[0] ?? sampleSize);
    return { ...base, name: pcm, bitRate: Math.round(sampleRate * channels * bits) };
  }
  const record = configuration === undefined ? undefined : recordFacts[configuration.type];
  if (record !== undefined) return { ...base, ...record(configuration!.bytes) };
  const config = descriptor?.decoderConfig;
  if (config === undefined) return { ...base, name: namesByType[entry.type] };
  const bytes = config.decoderSpecificInfo?.bytes;
  if (config.objectTypeIndication === ObjectTypeIndication.mpeg4Audio && bytes !== undefined) {
    const specific = parseAudioSpecificConfig(bytes).value;
    if (specific !== undefined && specific.audioObjectType < 32) return { ...base, ...aacFacts(specific) };
    if (specific !== undefined) return { ...base, name: objectTypeName(specific.audioObjectType) };
  }
  const name = namesByObjectType[config.objectTypeIndication] ?? namesByType[entry.type];
  return { ...base, name, ...(name === 'mp3' ? { mimeCodec: 'mp4a.40.34' } : {}) };
}

/** Object types beyond 31 that are coders of their own (ISO/IEC 14496-3, Table 1.17). */
function objectTypeName(audioObjectType: number): string {
  if (audioObjectType === 34) return 'mp3';
  if (audioObjectType === 36) return 'mp4als';
  return 'aac';
}

/** The name of uncompressed sound, undefined for any other. */
function uncompressedName({ type, audio }: SampleEntry): string | undefined {
  const bits = audio!.sampleSize === 0 ? 16 : audio!.sampleSize;
  if (type === 'sowt') return bits === 8 ? 'pcm_s8' : `pcm_s${bits}le`;
  if (type === 'twos') return bits === 8 ? 'pcm_s8' : `pcm_s${bits}be`;
  if (type === 'raw ' || type === 'NONE') return bits === 8 ? 'pcm_u8' : `pcm_s${bits}be`;
  if (type === 'in24') return 'pcm_s24be';
  if (type === 'in32') return 'pcm_s32be';
  if (type === 'fl32') return 'pcm_f32be';
  if (type === 'fl64') return 'pcm_f64be';
  if (type === 'ipcm') return `pcm_s${bits}le`;
  if (type === 'fpcm') return `pcm_f${bits}le`;
  if (type === 'ulaw' || type === 'alaw') return namesByType[type];
  if (type !== 'lpcm') return undefined;
  const { formatFlags } = audio!;
  const kind = (formatFlags & 1) !== 0 ? 'f' : (formatFlags & 4) !== 0 ? 's' : 'u';
  return bits === 8 ? `pcm_${kind}8` : `pcm_${kind}${bits}${(formatFlags & 2) !== 0 ? 'be' : 'le'}`;
}
