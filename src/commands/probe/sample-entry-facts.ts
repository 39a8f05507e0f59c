/** What a sample entry of an MP4 or MOV says of its codec, in ffprobe's words. */
import { layerSampleAspectOf, profileAndLevelOf, visualSignalOf } from '../../codecs/mpeg4/visual-object-sequence.ts';
import { colourNames, defaultChannelLayout, part2ProfileName, ratio } from '../../media/ffprobe/ffprobe.ts';
import type { CodecFacts } from '../../media/probed-recording.ts';
import { plainConfigurationOf } from '../../mp4/codec-sample-entry.ts';
import type { SampleEntry } from '../../mp4/sample-entry.ts';
import { codecFacts } from './codec-facts.ts';

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
  sawp: 'amr_wb',
  QDM2: 'qdm2',
  QDMC: 'qdmc',
  ima4: 'adpcm_ima_qt',
  MAC3: 'mace3',
  MAC6: 'mace6',
  Qclp: 'qcelp',
  sqcp: 'qcelp',
  agsm: 'gsm',
  mlpa: 'truehd',
  mha1: 'mpegh_3d_audio',
  mhm1: 'mpegh_3d_audio',
  dtsc: 'dts',
  dtsh: 'dts',
  dtsl: 'dts',
  dtse: 'dts',
  SVQ1: 'svq1',
  SVQ3: 'svq3',
  cvid: 'cinepak',
  'rle ': 'qtrle',
  rpza: 'rpza',
  'smc ': 'smc',
  '8BPS': '8bps',
  'png ': 'png',
  AVdn: 'dnxhd',
  AVdh: 'dnxhd',
  CFHD: 'cfhd',
  'vc-1': 'vc1',
  CRAM: 'msvideo1',
  XVID: 'mpeg4',
  DIVX: 'mpeg4',
  DX50: 'mpeg4',
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

/** Facts of a sample entry, encrypted or not; without one, none. */
export function sampleEntryFacts(entry: SampleEntry | undefined): CodecFacts {
  if (entry === undefined) return { name: undefined };
  const { visual, audio } = entry;
  if (visual === undefined && audio === undefined) return { name: namesByType[entry.type] };
  const name = nameOf(entry);
  const claimed =
    visual === undefined
      ? { ...soundFacts(entry), ...(name === 'mp3' ? { mimeCodec: 'mp4a.40.34' } : {}) }
      : { width: visual.width, height: visual.height };
  const facts = {
    name,
    ...claimed,
    ...extradata(entry),
    ...part2Facts(name, entry),
    ...codecFacts(plainConfigurationOf(entry), entry.type),
  };
  const further = { ...entryPicture(entry), ...entrySound(entry), ...facts.further };
  return Object.keys(further).length === 0 ? facts : { ...facts, further };
}

/** Bits of a value of ALAC: its decoder gives planes of 16 or 32. */
function entrySound({ configuration }: SampleEntry): Readonly<Record<string, string>> {
  if (configuration?.type !== 'alac' || configuration.bytes.length < alacRateAt + 4) return {};
  const bits = configuration.bytes[alacBitsAt]!;
  return { sample_fmt: bits > 16 ? 's32p' : 's16p', bits_per_raw_sample: String(bits) };
}

/** Orders of fields as ffprobe names them, by how they are stored and shown (QuickTime File Format, `fiel`). */
const fieldOrders: Readonly<Record<number, string>> = { 1: 'tt', 6: 'bb', 9: 'tb', 14: 'bt' };

/** What the entry says of its pictures beside the codec: colour and fields. Where the stream says it too, the stream counts. */
function entryPicture({ visual }: SampleEntry): Readonly<Record<string, string>> {
  if (visual === undefined) return {};
  const { colour, fields } = visual;
  const order = fields?.fields === 1 ? 'progressive' : fields?.fields === 2 ? fieldOrders[fields.order] : undefined;
  const names =
    colour === undefined
      ? {}
      : colourNames(
          colour.fullRange,
          {
            colourPrimaries: colour.primaries,
            transferCharacteristics: colour.transfer,
            matrixCoefficients: colour.matrix,
          },
          undefined,
        );
  return { ...names, ...(order === undefined ? {} : { field_order: order }) };
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

/** What the configuration of MPEG-4 Part 2 says; where it says no profile and level, there are none. */
function part2Facts(name: string | undefined, { descriptor }: SampleEntry): Partial<CodecFacts> {
  const info = descriptor?.decoderConfig.decoderSpecificInfo;
  if (name !== 'mpeg4' || info === undefined) return {};
  const found = profileAndLevelOf(info.bytes);
  const profile = found === undefined ? undefined : part2ProfileName(found.profile);
  const aspect = layerSampleAspectOf(info.bytes);
  const signal = visualSignalOf(info.bytes);
  return {
    ...(found === undefined ? {} : { level: found.level }),
    ...(profile === undefined ? {} : { profile }),
    ...(aspect === undefined ? {} : { sampleAspect: ratio(aspect.sarWidth, aspect.sarHeight) }),
    ...(signal === undefined ? {} : { further: { ...colourNames(signal.fullRange, signal.colour, undefined) } }),
  };
}

/** Objects that MPEG-4 systems number are named by that, others by the type of the sample entry. */
function nameOf({ type, descriptor }: SampleEntry): string | undefined {
  const objectType = descriptor?.decoderConfig.objectTypeIndication;
  return (objectType === undefined ? undefined : namesByObjectType[objectType]) ?? namesByType[type];
}

/** AMR is one channel at a rate of its own, whatever the entry says (RFC 4867). */
const amrRates: Readonly<Record<string, number>> = { samr: 8000, sawb: 16_000 };

/** Where the magic cookie of ALAC, behind the four bytes of a full box, says how many channels and which rate. */
const alacBitsAt = 4 + 5;
const alacChannelsAt = 4 + 9;
const alacRateAt = 4 + 20;

function soundOf({ type, audio, configuration }: SampleEntry): { channels: number; sampleRate: number } {
  const rate = amrRates[type];
  if (rate !== undefined) return { channels: 1, sampleRate: rate };
  if (configuration?.type !== 'alac' || configuration.bytes.length < alacRateAt + 4) return audio!;
  const cookie = Buffer.from(configuration.bytes);
  return { channels: cookie[alacChannelsAt]!, sampleRate: cookie.readUInt32BE(alacRateAt) };
}

function soundFacts(entry: SampleEntry): Omit<CodecFacts, 'name'> {
  const { channels, sampleRate } = soundOf(entry);
  const layout = defaultChannelLayout(channels);
  return {
    ...(sampleRate > 0 ? { sampleRate: Math.round(sampleRate) } : {}),
    ...(channels > 0 ? { channels } : {}),
    ...(layout === undefined ? {} : { channelLayout: layout }),
  };
}
