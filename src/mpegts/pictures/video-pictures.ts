/**
 * The pictures of a video PID, found in the bitstream itself while its packets go by: where the access unit of each begins,
 * its times, and whether decoding can begin there. It copes with PES packets that hold parts of pictures or several of them,
 * and with NAL units cut anywhere. It keeps no media.
 *
 * The offset of a picture is that of the packet that its PES packet begins with: where a cut would go.
 */
import { NalUnitScanner, type NalUnitVisitor } from '../../codecs/annex-b.ts';
import { packetLength, payloadOf } from '../packet.ts';
import { PesReader } from '../pes.ts';
import { PacketEvent } from '../pid-states.ts';
import { H264Pictures } from './h264-pictures.ts';
import { H265Pictures } from './h265-pictures.ts';
import { Mpeg2Pictures } from './mpeg2-pictures.ts';
import type { EntryPoint, PictureSyntax } from './picture-syntax.ts';

/** One picture, reported once its own access unit and what is needed of the next have been read. */
export interface Picture {
  /** Where its PES packet begins; -1 where media of another picture stands before it in that packet. */
  readonly offset: number;
  /** Ticks of 33 bits; -1 where its PES packet tells none, or tells those of another picture. */
  readonly ptsTicks: number;
  readonly dtsTicks: number;
  /** Whether a discontinuity was announced since the picture before. */
  readonly isDiscontinuity: boolean;
  readonly entry: EntryPoint | undefined;
  readonly hasParameterSets: boolean;
  readonly isSkippedLeading: boolean;
  /** With the entry `recovery-point`: frames until the pictures are right. */
  readonly recoveryCount: number;
  /** Frames that count towards a recovery point from the picture before to this one. */
  readonly frameStep: number;
}

const syntaxes: Readonly<Record<string, (() => PictureSyntax) | undefined>> = {
  h264: () => new H264Pictures(),
  h265: () => new H265Pictures(),
  mpeg1video: () => new Mpeg2Pictures(),
  mpeg2video: () => new Mpeg2Pictures(),
};

/** Whether pictures can be found in streams of this codec. */
export function canFindPictures(codec: string): boolean {
  return syntaxes[codec] !== undefined;
}

interface PesStart {
  readonly offset: number;
  ptsTicks: number;
  dtsTicks: number;
  /** Whether the times have been given to a picture. */
  used: boolean;
}

const noPes: PesStart = { offset: -1, ptsTicks: -1, dtsTicks: -1, used: true };

/** A picture that is not told yet. */
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Follows one video PID; `visit` is called for each picture, in the order of the stream. */
export class VideoPictures implements NalUnitVisitor {
  readonly #syntax: PictureSyntax;
  readonly #wholePictures: boolean;
  readonly #visit: (picture: Picture) => void;
  readonly #scanner = new NalUnitScanner(this);
  readonly #pes = new PesReader();
  #block: Buffer = Buffer.alloc(0);
  #current: PesStart = noPes;
  /** The PES packet that has begun, until its first media is seen. */
  #upcoming: PesStart | undefined;
  /** The PES packet that the next picture begins, as long as no other picture's media stands in it before. */
  #candidate: PesStart | undefined;
  /** Whether a slice has been seen since the access unit began. */
  #unitHasPicture = true;
  #isDiscontinuity = false;
  #pending: Mutable<Picture> | undefined;

  /** `wholePictures`: also tell pictures that are intra in all their slices, which takes until they end. */
  constructor(codec: string, options: { wholePictures: boolean }, visit: (picture: Picture) => void) {
    const syntax = syntaxes[codec]?.();
    if (syntax === undefined) throw new RangeError(`no pictures can be found in ${codec}`);
    this.#syntax = syntax;
    // MPEG-2 fills up a constant bit rate with zero bytes before a start code.
    this.#scanner.stepwise = syntax instanceof Mpeg2Pictures;
    this.#wholePictures = options.wholePictures;
    this.#visit = visit;
  }

  /** The first offset of which it is not known yet whether a picture begins there that decoding can begin with. */
  get heldFrom(): number {
    const pending = this.#pending?.offset ?? -1;
    return pending >= 0 ? pending : (this.#candidate?.offset ?? this.#upcoming?.offset ?? Infinity);
  }

  /** The parameter sets seen last, with start codes. */
  parameterSets(): Uint8Array {
    return this.#syntax.parameterSets();
  }

  /** Long runs of zero bytes stand between the packets of the PID: in the null packets of some multiplexers. */
  expectZeros(): void {
    this.#scanner.stepwise = true;
  }

  /** The packets that follow lie in this block; to be called again whenever its bytes have changed. */
  enter(block: Buffer): void {
    this.#block = block;
    this.#scanner.enter(block);
  }

  /** Whether a picture may begin with the PES packet at this offset, as far as that is known. */
  holds(offset: number): boolean {
    return [this.#pending, this.#candidate, this.#upcoming].some((held) => held?.offset === offset);
  }

  /**
   * Up to where in the block packets of the PID with nothing but payload, in which nothing begins and whose last byte is not
   * zero, tell nothing and need not be given. -1: nowhere.
   */
  get quietTo(): number {
    return this.#pes.isOpen && this.#upcoming === undefined ? this.#scanner.quietTo : -1;
  }

  /** Takes a packet of the PID. `at`: its sync byte in the block; `offset`: offset of its cell in the stream. */
  take(at: number, offset: number, events: number): void {
    if (events === PacketEvent.payload && this.#pes.isOpen && this.#upcoming === undefined) {
      this.#scanner.feed(payloadOf(this.#block, at), at + packetLength);
      return;
    }
    if ((events & PacketEvent.discontinuity) !== 0) this.#isDiscontinuity = true;
    if ((events & PacketEvent.counterGap) !== 0) {
      this.#scanner.interrupt();
      this.#pes.interrupt();
    }
    if ((events & PacketEvent.payload) === 0) return;
    if ((events & (PacketEvent.duplicate | PacketEvent.scrambled)) !== 0) return;
    const end = at + packetLength;
    const startsUnit = (events & PacketEvent.unitStart) !== 0;
    if (startsUnit) this.#upcoming = { ...noPes, offset };
    const from = this.#pes.take(this.#block, payloadOf(this.#block, at), end, startsUnit);
    if (this.#pes.begun && this.#upcoming !== undefined) {
      this.#upcoming.ptsTicks = this.#pes.ptsTicks;
      this.#upcoming.dtsTicks = this.#pes.dtsTicks;
      this.#upcoming.used = false;
    }
    if (from >= end) return;
    if (this.#upcoming !== undefined) this.#enterPes(this.#upcoming, from, end);
    this.#scanner.feed(from, end);
  }

  /** The first media of a PES packet is here. */
  #enterPes(pes: PesStart, from: number, end: number): void {
    const isClean = beginsWithStartCode(this.#block, from, end);
    // What is in progress ends with the PES packet before: it must not be taken for a part of this one.
    if (isClean) this.#scanner.finish();
    this.#current = pes;
    this.#upcoming = undefined;
    // What stands before the first slice may fill a PES packet of its own.
    if (isClean && (this.#unitHasPicture || this.#candidate === undefined)) this.#candidate = pes;
  }

  /** Holds nothing back any more: what was taken is no place to cut. */
  release(): void {
    this.#candidate = undefined;
    this.#upcoming = undefined;
    if (this.#pending !== undefined) this.#pending.offset = -1;
  }

  /** Nothing follows. */
  finish(): void {
    this.#scanner.finish();
    this.#settle(true);
    this.#candidate = undefined;
    this.#upcoming = undefined;
  }

  begin(firstByte: number): number {
    return this.#syntax.wanted(firstByte);
  }

  head(bytes: Uint8Array): void {
    const role = this.#syntax.read(bytes);
    if (role === 'prefix') this.#unitHasPicture = false;
    if (role === 'picture') this.#beginPicture();
    if (role === 'slice') this.#candidate = undefined;
  }

  #beginPicture(): void {
    this.#settle(false);
    this.#unitHasPicture = true;
    const pes = this.#candidate ?? this.#current;
    const timed = pes.used ? this.#current : pes;
    const hasTimes = !timed.used;
    timed.used = true;
    const picture: Mutable<Picture> = {
      offset: this.#candidate?.offset ?? -1,
      ptsTicks: hasTimes ? timed.ptsTicks : -1,
      dtsTicks: hasTimes ? timed.dtsTicks : -1,
      isDiscontinuity: this.#isDiscontinuity,
      entry: this.#syntax.entry,
      hasParameterSets: this.#syntax.hasParameterSets,
      isSkippedLeading: this.#syntax.isSkippedLeading,
      recoveryCount: this.#syntax.recoveryCount,
      frameStep: this.#syntax.frameStep,
    };
    this.#syntax.endPrefix();
    this.#candidate = undefined;
    this.#isDiscontinuity = false;
    if (this.#syntax.isSettled) {
      this.#visit(picture);
    } else if (picture.entry === 'intra' && !this.#wholePictures) {
      picture.entry = undefined;
      this.#visit(picture);
    } else {
      this.#pending = picture;
    }
  }

  #settle(ended: boolean): void {
    const picture = this.#pending;
    if (picture === undefined) return;
    this.#pending = undefined;
    picture.entry = this.#syntax.settled(ended);
    this.#visit(picture);
  }
}

/** Whether nothing but zero bytes stands before the first start code; true also where only zero bytes are here. */
function beginsWithStartCode(bytes: Uint8Array, from: number, end: number): boolean {
  let at = from;
  while (at < end && bytes[at] === 0) at++;
  return at === end || (at - from >= 2 && bytes[at] === 1);
}
