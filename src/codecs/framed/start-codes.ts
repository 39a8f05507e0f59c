/**
 * Pictures that begin with a start code that nothing else in the stream can have, and say nothing of where they end: MPEG-4
 * Visual (ISO/IEC 14496-2, 6.2 and 6.3.1) and H.263 (ITU-T H.263, 5.1). Read are their start and whether they are intra coded.
 */
import { objectTypeOf } from './formats.ts';

/** Pictures of one of these kinds. */
export interface StartCodedFormat {
  /** Bits of a start code and of what is fixed behind it. */
  readonly proofBits: number;
  /** Whether a picture, or what belongs before it, begins at a place. */
  readonly beginsAt: (bytes: Uint8Array, at: number) => boolean;
  /** Whether the picture itself begins there: what comes next is of the next sample. */
  readonly isPicture: (bytes: Uint8Array, at: number) => boolean;
  /** Of a picture that begins there. */
  readonly typeOf: (bytes: Uint8Array, at: number) => 'intra' | 'inter' | 'both ways';
  /** Bytes that no picture ends with. */
  readonly impossibleEnd: number;
}

const vopStartCode = 0xb6;
/** Start codes of what may stand before a picture: objects, layers, user data, groups. */
const beforeVop = (code: number): boolean =>
  code < 0x30 || code === 0xb0 || code === 0xb1 || code === 0xb2 || code === 0xb3 || code === 0xb5;

function isStartCode(bytes: Uint8Array, at: number): boolean {
  return bytes[at + 2] === 1 && bytes[at] === 0 && bytes[at + 1] === 0 && at + 3 < bytes.length;
}

const mpeg4Visual: StartCodedFormat = {
  proofBits: 28,
  beginsAt: (bytes, at) => isStartCode(bytes, at) && (bytes[at + 3] === vopStartCode || beforeVop(bytes[at + 3]!)),
  isPicture: (bytes, at) => isStartCode(bytes, at) && bytes[at + 3] === vopStartCode,
  typeOf: (bytes, at) => (['intra', 'inter', 'both ways', 'inter'] as const)[bytes[at + 4]! >>> 6]!,
  // next_start_code(): a zero bit, and ones up to the next byte (5.2.4).
  impossibleEnd: 0xff,
};

/** The source format that says that more about the picture follows (5.1.3). */
const extendedType = 7;

const h263: StartCodedFormat = {
  proofBits: 24,
  beginsAt: beginsH263,
  isPicture: beginsH263,
  typeOf: (bytes, at) => {
    const format = (bytes[at + 4]! >>> 2) & 7;
    if (format !== extendedType) return (bytes[at + 4]! & 2) === 0 ? 'intra' : 'inter';
    // UFEP says whether eighteen bits come before the type of the picture (5.1.4).
    const bits = (((bytes[at + 4]! & 3) << 24) | (bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!) >>> 0;
    const type = bits >>> 23 === 1 ? (bits >>> 2) & 7 : (bits >>> 20) & 7;
    return type === 0 ? 'intra' : 'inter';
  },
  impossibleEnd: -1,
};

/** A start code of 22 bits, a number of 8, and the two bits that every picture has behind them. */
function beginsH263(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0 && bytes[at + 1] === 0 && (bytes[at + 2]! & 0xfc) === 0x80 && (bytes[at + 3]! & 3) === 2;
}

const mpeg4ObjectType = 0x20;

/** How pictures of a codec begin; undefined where not with a start code. `entry`: the body of the sample entry, of type `format`. */
export function startCodedFormatOf(format: string, entry: Uint8Array): StartCodedFormat | undefined {
  if (format === 'mp4v') return objectTypeOf(entry) === mpeg4ObjectType ? mpeg4Visual : undefined;
  return format === 's263' || format === 'h263' ? h263 : undefined;
}
