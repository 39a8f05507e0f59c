/**
 * What has to be remembered of every PID from packet to packet: its counter, and how much is still to come of the PES
 * packet or section in progress. Columns with an entry for each of the 8192 PIDs, so that a packet costs a few look-ups and
 * no object.
 */
import { isDiscontinuity, nullPid, packetLength, payloadOf, pidCount } from './packet.ts';
import { startsPes } from './pes.ts';
import type { StoredSection } from './program-tables.ts';

/** What `take` says of a packet: flags. */
export const PacketEvent = {
  /** A PES packet begins with the payload, or a section begins in it. */
  unitStart: 1,
  payload: 2,
  /** The same packet once more (2.4.3.3 allows it): its payload counts once. */
  duplicate: 4,
  /** Packets of this PID are missing before this one. */
  counterGap: 8,
  /** A discontinuity is announced. */
  discontinuity: 16,
  transportError: 32,
  scrambled: 64,
  /** The end of a section stands before the unit that starts. */
  sectionTail: 128,
} as const;

/** `remaining`: the end of the unit is the next one's beginning. */
export const untilNextUnit = -1;

/** Whether a packet has the payload of the last one of its PID; `at` is its sync byte. */
export type SamePacket = (pid: number, bytes: Uint8Array, at: number) => boolean;

/** Counts the packets of each PID and follows its continuity counter and its PES packets. */
export class PidStates {
  readonly packets = new Float64Array(pidCount);
  readonly counterGaps = new Uint32Array(pidCount);
  readonly duplicates = new Uint32Array(pidCount);
  readonly scrambled = new Uint32Array(pidCount);
  /** Bytes still to come of the PES packet or section in progress; 0: none is in progress. */
  readonly remaining = new Int32Array(pidCount);
  /** The last counter, -1 before the first. */
  readonly lastCounter = new Int8Array(pidCount).fill(-1);
  readonly #repeated = new Uint8Array(pidCount);
  /** Packets that the receiver marked as faulty. */
  transportErrors = 0;
  /** The PIDs that packets were taken of. */
  readonly active: number[] = [];
  readonly #isSame: SamePacket | undefined;

  /** `isSame`: asked of packets whose counter is that of the one before; without it they count as sent twice. */
  constructor(isSame?: SamePacket) {
    this.#isSame = isSame;
  }

  /** Takes the next packet; `at` is its sync byte. */
  take(bytes: Uint8Array, at: number): number {
    const second = bytes[at + 1]!;
    const fourth = bytes[at + 3]!;
    const pid = ((second & 0x1f) << 8) | bytes[at + 2]!;
    this.packets[pid]!++;
    const last = this.lastCounter[pid]!;
    // Nearly all packets: a payload without an adaptation field, the next counter, nothing begins.
    if ((second & 0xc0) === 0 && (fourth & 0xf0) === 0x10 && (fourth & 0x0f) === ((last + 1) & 0x0f) && last >= 0) {
      this.lastCounter[pid] = fourth & 0x0f;
      this.#repeated[pid] = 0;
      const remaining = this.remaining[pid]!;
      if (remaining > 0) this.remaining[pid] = Math.max(0, remaining - (packetLength - 4));
      return pid === nullPid ? 0 : PacketEvent.payload;
    }
    if (last < 0) this.active.push(pid);
    return pid === nullPid ? this.#takeNull(fourth) : this.#take(pid, bytes, at);
  }

  /**
   * Takes the packets from `at` on that are like nearly all: of this PID, which one has been taken of, nothing but payload,
   * the next counter, nothing begins. Gives how many; `end`: where the last of them may end; `beforeZero`: only those before
   * one that ends with a zero byte, which may be the first of a start code.
   */
  takePlain(pid: number, bytes: Uint8Array, at: number, end: number, stride: number, beforeZero = false): number {
    const second = pid >>> 8;
    const third = pid & 0xff;
    const before = this.lastCounter[pid]!;
    let counter = before;
    let count = 0;
    for (let next = at; next + packetLength <= end; next += stride) {
      const expected = (counter + 1) & 0x0f;
      if (bytes[next + 3] !== (0x10 | expected) || bytes[next + 2] !== third || bytes[next + 1] !== second) break;
      if (beforeZero && bytes[next + packetLength - 1] === 0) break;
      counter = expected;
      count++;
    }
    if (count === 0) return 0;
    this.packets[pid]! += count;
    this.lastCounter[pid] = counter;
    this.#repeated[pid] = 0;
    const remaining = this.remaining[pid]!;
    if (remaining > 0) this.remaining[pid] = Math.max(0, remaining - count * (packetLength - 4));
    return count;
  }

  #takeNull(fourth: number): number {
    this.lastCounter[nullPid] = fourth & 0x0f;
    return 0;
  }

  #take(pid: number, bytes: Uint8Array, at: number): number {
    const second = bytes[at + 1]!;
    const fourth = bytes[at + 3]!;
    const hasPayload = (fourth & 0x10) !== 0;
    let events = hasPayload ? PacketEvent.payload : 0;
    if ((fourth & 0x20) !== 0 && isDiscontinuity(bytes, at)) events |= PacketEvent.discontinuity;
    if ((second & 0x80) !== 0) {
      events |= PacketEvent.transportError;
      this.transportErrors++;
    }
    events |= this.#count(pid, bytes, at, hasPayload, (events & PacketEvent.discontinuity) !== 0);
    if (!hasPayload || (events & PacketEvent.duplicate) !== 0) return events;
    const isScrambledPacket = (fourth & 0xc0) !== 0;
    if (isScrambledPacket) {
      this.scrambled[pid]!++;
      events |= PacketEvent.scrambled;
    }
    if ((second & 0x40) !== 0) {
      return events | PacketEvent.unitStart | this.#begin(pid, bytes, at, isScrambledPacket);
    }
    const remaining = this.remaining[pid]!;
    if (remaining > 0) this.remaining[pid] = Math.max(0, remaining - (at + packetLength - payloadOf(bytes, at)));
    return events;
  }

  /** What follows does not follow from what was taken: no counter is held against the last one. */
  jump(): void {
    this.active.length = 0;
    this.lastCounter.fill(-1);
    this.remaining.fill(0);
  }

  #count(pid: number, bytes: Uint8Array, at: number, hasPayload: boolean, announced: boolean): number {
    const counter = bytes[at + 3]! & 0x0f;
    const last = this.lastCounter[pid]!;
    this.lastCounter[pid] = counter;
    const expected = hasPayload ? (last + 1) & 0x0f : last;
    if (counter === expected || last < 0 || announced) {
      this.#repeated[pid] = 0;
      return 0;
    }
    if (counter === last && this.#mayRepeat(pid, bytes, at)) {
      this.#repeated[pid] = 1;
      this.duplicates[pid]!++;
      return PacketEvent.duplicate;
    }
    this.#repeated[pid] = 0;
    this.counterGaps[pid]!++;
    return PacketEvent.counterGap;
  }

  /** The standard allows a packet once more; what repeats it more often shows that by the payload. */
  #mayRepeat(pid: number, bytes: Uint8Array, at: number): boolean {
    return this.#isSame === undefined ? this.#repeated[pid] === 0 : this.#isSame(pid, bytes, at);
  }

  #begin(pid: number, bytes: Uint8Array, at: number, isScrambledPacket: boolean): number {
    const end = at + packetLength;
    const from = payloadOf(bytes, at);
    if (isScrambledPacket || end - from < 6) {
      this.remaining[pid] = untilNextUnit;
      return 0;
    }
    if (startsPes(bytes, from, end)) {
      const length = (bytes[from + 4]! << 8) | bytes[from + 5]!;
      this.remaining[pid] = length === 0 ? untilNextUnit : Math.max(0, 6 + length - (end - from));
      return 0;
    }
    this.remaining[pid] = remainingOfSections(bytes, from, end);
    return bytes[from]! > 0 ? PacketEvent.sectionTail : 0;
  }

  /** Packets of all PIDs. */
  get total(): number {
    let sum = 0;
    for (const count of this.packets) sum += count;
    return sum;
  }
}

/** What is in progress at one offset of the stream, and the counters there. */
export class PidSnapshot {
  /** Offset in the stream of the packet before which it was taken, -1 before the first time. */
  offset = -1;
  /** Offset in the stream that it holds for: the same, or one before it. */
  from = -1;
  readonly remaining = new Int32Array(pidCount);
  readonly lastCounter = new Int8Array(pidCount).fill(-1);
  /** The PIDs for which it holds; the columns of others mean nothing. */
  readonly active: number[] = [];
  /** The tables that hold there. */
  sections: readonly StoredSection[] = [];

  /** `states`: of the stream, or what another snapshot kept of them. */
  take(
    states: Pick<PidStates, 'active' | 'remaining' | 'lastCounter'>,
    sections: readonly StoredSection[],
    offset: number,
  ): void {
    this.offset = offset;
    this.from = offset;
    this.sections = sections;
    this.active.length = states.active.length;
    for (let index = 0; index < states.active.length; index++) {
      const pid = states.active[index]!;
      this.active[index] = pid;
      this.remaining[pid] = states.remaining[pid]!;
      this.lastCounter[pid] = states.lastCounter[pid]!;
    }
  }
}

/** Bytes still to come of the last section that begins in a payload. */
function remainingOfSections(bytes: Uint8Array, from: number, end: number): number {
  let at = from + 1 + bytes[from]!;
  while (at < end && bytes[at] !== 0xff) {
    if (at + 3 > end) return untilNextUnit;
    at += 3 + (((bytes[at + 1]! & 0x0f) << 8) | bytes[at + 2]!);
  }
  return Math.max(0, at - end);
}
