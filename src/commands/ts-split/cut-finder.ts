/**
 * Looks ahead of the copying: finds the tables, the stream that leads (the video, or the sound where there is none), its
 * pictures and times, and decides at which of them a part begins. It writes nothing and keeps no media.
 */
import type { FindingPlace, Findings } from '../../media/findings.ts';
import { MediaClock, ticksBetween, ticksPerSecond } from '../../mpegts/clock.ts';
import { nullPid, packetLength, payloadOf, pidCount, pidOf, startsUnit } from '../../mpegts/packet.ts';
import type { PacketFormat } from '../../mpegts/packet-scanner.ts';
import { PesReader } from '../../mpegts/pes.ts';
import { PacketEvent, PidSnapshot, PidStates } from '../../mpegts/pid-states.ts';
import type { Entry } from '../../mpegts/pictures/picture-syntax.ts';
import { canFindPictures, VideoPictures, type Picture } from '../../mpegts/pictures/video-pictures.ts';
import type { ElementaryStream, ProgramTables } from '../../mpegts/program-tables.ts';
import { CutPlan, type CutRules } from './cut-rules.ts';

/** Which pictures may begin a part. Each allows what those before it allow. */
export const randomAccessKinds = ['idr', 'irap', 'recovery-point', 'any-intra'] as const;
export type RandomAccess = (typeof randomAccessKinds)[number];

const allowed: Readonly<Record<RandomAccess, readonly Entry[]>> = {
  idr: ['idr'],
  irap: ['idr', 'irap'],
  'recovery-point': ['idr', 'irap', 'recovery-point'],
  'any-intra': ['idr', 'irap', 'recovery-point', 'intra'],
};

/** What a part begins with: a picture, a PES packet of sound, or whatever the stream begins with. */
export type PartBeginning = Entry | 'audio' | 'stream';

/** Where a part begins, and what it has; the figures grow until the next one begins. */
export interface PlannedPart {
  /** Offset in the stream. */
  readonly place: number;
  beginning: PartBeginning;
  /** Parameter sets to repeat before the first picture, with start codes; empty if none are missing. */
  readonly parameterSets: Uint8Array;
  /** Of the picture it begins with, ticks of 33 bits; -1 where there are none. */
  readonly ptsTicks: number;
  readonly dtsTicks: number;
  /** PID of the stream that leads. */
  readonly leadPid: number;
  /** What is in progress at its beginning; undefined for the first part, and once the part has been begun. */
  snapshot: PidSnapshot | undefined;
  /** Whether the clock has jumped since the part before began. */
  readonly followsJump: boolean;
  /** Pictures, or PES packets of sound. */
  pictures: number;
  /** Pictures that are shown before the first one and cannot be decoded from there. */
  skippedLeading: number;
  /** Place of its earliest and its latest picture on the timeline, ticks. */
  firstTicks: number;
  lastTicks: number;
  /** Those two as the stream has them, ticks of 33 bits; -1 while there are none. */
  firstPts: number;
  lastPts: number;
  /** Ticks from its beginning to that of the next part, or to the end of its last picture. */
  durationTicks: number;
}

/** How many pictures of each kind there are in the stream. */
export type EntryCounts = Record<Entry, number>;

/** What packets of a PID are to the finder. */
const Role = { none: 0, leader: 1, table: 2, null: 3, sound: 4 } as const;

const worthNoting = PacketEvent.counterGap | PacketEvent.transportError | PacketEvent.scrambled;

/** So long is waited for announced video before the sound leads. */
const patience = 5 * ticksPerSecond;

export interface FinderOptions {
  readonly rules: CutRules;
  readonly randomAccess: RandomAccess;
  readonly repeatParameterSets: boolean;
  readonly placeOf: (offset: number) => FindingPlace;
}

export class CutFinder {
  readonly tables: ProgramTables;
  /** The parts in order; the last is the one in progress. */
  readonly parts: PlannedPart[] = [];
  readonly entries: EntryCounts = { idr: 0, irap: 0, 'recovery-point': 0, intra: 0 };
  /** Pictures before the first that decoding can begin with. */
  picturesBeforeEntry = 0;
  /** Whether the stream has ended when the last part had had its share. */
  endsOverdue = false;
  readonly #options: FinderOptions;
  readonly #findings: Findings;
  readonly #plan: CutPlan;
  readonly #states = new PidStates();
  /** By PID. */
  readonly #roles = new Uint8Array(pidCount);
  /** Two places at most are held at once: that of a picture still to be told, and of the one that may come next. */
  readonly #snapshots = Array.from({ length: 4 }, () => new PidSnapshot());
  readonly #audio = new PesReader();
  #clock = new MediaClock();
  #jumps = 0;
  #jumpsAtPart = 0;
  #block: Buffer = Buffer.alloc(0);
  #leader: ElementaryStream | undefined;
  #leads: 'video' | 'audio' | undefined;
  #video: VideoPictures | undefined;
  #audioHeldFrom = Infinity;
  #audioDiscontinuity = false;
  /** Time of the first sound while announced video has not come yet. */
  #soundSince = -1;
  #sawVideo = false;

  /** `tables`: what the head of the stream already told. */
  constructor(tables: ProgramTables, options: FinderOptions, findings: Findings) {
    this.tables = tables;
    this.#options = options;
    this.#findings = findings;
    this.#plan = new CutPlan(options.rules);
    this.parts.push(newPart({ place: 0, beginning: 'stream', leadPid: nullPid }));
    this.#chooseLeader();
    this.#assignRoles();
  }

  /** What is before this offset will not be cut any more. */
  get heldFrom(): number {
    return this.#leads === 'video' ? this.#video!.heldFrom : this.#audioHeldFrom;
  }

  /** Packets of a PID that have come. */
  packetsOf(pid: number): number {
    return this.#states.packets[pid]!;
  }

  /** The stream that decides, if one was found. */
  get leader(): ElementaryStream | undefined {
    return this.#leader;
  }

  /** Whether the leader's pictures can be looked for. */
  get canCut(): boolean {
    return this.#leads !== undefined;
  }

  get clockTicks(): number {
    return this.#clock.ticks;
  }

  /** The packets that follow lie in this block; to be called again whenever its bytes have changed. */
  enter(block: Buffer): void {
    this.#block = block;
    this.#video?.enter(block);
  }

  /** Takes the packets from `start` to `end` of the block; `offset` is that of `start` in the stream. */
  take(start: number, end: number, offset: number, { stride, lead }: PacketFormat): void {
    const block = this.#block;
    for (let cell = start; cell < end; cell += stride) {
      const at = cell + lead;
      const pid = pidOf(block, at);
      const role = this.#roles[pid]!;
      if (role === Role.leader && startsUnit(block, at)) this.#remember(offset + cell - start);
      const events = this.#states.take(block, at);
      if ((events & worthNoting) !== 0) this.#note(events, pid, offset + cell - start);
      if (role !== Role.none) this.#takeRole(role, at, offset + cell - start, pid, events);
      // Most packets: more of the same, of which nothing is to be learnt.
      const quietTo = role === Role.none ? end : role === Role.leader ? (this.#video?.quietTo ?? -1) : -1;
      if (quietTo <= at + stride) continue;
      const passed = Math.min(end, quietTo);
      cell += stride * this.#states.takePlain(pid, block, at + stride, passed, stride, role === Role.leader);
    }
  }

  #takeRole(role: number, at: number, place: number, pid: number, events: number): void {
    if (role === Role.leader) this.#takeLeader(at, place, events);
    else if (role === Role.table) this.#takeTable(at, pid, events);
    else if (role === Role.null) this.#takeNull(at);
    else this.#takeSoundInWaiting(at, events);
  }

  /** Keeps what is in progress before a packet at which a part may begin. */
  #remember(place: number): void {
    const unused = this.#snapshots.find((snapshot) => this.#video?.holds(snapshot.place) !== true);
    unused?.take(this.#states, this.tables.sections(), place);
  }

  /** The part keeps what was in progress at its beginning. */
  #giveAway(place: number): PidSnapshot | undefined {
    const index = this.#snapshots.findIndex((snapshot) => snapshot.place === place);
    return this.#snapshots.splice(index, 1, new PidSnapshot())[0];
  }

  #note(events: number, pid: number, place: number): void {
    const where = { pid, ...this.#options.placeOf(place) };
    const { counterGap, transportError, scrambled } = PacketEvent;
    if ((events & counterGap) !== 0) {
      this.#findings.add(
        'ts-counter-gap',
        'packets are missing before this one: its continuity counter does not follow',
        where,
      );
    }
    if ((events & transportError) !== 0) {
      this.#findings.add('ts-transport-error', 'the receiver marked this packet as faulty', where);
    }
    if ((events & scrambled) !== 0) {
      this.#findings.add('ts-scrambled', 'this stream is scrambled; no pictures can be found in it', where);
    }
  }

  /** Gives up holding back: no place before what was taken will be a cut. */
  release(): void {
    this.#video?.release();
    this.#audioHeldFrom = Infinity;
  }

  /** Nothing follows; the stream has ended at this offset. */
  finish(offset: number): void {
    this.#video?.finish();
    this.#audioHeldFrom = Infinity;
    this.#closePart(undefined);
    const part = this.parts.at(-1)!;
    this.endsOverdue = this.#plan.isCut({
      partTicks: part.durationTicks,
      streamTicks: part.firstTicks + part.durationTicks - this.parts[0]!.firstTicks,
      partBytes: offset - part.place,
      isJump: false,
    });
  }

  #takeLeader(at: number, place: number, events: number): void {
    if (!this.#sawVideo) {
      this.#sawVideo = true;
      this.#assignRoles();
    }
    if (this.#leads === 'video') {
      this.#video!.take(at, place, events);
      return;
    }
    if (this.#leads !== 'audio') return;
    if ((events & PacketEvent.discontinuity) !== 0) this.#audioDiscontinuity = true;
    if ((events & PacketEvent.unitStart) !== 0) this.#audioHeldFrom = place;
    if (!this.#readSound(at, events)) return;
    const held = this.#audioHeldFrom;
    this.#audioHeldFrom = Infinity;
    const { ptsTicks, dtsTicks } = this.#audio;
    this.#unit({ place: held, ptsTicks, dtsTicks, isDiscontinuity: this.#audioDiscontinuity }, 'audio');
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

  #takeNull(at: number): void {
    if (this.#block[at + packetLength - 1] === 0) this.#video?.expectZeros();
  }

  #takeTable(at: number, pid: number, events: number): void {
    if ((events & (PacketEvent.payload | PacketEvent.duplicate)) !== PacketEvent.payload) return;
    if (this.tables.take(this.#block, at, pid, (events & PacketEvent.counterGap) !== 0)) {
      this.#chooseLeader();
      this.#assignRoles();
    }
  }

  /** The video that comes first in the tables, otherwise the sound. A leader stays as long as it is announced. */
  #chooseLeader(): void {
    const streams = this.tables.programs.flatMap((program) => program.streams);
    const known = streams.find(({ pid, codec }) => pid === this.#leader?.pid && codec === this.#leader.codec);
    if (known !== undefined) return;
    const videos = streams.filter(({ kind }) => kind === 'video');
    const leader =
      videos.find(({ codec }) => canFindPictures(codec)) ?? videos[0] ?? streams.find(({ kind }) => kind === 'audio');
    if (leader === undefined) return;
    this.#follow(leader);
  }

  #follow(leader: ElementaryStream): void {
    this.#leader = leader;
    this.#video = undefined;
    this.#sawVideo = false;
    this.#leads = leader.kind === 'audio' ? 'audio' : canFindPictures(leader.codec) ? 'video' : undefined;
    if (this.#leads === 'video') {
      const wholePictures = this.#options.randomAccess === 'any-intra';
      this.#video = new VideoPictures(leader.codec, { wholePictures }, (picture) => this.#takePicture(picture));
      this.#video.enter(this.#block);
    }
  }

  /** What is done with the packets of each PID. */
  #assignRoles(): void {
    this.#roles.fill(Role.none);
    for (let pid = 0; pid < pidCount; pid++) if (this.tables.isTable(pid)) this.#roles[pid] = Role.table;
    this.#roles[nullPid] = Role.null;
    const leader = this.#leader;
    if (leader === undefined) return;
    const sound = this.#sawVideo || leader.kind === 'audio' ? undefined : this.#soundStream();
    if (sound !== undefined) this.#roles[sound.pid] = Role.sound;
    this.#roles[leader.pid] = Role.leader;
  }

  #soundStream(): ElementaryStream | undefined {
    return this.tables.programs.flatMap(({ streams }) => streams).find(({ kind }) => kind === 'audio');
  }

  /** Recorders announce video that never comes: after some seconds of sound alone the sound leads. */
  #takeSoundInWaiting(at: number, events: number): void {
    if (!this.#readSound(at, events) || this.#audio.ptsTicks < 0) return;
    if (this.#soundSince < 0) this.#soundSince = this.#audio.ptsTicks;
    if (ticksBetween(this.#soundSince, this.#audio.ptsTicks) < patience) return;
    this.#follow(this.#soundStream()!);
    this.#assignRoles();
  }

  #takePicture(picture: Picture): void {
    const { entry, place } = picture;
    if (entry !== undefined) this.entries[entry]++;
    else if (Object.values(this.entries).every((pictures) => pictures === 0)) this.picturesBeforeEntry++;
    const mayBegin = entry !== undefined && allowed[this.#options.randomAccess].includes(entry);
    if (mayBegin && place < 0) {
      this.#findings.add(
        'ts-entry-inside-pes',
        `a picture that a part could begin with (${entry}) shares its PES packet with media of the picture before it; it was not cut there`,
        { pid: this.#leader!.pid },
      );
    }
    this.#unit(picture, mayBegin && place >= 0 ? entry : undefined, picture);
  }

  /** A picture, or a PES packet of sound; `beginning`: what a part that begins here begins with, if one may. */
  #unit(
    unit: Pick<Picture, 'place' | 'ptsTicks' | 'dtsTicks' | 'isDiscontinuity'>,
    beginning: PartBeginning | undefined,
    picture?: Picture,
  ): void {
    const hasTime = unit.ptsTicks >= 0;
    const decodeTicks = hasTime ? this.#clock.advance(unit.dtsTicks, unit.isDiscontinuity) : this.#clock.ticks;
    const ticks = decodeTicks + (hasTime ? ticksBetween(unit.dtsTicks, unit.ptsTicks) : 0);
    const isJump = this.#clock.jumps > this.#jumps;
    if (isJump) this.#noteJump(unit.place);
    const part = this.parts.at(-1)!;
    const isKnown = this.#snapshots.some((snapshot) => snapshot.place === unit.place);
    if (beginning !== undefined && hasTime && isKnown) {
      const isCut = this.#plan.isCut({
        partTicks: part.pictures === 0 ? 0 : ticks - part.firstTicks,
        streamTicks: this.parts[0]!.pictures === 0 ? 0 : ticks - this.parts[0]!.firstTicks,
        // The stream's own first picture begins the first part, whatever stands before it.
        partBytes: part.pictures === 0 ? 0 : unit.place - part.place,
        isJump,
      });
      if (isCut) this.#begin(unit, beginning, ticks, picture);
    }
    const current = this.parts.at(-1)!;
    if (picture !== undefined && this.#isUndecodable(current, picture, ticks)) current.skippedLeading++;
    count(current, unit.ptsTicks, ticks, picture);
  }

  /** H.265 says which leading pictures cannot be decoded; elsewhere those that are shown before an open entry are taken to be. */
  #isUndecodable({ beginning, firstTicks, pictures }: PlannedPart, picture: Picture, ticks: number): boolean {
    if (beginning === 'idr' || beginning === 'stream' || pictures === 0) return false;
    if (picture.ptsTicks < 0 || ticks >= firstTicks) return false;
    return this.#leader!.codec !== 'h265' || picture.isSkippedLeading;
  }

  #noteJump(place: number): void {
    this.#jumps = this.#clock.jumps;
    this.#findings.add('ts-clock-jump', 'the timestamps jump here; the jump does not count as media time', {
      pid: this.#leader!.pid,
      ...(place < 0 ? {} : this.#options.placeOf(place)),
    });
  }

  #begin(
    { place, ptsTicks, dtsTicks }: Pick<Picture, 'place' | 'ptsTicks' | 'dtsTicks'>,
    beginning: PartBeginning,
    ticks: number,
    picture: Picture | undefined,
  ): void {
    this.#closePart(ticks);
    const mustRepeat = picture !== undefined && !picture.hasParameterSets && this.#options.repeatParameterSets;
    const part = newPart({ place, beginning, leadPid: this.#leader!.pid });
    this.parts.push({
      ...part,
      firstTicks: ticks,
      ptsTicks,
      dtsTicks,
      snapshot: this.#giveAway(place),
      followsJump: this.#jumps > this.#jumpsAtPart,
      parameterSets: mustRepeat ? this.#video!.parameterSets() : part.parameterSets,
    });
    this.#jumpsAtPart = this.#jumps;
  }

  /** `next`: where on the timeline the next part begins, undefined at the end of the stream. */
  #closePart(next: number | undefined): void {
    const part = this.parts.at(-1)!;
    if (part.pictures === 0) return;
    part.durationTicks = (next ?? part.lastTicks + this.#clock.step) - part.firstTicks;
  }
}

function newPart({ place, beginning, leadPid }: Pick<PlannedPart, 'place' | 'beginning' | 'leadPid'>): PlannedPart {
  return {
    place,
    beginning,
    leadPid,
    parameterSets: new Uint8Array(0),
    ptsTicks: -1,
    dtsTicks: -1,
    snapshot: undefined,
    followsJump: false,
    pictures: 0,
    skippedLeading: 0,
    firstTicks: 0,
    lastTicks: 0,
    firstPts: -1,
    lastPts: -1,
    durationTicks: 0,
  };
}

function count(part: PlannedPart, ptsTicks: number, ticks: number, picture: Picture | undefined): void {
  part.pictures++;
  if (part.beginning === 'stream' && part.pictures === 1 && picture?.entry !== undefined) {
    part.beginning = picture.entry;
  }
  if (ptsTicks < 0) return;
  // A picture that cannot be shown does not make the part begin earlier.
  if (part.firstPts < 0 || (ticks < part.firstTicks && part.place === 0)) {
    part.firstTicks = ticks;
    part.firstPts = ptsTicks;
  }
  if (part.lastPts < 0 || ticks > part.lastTicks) {
    part.lastTicks = ticks;
    part.lastPts = ptsTicks;
  }
}
