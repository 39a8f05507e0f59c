/**
 * A small independent look at transport streams, for tests: packets, counters, the order on each PID. It must not use
 * salvor's own reader.
 */

export interface StreamFormat {
  readonly stride: number;
  readonly lead: number;
}

export const plainPackets = { stride: 188, lead: 0 } as const satisfies StreamFormat;

export interface SeenPacket {
  readonly pid: number;
  readonly counter: number;
  readonly hasPayload: boolean;
  readonly startsUnit: boolean;
  readonly isDiscontinuity: boolean;
  /** The 188 bytes. */
  readonly bytes: Buffer;
  /** All bytes of the cell. */
  readonly cell: Buffer;
}

/** The packets of a stream without damage; throws where a sync byte is missing. */
export function packetsOf(stream: Buffer, { stride, lead }: StreamFormat = plainPackets): SeenPacket[] {
  const found: SeenPacket[] = [];
  for (let at = 0; at < stream.length; at += stride) {
    const cell = stream.subarray(at, at + stride);
    const bytes = cell.subarray(lead, lead + 188);
    if (cell.length !== stride || bytes[0] !== 0x47) throw new Error(`no packet at byte ${at}`);
    const hasField = (bytes[3]! & 0x20) !== 0;
    found.push({
      pid: bytes.readUInt16BE(1) & 0x1fff,
      counter: bytes[3]! & 0x0f,
      hasPayload: (bytes[3]! & 0x10) !== 0,
      startsUnit: (bytes[1]! & 0x40) !== 0,
      isDiscontinuity: hasField && bytes[4]! > 0 && (bytes[5]! & 0x80) !== 0,
      bytes,
      cell,
    });
  }
  return found;
}

const nullPid = 0x1fff;

/**
 * Where counters do not follow (ISO/IEC 13818-1, 2.4.3.3). `duplicates`: whether a packet may come twice with the same
 * counter and the same bytes.
 */
export function counterFaults(packets: readonly SeenPacket[], duplicates: 'allowed' | 'forbidden'): string[] {
  const last = new Map<number, SeenPacket>();
  const faults: string[] = [];
  for (const [index, packet] of packets.entries()) {
    const { pid, counter, hasPayload, isDiscontinuity, bytes } = packet;
    const before = last.get(pid);
    last.set(pid, packet);
    if (pid === nullPid || before === undefined || isDiscontinuity) continue;
    if (counter === ((before.counter + (hasPayload ? 1 : 0)) & 0x0f)) continue;
    if (duplicates === 'allowed' && bytes.equals(before.bytes)) continue;
    faults.push(`packet ${index} of PID ${pid}: ${before.counter} is followed by ${counter}`);
  }
  return faults;
}

/** The packets of each PID in order, as one run of bytes each. */
export function byPid(packets: readonly SeenPacket[]): Map<number, Buffer> {
  const cells = new Map<number, Buffer[]>();
  for (const { pid, cell } of packets) cells.set(pid, [...(cells.get(pid) ?? []), cell]);
  return new Map([...cells].map(([pid, all]) => [pid, Buffer.concat(all)]));
}

/** PES packets on a PID that begin nowhere or, of known length, end before they are complete. */
export function tornPesPackets(packets: readonly SeenPacket[], pid: number): number {
  let torn = 0;
  let missing = 0;
  let begun = false;
  for (const packet of packets) {
    if (packet.pid !== pid || !packet.hasPayload) continue;
    const from = payloadStart(packet);
    if (packet.startsUnit) {
      if (missing > 0) torn++;
      const length = packet.bytes.readUInt16BE(from + 4);
      missing = length === 0 ? 0 : 6 + length;
    } else if (!begun) {
      torn++;
    }
    begun = true;
    missing = Math.max(0, missing - (188 - from));
  }
  return torn + (missing > 0 ? 1 : 0);
}

function payloadStart({ bytes }: SeenPacket): number {
  return (bytes[3]! & 0x20) === 0 ? 4 : 5 + bytes[4]!;
}

/** PIDs that PES packets begin on (ISO/IEC 13818-1, 2.4.3.6: 00 00 01 and a stream id). */
export function pesPids(packets: readonly SeenPacket[]): number[] {
  const pids = new Set<number>();
  for (const packet of packets) {
    const from = payloadStart(packet);
    if (packet.startsUnit && from + 6 < 188 && packet.bytes.readUIntBE(from, 3) === 1) pids.add(packet.pid);
  }
  return [...pids];
}

/** The remainder of the CRC of Annex A; 0 for a section that is whole. */
function sectionRemainder(section: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of section) {
    for (let bit = 7; bit >= 0; bit--) {
      const carry = (crc >>> 31) ^ ((byte >>> bit) & 1);
      crc = carry === 1 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
    }
  }
  return crc >>> 0;
}

/** The PAT and the program maps of a stream, each section as it comes; throws where the CRC of one that fits a packet is wrong. */
export function tablesOf(packets: readonly SeenPacket[]): { pid: number; tableId: number; version: number }[] {
  const pids = new Set<number>();
  return packets.flatMap((packet) => {
    const { pid, startsUnit, bytes } = packet;
    if (!startsUnit || (pid !== 0 && !pids.has(pid))) return [];
    const from = payloadStart(packet);
    const start = from + 1 + bytes[from]!;
    const end = start + 3 + (bytes.readUInt16BE(start + 1) & 0xfff);
    if (end <= 188 && sectionRemainder(bytes.subarray(start, end)) !== 0) {
      throw new Error(`the CRC of a table on PID ${pid} is wrong`);
    }
    if (pid === 0) for (const mapPid of mapPids(packet)) pids.add(mapPid);
    return [{ pid, tableId: bytes[start]!, version: (bytes[start + 5]! >>> 1) & 0x1f }];
  });
}

/** The PIDs of the program maps that a PAT which begins in this packet names; program 0 is none, but the network's PID (2.4.4.3). */
export function mapPids(packet: SeenPacket): number[] {
  const { bytes } = packet;
  const from = payloadStart(packet);
  const start = from + 1 + bytes[from]!;
  const end = Math.min(188, start + 3 + (bytes.readUInt16BE(start + 1) & 0xfff) - 4);
  const pids: number[] = [];
  for (let at = start + 8; at + 4 <= end; at += 4) {
    if (bytes.readUInt16BE(at) !== 0) pids.push(bytes.readUInt16BE(at + 2) & 0x1fff);
  }
  return pids;
}
