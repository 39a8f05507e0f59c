/**
 * Cuts the audio of a transport stream into its frames: a PES packet holds several, and a frame may go on in the next. Each
 * is given the time of the PES packet if it is the first to begin in it, and otherwise follows the one before.
 */
import { ticksPerSecond } from '../../mpegts/clock.ts';
import {
  audioFrameHeader,
  audioFrameSyntax,
  type AudioFrameHeader,
  type AudioFrameSyntax,
} from '../../codecs/audio-frame.ts';

/** Whether audio of this name (ffprobe's) comes in frames that tell where they end. */
export function hasAudioFrames(name: string | undefined): name is string {
  return audioFrameSyntax(name) !== undefined;
}

/** One audio frame; times in ticks of 90 kHz, size in bytes. */
export interface AudioFrame {
  /** Ticks of 33 bits, -1 where there is none. */
  readonly ptsTicks: number;
  readonly durationTicks: number;
  readonly size: number;
  /** Offset of the packet with which its PES packet begins. */
  readonly offset: number;
}

interface PesStart {
  /** In the bytes that are held. */
  at: number;
  readonly ptsTicks: number;
  readonly offset: number;
}

/** Bytes without a frame among them, of which no more are held: audio frames have some hundreds or thousands. */
const maxBytesHeld = 256 * 1024;

const noFrames: readonly AudioFrame[] = [];

/** From this on an ADTS frame is longer than any header. */
const surelyLonger = 16;

/**
 * The headers of ADTS frames (ISO/IEC 14496-3, 1.A.2.2): all of a stream say the same, but for their length. So only the
 * first of those that do is read bit by bit.
 */
class AdtsHeaders {
  #known: AudioFrameHeader | undefined;
  #second = 0;
  #third = 0;
  /** The bits of channels and copyright, and the number of raw data blocks. */
  #fourth = 0;
  #blocks = 0;

  /** The header of the frame at a place, of which seven bytes are there. */
  read(bytes: Uint8Array, at: number, end: number): AudioFrameHeader | undefined {
    const fourth = bytes[at + 3]!;
    const seventh = bytes[at + 6]!;
    const known = this.#known;
    const isAlike =
      bytes[at + 1] === this.#second &&
      bytes[at + 2] === this.#third &&
      fourth >> 2 === this.#fourth &&
      (seventh & 3) === this.#blocks;
    if (known !== undefined && isAlike) {
      const length = ((fourth & 3) << 11) | (bytes[at + 4]! << 3) | (bytes[at + 5]! >> 5);
      if (length >= surelyLonger) return { length, samples: known.samples, rate: known.rate };
    }
    const header = audioFrameHeader('aac', bytes.subarray(at, end));
    if (header === undefined) return undefined;
    this.#known = header;
    this.#second = bytes[at + 1]!;
    this.#third = bytes[at + 2]!;
    this.#fourth = fourth >> 2;
    this.#blocks = seventh & 3;
    return header;
  }
}

/** Cuts one stream of AAC (ADTS or LATM), MPEG audio, AC-3, E-AC-3 or DTS. */
export class AudioFrames {
  readonly #name: string;
  readonly #syntax: AudioFrameSyntax;
  readonly #adts: AdtsHeaders | undefined;
  #bytes = new Uint8Array(16 * 1024);
  #length = 0;
  #starts: PesStart[] = [];
  #current: PesStart | undefined;
  #ptsTicks = -1;
  /** Said last: LATM says it now and then only. */
  #rate = 0;
  /** Bytes of the frame that is begun. */
  #wanted = 0;

  constructor(name: string) {
    this.#name = name;
    this.#syntax = audioFrameSyntax(name)!;
    this.#adts = name === 'aac' ? new AdtsHeaders() : undefined;
  }

  /** A PES packet begins with the bytes that come next. */
  begin(ptsTicks: number, offset: number): void {
    this.#starts.push({ at: this.#length, ptsTicks, offset });
  }

  feed(bytes: Uint8Array, from: number, to: number): void {
    if (this.#length > maxBytesHeld) this.clear();
    if (this.#length + to - from > this.#bytes.length) {
      const grown = new Uint8Array(2 * (this.#length + to - from));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes.subarray(from, to), this.#length);
    this.#length += to - from;
  }

  /** Packets are missing: what is held has no end. */
  clear(): void {
    this.#length = 0;
    this.#wanted = 0;
    this.#starts = [];
    this.#current = undefined;
    this.#ptsTicks = -1;
  }

  /** The frames that are here whole, and are not held any longer. */
  take(): readonly AudioFrame[] {
    if (this.#length < this.#wanted) return noFrames;
    const frames: AudioFrame[] = [];
    let at = 0;
    this.#wanted = this.#syntax.headerLength;
    while (at + this.#syntax.headerLength <= this.#length) {
      if (this.#bytes[at] !== this.#syntax.first) {
        at++;
        continue;
      }
      const frame =
        this.#adts === undefined
          ? audioFrameHeader(this.#name, this.#bytes.subarray(at, this.#length))
          : this.#adts.read(this.#bytes, at, this.#length);
      if (frame !== undefined && frame.rate > 0) this.#rate = frame.rate;
      if (frame === undefined || frame.length <= 0 || this.#rate <= 0) {
        at++;
        continue;
      }
      this.#wanted = frame.length;
      if (at + frame.length > this.#length) break;
      frames.push(this.#frame(at, frame));
      at += frame.length;
      this.#wanted = this.#syntax.headerLength;
    }
    this.#forget(at);
    return frames;
  }

  #frame(at: number, { length, samples, rate }: AudioFrameHeader): AudioFrame {
    this.#place(at);
    const ticks = (samples * ticksPerSecond) / (rate > 0 ? rate : this.#rate);
    const ptsTicks = this.#ptsTicks;
    if (ptsTicks >= 0) this.#ptsTicks = following(ptsTicks, ticks);
    return { ptsTicks, durationTicks: Math.round(ticks), size: length, offset: this.#current?.offset ?? -1 };
  }

  /** A frame begins here: the PES packet it begins in tells its time, if no other frame began in it before. */
  #place(at: number): void {
    while (this.#starts.length > 0 && this.#starts[0]!.at <= at) {
      this.#current = this.#starts.shift()!;
      if (this.#current.ptsTicks >= 0) this.#ptsTicks = this.#current.ptsTicks;
    }
  }

  #forget(count: number): void {
    if (count === 0) return;
    this.#bytes.copyWithin(0, count, this.#length);
    this.#length -= count;
    for (const start of this.#starts) start.at -= count;
  }
}

/** The time one frame later, on the grid of whole frames: rounding does not add up. */
function following(ptsTicks: number, frameTicks: number): number {
  if (Number.isInteger(frameTicks)) return ptsTicks + frameTicks;
  const frame = Math.round(ptsTicks / frameTicks);
  return ptsTicks + Math.round((frame + 1) * frameTicks) - Math.round(frame * frameTicks);
}
