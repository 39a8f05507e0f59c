/**
 * Walks a transport stream and finds out what is wrong with it: what of every PID is torn, scrambled or there twice, where
 * packets are missing, where the clock changes, which tables are missing. What is done about it is decided from that.
 */
import type { Pace } from '../../io/pace.ts';
import type { ByteSource } from '../../io/file-source.ts';
import { ticksPerSecond } from '../../mpegts/clock.ts';
import { crc32 } from '../../mpegts/crc.ts';
import {
  claimsRandomAccess,
  continuityCounterOf,
  nullPid,
  packetLength,
  payloadOf,
  pcrOf,
  pidCount,
  pidOf,
} from '../../mpegts/packet.ts';
import { packetRuns, type PacketRun } from '../../mpegts/packet-stream.ts';
import { startsPes } from '../../mpegts/pes.ts';
import { PacketEvent, PidStates, untilNextUnit } from '../../mpegts/pid-states.ts';
import { TransportSurvey } from '../../mpegts/survey.ts';
import { audioOf } from './audio-of-pid.ts';
import { concludePids } from './conclusion.ts';
import { addRange } from './dropped-ranges.ts';
import { findFirstKey, wholeStream, type Head } from './first-key.ts';
import {
  beginAnew,
  carries,
  checkCounter,
  countsNothing,
  disbelieveCounters,
  isEndTorn,
  isOverlong,
  isVideo,
  keepUnit,
  newPid,
  newUnit,
  takeBackGaps,
  type FollowedPid,
  type Unit,
} from './followed-pid.ts';
import { LastPackets } from './last-packets.ts';
import { Losses } from './losses.ts';
import type { FixChoices, FixPlan, Reason } from './plan.ts';
import { ProgramTimes } from './program-times.ts';
import { tablesFor } from './tables.ts';
import { TablesInStep } from './tables-in-step.ts';

/** Reasons for which all of a PES packet goes, unless what is whole of it can be found. */
const torn: ReadonlySet<Reason> = new Set(['torn', 'headless']);
/** A step so many times the usual one is a hole in the media. */
const holeSteps = 1.75;

class FixSurvey {
  readonly #source: ByteSource;
  readonly #choices: FixChoices;
  readonly #last: LastPackets;
  readonly #states: PidStates;
  readonly #pids = new Map<number, FollowedPid>();
  readonly #times = new ProgramTimes();
  readonly #survey: TransportSurvey;
  readonly #inStep: TablesInStep;
  readonly #losses = new Losses();
  #duplicates = 0;
  #nullPackets = 0;
  #junk = 0;
  /** Packets without payload that are marked as faulty. */
  #faultyEmpty = 0;
  #stride: 188 | 192 | 204 = packetLength;
  readonly #head: Head;
  #isAfterHead = false;
  /** Offset of the last packet of any PID before which packets are missing. */
  #lastGap = -1;
  /** Bytes to come of the units in progress, before the packet that is taken. */
  readonly #remaining = new Int32Array(pidCount);

  constructor(source: ByteSource, choices: FixChoices, head: Head) {
    this.#source = source;
    this.#last = new LastPackets(source);
    this.#states = new PidStates((pid, bytes, at) => this.#last.isSame(pid, bytes, at));
    this.#inStep = new TablesInStep(source);
    this.#head = head;
    this.#choices = choices;
    this.#survey = new TransportSurvey({
      pictures: false,
      onTables: (programs) => this.#times.follow(programs),
    });
  }

  async walk(pace: Pace, progress: (done: number, total: number) => void): Promise<FixPlan> {
    let hasPackets = false;
    for (const run of packetRuns(this.#source)) {
      this.#survey.take(run);
      if (run.format === undefined) this.#junk += run.end - run.start;
      else {
        if (!hasPackets) this.#stride = run.format.stride;
        hasPackets = true;
        this.#takeRun(run, run.format);
      }
      if (!pace.isDue) continue;
      progress(run.offset, this.#source.size);
      await pace.turn();
    }
    this.#survey.finish();
    for (const pid of this.#pids.keys()) this.#remaining[pid] = this.#states.remaining[pid]!;
    for (const [pid, followed] of this.#pids) {
      this.#close(pid, followed, this.#source.size, false);
      followed.audio?.finish();
    }
    return this.#conclude();
  }

  #takeRun({ bytes, start, end, offset }: PacketRun, { stride, lead }: { stride: number; lead: number }): void {
    for (let cell = start; cell < end; cell += stride) {
      const at = cell + lead;
      const cellOffset = offset + cell - start;
      const pid = pidOf(bytes, at);
      const counterBefore = this.#states.lastCounter[pid]!;
      this.#remaining[pid] = this.#states.remaining[pid]!;
      if (cellOffset >= this.#head.offset && this.#head.offset > 0 && !this.#isAfterHead) this.#passHead();
      this.#last.enter(cellOffset + lead);
      const events = this.#states.take(bytes, at);
      const isNew = (events & (PacketEvent.payload | PacketEvent.duplicate)) === PacketEvent.payload;
      if (isNew) this.#last.note(pid, cellOffset + lead);
      if (pid === nullPid) {
        this.#nullPackets++;
        continue;
      }
      const pcr = pcrOf(bytes, at);
      if (pcr >= 0) this.#times.takeClock(pid, pcr, (events & PacketEvent.discontinuity) !== 0);
      if ((events & PacketEvent.duplicate) !== 0) {
        this.#duplicates++;
        continue;
      }
      this.#take(pid, bytes, at, cellOffset, events, counterBefore);
    }
  }

  #take(pid: number, bytes: Buffer, at: number, cellOffset: number, events: number, counterBefore: number): void {
    const followed = this.#followed(pid);
    const counter = continuityCounterOf(bytes, at);
    const isGap = (events & PacketEvent.counterGap) !== 0;
    const hasPayload = (events & PacketEvent.payload) !== 0;
    const wrong = hasPayload ? followed.odd.take(counterBefore, counter, isGap, cellOffset) : 0;
    if (wrong > 0) takeBackGaps(followed, wrong);
    const isLost = isGap && wrong === 0;
    if (hasPayload) followed.history = (followed.history << 1) | (isLost ? 1 : 0);
    if (isLost) {
      this.#lastGap = cellOffset;
      followed.gaps++;
      followed.apparentGaps++;
      const missing = Math.max(1, (counter - counterBefore - 1) & 15);
      followed.lastMissing += missing;
      followed.missing += missing;
    } else followed.lastMissing = 0;
    if ((events & PacketEvent.transportError) !== 0) {
      addRange(followed.faulty, cellOffset, cellOffset + this.#stride);
    }
    if (!hasPayload) {
      const isFaulty = (events & PacketEvent.transportError) !== 0 && this.#choices.torn !== 'keep';
      if (isFaulty && cellOffset >= this.#head.offset) this.#faultyEmpty++;
      else followed.plan.bytes += packetLength;
      return;
    }
    const isScrambled = (events & PacketEvent.scrambled) !== 0;
    if (isScrambled) followed.scrambled++;
    else followed.clear++;
    const startsUnit = (events & PacketEvent.unitStart) !== 0;
    const from = payloadOf(bytes, at);
    this.#inStep.take(bytes, at, pid, isGap);
    if (startsUnit) {
      // A PES packet that begins here shows that the one before was one.
      followed.hasPes ||= startsPes(bytes, from, at + packetLength);
      this.#close(pid, followed, cellOffset, isLost);
      this.#open(followed, cellOffset, pid);
    } else if (followed.unit === undefined) this.#open(followed, cellOffset, pid, true);
    const unit = followed.unit!;
    if (unit.packets === 0) unit.isRandomAccess = claimsRandomAccess(bytes, at);
    unit.packets++;
    unit.isFull = from === at + 4;
    unit.payloadBefore = unit.payload;
    unit.payload += at + packetLength - from;
    const isInside = isLost && !startsUnit;
    if (isInside) unit.gaps++;
    else if (isLost) unit.beginsBehindGap = true;
    if (unit.firstCounter < 0) unit.firstCounter = counter;
    unit.deviation += ((counter - unit.firstCounter - unit.packets + 1 + 8) & 15) - 8;
    this.#trim(followed, unit, bytes, at, cellOffset, isInside, (events & PacketEvent.transportError) !== 0);
    if (isScrambled) unit.isScrambled = true;
    if ((events & PacketEvent.transportError) !== 0) unit.isFaulty = true;
    const mayJump = isInside || (events & PacketEvent.discontinuity) !== 0;
    checkCounter(followed, counter, mayJump);
    if (followed.isTable) this.#takeSection(followed, unit, bytes, at, isLost);
    else if (!isScrambled || (startsUnit && startsPes(bytes, from, at + packetLength))) {
      const media = this.#takePes(pid, followed, unit, bytes, at, startsUnit);
      const lost = isInside || (isLost && unit.isHeadless) ? Math.max(1, (counter - counterBefore - 1) & 15) : 0;
      followed.audio?.add(
        cellOffset,
        bytes,
        from,
        media,
        at + packetLength,
        lost,
        (events & PacketEvent.transportError) !== 0,
      );
    }
  }

  #trim(
    { trimmed, pes }: FollowedPid,
    unit: Unit,
    bytes: Buffer,
    at: number,
    cellOffset: number,
    isAfterGap: boolean,
    isFaulty: boolean,
  ): void {
    if (!isAfterGap && !isFaulty && !trimmed.isCutting) return;
    trimmed.take(cellOffset, bytes, at, isAfterGap, isFaulty, unit.packets > 1 && pes.isOpen);
  }

  #takeSection(followed: FollowedPid, unit: Unit, bytes: Buffer, at: number, isLost: boolean): void {
    if (isLost) followed.sections.interrupt();
    followed.sections.take(bytes, at, (section) => {
      if ((section[1]! & 0x80) !== 0 && crc32(section) !== 0) unit.isWrong = true;
    });
  }

  /** Gives where the media begins. */
  #takePes(pid: number, followed: FollowedPid, unit: Unit, bytes: Buffer, at: number, startsUnit: boolean): number {
    const { pes } = followed;
    const from = payloadOf(bytes, at);
    const media = pes.take(bytes, from, at + packetLength, startsUnit);
    if (pes.begun) followed.hasPes = true;
    if (pes.begun && pes.dtsTicks >= 0) this.#takeTime(pid, followed, unit);
    return pes.isOpen || pes.isInHeader ? media : from;
  }

  #takeTime(pid: number, followed: FollowedPid, unit: Unit): void {
    const { pes, plan } = followed;
    const ticks = this.#times.take(pid, pes);
    unit.ticks = ticks;
    const { line, epoch } = this.#times;
    followed.audio?.timed({ ptsTicks: pes.ptsTicks, ticks, line, epoch, streamId: pes.streamId });
    if (plan.firstTicks === Infinity) this.#losses.beginAt(pid, ticks);
    const step = plan.lastTicks === -Infinity ? 0 : ticks - plan.lastTicks;
    if (followed.missing > 0 && step > 0 && followed.step > 0 && step > holeSteps * followed.step) {
      this.#losses.add(
        pid,
        'missing',
        unit.offset,
        followed.missing * packetLength,
        0,
        plan.lastTicks,
        step - followed.step,
      );
    } else if (step > 0 && step <= ticksPerSecond) followed.step = step;
    followed.missing = 0;
    plan.firstTicks = Math.min(plan.firstTicks, ticks);
    plan.lastTicks = Math.max(plan.lastTicks, ticks);
  }

  #open(followed: FollowedPid, offset: number, pid: number, isHeadless = false): void {
    carries(followed, this.#inStep.isTable(pid), offset);
    followed.trimmed.open();
    if (followed.audio === undefined && this.#choices.torn === 'trim') {
      followed.audio = audioOf(this.#survey, pid, followed, this.#stride, this.#losses);
    }
    followed.pendingCounters = 0;
    followed.unitCounter = followed.counter;
    const { lastTicks } = followed.plan;
    followed.unit = newUnit(offset, isHeadless, lastTicks === -Infinity ? 0 : lastTicks);
  }

  /** The unit of a PID is over: whether it stays is known. `isLost`: packets are missing after it. */
  #close(pid: number, followed: FollowedPid, end: number, isLost: boolean): void {
    const { unit } = followed;
    if (unit === undefined) return;
    followed.unit = undefined;
    disbelieveCounters(followed, unit, end);
    if (this.#lastGap > unit.offset && this.#lastGap < end && isOverlong(followed, unit)) {
      this.#losses.add(pid, 'missing', unit.offset, packetLength, 0, unit.ticks, followed.step);
    }
    const isBeforeGap = isLost && !countsNothing(followed);
    const isOpenEnd = isBeforeGap || end >= this.#source.size;
    const reason = this.#reasonFor(pid, followed, unit, isOpenEnd);
    const isAudio = followed.audio?.isTooLong === false && (reason === undefined || torn.has(reason));
    if (!followed.isTable && followed.pes.isOpen) {
      if (unit.isFull) followed.fullEnds++;
      else followed.stuffedEnds++;
    }
    const bytes = unit.packets * packetLength;
    if (isAudio && !followed.isTable && !unit.isScrambled) {
      this.#closeAudio(pid, followed, unit, reason, isOpenEnd);
      return;
    }
    followed.audio?.pass();
    if (reason !== undefined) {
      followed.dropped.from.push(unit.offset);
      followed.dropped.to.push(end);
      followed.plan.lostBytes += bytes;
      if (reason !== 'head' && reason !== 'table') {
        followed.droppedBytes += bytes;
        followed.droppedUnits += unit.isHeadless ? 0 : 1;
      }
      if (reason !== 'table' && !followed.isTable) {
        followed.plan.lostUnits += unit.isHeadless ? 0 : 1;
        this.#losses.add(pid, reason, unit.offset, bytes, unit.isHeadless ? 0 : 1, unit.ticks, followed.step, end);
      }
      return;
    }
    const cut = this.#cutOf(pid, followed, unit, end);
    if (this.#choices.torn === 'keep') this.#tellEnd(pid, followed, unit, end);
    followed.plan.bytes += bytes - cut;
    if (!unit.isHeadless) followed.plan.units++;
    keepUnit(followed, unit, bytes - cut);
  }

  /** What is whole of audio stays. */
  #closeAudio(pid: number, followed: FollowedPid, unit: Unit, reason: Reason | undefined, isOpenEnd: boolean): void {
    const { pes, plan } = followed;
    const hasGaps = unit.gaps > 0 || unit.isFaulty;
    // What is missing is reported with what goes beside it.
    if (reason !== undefined) followed.missing = 0;
    plan.bytes += unit.packets * packetLength;
    followed.audio!.close({
      isHeadless: unit.isHeadless || !pes.isOpen,
      isAfterGap: unit.beginsBehindGap,
      isTorn: reason !== undefined,
      isEndTorn: hasGaps ? isOpenEnd : isEndTorn(followed, unit, this.#remainingBefore(pid, followed), isOpenEnd),
      packetLength: pes.packetLength,
    });
    keepUnit(followed, unit, unit.packets * packetLength);
  }

  /** Bytes that go of a picture that is not whole, of which the rest stays. */
  #cutOf(pid: number, followed: FollowedPid, unit: Unit, end: number): number {
    const { trimmed, pes, dropped, plan } = followed;
    const isTorn = unit.gaps > 0 || unit.isFaulty || this.#remainingBefore(pid, followed) > 0;
    if (!isTorn || !this.#mayTrim(followed, unit)) return 0;
    const cut = trimmed.close(unit.offset, end, pes.packetLength > 0, dropped);
    plan.lostBytes += cut;
    followed.droppedBytes += cut;
    if (cut > 0) this.#losses.add(pid, 'trimmed', unit.offset, cut, 0, unit.ticks, followed.step);
    else this.#tellEnd(pid, followed, unit, end);
    return cut;
  }

  /** What stays of a PES packet that lacks its end is told: nothing else shows it once the packet says no length. */
  #tellEnd(pid: number, followed: FollowedPid, unit: Unit, end: number): void {
    const isMedia = !followed.isTable && followed.pes.isOpen && !unit.isHeadless;
    const left = isMedia ? this.#remainingBefore(pid, followed) : 0;
    if (left > 0) this.#losses.add(pid, 'missing', end, left, 0, unit.ticks, followed.step);
  }

  #mayTrim(followed: FollowedPid, unit: Unit): boolean {
    const isPicture = !followed.isTable && !unit.isHeadless && !unit.isScrambled && isVideo(followed);
    return this.#choices.torn === 'trim' && isPicture && followed.trimmed.canStay(unit.offset);
  }

  #reasonFor(pid: number, followed: FollowedPid, unit: Unit, isOpenEnd: boolean): Reason | undefined {
    const { torn: choice, keepScrambled } = this.#choices;
    if (unit.isBeforeHead) return 'head';
    if (followed.isTable) {
      return unit.gaps > 0 || unit.isWrong || unit.isHeadless || unit.isFaulty ? 'table' : undefined;
    }
    if (unit.isScrambled) return keepScrambled ? undefined : 'scrambled';
    if (choice === 'keep') return undefined;
    const isMedia = followed.plan.firstTicks < Infinity;
    if (unit.isHeadless) return 'headless';
    if (this.#mayTrim(followed, unit)) return undefined;
    if (unit.gaps > 0 || unit.isFaulty) return 'torn';
    if (!isMedia) return undefined;
    return isEndTorn(followed, unit, this.#remainingBefore(pid, followed), isOpenEnd) ? 'torn' : undefined;
  }

  /** Bytes that the PES packet lacked when the next began, or the stream ended. */
  #remainingBefore(pid: number, { pes }: FollowedPid): number {
    return pes.isOpen && pes.packetLength === 0 ? untilNextUnit : this.#remaining[pid]!;
  }

  /** What came before the beginning that is kept is lost; so is what goes on from there. */
  #passHead(): void {
    this.#isAfterHead = true;
    for (const [pid, followed] of this.#pids) {
      const { plan, step } = followed;
      if (plan.units > 0 && plan.firstTicks < Infinity) {
        const duration = plan.lastTicks - plan.firstTicks + step;
        this.#losses.add(pid, 'head', 0, plan.bytes, plan.units, plan.firstTicks, duration, this.#head.offset);
      }
      beginAnew(followed);
    }
  }

  #followed(pid: number): FollowedPid {
    let followed = this.#pids.get(pid);
    if (followed === undefined) {
      followed = newPid();
      this.#pids.set(pid, followed);
    }
    return followed;
  }

  #conclude(): FixPlan {
    const { whole, lastStep, ...ofPids } = concludePids(this.#pids, this.#choices.torn, this.#stride);
    const { deltas, jumps, durationTicks } = this.#times.conclude();
    return {
      ...ofPids,
      described: this.#survey.streams,
      losses: this.#losses.list.filter(({ pid }) => !whole.has(pid)),
      duplicates: this.#duplicates,
      nullPackets: this.#nullPackets,
      junkBytes: this.#junk,
      faultyEmpty: this.#faultyEmpty,
      tables: tablesFor(this.#survey),
      head: this.#head.offset,
      headSections: this.#head.sections,
      jumps,
      deltas: this.#choices.retime ? deltas : undefined,
      durationSeconds: (durationTicks + lastStep) / ticksPerSecond,
      stride: this.#stride,
    };
  }
}

/** Finds out what is to be done. Throws `interrupted`. */
export async function surveyForFix(
  source: ByteSource,
  choices: FixChoices,
  pace: Pace,
  progress: (done: number, total: number) => void,
): Promise<FixPlan> {
  const whole = new FixSurvey(source, choices, wholeStream);
  if (!choices.fromFirstKey) return whole.walk(pace, progress);
  const { dropped } = await whole.walk(pace, progress);
  const head = await findFirstKey(source, dropped, pace);
  return new FixSurvey(source, choices, head).walk(pace, progress);
}
