/**
 * Looks ahead of the copying: finds the tables, the stream that leads (the video, or the audio where there is none), its
 * pictures and times, and decides at which of them a part begins. It writes nothing and keeps no media.
 */
import type { FindingPlace, Findings } from '../../media/findings.ts';
import { MediaClock, ticksBetween } from '../../mpegts/clock.ts';
import { nullPid, packetLength, payloadOf, pcrOf, pidOf, startsUnit } from '../../mpegts/packet.ts';
import type { PacketFormat } from '../../mpegts/packet-scanner.ts';
import { PesReader } from '../../mpegts/pes.ts';
import { PacketEvent, PidStates } from '../../mpegts/pid-states.ts';
import type { EntryPoint } from '../../mpegts/pictures/picture-syntax.ts';
import { VideoPictures, type Picture } from '../../mpegts/pictures/video-pictures.ts';
import type { ElementaryStream, Program, ProgramTables } from '../../mpegts/program-tables.ts';
import { CutPlan, type CutRules } from './cut-rules.ts';
import { Decodability } from './decodability.ts';
import { LeadingStream, Role } from './leading-stream.ts';
import { PassedOver } from './passed-over.ts';
import { count, newPart, type PartBeginning, type PlannedPart } from './planned-part.ts';
import { PossibleBeginnings } from './possible-beginnings.ts';
import { allowed, type RandomAccess } from './random-access.ts';
import { ScrambledStretches } from './scrambled-stretches.ts';
import { StreamChanges } from './stream-changes.ts';
import { TableChange } from './table-change.ts';
import { WaitingAudio } from './waiting-audio.ts';

/** How many pictures of each kind there are in the stream. */
export type EntryCounts = Record<EntryPoint, number>;

const worthNoting = PacketEvent.counterGap | PacketEvent.transportError | PacketEvent.scrambled;

/** What decides about cuts. */
export interface FinderOptions {
  readonly rules: CutRules;
  readonly randomAccess: RandomAccess;
  readonly repeatParameterSets: boolean;
  readonly placeOf: (offset: number) => FindingPlace;
  /** What the media says there is, where no table does. */
  readonly contentProgram: Program | undefined;
}

/** Takes the packets ahead of the copying and plans the parts. */
export class CutFinder {
  readonly tables: ProgramTables;
  /** The parts in order; the last is the one in progress. */
  readonly parts: PlannedPart[] = [];
  readonly entries: EntryCounts = { idr: 0, irap: 0, 'recovery-point': 0, intra: 0 };
  /** Pictures before the first that decoding can begin with. */
  picturesBeforeEntry = 0;
  #hasEntry = false;
  /** Whether the leader is scrambled at the end of the stream. */
  isScrambled = false;
  /** Whether the stream has ended when the last part had had its share. */
  endsOverdue = false;
  readonly #options: FinderOptions;
  readonly #findings: Findings;
  readonly #plan: CutPlan;
  readonly #states = new PidStates();
  readonly beginnings = new PossibleBeginnings();
  readonly #audio = new PesReader();
  #clock = new MediaClock();
  #jumps = 0;
  #jumpsAtPart = 0;
  readonly #streamChanges = new StreamChanges();
  readonly #tableChange = new TableChange();
  #changes = 0;
  #changesAtPart = 0;
  readonly #scrambled: ScrambledStretches;
  readonly #passedOver = new PassedOver();
  #longestPart = 0;
  #block: Buffer = Buffer.alloc(0);
  readonly #lead: LeadingStream;
  #video: VideoPictures | undefined;
  #audioHeldFrom = Infinity;
  /** Offset after the last packet taken. */
  #takenTo = 0;
  #stride = packetLength;
  #audioDiscontinuity = false;
  /** Audio while announced video has not come yet. */
  readonly #waiting = new WaitingAudio();

  /** `tables`: what the head of the stream has said. */
  constructor(tables: ProgramTables, options: FinderOptions, findings: Findings) {
    this.tables = tables;
    this.#options = options;
    this.#findings = findings;
    this.#plan = new CutPlan(options.rules);
    this.#scrambled = new ScrambledStretches(findings, options.placeOf);
    this.#lead = new LeadingStream(tables, options.contentProgram);
    this.#streamChanges.take(tables.programs);
    this.parts.push(newPart({ offset: 0, beginning: 'stream', leadPid: nullPid }));
    this.#chooseLeader();
    this.#lead.assign();
  }

  /** What is before this offset will not be cut any more. */
  get heldFrom(): number {
    if (this.#lead.kind === undefined) return Infinity;
    const unit = this.#lead.kind === 'video' ? this.#video!.heldFrom : this.#audioHeldFrom;
    return Math.min(this.beginnings.startOf(unit), this.#tableChange.heldFrom(this.#takenTo));
  }

  /** What the media says there is, where no table does. */
  get contentProgram(): Program | undefined {
    return this.#options.contentProgram;
  }

  /** The stream that decides, if one was found. */
  get leader(): ElementaryStream | undefined {
    return this.#lead.stream;
  }

  /** Whether the leader's pictures can be looked for. */
  get canCut(): boolean {
    return this.#lead.kind !== undefined;
  }

  /** Of each PID, the packets that were taken. */
  get packets(): Float64Array {
    return this.#states.packets;
  }

  /** The packets that follow lie in this block; to be called again whenever its bytes have changed. */
  enter(block: Buffer): void {
    this.#block = block;
    this.#video?.enter(block);
  }

  /** Takes the packets from `start` to `end` of the block; `offset` is that of `start` in the stream. */
  take(start: number, end: number, offset: number, { stride, lead }: PacketFormat): void {
    const block = this.#block;
    const { roles } = this.#lead;
    this.#takenTo = offset + end - start;
    this.#stride = stride;
    for (let cell = start; cell < end; cell += stride) {
      const at = cell + lead;
      const pid = pidOf(block, at);
      const role = roles[pid]!;
      if ((role === Role.leader || role === Role.awaited) && startsUnit(block, at)) {
        this.#remember(offset + cell - start);
      } else if (role === Role.table) {
        this.#tableChange.enter(offset + cell - start, this.#states, this.tables.sections());
      }
      const events = this.#states.take(block, at);
      if ((events & worthNoting) !== 0) this.#note(events, pid, offset + cell - start, at);
      else if ((events & PacketEvent.unitStart) !== 0) this.#scrambled.leave(pid);
      if (role !== Role.none) this.#takeRole(role, at, offset + cell - start, pid, events);
      // Most packets: more of the same, of which nothing is to be learnt.
      const quietTo = role === Role.none ? end : role === Role.leader ? (this.#video?.quietTo ?? -1) : -1;
      if (quietTo <= at + stride) continue;
      const passed = Math.min(end, quietTo);
      cell += stride * this.#states.takePlain(pid, block, at + stride, passed, stride, role === Role.leader);
    }
  }

  #takeRole(role: number, at: number, offset: number, pid: number, events: number): void {
    if (role === Role.leader) this.#takeLeader(at, offset, events);
    else if (role === Role.table) this.#takeTable(at, pid, events, offset);
    else if (role === Role.awaited) this.#takeBack(at, offset, pid, events);
    else if (role === Role.audio) this.#takeAudioInWaiting(at, events);
    else if (this.#block[at + packetLength - 1] === 0) this.#video?.expectZeros();
  }

  /** Keeps what is in progress before a packet at which a part may begin. */
  #remember(offset: number): void {
    const isHeld = (other: number): boolean => this.#video?.holds(other) === true;
    this.beginnings.add(offset, this.#states, this.tables.sections(), this.#tableChange, isHeld);
  }

  #note(events: number, pid: number, offset: number, at: number): void {
    const { counterGap, transportError, scrambled } = PacketEvent;
    if ((events & scrambled) !== 0) this.#scrambled.take(pid, offset, pcrOf(this.#block, at));
    if ((events & (counterGap | transportError)) === 0) return;
    const where = { pid, ...this.#options.placeOf(offset) };
    if ((events & counterGap) !== 0) {
      const message = 'packets are missing before this one: its continuity counter does not follow';
      this.#findings.add('ts-counter-gap', message, where);
    }
    if ((events & transportError) !== 0) {
      this.#findings.add('ts-transport-error', 'the receiver marked this packet as faulty', where);
    }
  }

  /** Gives up holding back: nothing before what was taken will be a cut. */
  release(): void {
    this.#video?.release();
    this.#tableChange.drop();
    this.#audioHeldFrom = Infinity;
  }

  /** Nothing follows; the stream has ended at this offset. */
  finish(offset: number): void {
    this.#video?.finish();
    this.#audioHeldFrom = Infinity;
    this.#tableChange.drop();
    // Announced video never came, and the audio was too short to lead.
    if (this.#waiting.isThere && !this.#lead.hasCome && this.parts[0]!.pictures === 0) this.#countSoundInWaiting();
    this.#closePart(undefined);
    const part = this.parts.at(-1)!;
    const share = { partTicks: part.durationTicks, partBytes: offset - part.offset };
    this.isScrambled = this.leader !== undefined && this.#scrambled.isIn(this.leader.pid);
    this.#scrambled.finish();
    const streamTicks = part.firstTicks + part.durationTicks - this.parts[0]!.firstTicks;
    this.endsOverdue = this.#plan.isCut({ ...share, streamTicks, isJump: false, isChange: false });
    if (this.parts.length === 1 || this.#lead.kind !== 'video') return;
    const isMuchLonger = this.#plan.hasShare(share, 2) && part.durationTicks >= 2 * this.#longestPart;
    if (this.#passedOver.isWorthTelling || isMuchLonger) this.#notePassedOver('the end of the stream');
  }

  /** `until`: where the part in progress ends. */
  #notePassedOver(until: string): void {
    const part = this.parts.at(-1)!;
    const { randomAccess, placeOf } = this.#options;
    const message = this.#passedOver.message(until, part.durationTicks, randomAccess, this.isScrambled);
    const where = placeOf(this.#passedOver.offset ?? part.offset);
    this.#findings.add('ts-no-entry', message, { pid: this.leader!.pid, ...where });
  }

  #takeLeader(at: number, offset: number, events: number): void {
    this.#tableChange.drop();
    if (!this.#lead.hasCome) {
      this.#lead.hasCome = true;
      this.#lead.assign();
    }
    if (this.#lead.kind === 'video') {
      this.#video!.take(at, offset, events);
      return;
    }
    if (this.#lead.kind !== 'audio') return;
    if ((events & PacketEvent.discontinuity) !== 0) this.#audioDiscontinuity = true;
    if ((events & PacketEvent.unitStart) !== 0) this.#audioHeldFrom = offset;
    if (!this.#readSound(at, events)) return;
    const held = this.#audioHeldFrom;
    this.#audioHeldFrom = Infinity;
    const { ptsTicks, dtsTicks } = this.#audio;
    this.#unit({ offset: held, ptsTicks, dtsTicks, isDiscontinuity: this.#audioDiscontinuity }, 'audio');
    this.#audioDiscontinuity = false;
  }

  #readSound(at: number, events: number): boolean {
    if ((events & (PacketEvent.payload | PacketEvent.duplicate | PacketEvent.scrambled)) !== PacketEvent.payload) {
      return false;
    }
    const from = payloadOf(this.#block, at);
    this.#audio.take(this.#block, from, at + packetLength, (events & PacketEvent.unitStart) !== 0);
    return this.#audio.begun;
  }

  #takeTable(at: number, pid: number, events: number, offset: number): void {
    this.#tableChange.leave(offset + this.#stride, false);
    if ((events & (PacketEvent.payload | PacketEvent.duplicate)) !== PacketEvent.payload) return;
    if (!this.tables.take(this.#block, at, pid, (events & PacketEvent.counterGap) !== 0)) return;
    const change = this.#streamChanges.take(this.tables.programs);
    if (change !== undefined) {
      this.#changes++;
      this.#tableChange.leave(offset + this.#stride, true);
      this.#findings.add('ts-streams-changed', `the tables change here: ${change}`, this.#options.placeOf(offset));
    }
    this.#chooseLeader();
    this.#lead.assign();
  }

  #chooseLeader(): void {
    const leader = this.#lead.choice();
    if (leader !== undefined) this.#follow(leader);
  }

  #follow(leader: ElementaryStream): void {
    if (this.leader !== undefined) this.#clock.changeStream();
    this.#lead.follow(leader);
    this.#audioHeldFrom = Infinity;
    const part = this.parts.at(-1)!;
    part.decodability = new Decodability(leader.codec);
    this.#video = undefined;
    if (this.#lead.kind === 'video') {
      const wholePictures = this.#options.randomAccess === 'any-intra';
      this.#video = new VideoPictures(leader.codec, { wholePictures }, (picture) => this.#takePicture(picture));
      this.#video.enter(this.#block);
    }
  }

  /** Video that was announced comes at last, and leads from here on. */
  #takeBack(at: number, offset: number, pid: number, events: number): void {
    this.#tableChange.drop();
    if ((events & PacketEvent.unitStart) === 0) return;
    this.#follow(this.#lead.on(pid)!);
    this.#takeLeader(at, offset, events);
    this.#lead.assign();
  }

  #takeAudioInWaiting(at: number, events: number): void {
    if (!this.#readSound(at, events) || this.#audio.ptsTicks < 0) return;
    if (!this.#waiting.take(this.#audio.ptsTicks, this.#audio.dtsTicks)) return;
    this.#countSoundInWaiting();
    this.#follow(this.#lead.audio!);
    this.#lead.assign();
  }

  /** The recording begins with the audio that has come by now. */
  #countSoundInWaiting(): void {
    this.#clock.advance(this.#waiting.firstDts, false);
    this.#waiting.moveTo(this.parts[0]!);
  }

  #takePicture(picture: Picture): void {
    const { entry, offset } = picture;
    if (entry !== undefined) {
      this.entries[entry]++;
      this.#hasEntry = true;
    } else if (!this.#hasEntry) {
      this.picturesBeforeEntry++;
    }
    const mayBegin = entry !== undefined && allowed[this.#options.randomAccess].includes(entry);
    if (mayBegin && offset < 0) {
      this.#findings.add(
        'ts-entry-inside-pes',
        `a picture that a part could begin with (${entry}) shares its PES packet with media of the picture before it; it was not cut there`,
        { pid: this.leader!.pid },
      );
    }
    this.#unit(picture, mayBegin && offset >= 0 ? entry : undefined, picture);
  }

  /** A picture, or a PES packet of audio; `beginning`: what a part that begins here begins with, if one may. */
  #unit(
    unit: Pick<Picture, 'offset' | 'ptsTicks' | 'dtsTicks' | 'isDiscontinuity'>,
    beginning: PartBeginning | undefined,
    picture?: Picture,
  ): void {
    const hasTime = unit.ptsTicks >= 0;
    if (hasTime && picture !== undefined && this.#waiting.isThere) {
      if (this.#waiting.isPartOf(unit.ptsTicks)) {
        this.#countSoundInWaiting();
        this.#clock.changeStream();
      }
      this.#waiting.drop();
    }
    const decodeTicks = hasTime ? this.#clock.advance(unit.dtsTicks, unit.isDiscontinuity) : this.#clock.pass();
    const delayTicks = hasTime ? ticksBetween(unit.dtsTicks, unit.ptsTicks) : 0;
    const ticks = decodeTicks + delayTicks;
    const isJump = this.#clock.jumps > this.#jumps;
    if (isJump) this.#noteJump(unit.offset);
    const part = this.parts.at(-1)!;
    const isKnown = this.beginnings.has(unit.offset);
    const candidate = {
      partTicks: part.pictures === 0 ? 0 : ticks - this.#startOf(part),
      streamTicks: this.parts[0]!.pictures === 0 ? 0 : ticks - this.#startOf(this.parts[0]!),
      // The stream's own first picture begins the first part, whatever stands before it.
      partBytes: part.pictures === 0 ? 0 : unit.offset - part.offset,
      isJump,
      isChange: this.#changes > this.#changesAtPart,
    };
    if (beginning !== undefined && hasTime && isKnown) {
      if (this.#plan.isCut(candidate)) this.#begin(unit, beginning, ticks, picture);
    } else if (picture?.entry !== undefined && unit.offset >= 0 && hasTime && this.#plan.hasShare(candidate)) {
      this.#passedOver.take(unit.offset, picture.entry);
    }
    const current = this.parts.at(-1)!;
    if (hasTime && current.delayTicks < 0) current.delayTicks = Math.max(0, delayTicks);
    if (picture !== undefined && current.decodability?.canShow(picture, hasTime ? ticks : undefined) === false) {
      current.undecodable++;
    }
    count(current, unit.ptsTicks, ticks, picture);
  }

  #noteJump(offset: number): void {
    this.#jumps = this.#clock.jumps;
    this.#findings.add('ts-clock-jump', 'the timestamps jump here; the jump does not count as media time', {
      pid: this.leader!.pid,
      ...(offset < 0 ? {} : this.#options.placeOf(offset)),
    });
  }

  #begin(
    { offset, ptsTicks, dtsTicks }: Pick<Picture, 'offset' | 'ptsTicks' | 'dtsTicks'>,
    beginning: PartBeginning,
    ticks: number,
    picture: Picture | undefined,
  ): void {
    this.#closePart(ticks);
    if (this.#passedOver.isWorthTelling) this.#notePassedOver('the beginning of the next part');
    this.#passedOver.reset();
    // How far apart pictures are that parts may begin with is not seen where audio ends one.
    if (picture !== undefined) this.#longestPart = Math.max(this.#longestPart, this.parts.at(-1)!.durationTicks);
    const mustRepeat = picture !== undefined && !picture.hasParameterSets && this.#options.repeatParameterSets;
    const snapshot = this.beginnings.giveAway(offset);
    const part = newPart({ offset: snapshot.from, beginning, leadPid: this.leader!.pid });
    this.parts.push({
      ...part,
      firstTicks: ticks,
      ptsTicks,
      dtsTicks,
      snapshot,
      followsJump: this.#jumps > this.#jumpsAtPart,
      followsChange: this.#changes > this.#changesAtPart,
      decodability: new Decodability(this.leader!.codec),
      parameterSets: mustRepeat ? this.#video!.parameterSets() : part.parameterSets,
    });
    this.#jumpsAtPart = this.#jumps;
    this.#changesAtPart = this.#changes;
  }

  /** Where a part begins on the timeline; pictures at the beginning of the stream may have no time. */
  #startOf(part: PlannedPart): number {
    return part.firstTicks - (part.offset === 0 && this.parts.length === 1 ? this.#clock.before * this.#clock.step : 0);
  }

  /** `next`: where on the timeline the next part begins, undefined at the end of the stream. */
  #closePart(next: number | undefined): void {
    const part = this.parts.at(-1)!;
    part.decodability = undefined;
    if (part.pictures === 0) return;
    part.firstTicks = this.#startOf(part);
    if (part.firstPts < 0) {
      part.durationTicks = -part.firstTicks;
      return;
    }
    let end = part.lastTicks + this.#clock.step;
    // Those at the end without a time are shown as long as they take to decode.
    if (this.#clock.untimed > 0) {
      end = Math.max(end, this.#clock.ticks + this.#clock.step + Math.max(0, part.delayTicks));
    }
    // Scrambled pictures tell no times, but the clock does.
    const scrambledTicks = this.leader === undefined ? -1 : this.#scrambled.ticksIn(this.leader.pid);
    if (scrambledTicks >= 0) end += scrambledTicks + this.#clock.step;
    part.durationTicks = (next ?? end) - part.firstTicks;
  }
}
