/**
 * The head of an MPEG-2 (and MPEG-1) video sequence (ISO/IEC 13818-2, 6.2.2.1, 6.2.2.3 and 6.2.2.4): size, rate, shape and
 * colour. Quantiser matrices are passed over. It is found by its start code; what carries it is not known here.
 */
import { BitReader } from '../../bytes/bit-reader.ts';
import type { Parsed } from '../parsed.ts';
import { parseColourDescription, type ColourDescription, type FieldOrder } from '../video-signal.ts';

/** sequence_extension(): without it the stream is MPEG-1. */
export interface Mpeg2SequenceExtension {
  /** `profile_and_level_indication`: profile in bits 6 to 4 (1 High … 5 Simple), level in bits 3 to 0. */
  readonly profileAndLevelIndication: number;
  readonly progressiveSequence: boolean;
  /** 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormat: number;
  readonly lowDelay: boolean;
}

/** sequence_display_extension(). */
export interface Mpeg2SequenceDisplay {
  readonly videoFormat: number;
  readonly colourDescription: ColourDescription | undefined;
  readonly displayHorizontalSize: number;
  readonly displayVerticalSize: number;
}

/** A sequence header with the extensions that follow it; sizes in pixels. */
export interface Mpeg2SequenceHeader {
  readonly width: number;
  readonly height: number;
  /** 1 square samples, 2 4:3, 3 16:9, 4 2.21:1: of the picture, or of the display where there is one. */
  readonly aspectRatioInformation: number;
  /** Frames a second, as a fraction. */
  readonly frameRate: { readonly numerator: number; readonly denominator: number };
  /** Bits a second, a multiple of 400. */
  readonly bitRate: number;
  readonly vbvBufferSize: number;
  readonly extension: Mpeg2SequenceExtension | undefined;
  readonly display: Mpeg2SequenceDisplay | undefined;
}

/** The byte behind 00 00 01 (ISO/IEC 13818-2, Table 6-1). */
export const Mpeg2StartCode = {
  picture: 0x00,
  userData: 0xb2,
  sequenceHeader: 0xb3,
  extension: 0xb5,
  sequenceEnd: 0xb7,
  groupOfPictures: 0xb8,
} as const;

const SEQUENCE_EXTENSION = 1;
const SEQUENCE_DISPLAY_EXTENSION = 2;

/** Table 6-4, by `frame_rate_code`. */
const FRAME_RATES: readonly (readonly [number, number] | undefined)[] = [
  undefined,
  [24000, 1001],
  [24, 1],
  [25, 1],
  [30000, 1001],
  [30, 1],
  [50, 1],
  [60000, 1001],
  [60, 1],
];

/** Offset of the next start code prefix (its first zero byte) from `from` on; the length of the bytes where there is none. */
export function nextStartCode(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 3 < bytes.length; at++) {
    if (bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 1) return at;
  }
  return bytes.length;
}

function parseDisplay(reader: BitReader): Mpeg2SequenceDisplay | undefined {
  const videoFormat = reader.bits(3);
  const colourDescription = reader.flag() ? parseColourDescription(reader) : undefined;
  const displayHorizontalSize = reader.bits(14);
  reader.skip(1); // marker_bit
  const displayVerticalSize = reader.bits(14);
  if (reader.fault !== undefined) return undefined;
  return { videoFormat, colourDescription, displayHorizontalSize, displayVerticalSize };
}

/**
 * Parses a sequence header at the beginning of `bytes`, its start code first, and the extensions behind it as far as they
 * are there: reading ends at the first picture, group of pictures, or user data's end.
 */
export function parseMpeg2SequenceHeader(
  bytes: Uint8Array,
  options: { base?: number } = {},
): Parsed<Mpeg2SequenceHeader> {
  const reader = new BitReader(bytes, options);
  const startCode = reader.bits(32);
  if (startCode !== 0x100 + Mpeg2StartCode.sequenceHeader) reader.fail('expected a sequence header', options.base ?? 0);
  let width = reader.bits(12);
  let height = reader.bits(12);
  const aspectRatioInformation = reader.bits(4);
  const frameRateCode = reader.bits(4);
  let bitRate = reader.bits(18);
  reader.skip(1); // marker_bit
  let vbvBufferSize = reader.bits(10);
  let [numerator, denominator] = FRAME_RATES[frameRateCode] ?? [0, 1];
  if (numerator === 0) reader.fail(`expected a frame_rate_code from 1 to 8, found ${frameRateCode}`);

  let extension: Mpeg2SequenceExtension | undefined;
  let display: Mpeg2SequenceDisplay | undefined;
  for (let at = nextStartCode(bytes, 4); at < bytes.length; at = nextStartCode(bytes, at + 4)) {
    const code = bytes[at + 3]!;
    if (code === Mpeg2StartCode.userData) continue;
    if (code !== Mpeg2StartCode.extension) break;
    const extensionReader = new BitReader(bytes.subarray(at + 4));
    const identifier = extensionReader.bits(4);
    if (identifier === SEQUENCE_DISPLAY_EXTENSION) display = parseDisplay(extensionReader);
    if (identifier !== SEQUENCE_EXTENSION || extension !== undefined) continue;
    const profileAndLevelIndication = extensionReader.bits(8);
    const progressiveSequence = extensionReader.flag();
    const chromaFormat = extensionReader.bits(2);
    const horizontal = extensionReader.bits(2);
    const vertical = extensionReader.bits(2);
    const rate = extensionReader.bits(12);
    extensionReader.skip(1); // marker_bit
    const buffer = extensionReader.bits(8);
    const lowDelay = extensionReader.flag();
    const rateNumerator = 1 + extensionReader.bits(2);
    const rateDenominator = 1 + extensionReader.bits(5);
    if (extensionReader.fault !== undefined) break;
    extension = { profileAndLevelIndication, progressiveSequence, chromaFormat, lowDelay };
    width += horizontal * 4096;
    height += vertical * 4096;
    bitRate += rate * 2 ** 18;
    vbvBufferSize += buffer * 1024;
    numerator *= rateNumerator;
    denominator *= rateDenominator;
  }
  if (width === 0 || height === 0) reader.fail(`expected a size, found ${width}x${height}`);
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };
  return {
    value: {
      width,
      height,
      aspectRatioInformation,
      frameRate: { numerator, denominator },
      bitRate: bitRate * 400,
      vbvBufferSize,
      extension,
      display,
    },
    fault: undefined,
  };
}

const PICTURE_CODING_EXTENSION = 8;

/**
 * The order of the fields of the first picture in bytes of a stream that is not progressive, as its coding extension says
 * (6.2.3.1); undefined where none is there.
 */
export function mpeg2FieldOrder(bytes: Uint8Array): FieldOrder | undefined {
  for (let at = nextStartCode(bytes, 0); at < bytes.length; at = nextStartCode(bytes, at + 4)) {
    if (bytes[at + 3] !== Mpeg2StartCode.extension || (bytes[at + 4] ?? 0) >>> 4 !== PICTURE_CODING_EXTENSION) continue;
    const reader = new BitReader(bytes.subarray(at + 4));
    reader.skip(4 + 16 + 2); // identifier, f_code, intra_dc_precision
    const structure = reader.bits(2);
    const topFieldFirst = reader.flag();
    // frame_pred_frame_dct, concealment_motion_vectors, q_scale_type, intra_vlc_format, alternate_scan, repeat_first_field, chroma_420_type
    reader.skip(7);
    const progressiveFrame = reader.flag();
    if (reader.fault !== undefined) return undefined;
    if (structure !== 3) return structure === 1 ? 'tt' : 'bb';
    return progressiveFrame ? 'progressive' : topFieldFirst ? 'tt' : 'bb';
  }
  return undefined;
}

/** Object types of ISO/IEC 14496-1 by profile: High, Spatially Scalable, SNR Scalable, Main, Simple. */
const OBJECT_TYPES = ['65', '64', '63', '62', '61', '60'] as const;

/** The codec as `mp4v.OO` (RFC 6381, 3.3): the object type of the profile, 6A for MPEG-1. */
export function codecString(header: Mpeg2SequenceHeader | undefined): string {
  if (header === undefined) return 'mp4v.61';
  if (header.extension === undefined) return 'mp4v.6A';
  const indication = header.extension.profileAndLevelIndication;
  return `mp4v.${indication >= 0x80 ? '65' : (OBJECT_TYPES[(indication >>> 4) & 7] ?? '61')}`;
}
