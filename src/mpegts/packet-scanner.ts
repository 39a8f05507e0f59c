/**
 * Finds the packets in a stream of bytes: cells of 188, 192 or 204 bytes with a sync byte in each, and what lies between
 * them where the stream is damaged. It knows the sync byte and nothing else of a packet. It is given the bytes again
 * and again, as more of them come, and keeps none of them.
 */
import { packetLength, syncByte } from './packet.ts';

/**
 * How packets are stored. 192: four bytes with the time of arrival before each packet (Blu-ray, AVCHD); 204: sixteen bytes
 * of Reed-Solomon parity after each (ETSI EN 300 429).
 */
export interface PacketFormat {
  /** Bytes from one packet to the next. */
  readonly stride: 188 | 192 | 204;
  /** Bytes before the sync byte. */
  readonly lead: number;
}

const formats: readonly PacketFormat[] = [
  { stride: packetLength, lead: 0 },
  { stride: 192, lead: 4 },
  { stride: 204, lead: 0 },
];

/** So many sync bytes in a row are no accident (2.4.3.2 leaves it to the receiver; five are usual). */
const chainLength = 5;
/** A chain that begins in the bytes is seen whole if so many bytes are there. */
const chainBytes = chainLength * 204;

/** Finds the runs of cells in bytes that come in pieces; keeps the format and whether sync is held. */
export class PacketScanner {
  #format: PacketFormat | undefined;
  #searching = true;

  /** Whether the bytes that `scan` took are packets. */
  inSync = false;

  /** How packets are stored; that of the last ones while sync is lost, undefined before the first. */
  get format(): PacketFormat | undefined {
    return this.#format;
  }

  /**
   * Takes bytes from `from` on, as many as are of one kind: whole cells (`inSync`), or bytes in which no packet begins.
   * Gives how many they are; 0 if more bytes have to be there to tell. `final`: none will come.
   */
  scan(bytes: Uint8Array, from: number, to: number, final: boolean): number {
    if (from >= to) return 0;
    if (this.#searching) {
      const skipped = this.#search(bytes, from, to, final);
      if (skipped > 0 || this.#searching) return skipped;
    }
    return this.#follow(bytes, from, to, final);
  }

  /** Looks for packets. 0 where they begin at once (then the search is over) or more bytes are needed. */
  #search(bytes: Uint8Array, from: number, to: number, final: boolean): number {
    this.inSync = false;
    const found = findChain(bytes, from, to, final);
    if (found !== undefined) {
      this.#format = found.format;
      this.#searching = false;
      return found.at - from;
    }
    return final ? to - from : Math.max(0, to - from - chainBytes);
  }

  #follow(bytes: Uint8Array, from: number, to: number, final: boolean): number {
    const { stride, lead } = this.#format!;
    this.inSync = true;
    let at = from;
    while (at + lead < to && bytes[at + lead] === syncByte) at += stride;
    if (at + lead >= to) {
      // All that is here is in sync. The last packet counts once the next one's sync byte is seen, or nothing follows.
      if (!final) return Math.max(0, at - stride - from);
      const end = at <= to ? at : at - stride;
      if (end > from) return end - from;
      this.inSync = false;
      return to - from;
    }
    // Sync is lost at `at`; the packet before it may be the one that lacks bytes.
    if (at - stride > from) return at - stride - from;
    return this.#resynchronise(bytes, from, to, final, at);
  }

  /** `lostAt`: where a sync byte should be; at most one cell after `from`. */
  #resynchronise(bytes: Uint8Array, from: number, to: number, final: boolean, lostAt: number): number {
    const found = findChain(bytes, from + 1, to, final);
    if (found === undefined && !final && to - from < 2 * chainBytes) return 0;
    this.#searching = true;
    const isTorn = found !== undefined && found.at < lostAt;
    if (lostAt > from && !isTorn) return lostAt - from;
    return this.#search(bytes, from, to, final);
  }
}

/** The first offset from which sync bytes follow each other, five of them or up to the end of the stream. */
function findChain(
  bytes: Uint8Array,
  from: number,
  to: number,
  final: boolean,
): { readonly at: number; readonly format: PacketFormat } | undefined {
  for (let sync = bytes.indexOf(syncByte, from); sync >= 0 && sync < to; sync = bytes.indexOf(syncByte, sync + 1)) {
    for (const format of formats) {
      const at = sync - format.lead;
      if (at >= from && isChain(bytes, sync, format, to, final)) return { at, format };
    }
  }
  return undefined;
}

function isChain(bytes: Uint8Array, sync: number, { stride, lead }: PacketFormat, to: number, final: boolean): boolean {
  let at = sync;
  for (let count = 0; count < chainLength; count++, at += stride) {
    if (at >= to) {
      if (!final) return false;
      // The stream ends here: two packets in a row, or one that ends where the stream does.
      return count >= 2 || at - lead === to;
    }
    if (bytes[at] !== syncByte) return false;
  }
  return true;
}
