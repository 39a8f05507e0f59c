/**
 * Accounts for what goes to the parts, on the packets themselves and without a look at what was decided about them. Each byte
 * of the stream goes out once and in order, and the packets of every PID are counted as they go, to be held against how many
 * came in. Behind a cut, only what was in progress there may go to an older part, and no unit to two: from there on packets
 * are looked at one by one, until every PID that had something in progress has gone on in the part that begins there. It is
 * the witness against the router and decides nothing.
 */
import { nullPid, packetLength, patPid, payloadOf, pidCount, pidOf, sdtPid, startsUnit } from '../../mpegts/packet.ts';
import type { PacketFormat } from '../../mpegts/packet-scanner.ts';
import type { PidSnapshot } from '../../mpegts/pid-states.ts';

/** Counts what the router sends out and notes the first fault. */
export class PacketAccount {
  /** What is wrong, in words; the first fault only. */
  fault: string | undefined;
  /** The part that began last, from 0. */
  #newest = 0;
  /** Of each PID with a unit in progress at a cut: the part that it went to last; -1 for all others. */
  readonly #part = new Int32Array(pidCount).fill(-1);
  /** Bytes to come of that unit, or `untilNextUnit`. */
  readonly #open = new Int32Array(pidCount);
  #watched = 0;
  #offset = 0;
  /** Of each PID, the packets that went out. */
  readonly #packets = new Float64Array(pidCount);

  /** Bytes of the stream that went out. */
  get bytes(): number {
    return this.#offset;
  }

  /** The next part begins; `inProgress`: what is in progress there. Tables are put in anew, and may be torn. */
  cut({ active, remaining, sections }: Pick<PidSnapshot, 'active' | 'remaining' | 'sections'>): void {
    const tables = new Set([nullPid, patPid, sdtPid, ...sections.map(({ pid }) => pid)]);
    for (const pid of active) {
      if (remaining[pid] === 0 || this.#part[pid]! >= 0 || tables.has(pid)) continue;
      this.#part[pid] = this.#newest;
      this.#open[pid] = remaining[pid]!;
      this.#watched++;
    }
    this.#newest++;
  }

  /** Bytes that are no packets went out; `offset`: where in the stream they begin. */
  takeBytes(offset: number, length: number): void {
    if (offset !== this.#offset) this.#note(`byte ${offset} of the stream follows byte ${this.#offset}`);
    this.#offset = offset + length;
  }

  /** The packets from `start` to `end` of the block went to a part; parts are numbered as they begin. */
  take(block: Buffer, start: number, end: number, offset: number, { stride, lead }: PacketFormat, part: number): void {
    this.takeBytes(offset, end - start);
    this.#count(block, start + lead, end, stride);
    for (let cell = start; cell < end && (this.#watched > 0 || part !== this.#newest); cell += stride) {
      const pid = pidOf(block, cell + lead);
      if (this.#part[pid]! >= 0) this.#watch(block, cell + lead, pid, part);
      else if (part !== this.#newest) this.#note(`a packet of PID ${pid} went to part ${part}, not to ${this.#newest}`);
    }
  }

  /** Counts the packets of each PID. They come in runs of one PID: a column is changed once a run, not once a packet. */
  #count(block: Buffer, start: number, end: number, stride: number): void {
    let pid = 0;
    let run = 0;
    for (let at = start; at < end; at += stride) {
      const next = pidOf(block, at);
      if (next !== pid) {
        this.#packets[pid]! += run;
        pid = next;
        run = 0;
      }
      run++;
    }
    this.#packets[pid]! += run;
  }

  /** Holds what went out against what came in, the packets of each PID. */
  compare(packetsIn: Float64Array): void {
    const packetsOut = this.#packets;
    for (let pid = 0; pid < pidCount; pid++) {
      const came = packetsIn[pid]!;
      const went = packetsOut[pid]!;
      if (came !== went) this.#note(`${came} packets of PID ${pid} came in, ${went} went out`);
    }
  }

  /** What is in progress on a PID has been given up: it may go on in another part. */
  release(pid: number): void {
    if (this.#part[pid]! < 0) return;
    this.#part[pid] = -1;
    this.#watched--;
  }

  /** A packet of a PID with a unit in progress. */
  #watch(block: Buffer, at: number, pid: number, part: number): void {
    const before = this.#part[pid]!;
    const from = payloadOf(block, at);
    const bytes = at + packetLength - from;
    const begins = startsUnit(block, at);
    if (part < before) this.#note(`a packet of PID ${pid} went back to part ${part} from ${before}`);
    // A packet without payload belongs to no unit.
    if (bytes === 0 && !begins) return;
    const isTorn = part > before && !begins && this.#open[pid] !== 0;
    if (isTorn) this.#note(`a PES packet of PID ${pid} went to parts ${before} and ${part}`);
    if (part === this.#newest) this.release(pid);
    // The end of a section stands before the next one, or damage looks like a packet sent twice: it may go on anywhere.
    else if (begins) this.#open[pid] = 0;
    else if (this.#open[pid]! > 0) this.#open[pid] = Math.max(0, this.#open[pid]! - bytes);
    this.#part[pid] = part === this.#newest ? -1 : part;
  }

  #note(fault: string): void {
    this.fault ??= fault;
  }
}
