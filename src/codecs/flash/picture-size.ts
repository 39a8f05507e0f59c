/**
 * The picture size that key frames of the codecs of the Flash Player tell, which have no configuration beside them: Sorenson
 * H.263, On2 VP6 with and without alpha, Screen video 1 and 2 (Adobe SWF 19, video tags; FLV 10.1, E.4.3). Bytes are those
 * behind the first byte of a video tag's data. Undefined where they tell none.
 */
import { BitReader } from '../../bytes/bit-reader.ts';

/** Pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

const sorensonSizes: readonly (readonly [number, number])[] = [
  [352, 288],
  [176, 144],
  [128, 96],
  [320, 240],
  [160, 120],
];

/** Of a Sorenson H.263 picture. */
export function sorensonPictureSize(bytes: Uint8Array): PictureSize | undefined {
  const reader = new BitReader(bytes);
  // Start code, version, temporal reference.
  if (reader.bits(17) !== 1) return undefined;
  reader.bits(5);
  reader.bits(8);
  const code = reader.bits(3);
  const custom = code === 0 ? 8 : code === 1 ? 16 : 0;
  const fixed = sorensonSizes[code - 2];
  const [width, height] = custom > 0 ? [reader.bits(custom), reader.bits(custom)] : (fixed ?? [0, 0]);
  return reader.fault === undefined && width > 0 && height > 0 ? { width, height } : undefined;
}

/** Of a Screen video picture, of either version: blocks of a size, then the size of the picture in 12 bits each. */
export function screenPictureSize(bytes: Uint8Array): PictureSize | undefined {
  if (bytes.length < 4) return undefined;
  const width = ((bytes[0]! & 0x0f) << 8) | bytes[1]!;
  const height = ((bytes[2]! & 0x0f) << 8) | bytes[3]!;
  return width > 0 && height > 0 ? { width, height } : undefined;
}

/** Bytes of the size of the picture itself that VP6 with alpha has before it. */
const alphaOffsetLength = 3;
const macroblock = 16;

/** Of a VP6 key frame, what is cropped taken off. */
export function vp6PictureSize(bytes: Uint8Array, hasAlpha: boolean): PictureSize | undefined {
  const crop = bytes[0];
  const frame = bytes.subarray(1 + (hasAlpha ? alphaOffsetLength : 0));
  if (crop === undefined || frame.length < 8 || (frame[0]! & 0x80) !== 0) return undefined;
  // One partition: the sizes follow the two bytes of the header; with two there is an offset between.
  const isSplit = (frame[0]! & 1) !== 0 || (frame[1]! & 0x06) === 0;
  const at = isSplit ? 4 : 2;
  const width = frame[at + 1]! * macroblock - (crop >>> 4);
  const height = frame[at]! * macroblock - (crop & 0x0f);
  return width > 0 && height > 0 ? { width, height } : undefined;
}
