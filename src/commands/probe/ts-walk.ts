/**
 * Walks a transport stream for what is said about it: all of a short one, head and tail of a long one. Beside what the
 * survey of the mpegts room gathers it keeps the first bytes of each elementary stream, the last sound, and the times.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { ByteSource } from '../../io/file-source.ts';
import { throwIfInterrupted } from '../../media/errors.ts';
import type { Ratio } from '../../media/probed-recording.ts';
import { MediaClock, ticksBetween, ticksPerSecond } from '../../mpegts/clock.ts';
import { nullPid, packetLength, payloadOf, pidOf, startsUnit } from '../../mpegts/packet.ts';
import { packetRuns, type PacketRun } from '../../mpegts/packet-stream.ts';
import { PesReader } from '../../mpegts/pes.ts';
import { TransportSurvey } from '../../mpegts/survey.ts';
import { FrameRateEstimate } from './frame-rate.ts';
import type { InspectOptions } from './inspection.ts';

/** Shorter files are read whole: that takes no longer than starting the program. */
const wholeUpTo = 32 * 1024 * 1024;
const headLength = 3 * 1024 * 1024;
const tailLength = 2 * 1024 * 1024;
const probedBytes = 5_000_000;
/** What is kept of the beginning of each elementary stream, and of its last PES packet. */
const keptHead = 256 * 1024;
const keptLast = 64 * 1024;
const turnEvery = 8 * 1024 * 1024;

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
  #now = 0;
  #lastPts = -1;
  units = 0;
  bytes = 0;
  wrapped = false;

  take(run: PacketRun, at: number, offset: number): void {
    const { bytes } = run;
    const from = payloadOf(bytes, at);
    const end = at + packetLength;
    if (from >= end) return;
    const begins = startsUnit(bytes, at);
    const media = this.pes.take(bytes, from, end, begins);
    if (this.pes.begun) this.#begin(offset);
    if (media >= end || !this.pes.isOpen) return;
    this.bytes += end - media;
    if (!isVideo(this.pes.streamId) && !this.last.isFull) this.last.add(bytes, media, end);
    if (!this.head.isFull) this.head.add(bytes, media, end);
  }

  #begin(offset: number): void {
    const { ptsTicks, dtsTicks } = this.pes;
    this.units++;
    this.last.clear();
    if (ptsTicks < 0) return;
    if (this.firstPts < 0) this.firstPts = ptsTicks;
    else {
      this.#now += ticksBetween(this.#lastPts, ptsTicks);
      if (ptsTicks < this.#lastPts && ticksBetween(this.#lastPts, ptsTicks) > 0) this.wrapped = true;
    }
    this.#lastPts = ptsTicks;
    this.latest = Math.max(this.latest, this.#now);
    this.clock.advance(dtsTicks, false);
    if (offset < probedBytes) this.frameRate.add(this.clock.ticks);
  }
}

export interface TsWalk {
  readonly survey: TransportSurvey;
  readonly streams: ReadonlyMap<number, StreamWalk>;
  readonly whole: boolean;
}

export async function walkTs(source: ByteSource, options: InspectOptions): Promise<TsWalk> {
  const whole = options.deep || source.size <= wholeUpTo;
  const survey = new TransportSurvey({ pictures: false });
  const streams = new Map<number, StreamWalk>();
  let firstPacket = -1;
  let turned = 0;
  for (const run of packetRuns(source, 0, whole ? source.size : headLength)) {
    if (run.format !== undefined && firstPacket < 0) firstPacket = run.offset;
    survey.take(run);
    follow(run, survey, streams);
    if (run.offset - turned < turnEvery) continue;
    turned = run.offset;
    options.progress?.(run.offset, source.size);
    await turn();
    throwIfInterrupted(options.signal);
  }
  if (!whole) {
    survey.pids.leap();
    for (const { pes } of streams.values()) pes.interrupt();
    const stride = survey.format?.stride ?? packetLength;
    const from = source.size - tailLength - Math.max(0, firstPacket);
    for (const run of packetRuns(source, Math.floor(from / stride) * stride + Math.max(0, firstPacket))) {
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
      stream = new StreamWalk();
      streams.set(pid, stream);
    }
    stream.take(run, at, run.offset + cell - run.start);
  }
}
