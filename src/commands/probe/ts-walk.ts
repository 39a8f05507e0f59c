/**
 * Walks a transport stream for what is said about it: all of a short one, head and tail of a long one. Beside what the
 * survey of the mpegts room gathers it keeps the first bytes of each elementary stream, the last audio frame, and the times.
 */
import type { ByteSource } from '../../io/file-source.ts';
import { Pace } from '../../io/pace.ts';
import type { Ratio } from '../../media/probed-recording.ts';
import { MediaClock, ticksBetween, ticksPerSecond } from '../../mpegts/clock.ts';
import { isScrambled, nullPid, packetLength, payloadOf, pidOf, plainPackets, startsUnit } from '../../mpegts/packet.ts';
import { packetRuns, type PacketRun } from '../../mpegts/packet-stream.ts';
import { PesReader, startsPes } from '../../mpegts/pes.ts';
import { ElapsedTime, type TimedOffset } from '../../mpegts/elapsed.ts';
import { headRuns, tailRuns, TransportSurvey, undescribedVideo } from '../../mpegts/survey.ts';
import type { Timeline } from '../../mpegts/timeline.ts';
import { roleOf, Timelines } from '../../mpegts/timelines.ts';
import { FrameRateEstimate } from '../../media/ffprobe/ffprobe.ts';
import type { InspectOptions } from './inspection.ts';
import { FrameRhythm } from './rhythm.ts';
import { hasAudioFrames, AudioFrames } from './audio-frames.ts';

/** Shorter files are read whole: that takes no longer than starting the program. */
const wholeUpTo = 32 * 1024 * 1024;
const headLength = 3 * 1024 * 1024;
const tailLength = 2 * 1024 * 1024;
/** The head goes on to the first parameter sets of the video, but no farther than this: some groups of pictures are long. */
const maxHead = 64 * 1024 * 1024;
const probedBytes = 5_000_000;
/** What is kept of the beginning of each elementary stream, and of its last PES packet. */
const keptHead = 256 * 1024;
const keptLast = 64 * 1024;
/** A transponder has some hundred streams; a damaged file shows packets of any PID. Others are counted by the survey alone. */
const maxStreams = 256;

const packetHeaderLength = 4;
const ticksPerMillisecond = ticksPerSecond / 1000;

/** The seconds of a tick of PTS and DTS. */
export const clockBase: Ratio = { numerator: 1, denominator: ticksPerSecond };

const firstGathered = 4096;

/** Bytes of one stretch, up to a limit. Nothing is made per packet. */
class Gathered {
  #bytes = new Uint8Array(0);
  #length = 0;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isFull(): boolean {
    return this.#length === this.#maxBytes;
  }

  /** A copy of `from` to `to` of a block. */
  add(block: Buffer, from: number, to: number): void {
    const end = Math.min(to, from + this.#maxBytes - this.#length);
    const needed = this.#length + end - from;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length, firstGathered));
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
  /** How often the clock changes. */
  jumps = 0;
  readonly #pid: number;
  readonly #timeline: Timeline;
  readonly #kind: string | undefined;
  /** First and latest presentation time in each epoch of the timeline. */
  readonly #spans: { readonly epoch: number; readonly first: number; latest: number }[] = [];
  readonly rhythm = new FrameRhythm();
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
  #lastPts = -1;
  #lastPlace = 0;
  #lastDts = -1;
  #lastKeyFrame = -1;
  #jumped = false;
  units = 0;
  /** Those that are not scrambled. */
  clearUnits = 0;
  bytes = 0;
  readonly #audio: AudioFrames | undefined;
  #audioFrames = 0;

  /** `codec` and `kind`: of a stream that is known, whose frames are to be counted if it is audio. */
  constructor(pid: number, timeline: Timeline, codec?: string, kind?: string) {
    this.#pid = pid;
    this.#timeline = timeline;
    this.#kind = kind;
    const name = codec === 'aac-latm' ? 'aac_latm' : codec;
    this.#audio = hasAudioFrames(name) ? new AudioFrames(name) : undefined;
  }

  /** Audio frames, where they were counted; of everything else PES packets, each of which is a picture as a rule. */
  framesOf(name: string | undefined): number | undefined {
    if (this.#audio !== undefined) return this.#audioFrames;
    return hasAudioFrames(name) ? undefined : this.units;
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
    if (this.pes.begun) this.#audio?.begin(this.pes.ptsTicks, offset);
    if (media >= end || !this.pes.isOpen) return;
    if (this.#audio !== undefined) this.#countAudio(this.#audio, bytes, media, end);
    this.bytes += end - media;
    if (!isVideo(this.pes.streamId) && !this.last.isFull) this.last.add(bytes, media, end);
    if (!this.head.isFull) this.head.add(bytes, media, end);
  }

  /** Whether packets in which nothing begins tell nothing for now, but that they are there. */
  get isPassedOver(): boolean {
    return (
      this.#audio === undefined &&
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

  #countAudio(audio: AudioFrames, bytes: Buffer, from: number, end: number): void {
    audio.feed(bytes, from, end);
    this.#audioFrames += audio.take().length;
  }

  #begin(offset: number): void {
    const { ptsTicks, dtsTicks } = this.pes;
    this.units++;
    this.lastBegun = offset;
    this.last.clear();
    if (ptsTicks < 0) return;
    this.#place(offset);
    if (this.firstPts < 0) this.firstPts = ptsTicks;
    else {
      const isWrap = ptsTicks < this.#lastPts && ticksBetween(this.#lastPts, ptsTicks) > 0;
      if (isWrap) this.wrapped ??= { offset, time: rounded(this.#lastPts) };
    }
    this.#lastPts = ptsTicks;
    this.#tick(dtsTicks);
    if (offset < probedBytes && this.#audio === undefined) this.frameRate.add(this.clock.ticks);
  }

  #place(offset: number): void {
    const { ptsTicks, dtsTicks, streamId, packetLength: size } = this.pes;
    const role = roleOf(this.#kind, streamId);
    const { epoch, ticks } = this.#timeline.take(this.#pid, dtsTicks, role, false, size);
    this.#lastPlace = ticks;
    const shown = ticks + ticksBetween(dtsTicks, ptsTicks);
    const span = this.#spans.at(-1);
    if (span?.epoch === epoch) {
      span.latest = Math.max(span.latest, shown);
      return;
    }
    // Behind what was left out comes another epoch by itself.
    if (span !== undefined && !this.#jumped) {
      this.jumps++;
      this.jumped ??= { offset, time: rounded(this.#lastDts) };
    }
    this.#spans.push({ epoch, first: shown, latest: shown });
  }

  /** Ticks from the first time of all to the first and the last presentation time; undefined before there are times. */
  extent(): { readonly first: number; readonly last: number } | undefined {
    const [begun] = this.#spans;
    if (begun === undefined) return undefined;
    let last = -Infinity;
    for (const { epoch, latest } of this.#spans) last = Math.max(last, this.#timeline.startOf(epoch) + latest);
    return { first: this.#timeline.startOf(begun.epoch) + begun.first, last };
  }

  /** First time of all on the stream's timeline, 33 bits. */
  get origin(): number {
    return this.#timeline.origin;
  }

  /** The decode time met last, 33 bits, -1 before the first; and where the packet is. */
  get lastTime(): TimedOffset {
    return { offset: this.lastBegun, raw: this.#lastDts };
  }

  /** Ticks of the timeline at the decode time met last. */
  get lastTicks(): number {
    return this.#timeline.ticksOf({ epoch: this.#spans.at(-1)?.epoch ?? 0, ticks: this.#lastPlace });
  }

  #tick(dtsTicks: number): void {
    const { ticks, jumps } = this.clock;
    this.clock.advance(dtsTicks, false);
    if (this.clock.jumps > jumps) {
      // A jump is no step of the rhythm.
    } else if (this.units > 1 && !this.#jumped) {
      this.rhythm.step(this.secondsNow * 1000, (this.clock.ticks - ticks) / ticksPerMillisecond);
    }
    this.#jumped = false;
    this.#lastDts = dtsTicks;
  }

  /** Decode time of the PES packet begun last, as the timestamps of the recording have it where they do not jump. */
  get secondsNow(): number {
    return (this.firstPts + this.clock.ticks) / ticksPerSecond;
  }

  /** The middle was left out: what comes next is no step of the rhythm. */
  jump(): void {
    this.pes.interrupt();
    this.#audio?.clear();
    this.#jumped = true;
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

/** What a walk over all of a stream, or over its head and tail, gave. */
export interface TsWalk {
  readonly survey: TransportSurvey;
  readonly streams: ReadonlyMap<number, StreamWalk>;
  readonly whole: boolean;
  /** Whether the durations are what was read, or what was found in windows and hangs together. */
  readonly isCertain: boolean;
  /** Where the clock changes in what was left out. */
  readonly jumps: readonly TimedOffset[];
}

/** Walks all of a short or deep source, otherwise head, some windows and tail. Throws `interrupted`. */
export async function walkTs(source: ByteSource, options: InspectOptions): Promise<TsWalk> {
  const whole = options.deep || source.size <= wholeUpTo;
  const streams = new Map<number, StreamWalk>();
  const timelines = new Timelines();
  const survey = new TransportSurvey({
    pictures: true,
    onePictureAPes: true,
    video: undescribedVideo(source),
    onPicture: (pid, { entry, dtsTicks }) => {
      // The pictures of a run are told before its packets are followed.
      const stream = streams.get(pid) ?? new StreamWalk(pid, timelines.of(pid), undefined, 'video');
      streams.set(pid, stream);
      stream.beginsWithEntry ??= entry !== undefined;
      if (entry !== undefined) stream.keyFrame(dtsTicks);
    },
    onTables: (programs) => timelines.follow(programs),
  });
  const pace = new Pace(options.signal);
  await pace.turn();
  const headEnd = Math.min(maxHead, source.size - tailLength);
  for (const run of whole ? packetRuns(source) : headRuns(source, headEnd)) {
    survey.take(run);
    follow(run, survey, streams, timelines);
    if (!whole && run.offset + run.end - run.start >= headLength && !lacksParameterSets(survey)) break;
    if (!pace.isDue) continue;
    options.progress?.(run.offset, source.size);
    await pace.turn();
  }
  let elapsed: Pick<TsWalk, 'isCertain' | 'jumps'> = { isCertain: true, jumps: [] };
  if (!whole) {
    elapsed = jump(source, survey, streams, timelines);
    survey.pids.jump();
    for (const stream of streams.values()) stream.jump();
    for (const run of tailRuns(source, tailLength, survey)) {
      survey.take(run);
      follow(run, survey, streams, timelines);
    }
  }
  survey.finish();
  return { survey, streams, whole, ...elapsed };
}

/** Whether a video stream whose pictures come has not said yet what they are. */
function lacksParameterSets(survey: TransportSurvey): boolean {
  return [...survey.pictures].some(([pid, { pictures }]) => pictures > 0 && survey.parameterSets(pid).length === 0);
}

/** Finds out how much time passes between head and tail, and tells the timelines. */
function jump(
  source: ByteSource,
  survey: TransportSurvey,
  streams: ReadonlyMap<number, StreamWalk>,
  timelines: Timelines,
): Pick<TsWalk, 'isCertain' | 'jumps'> {
  const jumps: TimedOffset[] = [];
  let isCertain = true;
  const { format } = survey;
  for (const timeline of timelines.all) {
    // The stream whose times come most often shows the clock best.
    const [lead] = [...streams]
      .filter(([pid, { firstPts }]) => firstPts >= 0 && timelines.of(pid) === timeline)
      .toSorted(([, one], [, other]) => other.units - one.units);
    if (lead === undefined || format === undefined) continue;
    const [pid, stream] = lead;
    const from = stream.lastTime;
    const to = firstTime(pid, tailRuns(source, tailLength, survey));
    if (to === undefined) continue;
    const between = new ElapsedTime(source, pid, format, from.offset).between(
      from,
      to,
      from.offset / Math.max(1, stream.clock.ticks),
    );
    timeline.jumpTo(stream.lastTicks + between.ticks, to.raw);
    jumps.push(...between.jumps);
    isCertain &&= between.isCertain;
  }
  return { isCertain, jumps };
}

/** The first decode time of a stream in packets. */
function firstTime(pid: number, runs: Iterable<PacketRun>): TimedOffset | undefined {
  const reader = new PesReader();
  for (const { bytes, start, end, offset, format } of runs) {
    if (format === undefined) continue;
    for (let cell = start; cell < end; cell += format.stride) {
      const at = cell + format.lead;
      if (pidOf(bytes, at) !== pid) continue;
      reader.take(bytes, payloadOf(bytes, at), at + packetLength, startsUnit(bytes, at));
      if (reader.begun && reader.dtsTicks >= 0) return { offset: offset + cell - start, raw: reader.dtsTicks };
    }
  }
  return undefined;
}

/** Hands the packets of streams that are not tables on. */
function follow(run: PacketRun, survey: TransportSurvey, streams: Map<number, StreamWalk>, timelines: Timelines): void {
  if (run.format === undefined) return;
  const { stride, lead } = run.format;
  for (let cell = run.start; cell < run.end; cell += stride) {
    const at = cell + lead;
    const pid = pidOf(run.bytes, at);
    if (pid === nullPid || survey.tables.isTable(pid)) continue;
    // The beginning of a PES packet tells its time, where it is not scrambled with the rest.
    const isHidden = isScrambled(run.bytes, at);
    if (isHidden && !startsPes(run.bytes, payloadOf(run.bytes, at), at + packetLength)) continue;
    let stream = streams.get(pid);
    if (stream === undefined) {
      if (!startsUnit(run.bytes, at)) continue;
      if (streams.size >= maxStreams) continue;
      const known = survey.streams.find((each) => each.pid === pid);
      stream = new StreamWalk(pid, timelines.of(pid), known?.codec, known?.kind);
      streams.set(pid, stream);
    }
    stream.take(run, at, run.offset + cell - run.start);
    if (!isHidden && stream.pes.begun) stream.clearUnits++;
    if (!stream.isPassedOver) continue;
    const count = plainPackets(pid, run.bytes, at + stride, run.end, stride);
    stream.passOver(count);
    cell += count * stride;
  }
}
