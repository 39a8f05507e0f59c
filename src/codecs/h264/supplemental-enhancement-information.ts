/**
 * Supplemental enhancement information (ITU-T H.264, 7.3.2.3): messages with a type and a size each. Nothing in them is
 * read; that they fill their NAL unit exactly tells a true one from bytes that only look like its header.
 */
import { removeEmulationPrevention } from './nal-unit.ts';

/** A payload's type or size: 0xFF bytes add 255 each, the first other byte ends it (7.3.2.3.1). -1 where the bytes end. */
function readExtended(bytes: Uint8Array, from: number): { value: number; next: number } {
  let at = from;
  let value = 0;
  while (at < bytes.length && bytes[at] === 0xff) {
    value += 255;
    at++;
  }
  return at < bytes.length ? { value: value + bytes[at]!, next: at + 1 } : { value: -1, next: at };
}

/**
 * Whether the messages of an SEI NAL unit, header byte first, end at its trailing bits. Emulation prevention makes a
 * message longer than its size says, so its bytes are counted without.
 */
export function isPayloadChain(nalUnit: Uint8Array): boolean {
  const payload = removeEmulationPrevention(nalUnit);
  let end = payload.length;
  // Zero bytes behind the trailing bits are left by some writers that cut byte streams.
  while (end > 1 && payload[end - 1] === 0) end--;
  let at = 1;
  let messages = 0;
  while (at < end - 1) {
    const type = readExtended(payload, at);
    const size = readExtended(payload, type.next);
    if (type.value < 0 || size.value < 0 || size.next + size.value > payload.length) return false;
    at = size.next + size.value;
    messages++;
  }
  // Some encoders leave out the trailing bits.
  return messages > 0 && (at >= end || payload[at] === 0x80);
}
