/**
 * Accounts for every packet that goes to a part, on the packets themselves and without a look at what was decided about them:
 * each byte of the stream goes out once and in order, the packets of a PID go to parts in order, and no PES packet to two
 * parts. It is the witness against the router; it decides nothing.
 */
import { nullPid, packetLength, payloadOf, pidCount, pidOf, plainPackets, startsUnit } from '../../mpegts/packet.ts';
import type { PacketFormat } from '../../mpegts/packet-scanner.ts';
import { startsPes } from '../../mpegts/pes.ts';

/** The PES packet ends where the next one of its PID begins. */
const untilNext = -1;

export class PacketAccount {
  /** Packets that went out, by PID. */
  readonly packets = new Float64Array(pidCount);
  /** What is wrong, in words; the first fault only. */
  fault: string | undefined;
  /** The part that the last packet of a PID went to. */
  readonly #part = new Int32Array(pidCount).fill(-1);
  /** Bytes to come of the PES packet in progress, 0 where there is none. */
  readonly #open = new Int32Array(pidCount);
  #offset = 0;

  /** Bytes of the stream that went out. */
  get bytes(): number {
    return this.#offset;
  }

  /** Bytes that are no packets went out; `offset`: where in the stream they begin. */
  takeBytes(offset: number, length: number): void {
    if (offset !== this.#offset) this.#note(`byte ${offset} of the stream follows byte ${this.#offset}`);
    this.#offset = offset + length;
  }

  /** The packets from `start` to `end` of the block went to a part; parts are numbered as they begin. */
  take(block: Buffer, start: number, end: number, offset: number, { stride, lead }: PacketFormat, part: number): void {
    this.takeBytes(offset, end - start);
    for (let cell = start; cell < end; cell += stride) {
      const at = cell + lead;
      const pid = pidOf(block, at);
      const begins = startsUnit(block, at);
      if (this.#part[pid] !== part) this.#move(pid, part, begins || payloadOf(block, at) === at + packetLength);
      if (begins) this.#open[pid] = bytesToCome(block, at);
      else if (this.#open[pid]! > 0) this.#pass(pid, at + packetLength - payloadOf(block, at));
      const same = plainPackets(pid, block, at + stride, end, stride);
      if (same > 0 && this.#open[pid]! > 0) this.#pass(pid, same * (packetLength - 4));
      this.packets[pid]! += 1 + same;
      cell += same * stride;
    }
  }

  /** What is in progress on a PID has been given up: it may go on in another part. */
  release(pid: number): void {
    this.#open[pid] = 0;
  }

  /** `mayMove`: the packet begins a unit or has no payload. */
  #move(pid: number, part: number, mayMove: boolean): void {
    const before = this.#part[pid]!;
    this.#part[pid] = part;
    if (pid === nullPid || before < 0) return;
    if (part < before) {
      this.#note(`a packet of PID ${pid} went to part ${part} after others had gone to part ${before}`);
    } else if (!mayMove && this.#open[pid] !== 0) {
      this.#note(`a PES packet of PID ${pid} went to parts ${before} and ${part}`);
    }
  }

  #pass(pid: number, bytes: number): void {
    this.#open[pid] = Math.max(0, this.#open[pid]! - bytes);
  }

  #note(fault: string): void {
    this.fault ??= fault;
  }
}

/** Bytes behind this packet of the PES packet that begins in it; 0 where it is none or cannot be read. */
function bytesToCome(block: Buffer, at: number): number {
  const end = at + packetLength;
  const from = payloadOf(block, at);
  const isScrambled = (block[at + 3]! & 0xc0) !== 0;
  if (isScrambled || from + 6 > end || !startsPes(block, from, end)) return 0;
  const length = (block[from + 4]! << 8) | block[from + 5]!;
  return length === 0 ? untilNext : Math.max(0, 6 + length - (end - from));
}
