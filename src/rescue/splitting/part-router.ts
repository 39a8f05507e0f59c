/**
 * Sends the packets of the stream to the parts, in whole stretches: everything to the part in progress, but for PES packets
 * and sections that were begun before a cut, which end in the part they began in. Single packets are looked at only while
 * such an end is still to come. It decides no cuts and knows no files.
 */
import type { FindingPlace, Findings } from '../../media/findings.ts';
import { nullPid, patPid, pidOf, sdtPid } from '../../mpegts/packet.ts';
import type { PacketFormat } from '../../mpegts/packet-scanner.ts';
import { PacketEvent, PidStates, untilNextUnit } from '../../mpegts/pid-states.ts';
import type { StoredSection } from '../../mpegts/program-tables.ts';
import type { PlannedPart } from './planned-part.ts';
import { PacketAccount } from './packet-account.ts';
import { inFormat, parameterSetPackets, tablePackets } from './part-head.ts';

/** A part as the router sees it. */
export interface Part {
  readonly plan: PlannedPart;
  /** Takes bytes of the stream. */
  write(bytes: Uint8Array): void;
  /** Takes what is put in before them. */
  insert(bytes: Uint8Array): void;
  /** Packets that lie after the next cut in the stream. */
  movedPackets: number;
}

/** What the router asks of its surroundings. */
export interface RouterOptions<P extends Part> {
  readonly open: (plan: PlannedPart) => P;
  /** A part to which nothing more will be written. */
  readonly close: (part: P) => void;
  readonly placeOf: (offset: number) => FindingPlace;
  /** The counter that goes before the first one of a table's PID, -1 where that is not known. */
  readonly counterBeforeFirst: (pid: number) => number;
}

/** A PID that went silent within a PES packet does not keep a part open for longer than so many bytes. */
const maxWait = 32 * 1024 * 1024;

interface OpenPart<P> {
  readonly part: P;
  /** From 0, as they begin. */
  readonly index: number;
  /** PIDs with a unit that has to end in this part. */
  late: number;
  /** Offset of the cut at its end. */
  endedAt: number;
}

/** Takes the stream with the cuts that were decided, in order. */
export class PartRouter<P extends Part> {
  readonly account = new PacketAccount();
  /** Of the PIDs that end what they have begun. */
  readonly #states = new PidStates();
  readonly #options: RouterOptions<P>;
  readonly #findings: Findings;
  /** Parts before the current one that still wait for something. */
  readonly #waiting: OpenPart<P>[] = [];
  /** The part that a PID's unit in progress belongs to, where that is not the current one. */
  readonly #lateIn = new Map<number, OpenPart<P>>();
  #current: OpenPart<P>;
  #block: Buffer = Buffer.alloc(0);

  /** `first`: the part that the stream begins with. */
  constructor(first: PlannedPart, options: RouterOptions<P>, findings: Findings) {
    this.#options = options;
    this.#findings = findings;
    this.#current = { part: options.open(first), index: 0, late: 0, endedAt: 0 };
  }

  enter(block: Buffer): void {
    this.#block = block;
  }

  /**
   * Puts the tables before the first packets of the stream, which came without.
   */
  insertTables(sections: readonly StoredSection[], format: PacketFormat, cell: number): void {
    this.#insert(tablePackets(sections, this.#options.counterBeforeFirst), format, cell);
  }

  /** Takes bytes that are no packets; they stay where they are. */
  takeUnsynchronised(start: number, end: number, offset: number): void {
    this.account.takeBytes(offset, end - start);
    this.#current.part.write(this.#block.subarray(start, end));
  }

  /** Takes the packets from `start` to `end` of the block; `cuts`: the parts that begin among them, in order. */
  take(start: number, end: number, offset: number, format: PacketFormat, cuts: readonly PlannedPart[]): void {
    let from = start;
    for (const plan of cuts) {
      const cell = start + plan.offset - offset;
      this.#send(from, cell, plan.offset - (cell - from), format);
      this.#begin(plan, format, cell);
      from = cell;
    }
    this.#send(from, end, offset + from - start, format);
    this.#closeOld(offset + end - start);
  }

  /** Nothing follows. */
  finish(): void {
    for (const each of this.#waiting.splice(0)) this.#options.close(each.part);
    this.#options.close(this.#current.part);
  }

  /** Sends packets to the current part, but for what has to end in another. `offset`: that of `start` in the stream. */
  #send(start: number, end: number, offset: number, format: PacketFormat): void {
    const { stride, lead } = format;
    let from = start;
    let target = this.#current;
    const flush = (to: number): void => {
      if (to === from) return;
      target.part.write(this.#block.subarray(from, to));
      this.account.take(this.#block, from, to, offset + from - start, format, target.index);
      from = to;
    };
    let cell = start;
    for (; cell < end && this.#lateIn.size > 0; cell += stride) {
      const wanted = this.#partOf(cell + lead);
      if (wanted === target) continue;
      flush(cell);
      target = wanted;
    }
    // What follows the last late packet is of the current part.
    flush(cell);
    target = this.#current;
    flush(end);
  }

  #partOf(at: number): OpenPart<P> {
    const block = this.#block;
    const pid = pidOf(block, at);
    const late = this.#lateIn.get(pid);
    if (late === undefined) return this.#current;
    const events = this.#states.take(block, at);
    const begins = (events & PacketEvent.unitStart) !== 0;
    if (begins || this.#states.remaining[pid] === 0) this.#settle(pid);
    // The end of a section may share a packet with the beginning of the next one.
    if (begins && (events & PacketEvent.sectionTail) === 0) return this.#current;
    late.part.movedPackets++;
    return late;
  }

  #settle(pid: number): void {
    const late = this.#lateIn.get(pid);
    if (late === undefined) return;
    this.#lateIn.delete(pid);
    late.late--;
  }

  #begin(plan: PlannedPart, format: PacketFormat, cell: number): void {
    const old = this.#current;
    const snapshot = plan.snapshot!;
    plan.snapshot = undefined;
    this.account.cut(snapshot);
    const isTable = (pid: number): boolean =>
      pid === patPid || pid === sdtPid || snapshot.sections.some((section) => section.pid === pid);
    old.endedAt = plan.offset;
    for (const pid of snapshot.active) {
      if (snapshot.remaining[pid] === 0 || this.#lateIn.has(pid)) continue;
      // Tables are put in anew, and the leader begins a PES packet right here.
      if (pid === plan.leadPid || pid === nullPid || isTable(pid)) continue;
      this.#lateIn.set(pid, old);
      old.late++;
      this.#states.remaining[pid] = snapshot.remaining[pid]!;
      this.#states.lastCounter[pid] = snapshot.lastCounter[pid]!;
    }
    this.#current = { part: this.#options.open(plan), index: old.index + 1, late: 0, endedAt: 0 };
    this.#waiting.push(old);
    const counterBefore = (pid: number): number => {
      const isKnown = snapshot.lastCounter[pid]! >= 0;
      return isKnown ? snapshot.lastCounter[pid]! : this.#options.counterBeforeFirst(pid);
    };
    const head = tablePackets(snapshot.sections, counterBefore);
    if (plan.parameterSets.length > 0) head.push(parameterSetPackets(plan, counterBefore(plan.leadPid)));
    this.#insert(head, format, cell);
    if (plan.parameterSets.length > 0) {
      this.#findings.add(
        'ts-parameter-sets-repeated',
        'the picture that a part begins with has not all parameter sets with it; they were repeated before it',
        { pid: plan.leadPid, ...this.#options.placeOf(plan.offset) },
      );
    }
  }

  #insert(packets: readonly Uint8Array[], format: PacketFormat, cell: number): void {
    const leadBytes = this.#block.subarray(cell, cell + format.lead);
    this.#current.part.insert(inFormat(packets, format, leadBytes));
  }

  /** Closes the parts that nothing is missing from any more, in order. */
  #closeOld(offset: number): void {
    for (let old = this.#waiting[0]; old !== undefined; old = this.#waiting[0]) {
      if (old.late > 0) {
        if (offset - old.endedAt < maxWait) return;
        this.#giveUpOn(old);
      }
      this.#waiting.shift();
      this.#options.close(old.part);
    }
  }

  #giveUpOn(old: OpenPart<P>): void {
    for (const [pid, late] of this.#lateIn) {
      if (late !== old) continue;
      this.#settle(pid);
      this.account.release(pid);
      // One of unknown length ends where the next one begins: nobody can tell that it lacks anything.
      if (this.#states.remaining[pid] === untilNextUnit) continue;
      this.#findings.add(
        'ts-unit-unfinished',
        'a PES packet or section that was begun before a cut did not end in time; the part before the cut was closed without its end',
        { pid, ...this.#options.placeOf(old.endedAt) },
      );
    }
  }
}
