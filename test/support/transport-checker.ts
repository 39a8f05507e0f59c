/**
 * An independent reader of transport streams for tests: it counts and checks packet by packet, without anything of salvor's.
 * Sync bytes, continuity counters, CRCs of tables, PES packets that are as long as they say, and what each PID carries.
 */

export interface CheckedStream {
  /** What is wrong, a line each. */
  readonly faults: readonly string[];
  readonly packets: number;
  /** Payload bytes of each PID's PES packets, one by one, headers with them. */
  readonly units: ReadonlyMap<number, readonly Buffer[]>;
  /** Of each PID, the decode times of its PES packets in ticks of 33 bits. */
  readonly decodeTimes: ReadonlyMap<number, readonly number[]>;
  /** Program clock references in ticks of 90 kHz. */
  readonly clock: readonly number[];
}

function crcOf(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const feedback = ((crc >>> 31) ^ (byte >>> bit)) & 1;
      crc = ((crc << 1) ^ (feedback === 1 ? 0x04c11db7 : 0)) >>> 0;
    }
  }
  return crc;
}

function timeAt(bytes: Buffer, at: number): number {
  const high = (bytes[at]! >> 1) & 7;
  const middle = bytes.readUInt16BE(at + 1) >> 1;
  const low = bytes.readUInt16BE(at + 3) >> 1;
  return high * 2 ** 30 + middle * 2 ** 15 + low;
}

/** Streams whose PES packets have no header behind their length (ISO/IEC 13818-1, 2.4.3.7). */
const withoutHeader: ReadonlySet<number> = new Set([0xbc, 0xbe, 0xbf, 0xf0, 0xf1, 0xf2, 0xf8, 0xff]);

function isPes(unit: Buffer): boolean {
  return unit.length >= 3 && unit.readUIntBE(0, 3) === 1;
}

/** Checks a stream of packets of 188 bytes. */
export function checkTransportStream(bytes: Buffer): CheckedStream {
  const faults: string[] = [];
  const counters = new Map<number, number>();
  const open = new Map<number, Buffer[]>();
  const units = new Map<number, Buffer[]>();
  const decodeTimes = new Map<number, number[]>();
  const clock: number[] = [];
  const tables = new Set([0]);
  if (bytes.length % 188 !== 0) faults.push(`${bytes.length} bytes are no whole packets`);
  const close = (pid: number): void => {
    const parts = open.get(pid);
    open.delete(pid);
    if (parts === undefined) return;
    const unit = Buffer.concat(parts);
    if (isPes(unit)) {
      if (unit.length < 6) {
        faults.push(`PID ${pid}: PES packet of ${unit.length} bytes is shorter than its header`);
        return;
      }
      const length = unit.readUInt16BE(4);
      if (length > 0 && unit.length !== 6 + length) {
        faults.push(`PID ${pid}: PES packet of ${unit.length - 6}, says ${length}`);
      }
      units.set(pid, [...(units.get(pid) ?? []), unit]);
      if (withoutHeader.has(unit[3]!)) return;
      // The flags and the length of the header stand in front of what it holds.
      const flags = unit.length < 9 ? 0 : unit[7]! >> 6;
      const times = flags === 3 ? 19 : flags === 2 ? 14 : 9;
      if (unit.length < Math.max(times, 9 + (unit[8] ?? 0))) {
        faults.push(`PID ${pid}: PES packet of ${unit.length} bytes is shorter than its header`);
      } else if (flags >= 2) {
        const of = decodeTimes.get(pid) ?? [];
        of.push(timeAt(unit, flags === 3 ? 14 : 9));
        decodeTimes.set(pid, of);
      }
    } else if (tables.has(pid)) checkSection(pid, unit);
  };
  const checkSection = (pid: number, unit: Buffer): void => {
    const from = 1 + (unit[0] ?? 0);
    if (from + 3 > unit.length) {
      faults.push(`PID ${pid}: a section that begins behind its packet`);
      return;
    }
    const section = unit.subarray(from, from + 3 + (unit.readUInt16BE(from + 1) & 0xfff));
    if (crcOf(section) !== 0) faults.push(`PID ${pid}: a section has a wrong CRC`);
    if (pid !== 0) return;
    for (let at = 8; at + 4 <= section.length - 4; at += 4) {
      if (section.readUInt16BE(at) !== 0) tables.add(section.readUInt16BE(at + 2) & 0x1fff);
    }
  };
  let packets = 0;
  for (let at = 0; at + 188 <= bytes.length; at += 188) {
    packets++;
    const cell = bytes.subarray(at, at + 188);
    if (cell[0] !== 0x47) {
      faults.push(`no sync byte at ${at}`);
      continue;
    }
    const pid = cell.readUInt16BE(1) & 0x1fff;
    if (pid === 0x1fff) continue;
    if ((cell[1]! & 0x80) !== 0) faults.push(`a packet at ${at} is marked as faulty`);
    const control = (cell[3]! >> 4) & 3;
    if ((control & 2) !== 0 && cell[4]! > 6 && (cell[5]! & 0x10) !== 0) {
      clock.push(cell.readUInt32BE(6) * 2 + (cell[10]! >> 7));
    }
    const counter = cell[3]! & 15;
    const last = counters.get(pid);
    const expected = last === undefined ? counter : (control & 1) === 1 ? (last + 1) & 15 : last;
    if (counter !== expected) faults.push(`PID ${pid}: counter ${counter} at ${at}, expected ${expected}`);
    counters.set(pid, counter);
    if ((control & 1) === 0) continue;
    if ((cell[3]! & 0xc0) !== 0) continue;
    const payload = cell.subarray((control & 2) === 0 ? 4 : 5 + cell[4]!);
    if ((cell[1]! & 0x40) !== 0) {
      close(pid);
      open.set(pid, [payload]);
    } else if (open.has(pid)) open.get(pid)!.push(payload);
    else faults.push(`PID ${pid}: a packet at ${at} goes on with nothing`);
  }
  for (const pid of [...open.keys()]) close(pid);
  return { faults, packets, units, decodeTimes, clock };
}
