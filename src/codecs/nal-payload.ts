/**
 * The way from a NAL unit to the bits of its payload, which H.264 and H.265 share (ITU-T H.264, 7.3.1; H.265, 7.3.1.1):
 * emulation prevention bytes out, reading ends at the stop bit. It knows neither header nor payload of either codec.
 */
import { BitReader } from '../bytes/bit-reader.ts';

/**
 * The bytes without their `emulation_prevention_three_byte`s: every 3 that follows two zero bytes. Gives the very bytes
 * it was given where there are none.
 */
export function removeEmulationPrevention(bytes: Uint8Array): Uint8Array {
  let kept: Uint8Array | undefined;
  let length = 0;
  let zeros = 0;
  for (const byte of bytes) {
    if (zeros >= 2 && byte === 3) {
      // Not slice(): a Buffer's is a view, and what is given is not ours to write to.
      kept ??= Uint8Array.from(bytes);
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    if (kept !== undefined) kept[length] = byte;
    length++;
  }
  return kept === undefined ? bytes : kept.subarray(0, length);
}

/** Bits before the `rbsp_stop_one_bit`: the last bit that is one. Zero bytes behind it belong to no syntax element. */
export function bitLengthBeforeStopBit(payload: Uint8Array): number {
  let length = payload.length;
  while (length > 0 && payload[length - 1] === 0) length--;
  if (length === 0) return 0;
  const last = payload[length - 1]!;
  const trailingZeroBits = 31 - Math.clz32(last & -last);
  return length * 8 - trailingZeroBits - 1;
}

/**
 * Whether CABAC, whose terminating bin ended with bit `end` of the payload of a slice, has come to its end: that bit is the
 * stop bit, and what is left is what encoders leave. x264 leaves bits of its own in the same byte; YouTube's leaves four to
 * six that may reach into the next (observed). Zero words may follow (`cabac_zero_word`).
 */
export function isSliceEnd(payload: Uint8Array, end: number): boolean {
  const left = bitLengthBeforeStopBit(payload) - end;
  return ((payload[end >>> 3]! >> (7 - (end & 7))) & 1) === 1 && left >= 0 && left < 8;
}

/**
 * A reader of the payload (RBSP) of a whole NAL unit behind a header of `headerLength` bytes. It ends before the stop
 * bit, so `remaining > 0` is the standards' `more_rbsp_data()`. Offsets of its faults count bytes of the NAL unit
 * without the emulation prevention bytes.
 */
export function wholePayloadReader(nalUnit: Uint8Array, headerLength: number): BitReader {
  const payload = removeEmulationPrevention(nalUnit.subarray(headerLength));
  return new BitReader(payload, { base: headerLength, bitLength: bitLengthBeforeStopBit(payload) });
}

/**
 * A reader of the first bytes of a NAL unit's payload, at most `limit` of them: for slices, of which nobody has the
 * whole at hand, and which may be cut off. There is no stop bit to look for.
 */
export function payloadStartReader(nalUnit: Uint8Array, headerLength: number, limit: number): BitReader {
  return new BitReader(removeEmulationPrevention(nalUnit.subarray(headerLength, limit)), { base: headerLength });
}
