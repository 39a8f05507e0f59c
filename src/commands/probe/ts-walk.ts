/**
 * Walks a transport stream for what is said about it: all of a short one, head and tail of a long one. Beside what the
 * survey of the mpegts room gathers it keeps the first bytes of each elementary stream, the last sound, and the times.
 */
import type { ByteSource } from '../../io/file-source.ts';
import { Pace } from '../../io/pace.ts';
import type { Ratio } from '../../media/probed-recording.ts';
import { MediaClock, ticksBetween, ticksPerSecond } from '../../mpegts/clock.ts';
import { nullPid, packetLength, payloadOf, pidOf, plainPackets, startsUnit } from '../../mpegts/packet.ts';
import { packetRuns, type PacketRun } from '../../mpegts/packet-stream.ts';
import { PesReader } from '../../mpegts/pes.ts';
import { headRuns, tailRuns, TransportSurvey } from '../../mpegts/survey.ts';
import { FrameRateEstimate } from '../../media/ffprobe/ffprobe.ts';
import type { InspectOptions } from './inspection.ts';
import { Rhythm } from './rhythm.ts';
import { hasSoundFrames, SoundFrames } from './sound-frames.ts';

/** Shorter files are read whole: that takes no longer than starting the program. */
const wholeUpTo = 32 * 1024 * 1024;
const headLength = 3 * 1024 * 1024;
const tailLength = 2 * 1024 * 1024;
const probedBytes = 5_000_000;
/** What is kept of the beginning of each elementary stream, and of its last PES packet. */
const keptHead = 256 * 1024;
const keptLast = 64 * 1024;

const packetHeaderLength = 4;
const ticksPerMillisecond = ticksPerSecond / 1000;

export const clockBase: Ratio = { numerator: 1, denominator: ticksPerSecond };

/** Bytes of one stretch, up to a limit. Nothing is made per packet. */
class Gathered {
  #bytes = new Uint8Array(4096);
  #length = 0;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get isFull(): boolean {
    return this.#length === this.#most;
  }

  /** A copy of `from` to `to` of a block. */
  add(block: Buffer, from: number, to: number): void {
    const end = Math.min(to, from + this.#most - this.#length);
    const needed = this.#length + end - from;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    block.copy(this.#bytes, this.#length, from, end);
    this.#length = needed;
  }

  clear(): void {
    this.#length = 0;
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** The stream ids of video (ISO/IEC 13818-1, Table 2-22): their last packet is not asked for. */
const isVideo = (streamId: number): boolean => streamId >> 4 === 0xe;

/** What is kept of one PID. */
export class StreamWalk {
  readonly head = new Gathered(keptHead);
  readonly last = new Gathered(keptLast);
  readonly clock = new MediaClock();
  readonly frameRate = new FrameRateEstimate(clockBase);
  readonly pes = new PesReader();
  /** Ticks of 33 bits. */
  firstPts = -1;
  /** The latest presentation time, in ticks after the first. */
  latest = 0;
  readonly rhythm = new Rhythm();
  /** Whether decoding can begin with the first picture; undefined where none was found. */
  beginsWithEntry: boolean | undefined;
  /** Where the clock first jumped, and first began again: the packet, and seconds as the timestamps have them. */
  jumped: { readonly offset: number; readonly time: number } | undefined;
  wrapped: { readonly offset: number; readonly time: number } | undefined;
  /** Offset of the packet with which the last PES packet begins. */
  lastBegun = -1;
  /** PES packets that ended in a packet with stuffing, and in one full of media. */
  stuffedEnds = 0;
  fullEnds = 0;
  /** Whether the last packet with media was full. */
  isFull = false;
  #now = 0;
  #lastPts = -1;
  #lastDts = -1;
  #lastKeyFrame = -1;
  #leapt = false;
  units = 0;
  bytes = 0;
  readonly #sound: SoundFrames | undefined;
  #soundFrames = 0;

  /** `name`: ffprobe's, of a stream of sound whose frames are to be counted. */
  constructor(name?: string) {
    this.#sound = hasSoundFrames(name) ? new SoundFrames(name) : undefined;
  }

  /** Frames of sound, where they were counted; of everything else PES packets, each of which is a picture as a rule. */
  framesOf(name: string | undefined): number | undefined {
    if (this.#sound !== undefined) return this.#soundFrames;
    return hasSoundFrames(name) ? undefined : this.units;
  }

  take(run: PacketRun, at: number, offset: number): void {
    const { bytes } = run;
    const from = payloadOf(bytes, at);
    const end = at + packetLength;
    if (from >= end) return;
    const begins = startsUnit(bytes, at);
    if (begins && this.pes.isOpen) {
      if (this.isFull) this.fullEnds++;
      else this.stuffedEnds++;
    }
    const media = this.pes.take(bytes, from, end, begins);
    this.isFull = from === at + packetHeaderLength;
    if (this.pes.begun) this.#begin(offset);
    if (this.pes.begun) this.#sound?.begin(this.pes.ptsTicks, offset);
    if (media >= end || !this.pes.isOpen) return;
    if (this.#sound !== undefined) this.#countSound(this.#sound, bytes, media, end);
    this.bytes += end - media;
    if (!isVideo(this.pes.streamId) && !this.last.isFull) this.last.add(bytes, media, end);
    if (!this.head.isFull) this.head.add(bytes, media, end);
  }

  /** Whether packets in which nothing begins tell nothing for now, but that they are there. */
  get isPassedOver(): boolean {
    return (
      this.#sound === undefined &&
      !this.pes.isInHeader &&
      this.head.isFull &&
      (isVideo(this.pes.streamId) || this.last.isFull)
    );
  }

  /** Takes so many packets that are nothing but payload in which nothing begins. */
  passOver(count: number): void {
    if (count === 0) return;
    this.isFull = true;
    if (this.pes.isOpen) this.bytes += count * (packetLength - packetHeaderLength);
  }

  #countSound(sound: SoundFrames, bytes: Buffer, from: number, end: number): void {
    sound.feed(bytes, from, end);
    this.#soundFrames += sound.take().length;
  }

  #begin(offset: number): void {
    const { ptsTicks, dtsTicks } = this.pes;
    this.units++;
    this.lastBegun = offset;
    this.last.clear();
    if (ptsTicks < 0) return;
    if (this.firstPts < 0) this.firstPts = ptsTicks;
    else {
      this.#now += ticksBetween(this.#lastPts, ptsTicks);
      const isWrap = ptsTicks < this.#lastPts && ticksBetween(this.#lastPts, ptsTicks) > 0;
      if (isWrap) this.wrapped ??= { offset, time: rounded(this.#lastPts) };
    }
    this.#lastPts = ptsTicks;
    this.latest = Math.max(this.latest, this.#now);
    this.#tick(dtsTicks, offset);
    if (offset < probedBytes && this.#sound === undefined) this.frameRate.add(this.clock.ticks);
  }

  #tick(dtsTicks: number, offset: number): void {
    const { ticks, jumps } = this.clock;
    this.clock.advance(dtsTicks, false);
    if (this.clock.jumps > jumps) {
      this.jumped ??= { offset, time: rounded(this.#lastDts) };
    } else if (this.units > 1 && !this.#leapt) {
      this.rhythm.step(this.secondsNow * 1000, (this.clock.ticks - ticks) / ticksPerMillisecond);
    }
    this.#leapt = false;
    this.#lastDts = dtsTicks;
  }

  /** Decode time of the PES packet begun last, as the timestamps of the recording have it where they do not jump. */
  get secondsNow(): number {
    return (this.firstPts + this.clock.ticks) / ticksPerSecond;
  }

  /** The middle was left out: what comes next is no step of the rhythm. */
  leap(): void {
    this.pes.interrupt();
    this.#sound?.clear();
    this.#leapt = true;
    this.#lastKeyFrame = -1;
  }

  keyFrame(ticks: number): void {
    const between = this.#lastKeyFrame < 0 || ticks < 0 ? undefined : ticksBetween(this.#lastKeyFrame, ticks);
    this.rhythm.keyFrame(between === undefined ? undefined : between / ticksPerMillisecond);
    this.#lastKeyFrame = ticks;
  }
}

/** Ticks as seconds, to the microsecond. */
function rounded(ticks: number): number {
  return Math.round((ticks / ticksPerSecond) * 1e6) / 1e6;
}

export interface TsWalk {
  readonly survey: TransportSurvey;
  readonly streams: ReadonlyMap<number, StreamWalk>;
  readonly whole: boolean;
}

export async function walkTs(source: ByteSource, options: InspectOptions): Promise<TsWalk> {
  const whole = options.deep || source.size <= wholeUpTo;
  const streams = new Map<number, StreamWalk>();
  const survey = new TransportSurvey({
    pictures: true,
    onePictureAPes: true,
    onPicture: (pid, { entry, dtsTicks }) => {
      // The pictures of a run are told before its packets are followed.
      const stream = streams.get(pid) ?? new StreamWalk();
      streams.set(pid, stream);
      stream.beginsWithEntry ??= entry !== undefined;
      if (entry !== undefined) stream.keyFrame(dtsTicks);
    },
  });
  const pace = new Pace(options.signal);
  await pace.turn();
  for (const run of whole ? packetRuns(source) : headRuns(source, headLength)) {
    survey.take(run);
    follow(run, survey, streams);
    if (!pace.isDue) continue;
    options.progress?.(run.offset, source.size);
    await pace.turn();
  }
  if (!whole) {
    survey.pids.leap();
    for (const stream of streams.values()) stream.leap();
    for (const run of tailRuns(source, tailLength, survey)) {
      survey.take(run);
      follow(run, survey, streams);
    }
  }
  survey.finish();
  return { survey, streams, whole };
}

/** Hands the packets of streams that are not tables on. */
function follow(run: PacketRun, survey: TransportSurvey, streams: Map<number, StreamWalk>): void {
  if (run.format === undefined) return;
  const { stride, lead } = run.format;
  for (let cell = run.start; cell < run.end; cell += stride) {
    const at = cell + lead;
    const pid = pidOf(run.bytes, at);
    if (pid === nullPid || survey.tables.isTable(pid)) continue;
    let stream = streams.get(pid);
    if (stream === undefined) {
      if (!startsUnit(run.bytes, at)) continue;
      const codec = survey.programs.flatMap((program) => program.streams).find((each) => each.pid === pid)?.codec;
      stream = new StreamWalk(codec);
      streams.set(pid, stream);
    }
    stream.take(run, at, run.offset + cell - run.start);
    if (!stream.isPassedOver) continue;
    const count = plainPackets(pid, run.bytes, at + stride, run.end, stride);
    stream.passOver(count);
    cell += count * stride;
  }
}
