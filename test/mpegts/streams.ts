/** Small transport streams made in memory, a packet at a time, without salvor's own writers. */

export interface PacketOptions {
  readonly pid: number;
  readonly counter: number;
  readonly start?: boolean;
  readonly payload?: Uint8Array | readonly number[];
  /** Flags of an adaptation field of two bytes. */
  readonly flags?: number;
}

/** One packet of 188 bytes; an adaptation field fills it up where the payload is short. */
export function packet({ pid, counter, start = false, payload, flags }: PacketOptions): Uint8Array {
  const bytes = new Uint8Array(188).fill(0xff);
  const content = Uint8Array.from(payload ?? []);
  const field = 184 - content.length;
  const hasField = field > 0 || flags !== undefined;
  bytes.set([0x47, (start ? 0x40 : 0) | (pid >>> 8), pid & 0xff]);
  bytes[3] = (hasField ? 0x20 : 0) | (payload === undefined ? 0 : 0x10) | (counter & 0x0f);
  if (hasField) {
    bytes[4] = field - 1;
    if (field > 1) bytes[5] = flags ?? 0;
  }
  bytes.set(content, 188 - content.length);
  return bytes;
}

/** The bytes of a PES packet with a PTS, as many as its length says. */
export function pesBytes(ptsTicks: number, payload: readonly number[], streamId = 0xe0): number[] {
  const high = Math.floor(ptsTicks / 2 ** 30) & 7;
  const low = ptsTicks % 2 ** 30;
  const pts = [0x21 | (high << 1), low >>> 22, ((low >>> 14) & 0xfe) | 1, (low >>> 7) & 0xff, ((low << 1) & 0xfe) | 1];
  const length = 3 + pts.length + payload.length;
  return [
    0,
    0,
    1,
    streamId,
    length >>> 8,
    length & 0xff,
    0x80,
    0x80,
    pts.length,
    ...pts.map((byte) => byte & 0xff),
    ...payload,
  ];
}
