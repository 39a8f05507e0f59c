/**
 * Samples of Samsung's telephones are one NAL unit by their length: a prefix NAL unit (ITU-T H.264, 7.3.1: a header and three
 * bytes of SVC extension), behind which messages and the slice follow with start codes, as in a byte stream (observed). Decoders
 * take them for one long prefix, or find the slice. It tells where the slice begins, and nothing of what it is.
 */
import { hasSliceHeader } from '../../codecs/h264/slice-header.ts';
import { NalUnitType } from '../../codecs/h264/nal-unit.ts';
import { maxMessageBytes } from './access-unit-walk.ts';
import type { ByteWindow } from './byte-window.ts';

/** Bytes of a prefix NAL unit without `prefix_nal_unit_rbsp()`. */
const prefixLength = 4;
const startCodeLength = 4;
/** Units between the prefix and the slice. */
const maxUnits = 8;

/** Where the slice begins that stands in the NAL unit at `start`: there, where none is wrapped up in it. */
export function sliceIn(window: ByteWindow, start: number, length: number): number {
  if (length <= prefixLength + startCodeLength || (window.uint(start, 1) & 0x1f) !== NalUnitType.prefix) return start;
  const bytes = window.view(start, Math.min(length, maxMessageBytes));
  if (!isStartCode(bytes, prefixLength)) return start;
  let at = prefixLength;
  for (let units = 0; units < maxUnits && at >= 0; units++) {
    const header = bytes[at + startCodeLength];
    if (header === undefined || header >= 0x80) return start;
    if (hasSliceHeader(header & 0x1f)) return start + at + startCodeLength;
    at = nextStartCode(bytes, at + startCodeLength);
  }
  return start;
}

function isStartCode(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 0 && bytes[at + 3] === 1;
}

function nextStartCode(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0, from); at >= 0 && at + startCodeLength < bytes.length; at = bytes.indexOf(0, at + 1)) {
    if (isStartCode(bytes, at)) return at;
  }
  return -1;
}
