/**
 * Raw AAC access units as MP4 stores them: no header, no length, no mark. Where one ends is found by parsing its syntax to
 * the END element; that the next sample begins there proves it.
 */
import { AccessUnitParser, NEEDS_MORE } from '../../codecs/aac/raw-data-block.ts';
import type { FrameSyntaxOptions } from '../../codecs/aac/frame-syntax.ts';
import type { ByteWindow } from './byte-window.ts';
import {
  audioSampleFacts,
  noMatch,
  type Match,
  type Question,
  type SampleFacts,
  type SampleSyntax,
} from './sample-syntax.ts';

/** More than any access unit has: 1024 bytes for each of 24 channels. */
const maxUnit = 24 * 1024;

const maxChannels = 24;
/** Bits of proof in an access unit that closes, beside samples that do not say how long they are. */
const proofOfUnit = 8;
/** What closes by chance is shorter than this as a rule, and each doubling of the length is at least a bit more of proof. */
const usualByChance = 64;

/**
 * Bits that a data stream element before the audio takes away: its count leads over any bytes, and one place of eight within
 * its reach before a true access unit begins with such a count by chance. First where nothing is known of the stream, then
 * where other access units of it have none.
 */
const dataByChance = 4;
const dataUnknownHere = 12;

/** Shorter access units close by chance too easily to prove anything. */
const minBytesAlone = 16;

/** The syntax of one AAC stream whose sampling rate is known or assumed. */
export class AacSyntax implements SampleSyntax {
  readonly kind = 'audio';
  readonly proofLength = 4;
  /** Only what real encoders write; and whatever the standard allows, for places where a sample must begin. */
  readonly #strict: AccessUnitParser;
  readonly #lenient: AccessUnitParser;
  /** How many access units matched have had so many channels: most of what is matched is true. */
  readonly #votes = new Uint32Array(maxChannels + 1);
  #hasSpectralBandReplication = false;
  readonly #dataBits: number;

  /** `beginsWithData`: whether access units do, where others of the same encoder show it. */
  constructor({ beginsWithData, ...options }: FrameSyntaxOptions & { readonly beginsWithData?: boolean | undefined }) {
    this.#dataBits = beginsWithData === undefined ? dataByChance : beginsWithData ? 0 : dataUnknownHere;
    this.#strict = new AccessUnitParser({ ...options, asEncodersWrite: true });
    this.#lenient = new AccessUnitParser({ ...options, asEncodersWrite: false });
  }

  /** The first byte names the first element: audio, or what may stand before it. */
  mayBegin(bytes: Uint8Array, index: number): boolean {
    return this.#strict.mayBeginWith(bytes[index]!);
  }

  match(offset: number, { window, end, searching }: Question): Match {
    const index = window.hold(offset, Math.min(maxUnit, end - offset));
    const limit = Math.min(window.bytes.length, end - window.start);
    let parser = this.#strict;
    let unitEnd = parser.parse(window.bytes, index, limit);
    if (unitEnd >= 0) this.#note();
    else if (unitEnd !== NEEDS_MORE && !searching) {
      parser = this.#lenient;
      unitEnd = parser.parse(window.bytes, index, limit);
    }
    if (unitEnd === NEEDS_MORE) return { outcome: 'cut', end };
    if (unitEnd < 0) return noMatch;
    const ofLength = Math.max(0, Math.log2((unitEnd - index) / usualByChance));
    const proofBits = parser.beginsWithData ? proofOfUnit - this.#dataBits : proofOfUnit + ofLength;
    return { outcome: 'closed', end: window.start + unitEnd, proofBits };
  }

  #note(): void {
    this.#votes[Math.min(this.#strict.channels, maxChannels)]!++;
    this.#hasSpectralBandReplication ||= this.#strict.hasSpectralBandReplication;
  }

  /** Only what real encoders write, and not in a search: one place of a thousand closes by chance. */
  provesItself(offset: number, end: number, window: ByteWindow, placed: boolean): boolean {
    if (!placed || end - offset < minBytesAlone) return false;
    const index = window.hold(offset, end - offset);
    return this.#strict.parse(window.bytes, index, index + end - offset) === index + end - offset;
  }

  accept(): SampleFacts {
    return audioSampleFacts;
  }

  /** Channels coded in the access units. */
  get channels(): number {
    return this.#votes.indexOf(Math.max(...this.#votes));
  }

  /** Whether spectral band replication goes with any access unit matched so far. */
  get hasSpectralBandReplication(): boolean {
    return this.#hasSpectralBandReplication;
  }
}
