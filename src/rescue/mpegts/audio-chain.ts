/**
 * Finds where frames of audio begin in bytes of which some are missing, and follows them from there. A frame is believed for
 * what it has in common with those before it and with those that follow it. It knows neither packets nor times of a stream.
 */
import { audioFrameHeader, type AudioFrameSyntax } from '../../codecs/audio-frame.ts';
import { ticksPerSecond } from '../../mpegts/clock.ts';

/** A frame: bytes, and how long it lasts in ticks of 90 kHz, not rounded; 0 where that is not known. */
export interface ChainedFrame {
  readonly length: number;
  readonly ticks: number;
  /** Bits of proof beside the constant bits. */
  readonly bits: number;
}

/** So many bits that are as expected are no accident. */
const minBits = 20;
/** So many are enough, even where what follows is no frame: extensions of DTS, bytes that are wrong. */
const surelyBits = 32;
/** Bits of proof in a frame that ends just where its PES packet does. */
const bitsOfEnd = 10;
/** Bits of proof in a frame that says its length twice. */
const bitsOfSecondLength = 10;
const maxChain = 4;

/** The frames of one stream. */
export class AudioChain {
  readonly #name: string;
  readonly #syntax: AudioFrameSyntax;
  readonly #bits: number;
  readonly #usualBits: number;
  /** The usual bits of the last frame. */
  #usual: readonly number[] = [];
  /** What the first four bytes of a frame of this stream have in common; undefined before the first. */
  #constant: number | undefined;
  /** Hertz; LATM does not say them in every frame. */
  #rate = 0;

  /** `name`: ffprobe's name of a codec with this syntax. */
  constructor(name: string, syntax: AudioFrameSyntax) {
    this.#name = name;
    this.#syntax = syntax;
    this.#bits = onesIn(syntax.constant);
    this.#usualBits = onesIn(syntax.usual[0]) + onesIn(syntax.usual[1]);
  }

  /** The frame that begins at `at`; `unfinished` where too few bytes are there before `end`, undefined where none begins. */
  frameAt(bytes: Uint8Array, at: number, end: number): ChainedFrame | 'unfinished' | undefined {
    const frame = this.#read(bytes, at, end, undefined);
    if (frame === undefined || frame === 'unfinished') return frame;
    this.#constant = this.#constantAt(bytes, at);
    if (this.#usualBits > 0) this.#usual = this.#usualAt(bytes, at);
    return frame;
  }

  /**
   * Whether frames go on over a place from which on nothing is known to follow: the frame that begins at `at`, before it, ends
   * where another one begins.
   */
  goesOn(bytes: Uint8Array, at: number, place: number, end: number): boolean {
    const frame = this.#read(bytes, at, end, undefined);
    if (at === place || frame === undefined || frame === 'unfinished' || at + frame.length <= place) return false;
    const next = at + frame.length;
    return (
      next === end || (next < end && typeof this.#read(bytes, next, end, this.#constantAt(bytes, at)) === 'object')
    );
  }

  /** Where the first frame begins from a place on, -1 for none. `isEnd`: a PES packet ends at `end`, and nothing is missing there. */
  find(bytes: Uint8Array, from: number, end: number, isEnd: boolean): number {
    for (let at = from; at < end; at++) {
      if (bytes[at] === this.#syntax.first && this.#isChain(bytes, at, end, isEnd)) return at;
    }
    return -1;
  }

  #isChain(bytes: Uint8Array, first: number, end: number, isEnd: boolean): boolean {
    const constant = this.#constant ?? this.#constantAt(bytes, first);
    let bits = 0;
    let at = first;
    for (let count = 0; count < maxChain && at < end; count++) {
      const frame = this.#read(bytes, at, end, constant);
      if (frame === undefined) return bits >= surelyBits;
      if (frame === 'unfinished') return bits >= minBits;
      bits += this.#bits + frame.bits + this.#likeness(bytes, at);
      at += frame.length;
    }
    return bits + (at === end && isEnd ? bitsOfEnd : 0) >= minBits;
  }

  #read(
    bytes: Uint8Array,
    at: number,
    end: number,
    constant: number | undefined,
  ): ChainedFrame | 'unfinished' | undefined {
    const { first, headerLength } = this.#syntax;
    if (at < end && bytes[at] !== first) return undefined;
    if (at + headerLength > end) return 'unfinished';
    if (constant !== undefined && this.#constantAt(bytes, at) !== constant) return undefined;
    const header = audioFrameHeader(this.#name, bytes.subarray(at, end));
    if (header === undefined || header.length <= 0) return undefined;
    if (header.rate > 0) this.#rate = header.rate;
    const ticks = this.#rate > 0 ? (header.samples * ticksPerSecond) / this.#rate : 0;
    return { length: header.length, ticks, bits: header.isFilled === true ? bitsOfSecondLength : 0 };
  }

  /** Bits of proof in a frame that is like the last one. */
  #likeness(bytes: Uint8Array, at: number): number {
    const [first, second] = this.#usual;
    if (first === undefined) return 0;
    const [ownFirst, ownSecond] = this.#usualAt(bytes, at);
    return first === ownFirst && second === ownSecond ? this.#usualBits : 0;
  }

  #usualAt(bytes: Uint8Array, at: number): readonly number[] {
    return this.#syntax.usual.map((mask, index) => wordAt(bytes, at + 4 * index) & mask);
  }

  #constantAt(bytes: Uint8Array, at: number): number {
    return wordAt(bytes, at) & this.#syntax.constant;
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

function onesIn(word: number): number {
  let ones = 0;
  for (let rest = word >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) ones++;
  return ones;
}
