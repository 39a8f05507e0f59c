/**
 * Finds the end of AAC access units: raw_data_block() (ISO/IEC 14496-3, Table 4.3), parsed from its first bit to the END
 * element and decoded no further than that takes. For media whose index is lost: an access unit carries neither its
 * length nor a mark at its start, but its syntax closes at one place only. What a publisher may have put behind that place
 * (some fill up with zeros, to samples of one size) is not part of it. Files and containers are not known here.
 */
import { BitCursor, LOOK_AHEAD_BYTES, NEEDS_MORE_BYTES } from './bit-cursor.ts';
import { skipChannelPair, skipCouplingChannel, skipSingleChannel } from './channel-elements.ts';
import { channelOrder, orderOfElements, type ChannelOrder } from './channel-order.ts';
import { SyntaxElement } from './first-element.ts';
import { frameSyntax, type FrameSyntax, type FrameSyntaxOptions } from './frame-syntax.ts';
import { IndividualChannelStream } from './individual-channel-stream.ts';
import { byteAlign, isReplication, skipDataStream, skipFill, skipProgramConfig } from './other-elements.ts';

/** The bytes are the beginning of an access unit as far as they go, but its end is not among them. */
export const NEEDS_MORE = -1;
/** No access unit begins here. */
export const IMPOSSIBLE = -2;

/**
 * More than any access unit is long. A decoder's input buffer is 6144 bits, 768 bytes, a channel (4.5.3.1), and no
 * access unit should overflow it; but ffmpeg's encoder does by some bytes at its highest rates.
 */
const MAX_BYTES_PER_CHANNEL = 1024;
const ELEMENT_KINDS = 8;

/**
 * Fill and data stream elements of an access unit are fewer than this and one more for each of these bytes that it may
 * have: a fill element takes up to 269, and encoders fill up with the largest. An empty one takes seven bits, and without
 * a bound crafted bytes could make every place cost as much as the longest access unit.
 */
const FEW_ELEMENTS = 12;
const BYTES_PER_ELEMENT = 256;

/**
 * Parses one access unit after the other. What it saw of one is there until the next call, and is of no meaning where no
 * access unit was found. Nothing is allocated for a call, but where the end of the memory that `bytes` lie in is near.
 */
export class AccessUnitParser {
  readonly syntax: FrameSyntax;
  /** Why the last call gave a negative number. */
  fault: string | undefined;
  /** Channels coded, LFE included. Twice as many come out of one channel with parametric stereo. */
  channels = 0;
  /** Channel elements in order, a hexadecimal digit each behind a first 1: 0x10 is mono, 0x11 stereo, 0x10113 is 5.1. */
  elements = 1;
  /** Whether spectral band replication follows the audio (HE-AAC). */
  hasSpectralBandReplication = false;
  /** Where the fill element with it begins behind its id, and where it ends, in bits of the access unit; of several, of the first. */
  replicationStart = -1;
  replicationEnd = -1;
  /** `elements` that came before it. */
  replicatedElements = 1;
  /** Most scale factor bands coded in a long window, and in short ones; -1 where there were none. */
  maxSfbLong = -1;
  maxSfbShort = -1;
  /** `window_sequence` of the first channel. */
  windowSequence = 0;
  /** Bits of the elements that carry audio: what was parsed, not passed over by a count. */
  audioBits = 0;
  /** Whether a data stream element comes first. */
  beginsWithData = false;

  /**
   * Bands of all channels that have a scale factor or the like. 0 is silence: a frame so short that it proves little, and
   * that any row of zeros may hold one.
   */
  codedBands = 0;

  readonly #order: ChannelOrder;
  /** By the first byte of an access unit: 1 where one may begin with it. */
  readonly #firstBytes: Uint8Array;
  readonly #maxBytes: number;
  /** Fill and data stream elements that there may still be. */
  #otherElementsLeft = 0;
  readonly #cursor = new BitCursor();
  readonly #stream = new IndividualChannelStream();
  /** By kind of element: instance tags seen, a bit each, and how many. */
  readonly #tags = new Uint16Array(ELEMENT_KINDS);
  readonly #counts = new Uint8Array(ELEMENT_KINDS);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #tail: DataView = new DataView(new ArrayBuffer(0));

  constructor(options: FrameSyntaxOptions) {
    this.syntax = frameSyntax(options);
    this.#order =
      options.elements === undefined
        ? channelOrder(options.channelConfiguration, this.syntax.asEncodersWrite)
        : orderOfElements(options.elements);
    this.#firstBytes = Uint8Array.from({ length: 256 }, (_, byte) =>
      Number(this.#mayBegin(byte >>> 5, (byte >>> 1) & 15)),
    );
    this.#maxBytes = this.#order.maxChannels * MAX_BYTES_PER_CHANNEL;
  }

  /** Whether an access unit may begin with this element: what turns most places away at once. */
  #mayBegin(element: number, tag: number): boolean {
    const { singleChannel, channelPair, lowFrequencyEffects, couplingChannel, programConfig, end } = SyntaxElement;
    const isStrict = this.syntax.asEncodersWrite;
    if (element === end) return false;
    if (element === couplingChannel) return !isStrict;
    if (element === programConfig) return !isStrict || !this.#order.tagsCount;
    if (element !== singleChannel && element !== channelPair && element !== lowFrequencyEffects) return true;
    return this.#order.mayBegin(0x10 + element) && (tag === 0 || !isStrict || !this.#order.tagsCount);
  }

  /** Whether an access unit may begin with this byte. */
  mayBeginWith(byte: number): boolean {
    return this.#firstBytes[byte] === 1;
  }

  /**
   * The offset behind the access unit that begins at `offset` and ends at `end` or before; `NEEDS_MORE` or `IMPOSSIBLE`
   * where there is none.
   */
  parse(bytes: Uint8Array, offset: number, end: number = bytes.length): number {
    if (this.#view.buffer !== bytes.buffer) this.#view = new DataView(bytes.buffer);
    const base = bytes.byteOffset + offset;
    const present = Math.max(0, Math.min(end, bytes.length) - offset);
    const wanted = Math.min(present, this.#maxBytes);
    if (present > 0 && this.#firstBytes[bytes[offset]!] === 0) {
      this.fault = 'no access unit begins with such an element';
      return IMPOSSIBLE;
    }
    const readable = this.#view.byteLength - LOOK_AHEAD_BYTES - base;
    this.#parseBlock(this.#view, base, Math.min(wanted, readable));
    if (this.fault === NEEDS_MORE_BYTES && wanted > readable) {
      this.#parseBlock(this.#withRoomAfter(bytes, offset, wanted), 0, wanted);
    }
    if (this.fault === undefined) return offset + this.#cursor.position / 8;
    if (this.fault !== NEEDS_MORE_BYTES) return IMPOSSIBLE;
    if (present <= this.#maxBytes) return NEEDS_MORE;
    this.fault = 'it is longer than a decoder has room for';
    return IMPOSSIBLE;
  }

  /** A copy of the bytes that may be looked beyond. */
  #withRoomAfter(bytes: Uint8Array, offset: number, length: number): DataView {
    if (this.#tail.byteLength === 0) this.#tail = new DataView(new ArrayBuffer(this.#maxBytes + LOOK_AHEAD_BYTES));
    new Uint8Array(this.#tail.buffer).set(bytes.subarray(offset, offset + length));
    return this.#tail;
  }

  /** Leaves the cursor behind the block, and `fault` as it is. */
  #parseBlock(view: DataView, base: number, byteLength: number): void {
    const cursor = this.#cursor;
    cursor.reset(view, base, Math.max(0, byteLength) * 8);
    this.channels = 0;
    this.elements = 1;
    this.hasSpectralBandReplication = false;
    this.maxSfbLong = -1;
    this.maxSfbShort = -1;
    this.audioBits = 0;
    this.beginsWithData = false;
    this.codedBands = 0;
    this.#otherElementsLeft = FEW_ELEMENTS + this.#maxBytes / BYTES_PER_ELEMENT;
    for (let kind = 0; kind < ELEMENT_KINDS; kind++) {
      this.#tags[kind] = 0;
      this.#counts[kind] = 0;
    }
    for (;;) {
      const element = cursor.bits(3);
      if (cursor.fault !== undefined) break;
      if (element === SyntaxElement.end) {
        this.#end();
        break;
      }
      this.#parseElement(element);
      if (cursor.fault !== undefined) break;
    }
    this.fault = cursor.fault;
  }

  #parseElement(element: number): void {
    const cursor = this.#cursor;
    if (element === SyntaxElement.fill) {
      this.#countOther();
      const start = cursor.position;
      if (isReplication(skipFill(cursor, this.syntax))) this.#replication(start);
      return;
    }
    const tag = cursor.bits(4); // element_instance_tag
    if (element === SyntaxElement.dataStream) {
      this.#countOther();
      if (this.elements === 1) this.beginsWithData = true;
      skipDataStream(cursor);
      return;
    }
    this.#checkTag(element, tag);
    if (cursor.fault !== undefined) return;
    if (element === SyntaxElement.programConfig) this.#programConfig();
    else this.#audio(element);
  }

  #replication(start: number): void {
    if (this.hasSpectralBandReplication) return;
    this.hasSpectralBandReplication = true;
    this.replicationStart = start;
    this.replicationEnd = this.#cursor.position;
    this.replicatedElements = this.elements;
  }

  #countOther(): void {
    if (this.#otherElementsLeft-- === 0) this.#cursor.fail('there are too many elements without audio');
  }

  #checkTag(element: number, tag: number): void {
    const cursor = this.#cursor;
    // 4.5.2.1.1: one element of a kind to a tag, but for data streams.
    if ((this.#tags[element]! >>> tag) & 1) cursor.fail('two elements have the same tag');
    this.#tags[element]! |= 1 << tag;
    // Where no program_config_element names the tags they are of no use, and encoders count.
    const isNext = tag === this.#counts[element]!++;
    if (!isNext && this.syntax.asEncodersWrite && this.#order.tagsCount) cursor.fail('a tag is out of turn');
  }

  #programConfig(): void {
    const cursor = this.#cursor;
    // It stands where the channel configuration is 0, and there alone.
    if (this.syntax.asEncodersWrite && this.#order.tagsCount) cursor.fail('there is a program configuration');
    skipProgramConfig(cursor);
  }

  #audio(element: number): void {
    const cursor = this.#cursor;
    const { syntax } = this;
    const stream = this.#stream;
    const start = cursor.position;
    stream.codedBands = 0;
    if (element === SyntaxElement.couplingChannel) {
      // No encoder in use writes any.
      if (syntax.asEncodersWrite) cursor.fail('there is a coupling channel');
      else skipCouplingChannel(cursor, syntax, stream);
    } else {
      this.elements = this.elements * 16 + element;
      this.channels += element === SyntaxElement.channelPair ? 2 : 1;
      if (!this.#order.mayBegin(this.elements)) cursor.fail('these channels are not expected');
      else if (element === SyntaxElement.channelPair) skipChannelPair(cursor, syntax, stream);
      else skipSingleChannel(cursor, syntax, stream);
    }
    this.audioBits += cursor.position - start;
    if (cursor.fault === undefined) this.#note(stream);
  }

  #note({ info, codedBands }: IndividualChannelStream): void {
    this.codedBands += codedBands;
    if (info.isEightShort) this.maxSfbShort = Math.max(this.maxSfbShort, info.maxSfb);
    else this.maxSfbLong = Math.max(this.maxSfbLong, info.maxSfb);
    if (this.elements < 0x20) this.windowSequence = info.windowSequence;
  }

  #end(): void {
    const cursor = this.#cursor;
    if (!this.#order.mayEnd(this.elements)) cursor.fail('there are too few channels');
    // Of no meaning to decoders; nearly all encoders write zeros.
    const { asEncodersWrite, endsFreely } = this.syntax;
    if (byteAlign(cursor) !== 0 && asEncodersWrite && !endsFreely) cursor.fail('the last bits are not zero');
    const overflows = cursor.position > this.channels * MAX_BYTES_PER_CHANNEL * 8;
    if (overflows && this.syntax.asEncodersWrite) cursor.fail('it is longer than a decoder has room for');
  }
}
