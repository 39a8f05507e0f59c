/**
 * Sections (ISO/IEC 13818-1, 2.4.4): tables cut into pieces of at most 4096 bytes, and how packets carry them. What a
 * table says is read by the module of the table.
 */
import { crc32 } from './crc.ts';
import { isFaulty, isScrambled, packetLength, payloadOf, startsUnit } from './packet.ts';

const headerLength = 3;
/** `section_length` has 12 bits, so no section is longer. */
const maxSection = headerLength + 4095;
/** Where a section ends and no other begins, this byte fills the packet. */
const stuffingByte = 0xff;

/** The header that tables with a version have (2.4.4.10), and the bytes between it and the CRC. */
export interface TableSection {
  readonly tableId: number;
  /** `transport_stream_id`, `program_number` …: what the table is about. */
  readonly extension: number;
  readonly version: number;
  /** False: it will hold later, not now. */
  readonly isCurrent: boolean;
  readonly number: number;
  readonly lastNumber: number;
  readonly body: Uint8Array;
}

/** A section with the long header and a right CRC; undefined for anything else. The body is a view. */
export function parseTableSection(section: Uint8Array): TableSection | undefined {
  if (section.length < 12 || (section[1]! & 0x80) === 0 || crc32(section) !== 0) return undefined;
  return {
    tableId: section[0]!,
    extension: (section[3]! << 8) | section[4]!,
    version: (section[5]! >>> 1) & 0x1f,
    isCurrent: (section[5]! & 1) === 1,
    number: section[6]!,
    lastNumber: section[7]!,
    body: section.subarray(8, section.length - 4),
  };
}

/**
 * The bytes of a section with the long header and its CRC. `isPrivate`: the bit after the syntax indicator, 0 in PAT and PMT.
 */
export function writeTableSection(section: TableSection, isPrivate = false): Uint8Array {
  const length = section.body.length + 9;
  const bytes = new Uint8Array(headerLength + length);
  bytes.set([section.tableId, (isPrivate ? 0xf0 : 0xb0) | (length >>> 8), length & 0xff]);
  bytes.set([section.extension >>> 8, section.extension & 0xff], 3);
  bytes.set([0xc0 | (section.version << 1) | (section.isCurrent ? 1 : 0), section.number, section.lastNumber], 5);
  bytes.set(section.body, 8);
  new DataView(bytes.buffer).setUint32(bytes.length - 4, crc32(bytes.subarray(0, -4)));
  return bytes;
}

/** The section in a packet that has one from its first byte to its last, and nothing else; `at`: its sync byte. A view. */
export function onlySectionOf(bytes: Uint8Array, at: number): Uint8Array | undefined {
  const from = payloadOf(bytes, at) + 1;
  const isWanted = startsUnit(bytes, at) && !isFaulty(bytes, at) && !isScrambled(bytes, at);
  if (!isWanted || from + headerLength > at + packetLength || bytes[from - 1] !== 0) return undefined;
  const end = from + headerLength + (((bytes[from + 1]! & 0x0f) << 8) | bytes[from + 2]!);
  const isAlone = end === at + packetLength || (end < at + packetLength && bytes[end] === stuffingByte);
  return isAlone ? bytes.subarray(from, end) : undefined;
}

/** Puts the sections of one PID together from its packets, in order. */
export class SectionAssembler {
  readonly #bytes = new Uint8Array(maxSection);
  #filled = 0;
  #open = false;

  /**
   * Takes a packet; `at` is its sync byte. `visit` gets each section that it completes: a view, valid until the call
   * returns. A duplicate packet must not be given.
   */
  take(bytes: Uint8Array, at: number, visit: (section: Uint8Array) => void): void {
    const end = at + packetLength;
    let from = payloadOf(bytes, at);
    if (from >= end) return;
    if (startsUnit(bytes, at)) {
      const start = from + 1 + bytes[from]!;
      if (this.#open) this.#append(bytes, from + 1, Math.min(start, end), visit);
      this.#begin();
      from = start;
    }
    while (this.#open && from < end) {
      if (this.#filled === 0 && bytes[from] === stuffingByte) {
        this.#open = false;
        return;
      }
      from = this.#append(bytes, from, end, visit);
    }
  }

  /** Forgets the section in progress: packets of it were lost. */
  interrupt(): void {
    this.#open = false;
    this.#filled = 0;
  }

  #begin(): void {
    this.#open = true;
    this.#filled = 0;
  }

  /** Takes what belongs to the section in progress; gives where the next one begins. */
  #append(bytes: Uint8Array, from: number, to: number, visit: (section: Uint8Array) => void): number {
    let at = from;
    while (at < to && this.#filled < headerLength) this.#bytes[this.#filled++] = bytes[at++]!;
    if (this.#filled < headerLength) return at;
    const length = headerLength + (((this.#bytes[1]! & 0x0f) << 8) | this.#bytes[2]!);
    const count = Math.min(length - this.#filled, to - at);
    this.#bytes.set(bytes.subarray(at, at + count), this.#filled);
    this.#filled += count;
    if (this.#filled === length) {
      visit(this.#bytes.subarray(0, length));
      this.#filled = 0;
    }
    return at + count;
  }
}
