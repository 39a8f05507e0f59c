/**
 * Open bitstream units of AV1 (AV1 Bitstream & Decoding Process Specification, 5.3): their headers, and the chain of them
 * that a temporal unit is. It knows no payload: sequence and frame headers have modules of their own.
 */
import type { ByteFault } from '../../bytes/byte-reader.ts';

/** `obu_type` (6.2.2). */
export const ObuType = {
  sequenceHeader: 1,
  temporalDelimiter: 2,
  frameHeader: 3,
  tileGroup: 4,
  metadata: 5,
  frame: 6,
  redundantFrameHeader: 7,
  tileList: 8,
  padding: 15,
} as const;

/** One open bitstream unit: offsets count from the beginning of the bytes it was found in. */
export interface Obu {
  readonly type: number;
  readonly temporalId: number;
  readonly spatialId: number;
  /** Whether the header says how long the payload is; without it the unit goes to the end. */
  readonly hasSizeField: boolean;
  readonly start: number;
  readonly payloadStart: number;
  readonly end: number;
}

/** The longest leb128() there is (4.10.5). */
const LEB128_BYTES = 8;

/** A little-endian number of seven bits a byte: leb128(). Undefined where it breaks off, or is above 2^32 - 1. */
export function readLeb128(
  bytes: Uint8Array,
  at: number,
): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let index = 0; index < LEB128_BYTES && at + index < bytes.length; index++) {
    const byte = bytes[at + index]!;
    // Not shifts: the number may have 32 bits, the sum of hostile ones 56.
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return value > 0xffffffff ? undefined : { value, end: at + index + 1 };
  }
  return undefined;
}

/** A number below 2^32 in as few bytes as it takes. */
export function writeLeb128(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Uint8Array.from(bytes);
}

/** The unit that begins at `at`, or why there is none. */
function parseObu(bytes: Uint8Array, at: number): Obu | ByteFault {
  const header = bytes[at];
  if (header === undefined) return { offset: at, message: 'expected an open bitstream unit, found no byte' };
  if (header >= 0x80) return { offset: at, message: 'expected obu_forbidden_bit to be 0, found 1' };
  const hasExtension = (header & 4) !== 0;
  const hasSizeField = (header & 2) !== 0;
  const extension = hasExtension ? bytes[at + 1] : 0;
  if (extension === undefined) return { offset: at + 1, message: 'expected an OBU extension header, found no byte' };
  const headerEnd = at + (hasExtension ? 2 : 1);
  const size = hasSizeField ? readLeb128(bytes, headerEnd) : { value: bytes.length - headerEnd, end: headerEnd };
  if (size === undefined) return { offset: headerEnd, message: 'expected obu_size, found no whole number' };
  const end = size.end + size.value;
  if (end > bytes.length) {
    return { offset: headerEnd, message: `expected ${size.value} more bytes, found ${bytes.length - size.end}` };
  }
  const [temporalId, spatialId] = [extension >>> 5, (extension >>> 3) & 3];
  return { type: (header >>> 3) & 0xf, temporalId, spatialId, hasSizeField, start: at, payloadStart: size.end, end };
}

/** The units of a temporal unit or sample, one behind the other; with a fault those before it. */
export interface ObuChain {
  readonly units: readonly Obu[];
  readonly fault: ByteFault | undefined;
}

/** Follows the chain to the end of the bytes. `fault`: it did not end there. */
export function parseObuChain(bytes: Uint8Array): ObuChain {
  const units: Obu[] = [];
  for (let at = 0; at < bytes.length;) {
    const unit = parseObu(bytes, at);
    if ('message' in unit) return { units, fault: unit };
    units.push(unit);
    at = unit.end;
  }
  return { units, fault: undefined };
}
