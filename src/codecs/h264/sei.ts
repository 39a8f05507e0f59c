/**
 * Supplemental enhancement information: the messages of an SEI NAL unit, which H.264 (7.3.2.3.1) and H.265 (7.3.5) frame
 * alike. What a message says is read by whoever asks for it.
 */
import { removeEmulationPrevention } from './nal-unit.ts';

/** `payloadType` of the recovery point in both codecs. */
export const recoveryPointPayloadType = 6;

/**
 * The first message of a type in an SEI NAL unit, emulation prevention taken out; undefined where there is none or the bytes
 * end before its own. `headerLength`: bytes of the NAL unit header, 1 or 2.
 */
export function findSeiMessage(nalUnit: Uint8Array, headerLength: number, payloadType: number): Uint8Array | undefined {
  const payload = removeEmulationPrevention(nalUnit.subarray(headerLength));
  let at = 0;
  /** A number as a run of 255s and a last byte (`last_payload_type_byte`). */
  const number = (): number => {
    let value = 0;
    while (payload[at] === 0xff) {
      value += 255;
      at++;
    }
    return value + (payload[at++] ?? 0);
  };
  // The stop bit alone is no message.
  while (at + 2 < payload.length) {
    const type = number();
    const size = number();
    if (at + size > payload.length) return undefined;
    if (type === payloadType) return payload.subarray(at, at + size);
    at += size;
  }
  return undefined;
}
