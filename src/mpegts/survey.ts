/**
 * What a transport stream holds, gathered while its packets go by: programs, streams, times, clocks, and what is wrong.
 * It keeps a few numbers a PID and no media. What of it is worth telling is for whoever asks.
 */
import type { ByteSource } from '../io/file-source.ts';
import { nullPid, packetLength, payloadOf, pcrOf, pidCount, pidOf } from './packet.ts';
import type { PacketFormat } from './packet-scanner.ts';
import { packetRuns, type PacketRun } from './packet-stream.ts';
import { PesReader } from './pes.ts';
import { PacketEvent, PidStates } from './pid-states.ts';
import { ContentStreams, describedBy } from './content-streams.ts';
import { ProgramTables, type ElementaryStream, type Program } from './program-tables.ts';
import { canFindPictures, VideoPictures, type Picture } from './pictures/video-pictures.ts';

/** Times of a PID; -1 where there is none. PTS and DTS in ticks of 90 kHz and 33 bits, PCR in ticks of 27 MHz. */
export interface PidTimes {
  firstPts: number;
  lastPts: number;
  firstDts: number;
  lastDts: number;
  firstPcr: number;
  lastPcr: number;
  /** PES packets whose beginning was seen. */
  pesPackets: number;
}

/** Bytes in which there are no packets: junk, or what is left of torn ones. */
export interface SyncLoss {
  readonly offset: number;
  length: number;
}

/** A damaged stream may lose sync as often as it likes: so many places are kept, all are counted. */
const keptLosses = 64;
/** PIDs whose PES packets are followed; a transponder has some hundred, a damaged file shows any. */
const maxPesPids = 1024;

/** What is known of the pictures of a video PID. */
export interface PictureCounts {
  pictures: number;
  idr: number;
  irap: number;
  recoveryPoint: number;
}

/** How deep the survey looks, and who receives what it finds. */
export interface TransportSurveyOptions {
  /** Look into H.264, H.265 and MPEG-2 video as well, which takes longer. */
  readonly pictures: boolean;
  /**
   * Look no further into a PES packet than to its first picture, which takes hardly longer than not to look: nearly all
   * multiplexers put one picture into each.
   */
  readonly onePictureAPes?: boolean;
  /** Receives each picture. */
  readonly onPicture?: (pid: number, picture: Picture) => void;
  /** Video of streams that no table describes, by PID, as `undescribedVideo` finds it. */
  readonly video?: ReadonlyMap<number, string>;
  /** Receives the programs whenever the tables have changed. */
  readonly onTables?: (programs: readonly Program[]) => void;
}

/** A stream that the tables describe, or that its media shows, and the stretch in which they describe it. */
export interface SurveyedStream extends ElementaryStream {
  /** 0 where no table describes it. */
  readonly programNumber: number;
  /** Offsets of the packets with which tables that describe it came first, and that do not came next; -1: none did. */
  readonly from: number;
  readonly to: number;
}

interface FollowedVideo {
  readonly pictures: VideoPictures;
  /** The PES packet in progress has shown a picture. */
  shown: boolean;
}

/** Takes packets in the order of the stream; `finish` ends it. */
export class TransportSurvey {
  readonly tables = new ProgramTables();
  /** What the media of each PID says it is. */
  readonly content = new ContentStreams();
  readonly #described = new Map<string, { -readonly [K in keyof SurveyedStream]: SurveyedStream[K] }>();
  readonly pids = new PidStates();
  /** PIDs with PES packets or a clock. */
  readonly times = new Map<number, PidTimes>();
  readonly pictures = new Map<number, PictureCounts>();
  readonly syncLosses: SyncLoss[] = [];
  syncLossCount = 0;
  unsynchronisedBytes = 0;
  format: PacketFormat | undefined;
  /** Offset of the first packet after which packets of its PID are missing, by PID. */
  readonly firstCounterGaps = new Map<number, number>();
  readonly #readers: (PesReader | undefined)[] = Array.from({ length: pidCount });
  #pesPids = 0;
  readonly #video = new Map<number, FollowedVideo>();
  readonly #options: TransportSurveyOptions;
  #generation = -1;
  #lossEnd = -1;

  constructor(options: TransportSurveyOptions) {
    this.#options = options;
    if (!options.pictures) return;
    for (const [pid, codec] of options.video ?? []) this.#followPictures(pid, codec);
  }

  /** The programs with their streams, as the tables have them last. */
  get programs(): readonly Program[] {
    return this.tables.programs;
  }

  /**
   * All streams that there ever were, in the order in which tables described them; then those with media that no table
   * describes, once the survey has ended.
   */
  get streams(): readonly SurveyedStream[] {
    const all = [...this.#described.values()];
    // What the media is was found out at one place: where tables change, others may be right about another.
    const isOneCodec = ({ pid, codec }: SurveyedStream): boolean =>
      all.every((other) => other.pid !== pid || other.codec === codec);
    const described = all.map((stream) =>
      isOneCodec(stream) ? { ...stream, ...describedBy(stream, this.content.codecOf(stream.pid)) } : stream,
    );
    const known = new Set(described.map(({ pid }) => pid));
    const others = this.content.streams.filter(({ pid }) => !known.has(pid) && !this.tables.isTable(pid));
    return [...described, ...others.map((stream) => ({ ...stream, programNumber: 0, from: -1, to: -1 }))];
  }

  take(run: PacketRun): void {
    if (run.format === undefined) {
      this.#lose(run.offset, run.end - run.start);
      return;
    }
    this.format ??= run.format;
    if (run.generation !== this.#generation) {
      this.#generation = run.generation;
      for (const { pictures } of this.#video.values()) pictures.enter(run.bytes);
    }
    const { stride, lead } = run.format;
    const { bytes } = run;
    for (let cell = run.start; cell < run.end; cell += stride) {
      const at = cell + lead;
      this.#takePacket(run, at, run.offset + cell - run.start);
      const pid = pidOf(bytes, at);
      if (this.#isPassedOver(pid)) cell += stride * this.pids.takePlain(pid, bytes, at + stride, run.end, stride);
    }
  }

  /** Whether packets of the PID in which nothing begins tell nothing for now, but that they are there. */
  #isPassedOver(pid: number): boolean {
    if (pid === nullPid || this.tables.isTable(pid) || this.#readers[pid]?.isInHeader === true) return false;
    if (this.content.wants(pid)) return false;
    const video = this.#video.get(pid);
    return video === undefined || (video.shown && this.#options.onePictureAPes === true);
  }

  /** PES packets that end with the stream before they are complete; those of unknown length cannot be counted. */
  tornPids(): number[] {
    return [...this.times.keys()].filter((pid) => this.pids.remaining[pid]! > 0);
  }

  /** The parameter sets of a video stream that were seen last, with start codes; empty where there are none. */
  parameterSets(pid: number): Uint8Array {
    return this.#video.get(pid)?.pictures.parameterSets() ?? new Uint8Array(0);
  }

  finish(): void {
    this.content.finish();
    for (const { pictures } of this.#video.values()) pictures.finish();
  }

  #takePacket({ bytes }: PacketRun, at: number, offset: number): void {
    const pid = pidOf(bytes, at);
    const events = this.pids.take(bytes, at);
    if (pid === nullPid) return;
    const lost = (events & PacketEvent.counterGap) !== 0;
    if (lost && !this.firstCounterGaps.has(pid)) this.firstCounterGaps.set(pid, offset);
    const pcr = pcrOf(bytes, at);
    if (pcr >= 0) {
      const times = this.#timesOf(pid);
      if (times.firstPcr < 0) times.firstPcr = pcr;
      times.lastPcr = pcr;
      this.content.sawClock(pid);
    }
    if ((events & (PacketEvent.payload | PacketEvent.duplicate)) !== PacketEvent.payload) return;
    if (this.tables.isTable(pid)) {
      if (this.tables.take(bytes, at, pid, lost)) this.#followTables(bytes, offset);
      return;
    }
    if (lost) this.#readers[pid]?.interrupt();
    if (this.#readPes(pid, bytes, at, events)) this.#followVideo(bytes);
    const video = this.#video.get(pid);
    if (video === undefined) return;
    if ((events & PacketEvent.unitStart) !== 0) video.shown = false;
    if (!video.shown || this.#options.onePictureAPes !== true) video.pictures.take(at, offset, events);
  }

  /** True: the media has shown what the stream is. */
  #readPes(pid: number, bytes: Buffer, at: number, events: number): boolean {
    const startsUnit = (events & PacketEvent.unitStart) !== 0;
    let reader = this.#readers[pid];
    if (!startsUnit && reader === undefined) return false;
    if ((events & PacketEvent.scrambled) !== 0) return false;
    if (reader === undefined) {
      if (this.#pesPids === maxPesPids) return false;
      this.#pesPids++;
      reader = new PesReader();
      this.#readers[pid] = reader;
    }
    const end = at + packetLength;
    const media = reader.take(bytes, payloadOf(bytes, at), end, startsUnit);
    let isKnown = false;
    if (reader.begun) {
      isKnown = this.content.begin(pid);
      this.#takeTimes(pid, reader);
    }
    if (media >= end || !this.content.wants(pid)) return isKnown;
    return this.content.take(pid, bytes, media, end) || isKnown;
  }

  #takeTimes(pid: number, reader: PesReader): void {
    const times = this.#timesOf(pid);
    times.pesPackets++;
    if (reader.ptsTicks < 0) return;
    if (times.firstPts < 0) {
      times.firstPts = reader.ptsTicks;
      times.firstDts = reader.dtsTicks;
    }
    times.lastPts = reader.ptsTicks;
    times.lastDts = reader.dtsTicks;
  }

  #timesOf(pid: number): PidTimes {
    let times = this.times.get(pid);
    if (times === undefined) {
      times = { firstPts: -1, lastPts: -1, firstDts: -1, lastDts: -1, firstPcr: -1, lastPcr: -1, pesPackets: 0 };
      this.times.set(pid, times);
    }
    return times;
  }

  /** The tables have changed: what they describe from here on, and what no more. */
  #followTables(block: Buffer, offset: number): void {
    const now = new Set<string>();
    for (const { programNumber, streams } of this.programs) {
      for (const stream of streams) {
        const key = `${programNumber}|${stream.pid}|${stream.codec}`;
        now.add(key);
        const known = this.#described.get(key);
        if (known === undefined) this.#described.set(key, { ...stream, programNumber, from: offset, to: -1 });
        else known.to = -1;
      }
    }
    this.#options.onTables?.(this.programs);
    for (const [key, stream] of this.#described) if (!now.has(key) && stream.to < 0) stream.to = offset;
    this.#followVideo(block);
  }

  #followVideo(block: Buffer): void {
    if (!this.#options.pictures) return;
    const streams = [...this.programs.flatMap((program) => program.streams), ...this.content.streams];
    for (const { pid, codec } of streams) {
      if (!canFindPictures(codec) || this.#video.has(pid)) continue;
      this.#followPictures(pid, codec).pictures.enter(block);
    }
  }

  #followPictures(pid: number, codec: string): FollowedVideo {
    const counts: PictureCounts = { pictures: 0, idr: 0, irap: 0, recoveryPoint: 0 };
    const pictures = new VideoPictures(codec, { wholePictures: false }, (picture) => {
      video.shown = true;
      count(counts, picture);
      this.#options.onPicture?.(pid, picture);
    });
    // What is left out is not to be searched either: piece by piece, and not the whole block ahead.
    if (this.#options.onePictureAPes === true) pictures.expectZeros();
    const video: FollowedVideo = { pictures, shown: false };
    this.pictures.set(pid, counts);
    this.#video.set(pid, video);
    return video;
  }

  #lose(offset: number, length: number): void {
    this.unsynchronisedBytes += length;
    const last = this.syncLosses.at(-1);
    if (offset === this.#lossEnd && last !== undefined) {
      if (last.offset + last.length === offset) last.length += length;
    } else {
      this.syncLossCount++;
      if (this.syncLosses.length < keptLosses) this.syncLosses.push({ offset, length });
    }
    this.#lossEnd = offset + length;
  }
}

function count(counts: PictureCounts, { entry }: Picture): void {
  counts.pictures++;
  if (entry === 'idr') counts.idr++;
  else if (entry === 'irap') counts.irap++;
  else if (entry === 'recovery-point') counts.recoveryPoint++;
}

/** Tables come every tenth of a second to half a second: where none has come by then, there are none. */
const searchedForTables = 2 * 1024 * 1024;

/**
 * The video at the beginning of a source that no table describes, by PID: whoever wants to know about its first pictures has
 * to know of it before they go by.
 */
export function undescribedVideo(source: ByteSource): ReadonlyMap<number, string> {
  const survey = new TransportSurvey({ pictures: false });
  for (const run of packetRuns(source, 0, Math.min(source.size, searchedForTables))) {
    survey.take(run);
    if (survey.programs.some(({ hasMap }) => hasMap)) return new Map();
  }
  survey.finish();
  return new Map(
    survey.streams.filter(({ codec }) => canFindPictures(codec)).map(({ pid, codec }) => [pid, codec] as const),
  );
}

/** The packets in the first bytes of a source that goes on: the one that the end cuts is none of them, and no junk. */
export function* headRuns(source: ByteSource, length: number): Generator<PacketRun> {
  for (const run of packetRuns(source, 0, length)) {
    const isCut = run.format === undefined && run.offset + run.end - run.start === length;
    if (!isCut) yield run;
  }
}

/** The packets in the last bytes of a source, from a whole one on: where one begins is known from the survey of the head. */
export function tailRuns(source: ByteSource, length: number, survey: TransportSurvey): Generator<PacketRun> {
  const stride = survey.format?.stride ?? packetLength;
  const first = survey.syncLosses[0];
  const phase = first?.offset === 0 ? first.length % stride : 0;
  return packetRuns(source, Math.floor((source.size - length - phase) / stride) * stride + phase);
}
