/**
 * Finds the likeliest way to take a stretch of bytes apart into samples of streams of which some do not say how long their
 * samples are. Every place where a sample may begin is a node, every sample that may stand between two of them a step with
 * so many bits for it; the path with the most bits is the one. It knows streams only by what they say of themselves.
 */
import type { Pace } from '../../io/pace.ts';
import { findHole, type ByteWindow } from './byte-window.ts';
import type { SampleSyntax, UnmarkedSamples } from './sample-syntax.ts';
import type { StreamHabits } from './stream-habits.ts';
import { PathSearch, type Habits, type PathPiece, type Standing } from './path-search.ts';

/** A stretch of bytes, held in memory. */
export interface ByteStretch {
  readonly window: ByteWindow;
  readonly bytes: Uint8Array;
  /** Offset of its first byte in the source. */
  readonly offset: number;
  /** Offset behind the last byte that can belong to a sample. */
  readonly rangeEnd: number;
  readonly mayBeTorn: boolean;
  /** What ends with the range is cut off. */
  readonly isCut: boolean;
}

/** A way to take a stretch apart; `bits` is how much likelier it is than arbitrary bytes. */
export interface Path {
  readonly bits: number;
  readonly pieces: readonly PathPiece[];
}

/** What is proven by a sample that says how long it is, by kind: NAL units, others with marks, access units of AAC. */
const videoProof = 32;
const markedProof = 16;
const unmarkedProof = 8;

/** Samples that are weighed in a stretch, and places where those of a stream may begin: far more than in any that is media. */
const maxSamplesWeighed = 250_000;
const maxPlaces = 100_000;

/** Bytes where nothing but zeros is left. */
interface Hole {
  readonly start: number;
  readonly end: number;
}

/** A sample that says where it ends. */
interface OwnStep {
  readonly stream: number;
  /** Behind its last byte, counted from the beginning of the stretch; may lie beyond it. */
  readonly end: number;
  readonly isCut: boolean;
  readonly bits: number;
}

/** A sample that is cut off says to be no more than so many times as large as the largest before it. */
const maxGrowth = 4;

/** Places where a sample seemed to begin before the pace is asked. */
const triesAtOnce = 16;
/** Places from which paths are gone on before the pace is asked. */
const nodesAtOnce = 16;

/** Weighs the paths through one stretch; `over` makes one. */
export class PathFinder {
  readonly #streams: readonly SampleSyntax[];
  readonly #stretch: ByteStretch;
  readonly #pace: Pace;
  readonly #length: number;
  readonly #own = new Map<number, OwnStep[]>();
  /** Holes of zeros, rising. */
  readonly #holes: readonly Hole[];

  /** By stream: ends that are weighed for a sample that begins at a place. */
  readonly #maxEnds: number[];

  /**
   * Looks for all samples of a stream that say where they end, pictures that begin at one of `refused` left aside; the paths go
   * over these.
   */
  static async over(
    streams: readonly SampleSyntax[],
    stretch: ByteStretch,
    pace: Pace,
    refused: ReadonlySet<number>,
  ): Promise<PathFinder> {
    const finder = new PathFinder(streams, stretch, pace);
    await finder.#findOwnSteps(refused);
    return finder;
  }

  private constructor(streams: readonly SampleSyntax[], stretch: ByteStretch, pace: Pace) {
    this.#streams = streams;
    this.#maxEnds = streams.map(() => maxSamplesWeighed);
    this.#stretch = stretch;
    this.#pace = pace;
    this.#length = stretch.bytes.length;
    this.#holes = this.#findHoles();
  }

  #findHoles(): Hole[] {
    const { window, bytes, offset } = this.#stretch;
    const holes: Hole[] = [];
    for (let at = 0; at < this.#length;) {
      const hole = findHole(window, offset + at, offset + this.#length);
      if (hole < 0) break;
      at = hole - offset;
      const start = at;
      while (at < this.#length && bytes[at] === 0) at++;
      holes.push({ start, end: at });
    }
    return holes;
  }

  async #findOwnSteps(refused: ReadonlySet<number>): Promise<void> {
    const { window, bytes, offset, rangeEnd, mayBeTorn } = this.#stretch;
    const question = { window, end: rangeEnd, mayBeTorn, searching: true };
    for (const [stream, syntax] of this.#streams.entries()) {
      if (syntax.unmarked !== undefined) continue;
      const isMarked = hasMark(syntax);
      const ofKind = syntax.kind === 'video' ? videoProof : isMarked ? markedProof : unmarkedProof;
      const ofStream = syntax.proofBits ?? ofKind;
      let largest = 0;
      let tries = 0;
      for (let at = 0; at < this.#length; at++) {
        if (at > 0 && !syntax.mayBegin(bytes, at)) continue;
        if (syntax.kind === 'video' && refused.has(offset + at)) continue;
        if (tries++ % triesAtOnce === 0 && this.#pace.isDue) await this.#pace.turn();
        // A sample must begin where the stretch does, so that more is believed there.
        const {
          outcome,
          end,
          announcedEnd = end,
          proofBits = ofStream,
        } = syntax.match(offset + at, at === 0 ? { ...question, searching: false } : question);
        if (outcome === 'none') continue;
        const isCut = outcome === 'cut';
        if (isCut && !mayBeTorn) continue;
        // Bytes that are none of its samples announce any size.
        if (isCut && at > 0 && largest > 0 && announcedEnd - offset - at > maxGrowth * largest) continue;
        if (!isCut) largest = Math.max(largest, end - offset - at);
        const steps = this.#own.get(at) ?? [];
        steps.push({ stream, end: end - offset, isCut, bits: proofBits });
        this.#own.set(at, steps);
      }
    }
  }

  /** Where the picture ends that seems to begin where the stretch does; 0 where none does. */
  get reach(): number {
    const pictures = (this.#own.get(0) ?? []).filter(({ stream, isCut }) => !isCut && hasMark(this.#streams[stream]!));
    return Math.max(0, ...pictures.map(({ end }) => end));
  }

  /** Where samples begin that prove it, rising. */
  provenStarts(): number[] {
    const { bytes } = this.#stretch;
    const starts: number[] = [];
    for (let at = 0; at < this.#length; at++) {
      const isProven =
        this.#own.get(at)?.some(({ stream, isCut }) => !isCut && hasMark(this.#streams[stream]!)) === true ||
        this.#streams.some(({ unmarked }) => unmarked !== undefined && isProvenAt(unmarked, bytes, at));
      if (isProven) starts.push(at);
    }
    return starts;
  }

  /**
   * The byte that stands behind most samples that say how long they are and that none of their like follows: nearly all
   * samples of a stream that keeps to its first byte begin with it. Undefined where none stands out.
   */
  byteBehindOwn(): number | undefined {
    const counts = new Uint32Array(256);
    let ends = 0;
    for (const steps of this.#own.values()) {
      for (const { end, isCut, stream } of steps) {
        if (isCut || end >= this.#length || this.#own.has(end) || !hasMark(this.#streams[stream]!)) continue;
        counts[this.#stretch.bytes[end]!]!++;
        ends++;
      }
    }
    const most = Math.max(...counts);
    return ends >= minEndsToJudge && most > ends / 2 ? counts.indexOf(most) : undefined;
  }

  /** The likeliest path from the beginning of the stretch to its end. */
  async find(habits: Habits, standing: Standing): Promise<Path> {
    const places = this.#places(habits);
    const search = new PathSearch(places, this.#stretch.bytes, standing, habits);
    const last = places.length - 1;
    for (let node = 0; node < last; node++) {
      if (node % nodesAtOnce === 0 && this.#pace.isDue) await this.#pace.turn();
      search.arrive(node);
      if (search.bits[node] === -Infinity) continue;
      this.#takeOwnSteps(search, node, habits);
      for (const [stream, { unmarked }] of this.#streams.entries()) {
        if (unmarked !== undefined) this.#takeUnmarked(search, node, stream, habits);
      }
    }
    search.arrive(last);
    return { bits: search.bits[last]!, pieces: search.pieces() };
  }

  /** Where samples may begin, rising, and the end of the stretch. */
  #places(habits: Habits): Int32Array {
    const isPlace = new Uint8Array(this.#length + 1);
    isPlace[0] = 1;
    isPlace[this.#length] = 1;
    for (const [at, steps] of this.#own) {
      isPlace[at] = 1;
      for (const { end } of steps) if (end < this.#length) isPlace[end] = 1;
    }
    for (const [stream, { unmarked }] of this.#streams.entries()) {
      this.#maxEnds[stream] = Math.ceil(maxSamplesWeighed / (this.#own.size + 1));
      if (unmarked === undefined || unmarked.unit !== undefined) continue;
      const begins = this.#beginsOf(unmarked, habits.streams[stream]!);
      this.#maxEnds[stream] = Math.ceil(maxSamplesWeighed / (begins.length + this.#own.size + 1));
      // So many places are no places.
      if (begins.length <= maxPlaces) for (const at of begins) isPlace[at] = 1;
    }
    const places: number[] = [];
    for (let at = 0; at <= this.#length; at++) if (isPlace[at] === 1) places.push(at);
    return Int32Array.from(places);
  }

  #beginsOf(unmarked: UnmarkedSamples, habit: StreamHabits): number[] {
    const { bytes } = this.#stretch;
    const begins: number[] = [];
    let holes = 0;
    for (let at = 0; at < this.#length; at++) {
      if (at === this.#holes[holes]?.start) at = this.#holes[holes++]!.end;
      if (habit.firstByteBits(bytes[at]!) > 0 && unmarked.beginProof(bytes, at) >= 0) begins.push(at);
    }
    return begins;
  }

  #takeOwnSteps(search: PathSearch, node: number, habits: Habits): void {
    const at = search.places[node]!;
    for (const { stream, end, isCut, bits: proof } of this.#own.get(at) ?? []) {
      const { second } = search.latest(node, stream);
      const bits = proof + habits.streams[stream]!.beginBits(this.#stretch.bytes, at, this.#length, second);
      const isOpen = end > this.#length;
      const to = isOpen || isCut ? search.last : search.nodeAt(end);
      // What begins with no mark seems to begin anywhere in the last sample of another stream.
      const cutBits = bits / 2 + (hasMark(this.#streams[stream]!) ? 0 : habits.streams[stream]!.tornBits());
      search.step(node, to, stream, isCut ? cutBits : bits, isOpen ? end : -1, isCut);
    }
  }

  #takeUnmarked(search: PathSearch, node: number, stream: number, habits: Habits): void {
    const { bytes, offset, rangeEnd, mayBeTorn, isCut } = this.#stretch;
    const unmarked = this.#streams[stream]!.unmarked!;
    const habit = habits.streams[stream]!;
    const at = search.places[node]!;
    const proof = unmarked.beginProof(bytes, at);
    if (proof < 0) return;
    const isRaw = unmarked.unit !== undefined;
    const previous = search.latest(node, stream);
    const begin = isRaw ? 0 : proof + habit.beginBits(bytes, at, this.#length, previous.second);
    const hole = isRaw ? Infinity : this.#holeBehind(at);
    const atRangeEnd = offset + this.#length >= rangeEnd;
    const last = Math.min(search.last, node + this.#maxEnds[stream]!);
    for (let to = node + 1; to <= last; to++) {
      const end = search.places[to]!;
      const size = end - at;
      if (size < unmarked.shortest) continue;
      if (size > unmarked.longest || hole < end) break;
      if (to === search.last && !atRangeEnd) break;
      // Only the next one would show that it is whole.
      if (to === search.last && isCut && unmarked.endsWithNext === true) break;
      // Raw data ends where something that proves itself begins.
      if (isRaw && to !== search.last && !this.#own.has(end)) continue;
      const own = unmarked.endProof(bytes, at, end);
      if (own < 0) continue;
      const ending = to === search.last ? Math.max(own, unmarked.lastProof ?? 0) : own;
      const habitual = isRaw
        ? this.#oddBlockBits(unmarked, size, to === search.last)
        : habit.endBits(bytes, end, previous.final) + habit.sizeBits(size, previous.size);
      const usual = begin + ending + habitual;
      const bits = unmarked.hasSteadySize && repeats(bytes, at, size) ? Math.max(usual, repeatedBits(size)) : usual;
      const atCut = isCut && to === search.last && !isRaw ? habit.placeBits() : 0;
      search.step(node, to, stream, bits + atCut, -1, false);
    }
    const rest = this.#length - at;
    if (rest > unmarked.longest || hole < this.#length || (atRangeEnd && !mayBeTorn)) return;
    const torn = isCut ? habit.placeBits() + tornAtCutBits : habit.tornBits();
    if (atRangeEnd) search.step(node, search.last, stream, begin + torn, -1, true);
    else search.step(node, search.last, stream, begin, Infinity, false);
  }

  /** Bits of raw data by its length: the last block may be shorter, and pictures with much to them are not met by chance. */
  #oddBlockBits({ block }: UnmarkedSamples, size: number, isLast: boolean): number {
    if (block === undefined || isLast || size % block === 0) return 0;
    return this.#streams.some(({ readsThrough }) => readsThrough !== undefined) ? oddBits : 0;
  }

  /** Where the first hole begins at or behind a place; the place itself, if it is within one. */
  #holeBehind(at: number): number {
    let low = 0;
    let high = this.#holes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#holes[middle]!.end <= at) low = middle + 1;
      else high = middle;
    }
    return low < this.#holes.length ? Math.max(at, this.#holes[low]!.start) : Infinity;
  }
}

function hasMark({ kind, beginsWithMark }: SampleSyntax): boolean {
  return kind === 'video' || beginsWithMark === true;
}

/**
 * What raw data costs that does not end where a block of its writer does, beside NAL units: more than what lies within a picture
 * looks like by chance.
 */
const oddBits = -40;

/** A cut ends the bytes behind a whole sample somewhat more often than chance has it: what has exactly the usual size is one. */
const tornAtCutBits = -3;

/** Whether the same bytes stand just before: in silence one packet follows itself. */
function repeats(bytes: Uint8Array, at: number, size: number): boolean {
  if (at < size) return false;
  for (let n = 0; n < size; n++) if (bytes[at + n] !== bytes[at - size + n]) return false;
  return true;
}

/** Bytes that say most of what a packet once more is worth, and what it costs that there are such at all. */
const maxBytesRepeated = 3;
const repetitionBits = -3;

function repeatedBits(size: number): number {
  return 8 * Math.min(size, maxBytesRepeated) + repetitionBits;
}

/** Ends of samples from which it is clear what stands behind most. */
const minEndsToJudge = 6;

/** Bits that no place has by chance in a stretch. */
const provenBits = 16;

function isProvenAt(unmarked: UnmarkedSamples, bytes: Uint8Array, at: number): boolean {
  return unmarked.usualFirstBytes.includes(bytes[at]!) && unmarked.beginProof(bytes, at) >= provenBits;
}
