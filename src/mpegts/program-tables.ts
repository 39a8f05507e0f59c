/**
 * The tables of a stream as they stand: which programs there are, which streams they have, what they are called. It is
 * fed packets and keeps the sections that hold now, so that they can be repeated elsewhere.
 */
import { languageOf, type Descriptor } from './descriptors.ts';
import { isDiscontinuity, packetLength, patPid, pcrOf, pidCount, sdtPid } from './packet.ts';
import { parseProgramAssociations, patTableId } from './program-association.ts';
import { parseProgramMap, pmtTableId, type ProgramMap } from './program-map.ts';
import { onlySectionOf, parseTableSection, SectionAssembler, type TableSection } from './section.ts';
import { parseServices, sdtTableId, type Service } from './service-description.ts';
import { identifyCodec, type StreamCodec } from './stream-codec.ts';

/** A stream as its program's map describes it. */
export interface ElementaryStream extends StreamCodec {
  readonly pid: number;
  readonly streamType: number;
  /** ISO 639-2. */
  readonly language: string | undefined;
  readonly descriptors: readonly Descriptor[];
}

/** One program, as the tables have it now. */
export interface Program {
  readonly programNumber: number;
  readonly pmtPid: number;
  readonly pcrPid: number;
  readonly service: Service | undefined;
  /** Empty until the map has been seen. */
  readonly streams: readonly ElementaryStream[];
  readonly hasMap: boolean;
  /** `version_number` of the map, -1 until it has been seen. */
  readonly mapVersion: number;
}

/** A section of a table and the PID it came on. */
export interface StoredSection {
  readonly pid: number;
  /** The whole section with its CRC. */
  readonly bytes: Uint8Array;
  /** The packet it came in, where that has nothing else in it and no other of its PID has come since. */
  readonly packet: Uint8Array | undefined;
}

interface KnownSection extends StoredSection {
  readonly section: TableSection;
}

/** Takes the packets of the PIDs that carry tables; `programs` is what the tables say now. */
export class ProgramTables {
  readonly #assemblers = new Map<number, SectionAssembler>([
    [patPid, new SectionAssembler()],
    [sdtPid, new SectionAssembler()],
  ]);
  /** In the order PAT, maps, descriptions; the key says which section it is. */
  readonly #sections = new Map<string, KnownSection>();
  readonly #isTable = new Uint8Array(pidCount);
  #programs: readonly Program[] | undefined;
  #inOrder: readonly StoredSection[] | undefined;
  /** Sections whose CRC is wrong; they were not believed. */
  faultySections = 0;

  constructor() {
    this.#isTable[patPid] = 1;
    this.#isTable[sdtPid] = 1;
  }

  /** Whether packets of this PID have to be given to `take`. */
  isTable(pid: number): boolean {
    return this.#isTable[pid] === 1;
  }

  /** The PIDs of which packets have to be given to `take`. */
  get tablePids(): Iterable<number> {
    return this.#assemblers.keys();
  }

  /** Takes a packet of a table's PID; `at` is its sync byte. `lost`: packets before it are missing. True if something changed. */
  take(bytes: Uint8Array, at: number, pid: number, lost: boolean): boolean {
    const assembler = this.#assemblers.get(pid);
    if (assembler === undefined) return false;
    if (lost) assembler.interrupt();
    let changed = false;
    assembler.take(bytes, at, (section) => {
      if (this.#keep(pid, section)) changed = true;
    });
    if (changed) {
      this.#programs = undefined;
      this.#inOrder = undefined;
    }
    this.#keepPacket(pid, bytes, at);
    return changed;
  }

  /** The programs in the order of the PAT. */
  get programs(): readonly Program[] {
    this.#programs ??= this.#readPrograms();
    return this.#programs;
  }

  /** Whether the PAT and the maps of all programs that it names are here. */
  get isComplete(): boolean {
    return this.programs.length > 0 && this.programs.every(({ hasMap }) => hasMap);
  }

  /** The sections that hold now: first the PAT, then the maps, then the descriptions. The same list until one changes. */
  sections(): readonly StoredSection[] {
    const rank = ({ section }: KnownSection): number => [patTableId, pmtTableId, sdtTableId].indexOf(section.tableId);
    this.#inOrder ??= [...this.#sections.values()].toSorted(
      (a, b) => rank(a) - rank(b) || a.section.number - b.section.number,
    );
    return this.#inOrder;
  }

  #keep(pid: number, bytes: Uint8Array): boolean {
    const tableId = bytes[0]!;
    const wanted =
      pid === patPid ? tableId === patTableId : pid === sdtPid ? tableId === sdtTableId : tableId === pmtTableId;
    if (!wanted || this.#holds(pid, bytes)) return false;
    const parsed = parseTableSection(bytes);
    if (parsed === undefined) {
      this.faultySections++;
      return false;
    }
    if (!parsed.isCurrent) return false;
    const table = `${tableId}|${tableId === patTableId ? '' : parsed.extension}`;
    const key = `${table}|${parsed.number}`;
    const known = this.#sections.get(key);
    if (known !== undefined && known.section.version !== parsed.version) this.#forget(table);
    const copy = bytes.slice();
    this.#sections.set(key, {
      pid,
      bytes: copy,
      packet: undefined,
      section: { ...parsed, body: copy.subarray(8, -4) },
    });
    if (tableId === patTableId) this.#followAssociations();
    return true;
  }

  /** What was handed out stays as it was: a section that now came in another packet is a new object. */
  #keepPacket(pid: number, bytes: Uint8Array, at: number): void {
    const isRepeatable = !isDiscontinuity(bytes, at) && pcrOf(bytes, at) < 0;
    const only = isRepeatable ? onlySectionOf(bytes, at) : undefined;
    for (const [key, known] of this.#sections) {
      if (known.pid !== pid) continue;
      const isIt = only !== undefined && isSame(known.bytes, only);
      if (isIt ? known.packet !== undefined && repeats(known.packet, bytes, at) : known.packet === undefined) continue;
      this.#sections.set(key, {
        ...known,
        packet: isIt ? Uint8Array.from(bytes.subarray(at, at + packetLength)) : undefined,
      });
      this.#inOrder = undefined;
    }
  }

  /** Whether it is one that holds already: tables are sent many times a second. */
  #holds(pid: number, bytes: Uint8Array): boolean {
    for (const known of this.#sections.values()) if (known.pid === pid && isSame(known.bytes, bytes)) return true;
    return false;
  }

  #forget(table: string): void {
    for (const key of this.#sections.keys()) if (key.startsWith(`${table}|`)) this.#sections.delete(key);
  }

  /** Listens where the PAT says that the maps are, and forgets maps that it does not name any more. */
  #followAssociations(): void {
    const associations = this.#associations();
    const pids = new Set([patPid, sdtPid, ...associations.map(({ pid }) => pid)]);
    for (const pid of this.#assemblers.keys()) {
      if (pids.has(pid)) continue;
      this.#assemblers.delete(pid);
      this.#isTable[pid] = 0;
    }
    for (const pid of pids) {
      if (!this.#assemblers.has(pid)) this.#assemblers.set(pid, new SectionAssembler());
      this.#isTable[pid] = 1;
    }
    for (const [key, { pid, section }] of this.#sections) {
      if (section.tableId !== pmtTableId) continue;
      const isNamed = associations.some((each) => each.pid === pid && each.programNumber === section.extension);
      if (!isNamed) this.#sections.delete(key);
    }
  }

  #associations(): { readonly programNumber: number; readonly pid: number }[] {
    return this.#ofTable(patTableId)
      .flatMap(parseProgramAssociations)
      .filter(({ programNumber }) => programNumber !== 0);
  }

  #ofTable(tableId: number): TableSection[] {
    return [...this.#sections.values()].map(({ section }) => section).filter((section) => section.tableId === tableId);
  }

  #readPrograms(): Program[] {
    const services = this.#ofTable(sdtTableId).flatMap(parseServices);
    const maps = new Map<number, ProgramMap>();
    const versions = new Map<number, number>();
    for (const section of this.#ofTable(pmtTableId)) {
      const map = parseProgramMap(section);
      if (map === undefined) continue;
      maps.set(map.programNumber, map);
      versions.set(map.programNumber, section.version);
    }
    return this.#associations().map(({ programNumber, pid }) => {
      const map = maps.get(programNumber);
      return {
        programNumber,
        pmtPid: pid,
        pcrPid: map?.pcrPid ?? 0x1fff,
        service: services.find((service) => service.programNumber === programNumber),
        streams: map === undefined ? [] : streamsOf(map),
        hasMap: map !== undefined,
        mapVersion: versions.get(programNumber) ?? -1,
      };
    });
  }
}

function streamsOf(map: ProgramMap): ElementaryStream[] {
  return map.streams.map(({ pid, streamType, descriptors }) => ({
    pid,
    streamType,
    descriptors,
    language: languageOf(descriptors),
    ...identifyCodec(streamType, descriptors, map.descriptors),
  }));
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Whether the packet at `at` is the same but for its counter. */
function repeats(packet: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < packetLength; index++) {
    const mask = index === 3 ? 0xf0 : 0xff;
    if (((packet[index]! ^ bytes[at + index]!) & mask) !== 0) return false;
  }
  return true;
}
