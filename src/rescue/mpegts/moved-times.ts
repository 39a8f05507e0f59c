/** Moves the times in a transport packet where they stand: PTS and DTS of a PES header, the program clock reference. */

const wrap = 2 ** 33;

/** Adds ticks of 90 kHz to the program clock reference and, if it is there, the original one. `at`: the sync byte. */
export function moveClock(bytes: Uint8Array, at: number, delta: number): void {
  const flags = bytes[at + 5]!;
  if ((flags & 0x10) !== 0) moveReference(bytes, at + 6, delta);
  if ((flags & 0x08) !== 0 && bytes[at + 4]! >= 13) moveReference(bytes, at + 12, delta);
}

function moveReference(bytes: Uint8Array, at: number, delta: number): void {
  const high = bytes[at]! * 0x1000000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
  const base = (high * 2 + (bytes[at + 4]! >>> 7) + delta) % wrap;
  const upper = Math.floor(base / 2);
  bytes[at] = Math.floor(upper / 0x1000000);
  bytes[at + 1] = (upper >>> 16) & 0xff;
  bytes[at + 2] = (upper >>> 8) & 0xff;
  bytes[at + 3] = upper & 0xff;
  bytes[at + 4] = (bytes[at + 4]! & 0x7f) | ((base % 2) << 7);
}

/** Adds ticks to PTS and DTS of the PES header that begins at `from`; a header that goes on in the next packet has its times in this one. */
export function moveTimes(bytes: Uint8Array, at: number, from: number, delta: number): void {
  const end = at + 188;
  if (from + 14 > end) return;
  const flags = bytes[from + 7]! >>> 6;
  if (flags >= 2) moveTime(bytes, from + 9, delta);
  if (flags === 3 && from + 19 <= end) moveTime(bytes, from + 14, delta);
}

function moveTime(bytes: Uint8Array, at: number, delta: number): void {
  const low = (bytes[at + 1]! << 22) | ((bytes[at + 2]! >>> 1) << 15) | (bytes[at + 3]! << 7) | (bytes[at + 4]! >>> 1);
  const time = (((bytes[at]! >>> 1) & 7) * 2 ** 30 + low + delta) % wrap;
  const rest = time % 2 ** 30;
  bytes[at] = (bytes[at]! & 0xf1) | ((Math.floor(time / 2 ** 30) & 7) << 1);
  bytes[at + 1] = (rest >>> 22) & 0xff;
  bytes[at + 2] = ((rest >>> 14) & 0xfe) | 1;
  bytes[at + 3] = (rest >>> 7) & 0xff;
  bytes[at + 4] = ((rest << 1) & 0xfe) | 1;
}
