/** Makes transport packets of a section or a PES packet, to be put between those of a stream. */
import { packetLength, syncByte } from './packet.ts';

/** An adaptation field of two bytes: its length, and flags with the discontinuity indicator alone. */
const discontinuityField = [1, 0x80] as const;

/** How the packets of one section or PES packet are numbered and filled. */
export interface Packetizing {
  readonly pid: number;
  /** Counter of the last packet that is made. */
  readonly lastCounter: number;
  /** Whether the first one announces that the counter does not follow from the one before. */
  readonly announceDiscontinuity: boolean;
  /** What fills the last packet: stuffing after a section, an adaptation field before the end of a PES packet. */
  readonly fill: 'stuffing' | 'adaptation';
}

/** How many packets a unit of so many bytes becomes. */
export function packetsFor(length: number, announceDiscontinuity: boolean): number {
  const field = announceDiscontinuity ? discontinuityField.length : 0;
  return Math.ceil((length + field) / (packetLength - 4));
}

/** The packets of a unit: the bytes of a PES packet, or a pointer field and a section. */
export function packetize(
  unit: Uint8Array,
  { pid, lastCounter, announceDiscontinuity, fill }: Packetizing,
): Uint8Array {
  const count = packetsFor(unit.length, announceDiscontinuity);
  const bytes = new Uint8Array(count * packetLength).fill(0xff);
  let taken = 0;
  for (let index = 0; index < count; index++) {
    const at = index * packetLength;
    const field: number[] = index === 0 && announceDiscontinuity ? [...discontinuityField] : [];
    const left = unit.length - taken;
    const short = packetLength - 4 - field.length - left;
    if (short > 0 && fill === 'adaptation') lengthen(field, short);
    const counter = (lastCounter - (count - 1 - index)) & 0x0f;
    const control = field.length > 0 ? 0x30 : 0x10;
    bytes.set([syncByte, (index === 0 ? 0x40 : 0) | (pid >>> 8), pid & 0xff, control | counter, ...field], at);
    const room = Math.min(left, packetLength - 4 - field.length);
    bytes.set(unit.subarray(taken, taken + room), at + 4 + field.length);
    taken += room;
  }
  return bytes;
}

/** Makes an adaptation field longer by stuffing bytes. */
function lengthen(field: number[], by: number): void {
  for (let i = 0; i < by; i++) field.push(field.length === 0 ? 0 : field.length === 1 ? 0 : 0xff);
  field[0] = field.length - 1;
}
