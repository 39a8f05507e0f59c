/**
 * What a stream of a program is, from its `stream_type` (ISO/IEC 13818-1, Table 2-34) and its descriptors. Private streams
 * (type 6 and those above 0x7f) say it by a registration or by a descriptor of their own.
 */
import { DescriptorTag, findDescriptor, metadataFormatOf, registrationOf, type Descriptor } from './descriptors.ts';

/** What a player does with a stream. */
export type StreamKind = 'video' | 'audio' | 'subtitle' | 'data';

/** What a stream is. */
export interface StreamCodec {
  readonly kind: StreamKind;
  /** Name of the codec, such as `h264`; `unknown` where nothing tells. */
  readonly codec: string;
}

const privatePes = 0x06;

const byType: Readonly<Record<number, readonly [StreamKind, string]>> = {
  0x01: ['video', 'mpeg1video'],
  0x02: ['video', 'mpeg2video'],
  0x03: ['audio', 'mp2'],
  0x04: ['audio', 'mp2'],
  0x05: ['data', 'private-sections'],
  0x0f: ['audio', 'aac'],
  0x10: ['video', 'mpeg4video'],
  0x11: ['audio', 'aac-latm'],
  0x15: ['data', 'id3'],
  0x1b: ['video', 'h264'],
  0x1c: ['audio', 'aac-raw'],
  0x21: ['video', 'jpeg2000'],
  0x24: ['video', 'h265'],
  0x2d: ['audio', 'mpegh-3d-audio'],
  0x2e: ['audio', 'mpegh-3d-audio'],
  0x33: ['video', 'h266'],
  0x42: ['video', 'avs'],
  0x80: ['video', 'mpeg2video'],
  0x81: ['audio', 'ac3'],
  0x82: ['subtitle', 'scte27'],
  0x83: ['audio', 'truehd'],
  0x84: ['audio', 'eac3'],
  0x86: ['data', 'scte35'],
  0x87: ['audio', 'eac3'],
  0xd2: ['video', 'avs2'],
  0xd4: ['video', 'avs3'],
  0xea: ['video', 'vc1'],
};

/** Types that mean something else in streams registered as Blu-ray's (`HDMV`). */
const byBlurayType: Readonly<Record<number, readonly [StreamKind, string]>> = {
  0x80: ['audio', 'lpcm'],
  0x82: ['audio', 'dts'],
  0x85: ['audio', 'dts'],
  0x86: ['audio', 'dts'],
  0x90: ['subtitle', 'pgs'],
  0x91: ['data', 'bluray-menu'],
  0x92: ['subtitle', 'bluray-text'],
  0xa1: ['audio', 'eac3'],
  0xa2: ['audio', 'dts'],
};

const byRegistration: Readonly<Record<string, readonly [StreamKind, string]>> = {
  'AC-3': ['audio', 'ac3'],
  EAC3: ['audio', 'eac3'],
  'AC-4': ['audio', 'ac4'],
  Opus: ['audio', 'opus'],
  BSSD: ['audio', 's302m'],
  DTS1: ['audio', 'dts'],
  DTS2: ['audio', 'dts'],
  DTS3: ['audio', 'dts'],
  AV01: ['video', 'av1'],
  HEVC: ['video', 'h265'],
  'VVC ': ['video', 'h266'],
  'VC-1': ['video', 'vc1'],
  drac: ['video', 'dirac'],
  KLVA: ['data', 'klv'],
  'ID3 ': ['data', 'id3'],
  CUEI: ['data', 'scte35'],
};

/**
 * Types whose meaning depends on who wrote them: those for private use, which ATSC, SCTE, Blu-ray and ffmpeg each fill in
 * their own way, and metadata, which names its format. A registration settles it.
 */
function isAmbiguous(streamType: number): boolean {
  return streamType === metadataInPes || streamType >= 0x80;
}

const metadataInPes = 0x15;

const byDescriptor: readonly (readonly [tag: number, StreamKind, string])[] = [
  [DescriptorTag.ac3, 'audio', 'ac3'],
  [DescriptorTag.enhancedAc3, 'audio', 'eac3'],
  [DescriptorTag.dts, 'audio', 'dts'],
  [DescriptorTag.aac, 'audio', 'aac'],
  [DescriptorTag.subtitling, 'subtitle', 'dvb-subtitle'],
  [DescriptorTag.teletext, 'subtitle', 'teletext'],
];

/** `descriptor_tag_extension` of AC-4 and DTS-UHD (ETSI EN 300 468) and of Opus in a transport stream. */
const byExtension: Readonly<Record<number, readonly [StreamKind, string]>> = {
  0x15: ['audio', 'ac4'],
  0x21: ['audio', 'dts-uhd'],
  0x80: ['audio', 'opus'],
};

/** `programDescriptors`: those of the program as a whole, where Blu-ray and SCTE register themselves. */
export function identifyCodec(
  streamType: number,
  descriptors: readonly Descriptor[],
  programDescriptors: readonly Descriptor[],
): StreamCodec {
  const registration = registrationOf(descriptors) ?? metadataFormatOf(descriptors);
  const registered = registration === undefined ? undefined : byRegistration[registration];
  const isBluray = registrationOf(programDescriptors) === 'HDMV' || registration === 'HDMV';
  const extension = findDescriptor(descriptors, DescriptorTag.extension)?.[0];
  const found =
    (isBluray ? byBlurayType[streamType] : undefined) ??
    (isAmbiguous(streamType) ? registered : undefined) ??
    (streamType === privatePes ? undefined : byType[streamType]) ??
    registered ??
    byDescriptor.find(([tag]) => findDescriptor(descriptors, tag) !== undefined)?.slice(1) ??
    (extension === undefined ? undefined : byExtension[extension]);
  const [kind, codec] = (found ?? ['data', 'unknown']) as readonly [StreamKind, string];
  return { kind, codec };
}
