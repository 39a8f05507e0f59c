/**
 * The transport packet (ISO/IEC 13818-1, 2.4.3): its header and adaptation field, read in place. A stream has thousands of
 * packets a second, so nothing is made of a packet: every function takes the bytes and where in them the sync byte is, and
 * the 188 bytes from there on have to be in them. What the payload means is for others.
 */

/** Bytes of a packet, without the 4 before it (M2TS) or the 16 after it (parity) that a cell may have. */
export const packetLength = 188;
/** The first byte of every packet; it may stand anywhere else too. */
export const syncByte = 0x47;

/** PIDs with a meaning of their own (Table 2-3, and ETSI EN 300 468, Table 1). */
export const patPid = 0;
/** Of the service description table (EN 300 468, Table 1). */
export const sdtPid = 0x11;
/** Of packets that only fill up the bit rate. */
export const nullPid = 0x1fff;
/** PIDs have 13 bits. */
export const pidCount = 0x2000;

/** The PID, 0 to 8191. */
export function pidOf(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 1]! & 0x1f) << 8) | bytes[at + 2]!;
}

/** `payload_unit_start_indicator`: a PES packet begins with the payload, or a section begins in it. */
export function startsUnit(bytes: Uint8Array, at: number): boolean {
  return (bytes[at + 1]! & 0x40) !== 0;
}

/** The counter, 0 to 15; it counts only packets with payload. */
export function continuityCounterOf(bytes: Uint8Array, at: number): number {
  return bytes[at + 3]! & 0x0f;
}

/** `transport_error_indicator`: the receiver could not put it right. */
export function isFaulty(bytes: Uint8Array, at: number): boolean {
  return (bytes[at + 1]! & 0x80) !== 0;
}

/** `transport_scrambling_control`: what the payload is cannot be known. */
export function isScrambled(bytes: Uint8Array, at: number): boolean {
  return (bytes[at + 3]! & 0xc0) !== 0;
}

/**
 * How many packets from `at` on are of this PID and nothing but payload in which nothing begins: neither scrambled nor marked
 * as faulty, without an adaptation field. `end`: where the last of them may end.
 */
export function plainPackets(pid: number, bytes: Uint8Array, at: number, end: number, stride: number): number {
  const second = pid >>> 8;
  const third = pid & 0xff;
  let next = at;
  while (
    next + packetLength <= end &&
    (bytes[next + 3]! & 0xf0) === 0x10 &&
    bytes[next + 2] === third &&
    bytes[next + 1] === second
  ) {
    next += stride;
  }
  return (next - at) / stride;
}

/**
 * Where the payload begins; the end of the packet where there is none, and where the adaptation field claims more than the
 * packet has.
 */
export function payloadOf(bytes: Uint8Array, at: number): number {
  const control = bytes[at + 3]! & 0x30;
  if (control === 0x10) return at + 4;
  if (control !== 0x30) return at + packetLength;
  return Math.min(at + 5 + bytes[at + 4]!, at + packetLength);
}

/** The flags of the adaptation field; 0 where there is none. */
function adaptationFlags(bytes: Uint8Array, at: number): number {
  return (bytes[at + 3]! & 0x20) !== 0 && bytes[at + 4]! > 0 ? bytes[at + 5]! : 0;
}

/** `discontinuity_indicator`: the counter may jump here, and on the PCR PID the time base changes. */
export function isDiscontinuity(bytes: Uint8Array, at: number): boolean {
  return (adaptationFlags(bytes, at) & 0x80) !== 0;
}

/** `random_access_indicator`. It is a claim: what the stream holds there has to be looked at. */
export function claimsRandomAccess(bytes: Uint8Array, at: number): boolean {
  return (adaptationFlags(bytes, at) & 0x40) !== 0;
}

/** The program clock reference in ticks of 27 MHz (2.4.3.5), -1 where there is none. */
export function pcrOf(bytes: Uint8Array, at: number): number {
  if ((adaptationFlags(bytes, at) & 0x10) === 0 || bytes[at + 4]! < 7) return -1;
  const high = bytes[at + 6]! * 0x1000000 + ((bytes[at + 7]! << 16) | (bytes[at + 8]! << 8) | bytes[at + 9]!);
  const base = high * 2 + (bytes[at + 10]! >>> 7);
  return base * 300 + (((bytes[at + 10]! & 1) << 8) | bytes[at + 11]!);
}
