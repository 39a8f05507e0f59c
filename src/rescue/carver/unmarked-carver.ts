/**
 * Carves media in which some samples do not say how long they are (Opus, VP9, raw PCM): stretch after stretch, by the likeliest
 * path through each, learning from what was found how the streams of this recording go on. Samples of streams that say how
 * long they are stand as firmly as ever between the others; the others are marked as inferred.
 */
import type { Pace } from '../../io/pace.ts';
import { findHole, isZeroTo, type ByteWindow } from './byte-window.ts';
import type { CarvedSamples, SkipReason } from './carved-samples.ts';
import { PathFinder, type ByteStretch, type Path } from './likeliest-path.ts';
import type { Habits, PathPiece, Standing } from './path-search.ts';
import type { SampleSyntax, UnmarkedSamples } from './sample-syntax.ts';
import { sizeRhythms } from './size-rhythm.ts';
import { StreamHabits, TurnHabits } from './stream-habits.ts';

/** Bytes looked at together: hundreds of samples, but for pictures that are as large. */
const usualStretch = 128 * 1024;
const maxStretch = 16 * 1024 * 1024;
/** Bytes from which the habits of the streams are learnt first, and how often they are gone through. */
const learningStretch = 96 * 1024;
const maxLearning = 4 * learningStretch;
/** Samples that have to be whole in what is learnt from: a large first picture may fill all of it. */
const minWhole = 4;
/** Samples of steady size from which it can be told how large they are; streams that have none need no more bytes either. */
const minSamplesOfSteadySize = 48;
const learningRounds = 4;
/** Part of a stretch that is believed: what comes later might change with what stands behind. */
const believed = 0.7;
/** Fewer zeros at the end of raw data are silence. */
const zeroBlock = 64 * 1024;
/** Values of raw data that make one sample. */
export const valuesOfSample = 1024;

/** What samples that keep to their first byte are expected to be like. */
interface Expectation {
  readonly firstByte: number;
  readonly size: number | undefined;
}

/** Where what is found goes. */
export interface CarvingSink {
  readonly samples: CarvedSamples;
  /** Streams whose samples go there; those behind them are of other tracks, and are passed over. */
  readonly sought: number;
  pass(from: number, to: number): void;
  skip(from: number, to: number, reason: SkipReason): void;
  readonly pace: Pace;
  /** Takes a turn of the pace; `at`: how far the work has come. */
  turn(at: number): Promise<void>;
}

/** What was learnt, from how many whole samples, and how many of steady size. */
interface Learnt {
  readonly habits: Habits;
  readonly whole: number;
  readonly met: number;
}

/** Carves range after range, and keeps what it learns for the next. */
export class UnmarkedCarver {
  readonly #window: ByteWindow;
  readonly #streams: readonly SampleSyntax[];
  readonly #sink: CarvingSink;
  #habits: Habits | undefined;
  #standing: Standing = { stream: -1, run: 0 };
  #isCut = false;
  /** Offsets at which no sample of those that say how long they are begins, whatever it looks like. */
  readonly #refused = new Set<number>();
  /** Streams of which a sample was taken since the last loss. */
  readonly #met = new Set<number>();
  readonly #hasRaw: boolean;
  /** Bytes of the longest run of raw data so far that was believed. */
  #longestRun = 0;

  constructor(window: ByteWindow, streams: readonly SampleSyntax[], sink: CarvingSink) {
    this.#window = window;
    this.#streams = streams;
    this.#sink = sink;
    this.#hasRaw = streams.some(({ unmarked }) => unmarked?.unit !== undefined);
  }

  async range(start: number, end: number, mayBeTorn: boolean, isCut: boolean): Promise<void> {
    this.#isCut = isCut;
    const [only] = this.#streams;
    if (only?.unmarked?.unit !== undefined && this.#streams.length === 1) {
      await this.#takeAll(only, only.unmarked.unit, start, mayBeTorn ? await this.#withoutZeros(start, end) : end);
      return;
    }
    this.#standing = { stream: -1, run: 0 };
    let at = start;
    let length = usualStretch;
    while (at < end) {
      if (this.#sink.pace.isDue) await this.#sink.turn(at);
      this.#habits ??= await this.#learnFrom(at, end, mayBeTorn);
      const stretch = this.#stretch(at, length, end, mayBeTorn);
      const isLast = at + stretch.bytes.length >= end;
      const finder = await PathFinder.over(this.#streams, stretch, this.#sink.pace, this.#refused);
      // A picture that goes on beyond what is looked at is worth less than what its bytes look like by chance.
      if (this.#hasRaw && !isLast && finder.reach > believed * stretch.bytes.length && length < maxStretch) {
        length *= 4;
        continue;
      }
      const { pieces } = await finder.find(this.#habits, this.#standing);
      const { taken, refused } = this.#believe(pieces, stretch, isLast);
      if (taken > at) length = usualStretch;
      else if (refused) continue;
      else if (length < maxStretch) length *= 4;
      else {
        // Nothing is as large.
        this.#sink.skip(at, at + stretch.bytes.length, 'unreadable');
        at += stretch.bytes.length;
        continue;
      }
      at = Math.max(at, taken);
    }
  }

  /** Takes raw data that is alone: all of it, but for what is less than one value of each channel at its end. */
  async #takeAll(syntax: SampleSyntax, unit: number, start: number, end: number): Promise<void> {
    let at = start;
    while (at + unit <= end) {
      if (this.#sink.pace.isDue) await this.#sink.turn(at);
      const left = Math.min(end - at, unit * valuesOfSample);
      const size = left - (left % unit);
      this.#sink.samples.add(0, at, size, syntax.accept(at, at + size, this.#window), { inferred: true });
      at += size;
    }
    if (at < end) this.#sink.skip(at, end, 'torn');
  }

  /** Where blocks of zeros begin that go on to the end, as preallocation leaves them; they are skipped. */
  async #withoutZeros(start: number, end: number): Promise<number> {
    let at = end;
    for (; at - zeroBlock >= start; at -= zeroBlock) {
      if (this.#sink.pace.isDue) await this.#sink.turn(start);
      if (!isZeroTo(this.#window, at - zeroBlock, at)) break;
    }
    if (at < end) this.#sink.skip(at, end, 'zeros');
    return at;
  }

  #stretch(offset: number, length: number, rangeEnd: number, mayBeTorn: boolean): ByteStretch {
    const bytes = Uint8Array.from(this.#window.view(offset, Math.min(length, rangeEnd - offset)));
    return { window: this.#window, bytes, offset, rangeEnd, mayBeTorn, isCut: this.#isCut };
  }

  /** Takes over what is sure of a path, up to a picture that turns out to be none. Gives the offset behind what was taken. */
  #believe(
    pieces: readonly PathPiece[],
    stretch: ByteStretch,
    isLast: boolean,
  ): { readonly taken: number; readonly refused: boolean } {
    const { bytes, offset } = stretch;
    let taken = offset;
    let refused = false;
    for (const [n, piece] of pieces.entries()) {
      const isSure = isLast || piece.end <= bytes.length * believed;
      // The first piece is taken as far as it goes, or nothing ever would be.
      if (!isSure && (n > 0 || piece.end === Infinity || (piece.stream < 0 && piece.end >= bytes.length))) break;
      // Raw data is what stands before a picture: it goes as far as that is one.
      const isRaw = this.#streams[piece.stream]?.unmarked?.unit !== undefined;
      const next = isRaw ? pieces[n + 1] : undefined;
      refused = this.#isNone(piece, offset) || (next !== undefined && this.#isNone(next, offset));
      if (refused) break;
      this.#take(piece, stretch);
      taken = offset + piece.end;
    }
    for (const habit of this.#habits!.streams) habit.settle();
    return { taken, refused };
  }

  /**
   * Whether what seems to be a picture beside raw data is none: of large pictures and of noise some bytes look like the header of
   * a slice, and what is left of them would be raw data. It is then left out of account.
   */
  #isNone({ stream, start, end, isTorn }: PathPiece, offset: number): boolean {
    const syntax = this.#streams[stream];
    if (!this.#hasRaw || isTorn || syntax?.kind !== 'video' || syntax.unmarked !== undefined) return false;
    const [from, to] = [offset + start, offset + end];
    const isNone = this.#met.has(stream)
      ? syntax.contradictsItself?.(from, to, this.#window) === true
      : syntax.readsThrough?.(from, to, this.#window) === false;
    if (isNone) this.#refused.add(from);
    return isNone;
  }

  #take({ stream, start, end, isTorn }: PathPiece, { bytes, offset, rangeEnd }: ByteStretch): void {
    const [from, to] = [offset + start, offset + end];
    if (stream < 0 || isTorn) {
      if (stream < 0) this.#interrupt();
      const isZero = stream < 0 && bytes.subarray(start, start + 16).every((byte) => byte === 0);
      this.#sink.skip(from, to, isTorn ? 'torn' : isZero ? 'zeros' : 'unreadable');
      this.#standing = { stream: -1, run: 0 };
      return;
    }
    const syntax = this.#streams[stream]!;
    const { unmarked } = syntax;
    if (unmarked === undefined && syntax.kind === 'video' && findHole(this.#window, from, to) >= 0) {
      this.#sink.skip(from, to, 'zeros');
      return;
    }
    const hole = unmarked === undefined ? -1 : this.#tornBy(unmarked, from, to, rangeEnd);
    if (hole >= 0) {
      this.#takeTorn(syntax, stream, from, hole, to);
      return;
    }
    if (unmarked?.unit !== undefined) this.#longestRun = Math.max(this.#longestRun, to - from);
    if (end <= bytes.length) this.#habits!.streams[stream]!.learn(bytes, start, end);
    this.#standing = learnTurn(this.#habits!, this.#standing, stream);
    if (stream >= this.#sink.sought) {
      this.#sink.pass(from, to);
      return;
    }
    this.#add(syntax, stream, from, to);
  }

  /**
   * Where zeros begin that took pictures beside raw data, which would be taken for all that is left of them; -1 where none did.
   * Silence is zeros too, but it ends where a block does, or where the media does, or is no longer than what comes otherwise.
   */
  #tornBy({ block }: UnmarkedSamples, from: number, to: number, rangeEnd: number): number {
    if (block === undefined || this.#longestRun === 0 || to - from <= this.#longestRun) return -1;
    return to === rangeEnd || (to - from) % block === 0 ? -1 : findHole(this.#window, from, to);
  }

  /** Takes the whole blocks before zeros, as many as there usually are; less may be of a picture, as what is behind them. */
  #takeTorn(syntax: SampleSyntax, stream: number, from: number, hole: number, to: number): void {
    const kept = Math.min(hole - from, this.#longestRun);
    const end = from + kept - (kept % syntax.unmarked!.block!);
    if (end > from) this.#add(syntax, stream, from, end);
    let behind = hole;
    while (behind < to && this.#window.uint(behind, 1) === 0) behind++;
    if (end < hole) this.#sink.skip(end, hole, 'unreadable');
    this.#sink.skip(hole, behind, 'zeros');
    if (behind < to) this.#sink.skip(behind, to, 'unreadable');
    this.#interrupt();
    this.#standing = { stream: -1, run: 0 };
  }

  #interrupt(): void {
    for (const syntax of this.#streams) syntax.interrupt?.();
    this.#met.clear();
  }

  #add(syntax: SampleSyntax, stream: number, from: number, to: number): void {
    this.#met.add(stream);
    const { samples } = this.#sink;
    const { unmarked } = syntax;
    const inferred = unmarked !== undefined;
    const most = unmarked?.unit === undefined ? Infinity : unmarked.unit * valuesOfSample;
    for (let at = from; at < to; at += most) {
      const sampleEnd = Math.min(to, at + most);
      const facts = syntax.accept(at, sampleEnd, this.#window);
      samples.add(stream, at, sampleEnd - at, facts, { inferred: inferred || facts.inferred === true });
    }
  }

  /** Learns from as many bytes as hold enough samples: large pictures leave little room for anything else. */
  async #learnFrom(at: number, end: number, mayBeTorn: boolean): Promise<Habits> {
    const hasSteady = this.#streams.some(({ unmarked }) => unmarked?.hasSteadySize === true);
    for (let length = learningStretch; ; length *= 2) {
      const { habits, whole, met } = await this.#learn(this.#stretch(at, length, end, mayBeTorn));
      const needsMore = whole < minWhole || (hasSteady && met < minSamplesOfSteadySize && length < maxLearning);
      if (!needsMore || 2 * length > maxStretch || at + length >= end) return habits;
    }
  }

  /** Learns how the streams go from the beginning of the media, first as its bytes show at a glance, then as paths through it do. */
  async #learn(stretch: ByteStretch): Promise<Learnt> {
    const finder = await PathFinder.over(this.#streams, stretch, this.#sink.pace, this.#refused);
    const starts = finder.provenStarts();
    const steady = this.#streams.filter(({ unmarked }) => unmarked?.keepsFirstByte === true);
    const sure = steady.length === 1 ? finder.byteBehindOwn() : undefined;
    const rhythms = this.#streams.map(({ unmarked }) => {
      if (unmarked?.keepsFirstByte !== true) return [];
      const usualFirstBytes = sure === undefined ? unmarked.usualFirstBytes : [sure];
      const found: Expectation[] = sizeRhythms(stretch.bytes, { usualFirstBytes }, starts);
      return found.length > 0 || sure === undefined ? found : [{ firstByte: sure, size: undefined }];
    });
    let best: Learnt | undefined;
    let bestBits = -Infinity;
    for (let n = 0; n === 0 || rhythms.some(({ length }) => n < length); n++) {
      let habits: Habits = this.#expectedHabits(rhythms.map((each) => each[Math.min(n, each.length - 1)]));
      let bits = 0;
      let [whole, met] = [0, 0];
      for (let round = 0; round < learningRounds; round++) {
        const path = await finder.find(habits, this.#standing);
        habits = this.#habitsOf(path, stretch);
        ({ bits } = path);
        whole = path.pieces.filter(({ stream, isOpen, isTorn }) => stream >= 0 && !isOpen && !isTorn).length;
        met = path.pieces.filter(({ stream }) => this.#streams[stream]?.unmarked?.hasSteadySize === true).length;
      }
      if (best !== undefined && bits <= bestBits) continue;
      best = { habits, whole, met };
      bestBits = bits;
    }
    return best!;
  }

  /** What is expected of the streams before anything was learnt of them. */
  #expectedHabits(rhythms: readonly (Expectation | undefined)[]): Habits {
    const habits = this.#blankHabits();
    for (const [stream, { unmarked }] of this.#streams.entries()) {
      const habit = habits.streams[stream]!;
      const rhythm = rhythms[stream];
      if (rhythm?.size !== undefined) habit.expectSize(rhythm.size);
      const expected = rhythm === undefined ? (unmarked?.usualFirstBytes ?? []) : [rhythm.firstByte];
      for (const byte of expected) habit.expect(byte);
    }
    return habits;
  }

  #blankHabits(): { readonly streams: StreamHabits[]; readonly turns: TurnHabits } {
    const streams = this.#streams.map(({ unmarked }) => new StreamHabits(unmarked));
    return { streams, turns: new TurnHabits(this.#streams.length) };
  }

  #habitsOf({ pieces }: Path, { bytes }: ByteStretch): Habits {
    const habits = this.#blankHabits();
    const { streams } = habits;
    let standing = this.#standing;
    for (const { stream, start, end, isOpen, isTorn } of pieces) {
      if (stream < 0 || isOpen || isTorn) standing = { stream: -1, run: 0 };
      else {
        streams[stream]!.learn(bytes, start, end);
        standing = learnTurn(habits, standing, stream);
      }
    }
    for (const habit of streams) habit.settle();
    return habits;
  }
}

function learnTurn({ turns }: Habits, before: Standing, stream: number): Standing {
  turns.learn(before.stream, before.run, stream);
  return { stream, run: before.stream === stream ? before.run + 1 : 1 };
}
