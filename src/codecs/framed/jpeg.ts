/**
 * How long a JPEG image is (ITU-T T.81, B.1 and B.2): marker segments say their lengths, coded data ends where a marker
 * stands in it. QuickTime's Motion-JPEG A says in each field how long it is with its padding, and where the other field is.
 */

const startOfImage = 0xd8;
const endOfImage = 0xd9;
const startOfScan = 0xda;
const applicationSegment1 = 0xe1;
/** Markers without a length: TEM and the restarts. */
const standsAlone = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);

/** Images of one field as Motion-JPEG A has them: `padded` to which length, and where the second begins. */
interface FieldMarker {
  readonly padded: number;
  readonly nextField: number;
}

/** Bytes of the image at `at`, both fields of one in two; 'more' where the bytes end first, undefined where there is none. */
export function jpegLength(bytes: Uint8Array, at = 0): number | 'more' | undefined {
  const first = imageAt(bytes, at);
  if (typeof first !== 'object') return first;
  const { length, field } = first;
  if (field === undefined) return length;
  if (field.padded < length) return undefined;
  if (field.nextField === 0) return field.padded;
  if (field.nextField < length) return undefined;
  const second = imageAt(bytes, at + field.nextField);
  if (typeof second !== 'object') return second;
  return field.nextField + Math.max(second.length, second.field?.padded ?? 0);
}

function imageAt(
  bytes: Uint8Array,
  start: number,
): { readonly length: number; readonly field: FieldMarker | undefined } | 'more' | undefined {
  if (start + 4 > bytes.length) return 'more';
  if (bytes[start] !== 0xff || bytes[start + 1] !== startOfImage) return undefined;
  let field: FieldMarker | undefined;
  let hasScan = false;
  for (let at = start + 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) at++;
    else if (marker === endOfImage) return hasScan ? { length: at + 2 - start, field } : undefined;
    else if (standsAlone(marker)) at += 2;
    else {
      if (marker < 0xc0 || marker === startOfImage) return undefined;
      const length = bytes[at + 2]! * 256 + bytes[at + 3]!;
      if (length < 2) return undefined;
      if (marker === applicationSegment1) field ??= fieldMarkerAt(bytes, at + 4, length);
      at += 2 + length;
      if (marker !== startOfScan) continue;
      hasScan = true;
      at = behindScan(bytes, at);
    }
  }
  const left = bytes.length;
  return endsWithImage(bytes, start, left, hasScan) ? { length: left - start, field } : 'more';
}

/** The end of the image may be the end of the bytes: no four bytes are left there. */
function endsWithImage(bytes: Uint8Array, start: number, end: number, hasScan: boolean): boolean {
  return hasScan && end - start > 4 && bytes[end - 2] === 0xff && bytes[end - 1] === endOfImage;
}

/** The place of the marker that ends coded data; stuffed bytes and restarts stand within it. */
function behindScan(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const marker = bytes[at + 1];
    if (marker === undefined) break;
    if (marker !== 0 && marker !== 0xff && !standsAlone(marker)) return at;
  }
  return bytes.length;
}

const fieldTag = 0x6d6a7067; // 'mjpg'
const fieldMarkerLength = 20;

function fieldMarkerAt(bytes: Uint8Array, at: number, length: number): FieldMarker | undefined {
  if (length < 2 + fieldMarkerLength || at + fieldMarkerLength > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, fieldMarkerLength);
  if (view.getUint32(4) !== fieldTag) return undefined;
  return { padded: view.getUint32(12), nextField: view.getUint32(16) };
}
