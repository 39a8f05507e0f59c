/**
 * Writes a transport stream anew as it was planned: packets that go are left out, tables that are missing are put in, times
 * are moved, counters follow on. Everything else stays byte for byte and in its order. Memory does not depend on the length.
 */
import type { ByteSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import {
  isDiscontinuity,
  nullPid,
  packetLength,
  payloadOf,
  patPid,
  pcrOf,
  pidCount,
  pidOf,
} from '../../mpegts/packet.ts';
import { packetRuns, type PacketRun } from '../../mpegts/packet-stream.ts';
import { packetize } from '../../mpegts/packet-writer.ts';
import { PesReader, startsPes, writePesHeader } from '../../mpegts/pes.ts';
import { PacketEvent, PidStates } from '../../mpegts/pid-states.ts';
import { TransportSurvey } from '../../mpegts/survey.ts';
import { LastPackets } from './last-packets.ts';
import { RangeCursor } from './dropped-ranges.ts';
import { OffsetCursor } from './odd-counters.ts';
import { patchAudio, patchPacket } from './patched-packets.ts';
import type { AudioPatch, FixChoices, FixPlan, MadeHeader, Patches } from './plan.ts';
import { ProgramTimes } from './program-times.ts';
import { packetsOf } from './tables.ts';
import { TablesInStep } from './tables-in-step.ts';
import { moveClock, moveTimes } from './moved-times.ts';

const blockLength = 512 * 1024;
/** Tables come again after so much of the media, so that players find them soon wherever they begin. */
const tablesEveryPackets = 400;

/** Where a walk is in the packets of a PID that change. */
class PatchCursor {
  readonly #patches: Patches;
  #next = 0;

  constructor(patches: Patches) {
    this.#patches = patches;
  }

  /** What changes in the packet at an offset, undefined where nothing does. Offsets rise. */
  changeAt(offset: number): number | undefined {
    const { offsets, changes } = this.#patches;
    while (this.#next < offsets.length && offsets.at(this.#next) < offset) this.#next++;
    return this.#next < offsets.length && offsets.at(this.#next) === offset ? changes.at(this.#next) : undefined;
  }
}

/** Takes what is written: bytes, and the offset they go to; offsets follow on. The bytes are valid during the call. */
export interface PacketOutput {
  write(bytes: Uint8Array, offset: number): void;
}

/** Writes one stream anew. */
export class TsRewriter {
  readonly #source: ByteSource;
  readonly #plan: FixPlan;
  readonly #choices: FixChoices;
  readonly #output: PacketOutput;
  readonly #times = new ProgramTimes();
  readonly #survey: TransportSurvey;
  readonly #inStep: TablesInStep;
  readonly #last: LastPackets;
  readonly #states: PidStates;
  readonly #cursors = new Map<number, RangeCursor>();
  readonly #patches = new Map<number, PatchCursor>();
  readonly #renumbered = new Map<number, RangeCursor>();
  readonly #odd = new Map<number, OffsetCursor>();
  readonly #readers = new Map<number, PesReader>();
  /** The counter written last, and the one read last of a packet that was kept. */
  readonly #counters = new Int8Array(pidCount).fill(-1);
  readonly #read = new Int8Array(pidCount).fill(-1);
  readonly #block: Buffer;
  #filled = 0;
  #sinceTables = Infinity;
  #headWritten = false;
  /** Maps stand after the PAT that names them. */
  #hasPat = false;
  readonly #tables: ReturnType<typeof packetsOf>;
  readonly #lead: number;
  readonly #cell: number;
  /** Bytes written so far. */
  written = 0;

  constructor(source: ByteSource, plan: FixPlan, choices: FixChoices, output: PacketOutput) {
    this.#source = source;
    this.#last = new LastPackets(source);
    this.#states = new PidStates((pid, bytes, at) => this.#last.isSame(pid, bytes, at));
    this.#inStep = new TablesInStep(source);
    this.#plan = plan;
    this.#choices = choices;
    this.#output = output;
    this.#survey = new TransportSurvey({ pictures: false, onTables: (programs) => this.#times.follow(programs) });
    for (const [pid, ranges] of plan.dropped) this.#cursors.set(pid, new RangeCursor(ranges));
    for (const [pid, patches] of plan.patches) {
      if (patches.offsets.length > 0) this.#patches.set(pid, new PatchCursor(patches));
    }
    for (const [pid, ranges] of plan.renumbered) {
      if (ranges.from.length > 0) this.#renumbered.set(pid, new RangeCursor(ranges));
    }
    for (const [pid, offsets] of plan.oddCounters) {
      if (offsets.length > 0) this.#odd.set(pid, new OffsetCursor(offsets));
    }
    this.#tables = plan.tables === undefined ? [] : packetsOf(plan.tables.sections);
    // Parity is that of the packet as it was received; after packets that change it would be wrong.
    this.#lead = plan.stride === 192 ? 4 : 0;
    this.#cell = packetLength + this.#lead;
    this.#block = Buffer.alloc(blockLength + this.#cell);
  }

  async write(pace: Pace, progress: (done: number, total: number) => void): Promise<void> {
    for (const run of packetRuns(this.#source)) {
      this.#survey.take(run);
      if (run.format !== undefined) this.#takeRun(run, run.format);
      if (!pace.isDue) continue;
      progress(run.offset, this.#source.size);
      await pace.turn();
    }
    this.#flush();
  }

  #takeRun({ bytes, start, end, offset }: PacketRun, { stride, lead }: { stride: number; lead: number }): void {
    for (let cell = start; cell < end; cell += stride) {
      const at = cell + lead;
      const cellOffset = offset + cell - start;
      const pid = pidOf(bytes, at);
      this.#last.enter(cellOffset + lead);
      const events = this.#states.take(bytes, at);
      const isNew = (events & (PacketEvent.payload | PacketEvent.duplicate)) === PacketEvent.payload;
      if (isNew) this.#last.note(pid, cellOffset + lead);
      if (pid === nullPid) {
        if (!this.#choices.dropNull && cellOffset >= this.#plan.head) this.#put(bytes, at, lead);
        continue;
      }
      const pcr = pcrOf(bytes, at);
      let clockDelta = 0;
      if (pcr >= 0) {
        this.#times.takeClock(pid, pcr, (events & PacketEvent.discontinuity) !== 0);
        clockDelta = this.#delta();
      }
      if ((events & PacketEvent.duplicate) !== 0) continue;
      this.#take(pid, bytes, at, lead, cellOffset, events, clockDelta);
    }
  }

  #delta(): number {
    return this.#plan.deltas?.[this.#times.line]?.[this.#times.epoch] ?? 0;
  }

  #take(
    pid: number,
    bytes: Buffer,
    at: number,
    lead: number,
    cellOffset: number,
    events: number,
    clockDelta: number,
  ): void {
    const { head, tables } = this.#plan;
    const hasPayload = (events & PacketEvent.payload) !== 0;
    if (hasPayload) this.#inStep.take(bytes, at, pid, (events & PacketEvent.counterGap) !== 0);
    const begins = (events & PacketEvent.unitStart) !== 0;
    const delta = hasPayload ? this.#follow(pid, bytes, at, begins, events) : undefined;
    if (cellOffset < head) return;
    if (!this.#headWritten) this.#writeHead();
    const isOldTable = tables?.pids.has(pid) === true;
    const isFaulty = !hasPayload && this.#choices.torn !== 'keep' && (events & PacketEvent.transportError) !== 0;
    if (isFaulty) return;
    const isLeftOut = isOldTable || (hasPayload && this.#cursors.get(pid)?.holds(cellOffset) === true);
    const isDue = isOldTable || this.#sinceTables >= tablesEveryPackets;
    if (tables !== undefined && begins && this.#hasPat && isDue && (isOldTable || !isLeftOut)) this.#writeTables();
    if (isLeftOut) {
      // The clock of the program goes on in packets whose media is gone.
      if (pcrOf(bytes, at) >= 0 && !isOldTable) this.#putClock(pid, bytes, at, lead, clockDelta);
      return;
    }
    const audio = hasPayload ? this.#plan.audioPatches.get(pid)?.get(cellOffset) : undefined;
    if (audio?.made !== undefined) this.#putHeader(pid, bytes, at, lead, audio, audio.made);
    const to = this.#put(bytes, at, lead);
    if (pid === patPid) this.#notePat();
    if (hasPayload) {
      const mayBeGap = (events & PacketEvent.counterGap) !== 0 && !begins;
      const isWrong =
        this.#odd.get(pid)?.holds(cellOffset) === true || this.#renumbered.get(pid)?.holds(cellOffset) === true;
      const change = this.#patches.get(pid)?.changeAt(cellOffset);
      const isGap = mayBeGap && !isWrong && change === undefined && audio === undefined;
      this.#number(pid, to, bytes, at, isGap);
      if (change !== undefined) patchPacket(this.#block, to, change);
    } else this.#numberAside(pid, to, bytes, at);
    if (clockDelta !== 0) moveClock(this.#block, to, clockDelta);
    if (delta !== undefined && delta !== 0) moveTimes(this.#block, to, payloadOf(this.#block, to), delta);
    if (audio !== undefined) patchAudio(this.#block, to, audio);
    this.#sinceTables++;
  }

  /** What is added to the times of a PES packet that begins here; the times are taken as they were in the first walk. */
  #follow(pid: number, bytes: Buffer, at: number, begins: boolean, events: number): number | undefined {
    if (this.#inStep.isTable(pid)) return undefined;
    const isScrambled = (events & PacketEvent.scrambled) !== 0;
    const from = payloadOf(bytes, at);
    if (isScrambled && !(begins && startsPes(bytes, from, at + packetLength))) return undefined;
    let reader = this.#readers.get(pid);
    if (reader === undefined) {
      reader = new PesReader();
      this.#readers.set(pid, reader);
    }
    reader.take(bytes, from, at + packetLength, begins);
    if (!reader.begun || reader.dtsTicks < 0) return undefined;
    this.#times.take(pid, reader);
    return this.#delta();
  }

  /** Gives a packet with payload the next counter. A gap inside a unit that is kept stays one. */
  #number(pid: number, to: number, bytes: Buffer, at: number, mayBeGap: boolean): void {
    const read = bytes[at + 3]! & 15;
    const isGap = mayBeGap && !isDiscontinuity(bytes, at);
    const before = this.#counters[pid]!;
    // Where the counter says nothing of a gap of sixteen packets, it is made to.
    const ahead = isGap && this.#read[pid]! >= 0 ? (read - this.#read[pid]!) & 15 || 2 : 1;
    const counter = before < 0 ? read : (before + ahead) & 15;
    this.#read[pid] = read;
    this.#counters[pid] = counter;
    setCounter(this.#block, to, counter);
  }

  /** Gives a packet without payload the counter of the one before (2.4.3.3); what follows the first of a PID follows on. */
  #numberAside(pid: number, to: number, bytes: Buffer, at: number): void {
    if (this.#counters[pid]! < 0) this.#counters[pid] = bytes[at + 3]! & 15;
    setCounter(this.#block, to, this.#counters[pid]!);
  }

  /** Copies a packet; gives where in the block it is. */
  #put(bytes: Uint8Array, at: number, lead: number): number {
    // What was put before is finished: a packet is changed before the next one is put.
    if (this.#filled >= blockLength) this.#flush();
    const to = this.#filled + this.#lead;
    if (this.#lead > 0 && lead === this.#lead) this.#block.set(bytes.subarray(at - lead, at), this.#filled);
    else if (this.#lead > 0) this.#block.fill(0, this.#filled, to);
    this.#block.set(bytes.subarray(at, at + packetLength), to);
    this.#filled += this.#cell;
    return to;
  }

  /** A packet with the adaptation field of another and nothing else. */
  #putClock(pid: number, bytes: Buffer, at: number, lead: number, clockDelta: number): void {
    const to = this.#put(bytes, at, lead);
    const field = bytes[at + 4]!;
    this.#block[to + 1]! &= 0x3f;
    this.#block[to + 3] = 0x20;
    this.#numberAside(pid, to, bytes, at);
    this.#block[to + 4] = packetLength - 5;
    this.#block.fill(0xff, to + 5 + field, to + packetLength);
    if (clockDelta !== 0) moveClock(this.#block, to, clockDelta);
  }

  /** A packet with a PES header that is made for what follows. */
  #putHeader(pid: number, bytes: Buffer, at: number, lead: number, { pes }: AudioPatch, made: MadeHeader): void {
    const delta = this.#plan.deltas?.[made.line]?.[made.epoch] ?? 0;
    const ptsTicks = made.ptsTicks < 0 ? -1 : (made.ptsTicks + delta) % 2 ** 33;
    const header = writePesHeader(made.streamId, pes!.media, ptsTicks);
    const packet = packetize(header, { pid, lastCounter: 0, announceDiscontinuity: false, fill: 'adaptation' });
    const to = this.#put(bytes, at, lead);
    this.#block.set(packet, to);
    const counter = (this.#counters[pid]! + 1) & 15;
    this.#counters[pid] = counter;
    setCounter(this.#block, to, counter);
  }

  #writeHead(): void {
    this.#headWritten = true;
    const remade = this.#plan.tables?.pids;
    const kept = this.#plan.headSections.filter(({ pid }) => remade?.has(pid) !== true);
    for (const packet of packetsOf(kept)) this.#putTable(packet);
    if (remade?.has(patPid) === true || kept.some(({ pid }) => pid === patPid)) this.#hasPat = true;
    if (remade !== undefined && this.#hasPat) this.#writeTables();
  }

  /** A PAT is there: maps that it names and that are made anew may follow. */
  #notePat(): void {
    if (!this.#hasPat) this.#sinceTables = Infinity;
    this.#hasPat = true;
  }

  #writeTables(): void {
    this.#sinceTables = 0;
    for (const packet of this.#tables) this.#putTable(packet);
  }

  #putTable({ pid, bytes }: { readonly pid: number; readonly bytes: Uint8Array }): void {
    const to = this.#put(bytes, 0, 0);
    const counter = (this.#counters[pid]! + 1) & 15;
    this.#counters[pid] = counter;
    setCounter(this.#block, to, counter);
  }

  #flush(): void {
    this.#output.write(this.#block.subarray(0, this.#filled), this.written);
    this.written += this.#filled;
    this.#filled = 0;
  }
}

function setCounter(block: Uint8Array, at: number, counter: number): void {
  block[at + 3] = (block[at + 3]! & 0xf0) | counter;
}
