/**
 * What is put before the packets of a part: the tables that hold there, and parameter sets that its first picture lacks.
 *
 * No packet of the stream is changed, so the counters of what is put in have to fit those before and after. A packet may be
 * sent twice (ISO/IEC 13818-1, 2.4.3.3), so where the last packet of a PID has the whole table, it is put in once more:
 * within the part it is followed by the next number, and across the parts it is a duplicate, with every byte as that clause
 * asks. Anything else ends with the counter of the last packet of its PID, and its first packet announces the discontinuity.
 */
import { packetLength } from '../../mpegts/packet.ts';
import type { PacketFormat } from '../../mpegts/packet-scanner.ts';
import { packetize, packetsFor } from '../../mpegts/packet-writer.ts';
import { writeVideoPes } from '../../mpegts/pes.ts';
import type { StoredSection } from '../../mpegts/program-tables.ts';
import type { PlannedPart } from './planned-part.ts';

/**
 * The packets of the tables: PAT, program maps, service descriptions. `counterBefore`: that of the last packet of a PID, -1
 * where nobody knows it; its table is left out, it comes in time.
 */
export function tablePackets(sections: readonly StoredSection[], counterBefore: (pid: number) => number): Uint8Array[] {
  const byPid = new Map<number, StoredSection[]>();
  for (const section of sections) {
    if (counterBefore(section.pid) < 0) continue;
    byPid.set(section.pid, [...(byPid.get(section.pid) ?? []), section]);
  }
  return [...byPid].flatMap(([pid, ofPid]) => packetsOf(pid, ofPid, counterBefore(pid)));
}

function packetsOf(pid: number, sections: readonly StoredSection[], lastCounter: number): Uint8Array[] {
  const [{ packet }] = sections as [StoredSection];
  if (sections.length === 1 && packet !== undefined) {
    const again = packet.slice();
    again[3] = (again[3]! & 0xf0) | lastCounter;
    return [again];
  }
  const units = sections.map(({ bytes }) => {
    const unit = new Uint8Array(bytes.length + 1); // The pointer field is 0: the section begins at once.
    unit.set(bytes, 1);
    return unit;
  });
  const announces = (index: number): boolean => index === 0;
  const counts = units.map((unit, index) => packetsFor(unit.length, announces(index)));
  let following = counts.reduce((sum, count) => sum + count, 0);
  return units.map((unit, index) => {
    following -= counts[index]!;
    const counter = (lastCounter - following) & 0x0f;
    return packetize(unit, { pid, lastCounter: counter, announceDiscontinuity: announces(index), fill: 'stuffing' });
  });
}

/** The packets of a PES packet with the parameter sets, at the time of the picture that they are for. */
export function parameterSetPackets(part: PlannedPart, lastCounter: number): Uint8Array {
  const unit = writeVideoPes(part.ptsTicks, part.dtsTicks, part.parameterSets);
  return packetize(unit, { pid: part.leadPid, lastCounter, announceDiscontinuity: true, fill: 'adaptation' });
}

/**
 * The packets as the stream stores them. 192 bytes: the time of arrival is that of the packet they stand before; 204: the
 * room of the parity is left empty, as multiplexers do that leave it to the modulator.
 */
export function inFormat(
  packets: readonly Uint8Array[],
  { stride, lead }: PacketFormat,
  leadBytes: Uint8Array,
): Uint8Array {
  const count = packets.reduce((sum, bytes) => sum + bytes.length / packetLength, 0);
  const cells = new Uint8Array(count * stride);
  let cell = 0;
  for (const bytes of packets) {
    for (let at = 0; at < bytes.length; at += packetLength, cell += stride) {
      cells.set(leadBytes, cell);
      cells.set(bytes.subarray(at, at + packetLength), cell + lead);
    }
  }
  return cells;
}
