/**
 * What the carver asks of a codec: does a sample begin here, and where does it end? One syntax is one stream of the
 * recording. It is stateless towards questions (they are asked for many places that turn out to be none) and learns only
 * from the samples it is told were true.
 */
import type { ByteWindow } from './byte-window.ts';

/** What begins at a place. */
export interface Match {
  /**
   * - `closed`: a sample whose syntax ends at `end`.
   * - `cut`: what stands there is a sample as far as it goes, but the bytes end before it does.
   * - `none`: no sample of this stream.
   */
  readonly outcome: 'closed' | 'cut' | 'none';
  /** Offset behind its last byte; of a cut sample the end of the bytes. */
  readonly end: number;
  /** Of a cut sample: where it would end at the earliest by what it says of itself, where it says it. */
  readonly announcedEnd?: number;
  /** Bits of proof where this sample has more than its like: see `SampleSyntax.proofBits`. */
  readonly proofBits?: number;
}

/** The answer where no sample begins. */
export const noMatch: Match = { outcome: 'none', end: 0 };

/** Where to look, and how much is to be believed. */
export interface Question {
  readonly window: ByteWindow;
  /** Offset behind the last byte that can belong to a sample. */
  readonly end: number;
  /** Whether the bytes may end within a sample. */
  readonly mayBeTorn: boolean;
  /**
   * Nothing tells that a sample begins here, it is one of many places that are tried: only what a stream has as a rule
   * counts (a picture begins with its first slice), and no more than a bounded effort is made.
   */
  readonly searching: boolean;
}

/** What is kept of a sample beside its place. */
export interface SampleFacts {
  /** Whether decoding can start there. */
  readonly sync: boolean;
  /** Video: its place in output order, see `PictureOrder`, `count` may be `unknownOrder`; both 0 for audio. */
  readonly period: number;
  readonly count: number;
  /** Where it ends is only likely: see `CarvedSamples`. */
  readonly inferred?: boolean;
  /** What stands there makes several samples, as this writer puts them: one behind the other, the last one ends with it. */
  readonly parts?: readonly SamplePart[];
}

/** One of several samples that are recognised together. */
export interface SamplePart {
  /** Offset behind its last byte. */
  readonly end: number;
  readonly sync: boolean;
}

/** Audio has no order but its own, and every sample of it is one to start with. */
export const audioSampleFacts: SampleFacts = { sync: true, period: 0, count: 0 };

/**
 * What can be said of samples that have neither mark nor length: where one can begin, and whether some bytes can be one.
 * Where they begin and end is then found by weighing everything that stands between two places that are known, see
 * `UnmarkedCarver`.
 */
export interface UnmarkedSamples {
  readonly shortest: number;
  readonly longest: number;
  /** First bytes that a stream may have as a habit, of which one has to be true; empty where any byte may begin a sample. */
  readonly usualFirstBytes: readonly number[];
  /** Whether one of the first bytes holds for the whole stream, or any of them may be met at any time. */
  readonly keepsFirstByte: boolean;
  /** Whether its samples are of much the same size, as audio is, or of any, as pictures are. */
  readonly hasSteadySize: boolean;
  /** Of a steady size: how likely each number of bytes is, as another recording by the writer shows it. */
  readonly sizeShares?: Float64Array | undefined;
  /** Raw data: bytes of one value for each channel; it fills all that stands between samples of other streams. */
  readonly unit?: number | undefined;
  /** Raw data: bytes that the writer puts together, where that is known. */
  readonly block?: number | undefined;
  /** Raw data: bits of proof where it goes on to the end of the bytes, which the last block may do at any place. */
  readonly lastProof?: number;
  /** A sample goes on until the next begins, and nothing else shows that it is whole. */
  readonly endsWithNext?: boolean;
  /** Bits of proof that a sample begins here, beside what is habit; -1 where none can. */
  beginProof(bytes: Uint8Array, index: number): number;
  /** Bits of proof that a sample ends with `end`; -1 where the bytes can be none. */
  endProof(bytes: Uint8Array, index: number, end: number): number;
}

/** One stream of a recording, as far as its bytes can be told from others. */
export interface SampleSyntax {
  readonly kind: 'video' | 'audio';
  /** Samples that must follow one another before a place found by searching is believed. */
  readonly proofLength: number;
  /** How many bits of proof there are in a sample that closes, beside samples that do not say how long they are. */
  readonly proofBits?: number;
  /** Its samples begin with a mark, so that one found by searching is known to begin there: all video, audio with sync words. */
  readonly beginsWithMark?: boolean;
  /** Its samples say how long they are by so little that beside such as do not say it they are weighed like these. */
  readonly asUnmarked?: SampleSyntax | undefined;
  /** Its samples do not say how long they are: `match` finds none of them. */
  readonly unmarked?: UnmarkedSamples;
  /** What begins at `offset`. */
  match(offset: number, question: Question): Match;
  /** A cheap look at whether a sample can begin with these bytes at all; called for every byte of a damaged range. */
  mayBegin(bytes: Uint8Array, index: number): boolean;
  /** Takes note of a sample that was matched and found true, in order, each once. */
  accept(offset: number, end: number, window: ByteWindow): SampleFacts;
  /**
   * Whether a sample that closes proves by itself that it is one, whatever follows: its content is read to the end. `placed`:
   * something tells already that one begins there.
   */
  provesItself?(offset: number, end: number, window: ByteWindow, placed: boolean): boolean;
  /** Whether a sample that closes is none, as its content and its place behind the one before say. */
  contradictsItself?(offset: number, end: number, window: ByteWindow): boolean;
  /** Where another stream may claim the same bytes: how well the sample at `offset` continues this one, from 0 to 1. */
  continues?(offset: number, window: ByteWindow): number;
  /** Whether the content of a sample that closes can be read to its end as one of this stream; undefined where it is not read. */
  readsThrough?(offset: number, end: number, window: ByteWindow): boolean | undefined;
  /** Samples are missing between the last one accepted and the next; absent where no sample depends on another. */
  interrupt?(): void;
}

/** A stream whose samples have neither mark nor length: no place is theirs by what stands there alone. */
export abstract class UnmarkedSyntax implements SampleSyntax {
  abstract readonly kind: SampleSyntax['kind'];
  abstract readonly proofLength: number;
  abstract readonly unmarked: UnmarkedSamples;

  /** None is found by its first bytes. */
  mayBegin(): boolean {
    return false;
  }

  /** None says where it ends. */
  match(): Match {
    return noMatch;
  }

  /** Takes note of a sample, as every syntax does. */
  abstract accept(offset: number, end: number, window: ByteWindow): SampleFacts;
}
