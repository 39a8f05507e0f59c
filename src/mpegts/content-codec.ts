/**
 * What a stream is, recognised by its media alone: parameter sets and start codes of video, frames of audio that follow one
 * another, sync words of subtitles and data. For streams that no table describes, or that a table describes wrongly. It
 * knows neither packets nor tables, and says nothing where the bytes do not settle it.
 */
import { BitReader } from '../bytes/bit-reader.ts';
import { parseAdtsHeader } from '../codecs/aac/adts-header.ts';
import { parseSyncFrame } from '../codecs/ac3/sync-frame.ts';
import { parseSequenceParameterSet as parseAvcSps } from '../codecs/h264/sequence-parameter-set.ts';
import { parseSequenceParameterSet as parseHevcSps } from '../codecs/h265/sequence-parameter-set.ts';
import { parseMpegAudioFrameHeader } from '../codecs/mpeg-audio/frame-header.ts';
import { nextStartCode, parseMpeg2SequenceHeader } from '../codecs/mpeg2/sequence-header.ts';
import { DescriptorTag, type Descriptor } from './descriptors.ts';
import type { StreamCodec } from './stream-codec.ts';

/** What the media says, and how a program map says the same. */
export interface ContentCodec extends StreamCodec {
  readonly streamType: number;
  readonly descriptors: readonly Descriptor[];
}

const registration = (name: string): Descriptor => ({
  tag: DescriptorTag.registration,
  bytes: Uint8Array.from(name, (letter) => letter.codePointAt(0)!),
});

const privatePes = 0x06;

const video = (codec: string, streamType: number, descriptors: readonly Descriptor[] = []): ContentCodec => ({
  kind: 'video',
  codec,
  streamType,
  descriptors,
});
const audio = (codec: string, streamType: number, descriptors: readonly Descriptor[] = []): ContentCodec => ({
  kind: 'audio',
  codec,
  streamType,
  descriptors,
});

/** Recognises media from its first bytes, those of one or more PES packets. Undefined: they do not tell. */
export function recogniseContent(bytes: Uint8Array): ContentCodec | undefined {
  return recogniseData(bytes) ?? recogniseAudio(bytes) ?? recogniseVideo(bytes);
}

/** Length of the frame that begins at an offset; 0 where none does, -1 where more bytes are needed to tell. */
type FrameLength = (bytes: Uint8Array, at: number) => number;

const maxHeader = 16;

function adtsLength(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== 0xff || (bytes[at + 1]! & 0xf6) !== 0xf0) return 0;
  return parseAdtsHeader(bytes.subarray(at, at + maxHeader)).value?.frameLength ?? 0;
}

function mpegAudioLength(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== 0xff || (bytes[at + 1]! & 0xe0) !== 0xe0) return 0;
  return parseMpegAudioFrameHeader(bytes, at)?.frameLength ?? 0;
}

function syncFrameLength(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== 0x0b || bytes[at + 1] !== 0x77) return 0;
  return parseSyncFrame(bytes.subarray(at, at + maxHeader)).value?.frameLength ?? 0;
}

/** AudioSyncStream (ISO/IEC 14496-3, 1.7.2): eleven bits, then the length in thirteen. */
function latmLength(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== 0x56 || (bytes[at + 1]! & 0xe0) !== 0xe0) return 0;
  return 3 + (((bytes[at + 1]! & 0x1f) << 8) | bytes[at + 2]!);
}

/**
 * The core of DTS (ETSI TS 102 114, 5.3): its sync word, and the length of the frame less one in 14 bits from bit 46 on. In
 * the high definition of DTS, an extension (7.4.1) follows each core, or the extension is all there is.
 */
function dtsLength(bytes: Uint8Array, at: number): number {
  if (bytes[at] === 0x64 && bytes[at + 1] === 0x58 && bytes[at + 2] === 0x20 && bytes[at + 3] === 0x25) {
    return dtsExtensionLength(bytes, at);
  }
  if (bytes[at] !== 0x7f || bytes[at + 1] !== 0xfe || bytes[at + 2] !== 0x80 || bytes[at + 3] !== 0x01) return 0;
  const length = (((bytes[at + 5]! & 3) << 12) | (bytes[at + 6]! << 4) | (bytes[at + 7]! >>> 4)) + 1;
  return length >= 96 ? length : 0;
}

/** Two lengths follow the index of the extension, each with four bits more where the header says that they are long. */
function dtsExtensionLength(bytes: Uint8Array, at: number): number {
  const reader = new BitReader(bytes.subarray(at + 5, at + maxHeader));
  reader.skip(2);
  const isLong = reader.flag();
  const header = reader.bits(isLong ? 12 : 8) + 1;
  const length = reader.bits(isLong ? 20 : 16) + 1;
  return reader.fault === undefined && header <= length ? length : 0;
}

interface AudioSyntax {
  readonly length: FrameLength;
  readonly name: (bytes: Uint8Array, at: number) => ContentCodec | undefined;
  /** So many frames end to end are no accident. */
  readonly enough: number;
  /** Bits of the first four bytes that are the same in all frames of a stream. */
  readonly constant?: number;
}

const audioSyntaxes: readonly AudioSyntax[] = [
  {
    length: syncFrameLength,
    enough: 2,
    name: (bytes, at) =>
      parseSyncFrame(bytes.subarray(at, at + maxHeader)).value?.codec === 'ac3'
        ? audio('ac3', 0x81, [registration('AC-3')])
        : audio('eac3', 0x87, [registration('EAC3')]),
  },
  { length: dtsLength, enough: 2, name: () => audio('dts', 0x82, [registration('DTS2')]) },
  // Version, profile and sampling rate.
  { length: adtsLength, enough: 3, constant: 0x00_08_fc_00, name: () => audio('aac', 0x0f) },
  { length: latmLength, enough: 3, name: () => audio('aac-latm', 0x11) },
  {
    length: mpegAudioLength,
    enough: 3,
    // Version, layer and sampling rate.
    constant: 0x00_1e_0c_00,
    name: (bytes, at) => {
      const header = parseMpegAudioFrameHeader(bytes, at);
      return header === undefined ? undefined : audio(`mp${header.layer}`, header.version === 1 ? 0x03 : 0x04);
    },
  },
];

/** A PES packet may begin in the middle of a frame; no frame of these codecs is longer. */
const searchedForFrames = 16 * 1024;

function recogniseAudio(bytes: Uint8Array): ContentCodec | undefined {
  const searched = Math.min(bytes.length - maxHeader, searchedForFrames);
  for (let at = 0; at < searched; at++) {
    // Nearly all bytes begin no frame of any kind.
    const first = bytes[at]!;
    if (first !== 0xff && first !== 0x0b && first !== 0x56 && first !== 0x7f && first !== 0x64) continue;
    for (const syntax of audioSyntaxes) {
      if (syntax.length(bytes, at) > 0 && isChain(bytes, at, syntax)) return syntax.name(bytes, at);
    }
  }
  return undefined;
}

/** Whether frames follow one another from an offset on: so many, or all there are up to the end of the bytes but one whole at least. */
function isChain(bytes: Uint8Array, from: number, { length, enough, constant = 0 }: AudioSyntax): boolean {
  const kept = (at: number): number => ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) & constant;
  let at = from;
  for (let count = 0; count < enough; count++) {
    if (at + maxHeader > bytes.length) return false;
    const frame = length(bytes, at);
    if (frame <= 0 || kept(at) !== kept(from)) return false;
    at += frame;
  }
  return true;
}

/** Start codes that show what a video stream is where it begins without parameter sets: so many units have to agree. */
const minUnitsThatAgree = 4;

function recogniseVideo(bytes: Uint8Array): ContentCodec | undefined {
  let h264 = 0;
  let h265 = 0;
  let mpeg2 = 0;
  let mpeg4 = 0;
  /** Units that H.264 and H.265 cannot have: their `forbidden_zero_bit` is set. */
  let forbidden = 0;
  let next = 0;
  for (let code = nextStartCode(bytes, 0); code + 5 < bytes.length; code = next) {
    next = nextStartCode(bytes, code + 3);
    const found = recogniseUnit(bytes, code, next);
    if (found !== undefined) return found;
    const [first, second, third] = [bytes[code + 3]!, bytes[code + 4]!, bytes[code + 5]!];
    if (first >= 0x80) forbidden++;
    if (first === 0x09 && (second & 0x1f) === 0x10) h264 += 2;
    else if (first === 0x46 && second === 0x01 && (third & 0x1f) === 0x10) h265 += 2;
    else if ([0x41, 0x61, 0x65, 0x01, 0x21].includes(first) && (second & 0x80) !== 0) h264++;
    else if ((first === 0x02 || first === 0x00 || first === 0x26) && second === 0x01 && (third & 0x80) !== 0) h265++;
    else if (first === 0xb8 || (first === 0xb5 && second >>> 4 === 8)) mpeg2 += 2;
    else if (first === 0xb6) mpeg4++;
  }
  if (h264 >= minUnitsThatAgree && h265 < 2 && forbidden === 0) return video('h264', 0x1b);
  if (h265 >= minUnitsThatAgree && h264 < 2 && forbidden === 0) return video('h265', 0x24);
  if (mpeg2 >= minUnitsThatAgree) return video('mpeg2video', 0x02);
  if (mpeg4 >= minUnitsThatAgree && mpeg2 === 0 && h264 < 2) return video('mpeg4video', 0x10);
  return undefined;
}

/** What one unit settles by itself: a parameter set or a sequence header that can be read to its end. */
function recogniseUnit(bytes: Uint8Array, code: number, next: number): ContentCodec | undefined {
  const unit = bytes.subarray(code + 3, next);
  const first = unit[0]!;
  if ((first & 0x9f) === 0x07 && (first & 0x60) !== 0 && isPicture(parseAvcSps(unit).value)) return video('h264', 0x1b);
  if (first === 0x42 && unit[1] === 0x01 && isPicture(parseHevcSps(unit).value)) return video('h265', 0x24);
  if (first === 0xb3) {
    const header = parseMpeg2SequenceHeader(bytes.subarray(code)).value;
    if (header === undefined || !isPicture(header)) return undefined;
    return header.extension === undefined ? video('mpeg1video', 0x01) : video('mpeg2video', 0x02);
  }
  if (first >= 0x20 && first <= 0x2f && isMpeg4(bytes, code)) return video('mpeg4video', 0x10);
  // The sequence header of VC-1 (SMPTE 421M, Annex J): the advanced profile, which is 3, and 4:2:0, which is 1.
  const isVc1 = first === 0x0f && unit.length > 8 && (unit[1]! & 0xc6) === 0xc2;
  return isVc1 ? video('vc1', 0xea, [registration('VC-1')]) : undefined;
}

function isPicture(set: { readonly width?: number; readonly height?: number } | undefined): boolean {
  if (set === undefined) return false;
  return (set.width ?? 1) > 0 && (set.height ?? 1) > 0;
}

/**
 * A video object layer of MPEG-4 follows the start code directly of its video object, which has nothing in it (ISO/IEC
 * 14496-2, 6.2.2). Slices of H.264 and MPEG-2 have the same numbers, and data after them.
 */
function isMpeg4(bytes: Uint8Array, code: number): boolean {
  const object = code - 4;
  return object >= 0 && nextStartCode(bytes, object) === object && bytes[object + 3]! <= 0x1f;
}

function recogniseData(bytes: Uint8Array): ContentCodec | undefined {
  const startsWith = (at: number, ...wanted: readonly number[]): boolean =>
    wanted.every((byte, index) => bytes[at + index] === byte);
  // A universal label of SMPTE 336M; in synchronous metadata a header of five bytes stands before it (MISB ST 1402).
  if (startsWith(0, 0x06, 0x0e, 0x2b, 0x34)) {
    return { kind: 'data', codec: 'klv', streamType: privatePes, descriptors: [registration('KLVA')] };
  }
  if (startsWith(5, 0x06, 0x0e, 0x2b, 0x34)) {
    return { kind: 'data', codec: 'klv', streamType: 0x15, descriptors: [registration('KLVA')] };
  }
  if (startsWith(0, 0x49, 0x44, 0x33) && bytes[3]! < 0xff && bytes[4]! < 0xff) {
    return { kind: 'data', codec: 'id3', streamType: 0x15, descriptors: [registration('ID3 ')] };
  }
  // PES_data_field of ETSI EN 300 743: data_identifier, subtitle_stream_id, the first sync byte of a segment.
  if (startsWith(0, 0x20, 0x00, 0x0f) && bytes[3]! >= 0x10 && bytes[3]! <= 0x80) {
    const descriptor = { tag: DescriptorTag.subtitling, bytes: Uint8Array.of(0x75, 0x6e, 0x64, 0x10, 0, 1, 0, 1) };
    return { kind: 'subtitle', codec: 'dvb-subtitle', streamType: privatePes, descriptors: [descriptor] };
  }
  // ETSI EN 300 472: data_identifier, then data units of 44 bytes.
  if (bytes[0]! >= 0x10 && bytes[0]! <= 0x1f && [0x02, 0x03, 0xff].includes(bytes[1]!) && bytes[2] === 0x2c) {
    const descriptor = { tag: DescriptorTag.teletext, bytes: Uint8Array.of(0x75, 0x6e, 0x64, 0x09, 0) };
    return { kind: 'subtitle', codec: 'teletext', streamType: privatePes, descriptors: [descriptor] };
  }
  return undefined;
}
