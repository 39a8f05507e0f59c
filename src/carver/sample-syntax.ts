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
}

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

/** The count of a picture whose place in output order is not known. */
export const unknownOrder = -0x80000000;

/** What is kept of a sample beside its place. */
export interface SampleFacts {
  /** Whether decoding can start there. */
  readonly sync: boolean;
  /** Video: its place in output order, see `PictureOrder`, `count` may be `unknownOrder`; both 0 for audio. */
  readonly period: number;
  readonly count: number;
}

/** One stream of a recording, as far as its bytes can be told from others. */
export interface SampleSyntax {
  readonly kind: 'video' | 'audio';
  /** Samples that must follow one another before a place found by searching is believed. */
  readonly proofLength: number;
  /** What begins at `offset`. */
  match(offset: number, question: Question): Match;
  /** A cheap look at whether a sample can begin with these bytes at all; called for every byte of a damaged range. */
  mayBegin(bytes: Uint8Array, index: number): boolean;
  /** Takes note of a sample that was matched and found true, in order, each once. */
  accept(offset: number, end: number, window: ByteWindow): SampleFacts;
  /** Samples are missing between the last one accepted and the next. */
  interrupt(): void;
}
