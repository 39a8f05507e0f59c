/**
 * What stays of audio of which packets are missing: every frame that is whole. A PES packet with a gap is cut behind its last
 * whole frame and says its new length; the frames behind the gap get a PES header of their own, made here, as bytes that
 * follow a gap have no time otherwise. It is given the packets of one PID and what is known of their PES packets when these
 * are over, and keeps the bytes of the frame in progress. PES packets of which nothing is missing stay as they are, but for
 * the beginning of a frame whose rest is missing in the next.
 */
import { audioFrameSyntax } from '../../codecs/audio-frame.ts';
import { packetLength } from '../../mpegts/packet.ts';
import { ticksBetween } from '../../mpegts/clock.ts';
import { AudioChain } from './audio-chain.ts';
import { AudioEdits, mediaEndOf, type OpenPes, type AudioPiece } from './audio-edits.ts';
import { AudioLosses, type AudioLoss, type AudioTime } from './audio-losses.ts';
import type { AudioPatch, DroppedRanges, StreamPlan } from './plan.ts';

const wrap = 2 ** 33;
/** Bytes of payload that a packet has at most, and as a rule. */
const fullPayload = packetLength - 4;
/** Audio in which no frame was found for so long has none that could be followed. */
const maxBytesWithoutFrame = 64 * 1024;
/** A time that is farther from what was expected is of another clock. */
const maxGapTicks = 10 * 90_000;
/** `PES_packet_length` counts behind itself. */
const uncountedHeader = 6;

/** What is known of a PES packet that is over. */
export interface AudioUnit {
  /** Its beginning is missing. */
  readonly isHeadless: boolean;
  /** Packets before it are missing, and those of the PES packet before may be all there. */
  readonly isAfterGap: boolean;
  /** Something in it is missing or faulty. */
  readonly isTorn: boolean;
  /** Its end is missing, or what follows it is. */
  readonly isEndTorn: boolean;
  /** `PES_packet_length`, 0 where it is not given. */
  readonly packetLength: number;
}

/** The stream id of MPEG audio, where no PES packet has given one yet. */
const usualStreamId = 0xc0;
/** More of one PES packet is not held: those that say their length are shorter. */
const maxHeld = 1024 * 1024;

/** Follows the audio of one PID. */
export class TrimmedAudio {
  readonly #chain: AudioChain;
  readonly #plan: StreamPlan;
  readonly #edits: AudioEdits;
  readonly #losses: AudioLosses;
  #bytes = new Uint8Array(16 * 1024);
  #length = 0;
  /** Those with bytes of the frame in progress, then those of the PES packet in progress. */
  #pieces: AudioPiece[] = [];
  #unitFrom = 0;
  /** Where the frame in progress begins in the bytes held; -1: nobody knows. */
  #boundary = -1;
  /** Presentation time of the frame in progress, -1 where it is not known. */
  #clock = -1;
  /** Of the PES packet in progress, -1 where it says none. */
  #ptsTicks = -1;
  /** The time met last. */
  #time: AudioTime = { ptsTicks: -1, ticks: 0, line: 0, epoch: 0, streamId: usualStreamId };
  /** The PES packets that become of the one in progress. */
  #made: OpenPes[] = [];
  /** The header made last whose time the next PES packet will tell, and how long the frames behind it last. */
  #untimed: AudioPatch | undefined;
  #untimedTicks = 0;
  #frameTicks = 0;
  #frames = 0;
  #frameBytes = 0;
  /** The end of a frame that comes first is all there is of it. */
  #isBehindLoss = false;
  /** Bytes of audio that are not there between the last frame and the next. */
  #gapBytes = 0;

  /** `name`: ffprobe's, of a codec whose frames tell their length. Changes what `plan` counts; `tell` receives losses. */
  constructor(name: string, plan: StreamPlan, dropped: DroppedRanges, stride: number, tell: (loss: AudioLoss) => void) {
    this.#chain = new AudioChain(name, audioFrameSyntax(name)!);
    this.#plan = plan;
    this.#losses = new AudioLosses(tell);
    this.#edits = new AudioEdits(plan, dropped, stride, (place, bytes) => this.#note(place, bytes, 0));
  }

  /** By the offset of its cell, packets that change. */
  get patches(): ReadonlyMap<number, AudioPatch> {
    return this.#edits.patches;
  }

  /** A packet of the PES packet in progress: its payload from `from`, its media from `media` to `end`. */
  add(
    place: number,
    bytes: Uint8Array,
    from: number,
    media: number,
    end: number,
    missing: number,
    isFaulty: boolean,
  ): void {
    const length = end - media;
    if (this.isTooLong) return;
    if (this.#length + length > this.#bytes.length) {
      const grown = new Uint8Array(2 * (this.#length + length));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes.subarray(media, end), this.#length);
    const header = media - from;
    this.#pieces.push({ place, at: this.#length, length, header, missing, isFaulty, skip: 0, pes: undefined });
    this.#length += length;
  }

  /** Whether the PES packet in progress is longer than what can be followed. */
  get isTooLong(): boolean {
    return this.#length > maxHeld;
  }

  /** The PES packet in progress says its time. */
  timed(time: AudioTime): void {
    this.#time = time;
    this.#ptsTicks = time.ptsTicks;
    const made = this.#untimed?.made;
    let resumed = time.ptsTicks;
    if (made !== undefined) {
      const begun = this.#boundary >= 0 && this.#boundary < this.#unitStart ? this.#frameTicks : 0;
      resumed = (time.ptsTicks - Math.round(this.#untimedTicks + begun) + wrap) % wrap;
      // Nothing is missing between the header and this: behind a change of the clock both are.
      const isChanged = made.line !== time.line || made.epoch !== time.epoch;
      if (made.ptsTicks < 0 || isChanged || Math.abs(ticksBetween(made.ptsTicks, resumed)) < maxGapTicks) {
        made.ptsTicks = resumed;
        made.line = time.line;
        made.epoch = time.epoch;
        made.streamId = time.streamId;
      }
      this.#untimed = undefined;
    }
    this.#losses.end(resumed);
  }

  /** The counters of packets from a place on are wrong, and nothing is missing there. */
  takeBack(place: number): void {
    for (const piece of this.#pieces) if (piece.place >= place) piece.missing = 0;
  }

  /** The PES packet in progress goes, or stays, for reasons of its own. */
  pass(): void {
    this.#forget(-1);
    this.#isBehindLoss = false;
    this.#ptsTicks = -1;
  }

  /** The stream has ended. */
  finish(): void {
    this.#losses.end(-1);
  }

  /** The PES packet in progress is over. */
  close(unit: AudioUnit): void {
    const pieces = this.#pieces;
    const first = this.#unitFrom;
    this.#untimed = undefined;
    this.#made = [];
    if (unit.isAfterGap && !this.#goesOn(first)) this.#cut(first);
    for (let index = first; index < pieces.length;) {
      const piece = pieces[index]!;
      let to = index + 1;
      if (piece.isFaulty) {
        this.#cut(index);
        this.#edits.drop([piece]);
      } else {
        while (to < pieces.length && pieces[to]!.missing === 0 && !pieces[to]!.isFaulty) to++;
        const endsHere = to === pieces.length && !unit.isEndTorn;
        const hasHeader = index === first && !unit.isHeadless;
        if (!hasHeader) this.#cut(index);
        if (hasHeader) this.#follow(unit, index, to, endsHere);
        else this.#resume(index, to, endsHere);
      }
      index = to;
    }
    if (unit.isEndTorn) this.#cut(pieces.length);
    if (!unit.isHeadless && this.#made.every(({ media }) => media === 0)) this.#loseUnit();
    this.#forget(this.#boundary);
    this.#ptsTicks = -1;
  }

  /** The packets with the header, and those that follow on. */
  #follow(unit: AudioUnit, from: number, to: number, isEnd: boolean): void {
    const pieces = this.#pieces.slice(from, to);
    const { at } = pieces[0]!;
    const end = mediaEndOf(pieces);
    const header = pieces.reduce((sum, piece) => sum + piece.header, 0);
    const hasLength = unit.packetLength > 0;
    const pes = this.#open(pieces, {
      countedHeader: header - uncountedHeader,
      media: end - at,
      hasLength,
      isMade: false,
    });
    if (unit.isTorn) this.#edits.patchLength(pes);
    if (this.#boundary < 0) {
      this.#boundary = this.#chain.find(this.#bytes, at, end, isEnd);
      if (this.#isBehindLoss && this.#boundary > at) this.#trimBeginning(pes, pieces);
      this.#clock = -1;
    }
    this.#isBehindLoss = false;
    this.#walk(at, end, isEnd);
    if (this.#boundary >= 0 || !unit.isTorn) return;
    // Nothing shows which of it would be whole.
    this.#edits.drop(pieces);
    pes.media = 0;
    this.#plan.units--;
  }

  /** What a PES packet begins with is the end of a frame whose beginning is missing: its header stays. */
  #trimBeginning(pes: OpenPes, pieces: readonly AudioPiece[]): void {
    const boundary = this.#boundary;
    pes.media -= boundary - pieces[0]!.at;
    this.#edits.patchLength(pes);
    this.#edits.drop(pieces.filter(({ at, length, header }) => at + length <= boundary && header === 0));
    for (const piece of pieces) {
      const skip = Math.min(boundary - piece.at, piece.length);
      if (piece.pes !== undefined && skip > 0) this.#edits.skip(piece, skip);
    }
  }

  /** Whether frames go on into the PES packet in progress, although its counters do not follow. */
  #goesOn(first: number): boolean {
    const from = this.#unitStart;
    if (this.#boundary < 0) return false;
    if (this.#boundary === from) return this.#chain.frameAt(this.#bytes, from, this.#length) !== undefined;
    const gap = this.#pieces.findIndex(({ missing, isFaulty }, index) => index > first && (missing > 0 || isFaulty));
    const end = mediaEndOf(gap < 0 ? this.#pieces : this.#pieces.slice(0, gap));
    return this.#chain.goesOn(this.#bytes, this.#boundary, from, end);
  }

  /** Packets behind a gap. */
  #resume(from: number, to: number, isEnd: boolean): void {
    const pieces = this.#pieces.slice(from, to);
    const { at, missing } = pieces[0]!;
    const end = mediaEndOf(pieces);
    const found = this.#chain.find(this.#bytes, at, end, isEnd);
    this.#gapBytes += missing * fullPayload + (found < 0 ? end : found) - at;
    this.#edits.drop(found < 0 ? pieces : pieces.filter((piece) => piece.at + piece.length <= found));
    if (found < 0) return;
    const kept = pieces.filter((piece) => piece.at + piece.length > found);
    const beginning = kept[0]!;
    this.#note(beginning.place, 0, missing * packetLength);
    this.#edits.skip(beginning, found - beginning.at);
    const pes = this.#open(kept, { countedHeader: 0, media: end - found, hasLength: true, isMade: true });
    const { line, epoch, streamId } = this.#time;
    const patch = this.#edits.patchLength(pes)!;
    patch.made = { ptsTicks: this.#expected(), streamId, line, epoch };
    this.#untimed = patch;
    this.#untimedTicks = 0;
    this.#boundary = found;
    this.#isBehindLoss = false;
    this.#clock = patch.made.ptsTicks;
    this.#walk(Infinity, end, isEnd);
  }

  /** A PES packet of the result. */
  #open(pieces: readonly AudioPiece[], pes: Omit<OpenPes, 'beginning'>): OpenPes {
    const open = { ...pes, beginning: pieces[0]! };
    for (const piece of pieces) piece.pes = open;
    this.#made.push(open);
    this.#plan.units++;
    return open;
  }

  /** When the next frame is, by the bytes that are missing before it. */
  #expected(): number {
    if (this.#clock < 0 || this.#frames === 0) return -1;
    const missing = Math.round((this.#gapBytes * this.#frames) / this.#frameBytes);
    return Math.round(this.#clock + missing * this.#frameTicks) % wrap;
  }

  /** Goes from frame to frame; the time of the PES packet is that of the first that begins at `timedFrom` or behind it. */
  #walk(timedFrom: number, end: number, isEnd: boolean): void {
    let isTimed = false;
    while (this.#boundary >= 0) {
      if (this.#boundary >= timedFrom && !isTimed) {
        isTimed = true;
        if (this.#ptsTicks >= 0) this.#clock = this.#ptsTicks;
      }
      const frame = this.#chain.frameAt(this.#bytes, this.#boundary, end);
      if (frame === 'unfinished') return;
      if (frame === undefined) {
        const next = this.#chain.find(this.#bytes, this.#boundary + 1, end, isEnd);
        if (next < 0 && end - this.#boundary < maxBytesWithoutFrame) return;
        this.#boundary = next;
        this.#clock = -1;
        continue;
      }
      this.#frameTicks = frame.ticks > 0 ? frame.ticks : this.#frameTicks;
      if (this.#boundary + frame.length > end) return;
      this.#boundary += frame.length;
      this.#frames++;
      this.#frameBytes += frame.length;
      this.#untimedTicks += frame.ticks;
      this.#gapBytes = 0;
      if (this.#clock >= 0) this.#clock = (this.#clock + frame.ticks) % wrap;
    }
  }

  /** What is behind the last whole frame goes, of the packets before `to`. */
  #cut(to: number): void {
    this.#untimed = undefined;
    this.#isBehindLoss = true;
    if (this.#boundary < 0 || to === 0) return;
    const pieces = this.#pieces.slice(0, to);
    const end = mediaEndOf(pieces);
    // Bytes that show no frame may be anything: they stay where nothing of their PES packet is missing.
    const isFrame = this.#chain.frameAt(this.#bytes, this.#boundary, end) !== undefined;
    const boundary = isFrame ? this.#boundary : Math.max(this.#boundary, this.#unitStart);
    this.#gapBytes = end - boundary;
    const cut = new Set<OpenPes>();
    for (const piece of pieces) {
      const { pes, at, skip, length } = piece;
      if (pes === undefined || at + length <= boundary) continue;
      cut.add(pes);
      pes.media -= at + length - Math.max(boundary, at + skip);
      if (at + skip < boundary) this.#edits.shorten(piece, boundary - at - skip);
    }
    this.#edits.drop(
      pieces.filter(({ pes, at, skip, length }) => {
        if (pes === undefined || !cut.has(pes)) return false;
        return pes.media === 0 || (at + length > boundary && at + skip >= boundary);
      }),
    );
    for (const pes of cut) {
      if (pes.media > 0) {
        this.#edits.patchLength(pes);
        continue;
      }
      this.#plan.units--;
      if (!pes.isMade && !this.#made.includes(pes)) this.#loseUnit();
    }
    this.#boundary = -1;
  }

  /** Nothing of a PES packet stays. */
  #loseUnit(): void {
    this.#plan.lostUnits++;
    this.#losses.countUnit();
  }

  /** Bytes of packets that go, or of such as never came. */
  #note(place: number, bytes: number, missingBytes: number): void {
    this.#losses.note(place, bytes, missingBytes, this.#time, this.#clock, this.#frameTicks);
  }

  /** Where the media of the PES packet in progress begins in the bytes held. */
  get #unitStart(): number {
    return this.#pieces[this.#unitFrom]?.at ?? this.#length;
  }

  /** Of what is held, that which the frame in progress begins in or behind is kept; `boundary`: where, -1 for none. */
  #forget(boundary: number): void {
    const kept = boundary < 0 ? [] : this.#pieces.filter((piece) => piece.at + piece.length > boundary);
    const from = kept[0]?.at ?? (boundary < 0 ? this.#length : boundary);
    this.#bytes.copyWithin(0, from, this.#length);
    this.#length -= from;
    for (const piece of kept) piece.at -= from;
    this.#boundary = boundary < 0 ? -1 : boundary - from;
    this.#pieces = kept;
    this.#unitFrom = kept.length;
  }
}
