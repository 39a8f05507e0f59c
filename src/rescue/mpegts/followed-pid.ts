/**
 * What is remembered of a PID while a stream is looked through for what is wrong: the unit in progress, its counters, what
 * has been decided so far. It decides nothing but what its own figures say.
 */
import { CourseRecorder } from '../../media/track-course.ts';
import { ticksPerSecond } from '../../mpegts/clock.ts';
import { PesReader } from '../../mpegts/pes.ts';
import { untilNextUnit } from '../../mpegts/pid-states.ts';
import { SectionAssembler } from '../../mpegts/section.ts';
import { addRange, noRanges } from './dropped-ranges.ts';
import { OddCounters } from './odd-counters.ts';
import type { DroppedRanges, StreamPlan } from './plan.ts';
import type { TrimmedAudio } from './trimmed-audio.ts';
import { TrimmedVideo } from './trimmed-video.ts';

/** Bytes of a PES packet that its length does not count. */
const pesFixedLength = 6;

/** A PES packet or a section of a PID while its packets go by. */
export interface Unit {
  readonly offset: number;
  packets: number;
  /** Bytes of payload, and those before the last packet. */
  payload: number;
  payloadBefore: number;
  /** Packets in it, and whether the first, that do not follow by their counters. */
  gaps: number;
  beginsBehindGap: boolean;
  /** The first counter, and how far the others are from where they would be after it, in all. */
  firstCounter: number;
  deviation: number;
  isHeadless: boolean;
  isScrambled: boolean;
  isFaulty: boolean;
  isBeforeHead: boolean;
  /** A section of it has a wrong CRC. */
  isWrong: boolean;
  /** Whether the last packet was full of media: then its end may be missing. */
  isFull: boolean;
  /** It claims to be what decoding can begin with. */
  isRandomAccess: boolean;
  ticks: number;
}

/** What is kept of a PID from packet to packet. */
export interface FollowedPid {
  readonly plan: StreamPlan;
  readonly pes: PesReader;
  readonly dropped: DroppedRanges;
  unit: Unit | undefined;
  isTable: boolean;
  /** Offset of the first packet that carries a table where the PID carried media before, or the other way round; -1: none. */
  turned: number;
  readonly sections: SectionAssembler;
  stuffedEnds: number;
  fullEnds: number;
  /** Counter of the last packet that stays, -1 before it. */
  counter: number;
  /** Packets of the unit in progress whose counters do not follow. */
  pendingCounters: number;
  unitCounter: number;
  /** Packets of the units that stay whose counters do not follow. */
  wrongCounters: number;
  /** The last counter, and how many do not follow, if nothing of the PID is left out. */
  wholeCounter: number;
  wholeWrongCounters: number;
  /** A PES packet has begun. */
  hasPes: boolean;
  /** Of `plan`, what is lost for what is wrong with it. */
  droppedUnits: number;
  droppedBytes: number;
  scrambled: number;
  clear: number;
  /** Packets that were missing before the unit in progress. */
  missing: number;
  /** And before the packets in a row that did not follow, up to the last. */
  lastMissing: number;
  /** Places where packets are missing, and where they seem to be by their counters alone. */
  gaps: number;
  apparentGaps: number;
  /** Of the last 32 packets, a bit each: whether it does not follow. */
  history: number;
  readonly renumbered: DroppedRanges;
  /** Packets that the receiver marked as faulty. */
  readonly faulty: DroppedRanges;
  readonly trimmed: TrimmedVideo;
  /** Of PIDs whose media is audio that tells where its frames end. */
  audio: TrimmedAudio | undefined;
  readonly odd: OddCounters;
  step: number;
}

/** A PID of which nothing has come. */
export function newPid(): FollowedPid {
  return {
    plan: {
      units: 0,
      randomAccessUnits: 0,
      bytes: 0,
      lostUnits: 0,
      lostBytes: 0,
      firstTicks: Infinity,
      lastTicks: -Infinity,
      course: new CourseRecorder(ticksPerSecond),
    },
    pes: new PesReader(),
    dropped: noRanges(),
    unit: undefined,
    isTable: false,
    turned: -1,
    sections: new SectionAssembler(),
    stuffedEnds: 0,
    fullEnds: 0,
    counter: -1,
    pendingCounters: 0,
    unitCounter: -1,
    wrongCounters: 0,
    wholeCounter: -1,
    wholeWrongCounters: 0,
    hasPes: false,
    droppedUnits: 0,
    droppedBytes: 0,
    scrambled: 0,
    clear: 0,
    missing: 0,
    lastMissing: 0,
    gaps: 0,
    apparentGaps: 0,
    history: 0,
    renumbered: noRanges(),
    faulty: noRanges(),
    trimmed: new TrimmedVideo(),
    audio: undefined,
    odd: new OddCounters(),
    step: 0,
  };
}

/** A unit that begins at an offset; `ticks`: the time reached before it. */
export function newUnit(offset: number, isHeadless: boolean, ticks: number): Unit {
  return {
    offset,
    packets: 0,
    payload: 0,
    payloadBefore: 0,
    gaps: 0,
    beginsBehindGap: false,
    firstCounter: -1,
    deviation: 0,
    isHeadless,
    isScrambled: false,
    isFaulty: false,
    isBeforeHead: false,
    isWrong: false,
    isFull: false,
    isRandomAccess: false,
    ticks,
  };
}

/** A unit stays, with so many bytes of packets. */
export function keepUnit(followed: FollowedPid, { ticks, isRandomAccess }: Unit, bytes: number): void {
  const { plan } = followed;
  if (isRandomAccess) plan.randomAccessUnits++;
  if (plan.firstTicks < Infinity) plan.course.add(ticks, bytes, isRandomAccess);
  followed.wrongCounters += followed.pendingCounters;
  // Where the first of a unit does not follow, all after it are moved: what is written follows on.
  followed.counter = followed.unitCounter;
}

/** All that came of a PID so far is lost: what stays begins here. */
export function beginAnew(followed: FollowedPid): void {
  const { plan, unit } = followed;
  plan.lostUnits += plan.units;
  plan.lostBytes += plan.bytes;
  plan.units = 0;
  plan.randomAccessUnits = 0;
  plan.bytes = 0;
  plan.course = new CourseRecorder(ticksPerSecond);
  followed.droppedUnits = 0;
  followed.droppedBytes = 0;
  followed.wrongCounters = 0;
  followed.wholeWrongCounters = 0;
  followed.wholeCounter = -1;
  if (unit !== undefined) unit.isBeforeHead = true;
  followed.counter = -1;
}

/** What begins at an offset is a table, or is none. */
export function carries(followed: FollowedPid, isTable: boolean, offset: number): void {
  const hasTurned = isTable !== followed.isTable && followed.clear + followed.scrambled > 1;
  if (hasTurned && followed.turned < 0) followed.turned = offset;
  followed.isTable = isTable;
}

/**
 * Whether nothing of a PID may be left out. A stream that is scrambled from beginning to end is no stretch that could be cut
 * out: a key may yet open it. Of sections of other tables, and of what no PES packet begins in, nobody knows what is torn.
 */
export function isLeftWhole({ clear, scrambled, hasPes, isTable }: FollowedPid): boolean {
  return (clear === 0 && scrambled > 0) || (!hasPes && !isTable);
}

/** Whether a counter follows another, -1 for none. A gap inside a unit stays: it says that something is missing. */
function follows(before: number, counter: number, mayJump: boolean): boolean {
  if (before < 0) return true;
  // The same counter again would make a packet of other bytes one that was sent twice.
  return mayJump ? counter !== before : counter === ((before + 1) & 15);
}

/** Fewer packets that do not follow may be missing ones, whatever share they are. */
const fewGaps = 3;

/** Whether the counters of a PID say nothing of packets that are missing, as where all are 0. */
export function countsNothing({ history, clear, scrambled }: FollowedPid): boolean {
  let gaps = 0;
  for (let bits = history; bits !== 0; bits &= bits - 1) gaps++;
  return gaps > Math.max(fewGaps, Math.min(32, clear + scrambled) / 2);
}

/**
 * Whether a PES packet is as long as it says although counters in it do not follow: then these are wrong, and nothing is
 * missing. Packets that came in another order are as many too; their counters deviate in both directions alike.
 */
function isWholeByLength({ pes }: FollowedPid, { isHeadless, payload, gaps, deviation }: Unit): boolean {
  const isExact = !isHeadless && pes.isOpen && pes.packetLength > 0 && payload === pesFixedLength + pes.packetLength;
  return isExact && (gaps === 1 || deviation !== 0);
}

/** So many PES packets show how a multiplexer ends them. */
const minEndsToJudge = 16;

/**
 * Whether the end of a PES packet is missing. `left`: bytes that it lacked when the next began, or the stream ended;
 * `isOpenEnd`: packets are missing behind it, or nothing follows.
 */
export function isEndTorn(followed: FollowedPid, unit: Unit, left: number, isOpenEnd: boolean): boolean {
  if (left > 0) return true;
  if (left !== untilNextUnit || !unit.isFull || !isOpenEnd) return false;
  return followed.stuffedEnds >= minEndsToJudge * Math.max(1, followed.fullEnds);
}

/** Whether the PES packet in progress is of video, by its stream id (ISO/IEC 13818-1, Table 2-22). */
export function isVideo({ pes }: FollowedPid): boolean {
  return pes.isOpen && pes.streamId >= 0xe0 && pes.streamId <= 0xef;
}

/**
 * Whether packets stand in a PES packet behind the end it tells. Multiplexers count wrong too, so it proves nothing alone;
 * where other PIDs lack packets inside it, those are of another PES packet whose beginning is missing, and the counters of
 * the two follow by accident.
 */
export function isOverlong({ pes, isTable }: FollowedPid, unit: Unit): boolean {
  if (isTable || unit.isHeadless || unit.isScrambled || unit.gaps > 0) return false;
  return pes.isOpen && pes.packetLength > 0 && unit.payloadBefore >= pesFixedLength + pes.packetLength;
}

/** The counters of so many packets before were wrong: nothing is missing there, and they are to be set right. */
export function takeBackGaps(followed: FollowedPid, count: number): void {
  followed.gaps -= count;
  followed.missing = Math.max(0, followed.missing - followed.lastMissing);
  const { unit } = followed;
  if (unit === undefined) return;
  const inside = Math.min(count, unit.packets - 1, unit.gaps);
  unit.gaps -= inside;
  if (count >= unit.packets) unit.beginsBehindGap = false;
  followed.trimmed.takeBack(followed.odd.first);
  followed.audio?.takeBack(followed.odd.first);
  followed.pendingCounters += inside;
  followed.wholeWrongCounters += inside;
}

/** Where the counters of a unit say nothing of what is missing, all of it gets new ones. */
export function disbelieveCounters(followed: FollowedPid, unit: Unit, end: number): void {
  const isNoCount = countsNothing(followed);
  if (!isNoCount && !isWholeByLength(followed, unit)) return;
  const gaps = unit.gaps + (isNoCount && unit.beginsBehindGap ? 1 : 0);
  if (gaps === 0) return;
  followed.gaps -= gaps;
  followed.missing = 0;
  followed.pendingCounters += gaps;
  followed.wholeWrongCounters += gaps;
  unit.gaps = 0;
  followed.trimmed.takeBack(unit.offset);
  followed.audio?.takeBack(unit.offset);
  addRange(followed.renumbered, unit.offset, end);
}

/** Counters are looked at as they will be when what goes is gone: those of a unit that stays. */
export function checkCounter(followed: FollowedPid, counter: number, mayJump: boolean): void {
  if (!follows(followed.unitCounter, counter, mayJump)) followed.pendingCounters++;
  if (!follows(followed.wholeCounter, counter, mayJump)) followed.wholeWrongCounters++;
  followed.unitCounter = counter;
  followed.wholeCounter = counter;
}
