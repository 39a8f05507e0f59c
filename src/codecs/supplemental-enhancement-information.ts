/**
 * Supplemental enhancement information of H.264 and H.265 (ITU-T H.264, 7.3.2.3; H.265, 7.3.2.4): a row of messages, each
 * with a type and a size. Nothing here is needed to decode.
 */
import type { ByteFault } from '../bytes/byte-reader.ts';
import { removeEmulationPrevention } from './nal-payload.ts';

/** `payloadType` (ITU-T H.264, D.1.1; the same in H.265). */
export const SeiPayloadType = { pictureTiming: 1, userDataUnregistered: 5, recoveryPoint: 6 } as const;

/** One sei_message(): its type (H.264, D.1.1; H.265, D.2.1) and its bytes, emulation prevention taken out. */
export interface SeiMessage {
  readonly payloadType: number;
  readonly payload: Uint8Array;
}

/** The messages of one SEI NAL unit, in order. */
export interface SeiMessages {
  readonly messages: readonly SeiMessage[];
  /** The row broke off, or claimed more than there is; the messages before it are intact. */
  readonly fault: ByteFault | undefined;
}

const STOP_BIT = 0x80;

/**
 * The messages of a NAL unit behind a header of `headerLength` bytes: 1 for H.264 (type 6), 2 for H.265 (types 39 and 40).
 * Offsets of faults count bytes of the payload without emulation prevention bytes.
 */
export function parseSeiMessages(nalUnit: Uint8Array, headerLength: number): SeiMessages {
  const bytes = removeEmulationPrevention(nalUnit.subarray(headerLength));
  const messages: SeiMessage[] = [];
  let at = 0;
  /** A number in bytes of 255 and one below. */
  const readNumber = (): number | undefined => {
    let value = 0;
    while (bytes[at] === 0xff) {
      value += 0xff;
      at++;
    }
    const last = bytes[at++];
    return last === undefined ? undefined : value + last;
  };
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  // A message has two bytes at least: one byte is the stop bit.
  while (at < end && !(at === end - 1 && bytes[at] === STOP_BIT)) {
    const start = at;
    const payloadType = readNumber();
    const payloadSize = readNumber();
    if (payloadType === undefined || payloadSize === undefined || at + payloadSize > bytes.length) {
      const message = `expected a message of ${payloadSize ?? 'some'} bytes, found ${Math.max(0, bytes.length - at)}`;
      return { messages, fault: { offset: start, message } };
    }
    messages.push({ payloadType, payload: bytes.subarray(at, at + payloadSize) });
    at += payloadSize;
  }
  return { messages, fault: undefined };
}
