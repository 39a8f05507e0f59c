/**
 * Pictures of two codecs of QuickTime that say how long they are: Cinepak, whose strips fill a picture, and Animation, whose
 * lines are read to the end. Of each: its length, and whether it shows something without the picture before it.
 */

/** Flags and length, width, height, and the number of strips. */
export const cinepakHeadLength = 10;
const stripHeadLength = 12;
const maxStrips = 32;
/** Bytes that a writer may add to a picture. */
const maxPadding = 3;
const intraStrip = 0x10;
const interStrip = 0x11;

function u16(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 0x100 + bytes[at + 1]!;
}

function u24(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 0x10000 + u16(bytes, at + 1);
}

/** Bytes of the Cinepak picture at the beginning of these; 'more' where it takes more of them to say, undefined where there is none. */
export function cinepakLength(bytes: Uint8Array, size: PictureSize): number | 'more' | undefined {
  if (bytes.length < cinepakHeadLength) return 'more';
  const length = u24(bytes, 1);
  const strips = u16(bytes, 8);
  const isSize = isAlike(u16(bytes, 4), size.width) && isAlike(u16(bytes, 6), size.height);
  if (!isSize || strips === 0 || strips > maxStrips || bytes[0]! > 1) return undefined;
  let at = cinepakHeadLength;
  for (let strip = 0; strip < strips; strip++) {
    if (at + stripHeadLength > length) return undefined;
    if (at + stripHeadLength > bytes.length) return 'more';
    const type = bytes[at]!;
    const own = u16(bytes, at + 2);
    if ((type !== intraStrip && type !== interStrip) || bytes[at + 1] !== 0 || own < stripHeadLength) return undefined;
    at += own;
  }
  return at <= length && length - at <= maxPadding ? length : undefined;
}

/** Whether a Cinepak picture needs nothing that came before: its first strip does not, and the others begin with what that has. */
export function isCinepakSync(picture: Uint8Array): boolean {
  return picture[0] === 0 && picture[cinepakHeadLength] === intraStrip;
}

/** Width and height in pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Pictures are made up of blocks of four by four. */
function isAlike(coded: number, shown: number): boolean {
  return coded >= shown && coded - shown < 4;
}

const maxAnimation = 16 * 1024 * 1024;
/** The picture has only some of the lines, and says which. */
const someLines = 8;

/** The same of Animation (`rle `). `depth`: of the sample entry, in bits for a pixel. */
export function animationLength(bytes: Uint8Array, size: PictureSize, depth: number): number | 'more' | undefined {
  const read = readAnimation(bytes, size, depth);
  return typeof read === 'object' ? read.length : read;
}

/** Whether an Animation picture has every pixel. */
export function isAnimationSync(picture: Uint8Array, size: PictureSize, depth: number): boolean {
  const read = readAnimation(picture, size, depth);
  return typeof read === 'object' && read.isWhole;
}

interface Animation {
  readonly length: number;
  readonly isWhole: boolean;
}

function readAnimation(
  bytes: Uint8Array,
  { width, height }: PictureSize,
  depth: number,
): Animation | 'more' | undefined {
  // Of fewer colours a unit is four pixels or eight.
  const unit = depth === 16 ? 2 : depth === 24 ? 3 : 4;
  const inUnit = depth === 8 || depth === 40 ? 4 : depth === 4 || depth === 36 ? 8 : 1;
  if (bytes.length < 6) return 'more';
  // The two uppermost bits are flags.
  const length = (bytes[0]! & 0x3f) * 0x1000000 + u24(bytes, 1);
  const header = u16(bytes, 4);
  if (length < 8 || length > maxAnimation || (header !== 0 && header !== someLines)) return undefined;
  if (bytes.length < Math.min(length, 14)) return 'more';
  const isPart = header === someLines;
  if (isPart && (u16(bytes, 8) !== 0 || u16(bytes, 12) !== 0)) return undefined;
  const [from, lines] = isPart ? [u16(bytes, 6), u16(bytes, 10)] : [0, height];
  if (from + lines > height) return undefined;
  if (bytes.length < length) return 'more';
  let at = isPart ? 14 : 6;
  let isWhole = lines === height;
  for (let line = 0; line < lines; line++) {
    let pixels = bytes[at++]! - 1;
    isWhole &&= pixels === 0;
    for (;;) {
      if (at >= length) return undefined;
      const code = (bytes[at++]! << 24) >> 24;
      if (code === -1) break;
      if (code === 0) {
        const skipped = (bytes[at++]! - 1) * inUnit;
        isWhole &&= skipped === 0;
        pixels += skipped;
      } else {
        at += code < 0 ? unit : code * unit;
        pixels += Math.abs(code) * inUnit;
      }
      if (pixels > width + inUnit) return undefined;
    }
    isWhole &&= pixels >= width;
  }
  return at <= length && length - at <= maxPadding + 1 ? { length, isWhole } : undefined;
}
