/**
 * Finds samples in media that no index describes: the tail of a crashed recording, a file that never got its index. It is
 * given byte ranges and the streams that are in them, each as a `SampleSyntax` that knows its codec, and it knows no codec
 * and no container itself.
 *
 * How it is used, by way of `carveStreams`, which deals out streams that are coded alike:
 *
 *     const sought = [streamOf(configuration, { id: 1, timescale, known }, framesPerSecond)];  // streams.ts; undefined: no syntax
 *     const carving = await carveStreams(source, ranges, sought);        // dealt-streams.ts: which samples, where, output order
 *     const tracks = yield* joinTracks(carving, carving.streams.map(({ stream }) => stream));  // joined-tracks.ts: when
 *
 * Interleaved streams are told apart by proof: a sample counts when its syntax closes and the next sample, of whatever
 * stream, begins where it ends, or the range ends there. Where two streams both close, both are followed until one fails.
 * Where none does, the bytes are skipped up to the next place from which several samples follow one another; what was
 * skipped is reported. Effort and memory are bounded whatever the bytes are.
 *
 * What it cannot find: damage inside a coded picture that leaves its NAL unit lengths alone and is no hole of zeros.
 */
import type { ByteSource } from '../../io/file-source.ts';
import { Pace } from '../../io/pace.ts';
import { ByteWindow, findHole, isHoleAt } from './byte-window.ts';
import { CarvedSamples, SkippedRanges, type SkippedRange, type SkipReason } from './carved-samples.ts';
import { KnownContext, type KnownSamples } from './known-context.ts';
import { OtherData, type PassedOverSamples } from './other-data.ts';
import { RecentPlaces } from './recent-places.ts';
import { recordSyntaxes } from './record-syntax.ts';
import type { RecordRule } from './records.ts';
import { behindBoxes, isBehindZeros, isPadding, zerosEnd } from './padding.ts';
import { PaddedSamples } from './padded-samples.ts';
import type { Match, Question, SampleSyntax } from './sample-syntax.ts';
import { UnmarkedCarver } from './unmarked-carver.ts';
import { UsualSizes } from './usual-sizes.ts';

/** Bytes to look for samples in. */
export interface CarveRange {
  readonly offset: number;
  readonly length: number;
  /**
   * Whether its last sample may be cut off: the range ends where the file does. Otherwise a sample begins where the range
   * ends, and the last one in it ends there.
   */
  readonly mayBeTorn: boolean;
  /** It goes on behind the end of the file: its last sample is cut off. */
  readonly isCut?: boolean;
}

/** What is known beforehand, and who is kept informed. */
export interface CarveOptions {
  /** By stream: what is known already. Pictures just before and behind a range stand in the result too, marked, with their order. */
  readonly known?: readonly (KnownSamples | undefined)[] | undefined;
  /**
   * Samples of other tracks stand between those that are looked for: they are passed over, by what is known of them, and
   * samples that prove themselves need no neighbour.
   */
  readonly passOver?: readonly RecordRule[] | undefined;
  /** What is found is only to show how the other tracks look: audio behind them may have lost its head. */
  readonly isLearning?: boolean | undefined;
  /** Asked between samples; what stops it stops the carver. */
  readonly pace?: Pace | undefined;
  /** Called with the bytes looked at so far, whenever the pace takes a turn. */
  readonly progress?: ((done: number) => void) | undefined;
}

/** What came of carving. */
export interface Carving {
  readonly samples: CarvedSamples;
  /** What was left, in order. */
  readonly skipped: readonly SkippedRange[];
  /** What was passed over as samples of other tracks. */
  readonly passed: PassedOverSamples | undefined;
  /** Bytes between whole samples that are nobody's: what a writer fills up with, and boxes of the container. */
  readonly padding: number;
  /**
   * Numbers of streams that are so alike that only the order in which their samples usually come shows which is of which:
   * where one is missing, what follows may be of the other.
   */
  readonly alike: readonly number[];
}

/** Looks for samples of the streams in the ranges, which rise and do not overlap. A range begins with a sample. */
export async function carve(
  source: ByteSource,
  ranges: Iterable<CarveRange>,
  streams: readonly SampleSyntax[],
  options: CarveOptions = {},
): Promise<Carving> {
  const carver = new Carver(source, streams, options);
  let isBehindAny = false;
  for (const range of ranges) {
    if (isBehindAny) carver.behindRange(range.offset);
    isBehindAny = true;
    await carver.range(range);
  }
  if (isBehindAny) carver.behindRange(Infinity);
  return carver.carving;
}

/** Samples followed where two streams close at one place. */
const followed = 6;
/** Bytes of each sample that are held at once, so that the window does not move back and forth. */
const heldAtOnce = 192 * 1024;
/** Places without a sample that are looked at before the pace is asked, and those among them at which one seemed to begin. */
const placesAtOnce = 4096;
const triesAtOnce = 16;
/** Places remembered: more than are looked at ahead, and few enough to be forgotten young. */
const placesRemembered = 256;

interface Candidate {
  readonly stream: number;
  readonly match: Match;
}

interface Found {
  readonly closed: readonly Candidate[];
  /** A sample that the bytes end within. */
  readonly cut: boolean;
  /** Where that one says it ends, if one does. */
  readonly announcedEnd: number | undefined;
}

class Carver {
  readonly #window: ByteWindow;
  readonly #streams: readonly SampleSyntax[];
  readonly #options: CarveOptions;
  readonly #pace: Pace;
  readonly #samples = new CarvedSamples();
  readonly #skipped = new SkippedRanges();
  readonly #remembered = new RecentPlaces<Found>(placesRemembered);
  #start = 0;
  #end = 0;
  #mayBeTorn = false;
  #done = 0;
  #padding = 0;
  /** Where the zeros end that the search began with. */
  #zerosEnd = -1;
  /** Places since the last turn at which a sample seemed to begin. */
  #tries = 0;
  readonly #sizes: UsualSizes;
  readonly #padded: readonly PaddedSamples[];
  readonly #context: KnownContext;
  /** By stream: where its last sample begins. */
  readonly #last: number[];
  readonly #alike = new Set<number>();
  /** Offset behind the last bytes that were left: samples of any stream may be missing there. */
  #leftUpTo = 0;
  /** Streams of which samples may be missing before the next. */
  readonly #behindLoss = new Set<number>();
  /** Where samples of other tracks are passed over. */
  readonly #others?: OtherData;
  /** Does the work where some of the streams' samples do not say how long they are. */
  readonly #unmarked: UnmarkedCarver | undefined;

  constructor(source: ByteSource, given: readonly SampleSyntax[], options: CarveOptions) {
    const isUnmarked = given.some(({ unmarked }) => unmarked !== undefined);
    const streams = isUnmarked ? given.map((syntax) => syntax.asUnmarked ?? syntax) : given;
    this.#window = new ByteWindow(source);
    this.#streams = streams;
    this.#options = options;
    this.#pace = options.pace ?? new Pace();
    const { passOver: rules } = options;
    if (rules !== undefined) this.#others = new OtherData(rules, this.#window, (at) => this.#beginsSample(at));
    this.#last = streams.map(() => -1);
    this.#context = new KnownContext(this.#window, streams, this.#samples, options.known ?? []);
    this.#sizes = new UsualSizes(streams.length);
    this.#padded = streams.map(() => new PaddedSamples());
    if (!isUnmarked) return;
    const others = recordSyntaxes(rules ?? [], streams);
    this.#unmarked = new UnmarkedCarver(this.#window, [...streams, ...others], {
      samples: this.#samples,
      sought: streams.length,
      pass: (from, to) => this.#others?.pass(from, to, true),
      skip: (from, to, reason) => this.#skip(from, to, reason),
      pace: this.#pace,
      turn: (at) => this.#turn(at),
    });
  }

  get carving(): Carving {
    const alike = [...this.#alike].sort((a, b) => a - b);
    return {
      samples: this.#samples,
      skipped: this.#skipped.list,
      passed: this.#others,
      padding: this.#padding,
      alike,
    };
  }

  async range({ offset, length, mayBeTorn, isCut = false }: CarveRange): Promise<void> {
    // Samples are missing in what lies between, unless an index has them.
    if (this.#end > 0 && offset > this.#end && this.#options.known?.some((each) => each !== undefined) !== true) {
      this.#noteLoss();
    }
    this.#start = offset;
    this.#end = Math.min(offset + length, this.#window.size);
    this.#mayBeTorn = mayBeTorn;
    this.#remembered.clear();
    for (const [stream, last] of this.#context.before(offset)) this.#last[stream] = Math.max(this.#last[stream]!, last);
    let at = offset;
    if (this.#unmarked !== undefined) {
      await this.#unmarked.range(offset, this.#end, mayBeTorn, isCut);
      at = this.#end;
    }
    while (at < this.#end) {
      if (this.#pace.isDue) await this.#turn(at);
      this.#window.hold(at, Math.min(heldAtOnce, this.#end - at));
      at = this.#take(at) ?? this.#passBoxes(at) ?? this.#passRecords(at) ?? (await this.#pass(at));
    }
    this.#done += this.#end - offset;
  }

  /** To be called behind each range, with where the next one begins. */
  behindRange(nextOffset: number): void {
    this.#context.behind(nextOffset);
  }

  /** Takes the sample that begins at a place. Returns the offset behind it; undefined where none begins. */
  #take(at: number): number | undefined {
    const chosen = this.#choose(at);
    if (chosen === undefined) return undefined;
    const { stream, match } = chosen;
    const syntax = this.#streams[stream]!;
    const isLast = match.end === this.#end;
    if (syntax.kind === 'video' && this.#padded[stream]!.holeIn(this.#window, at, match.end, isLast) >= 0) {
      this.#leftUpTo = match.end;
      this.#skip(at, match.end, 'zeros');
      return match.end;
    }
    if (this.#behindLoss.delete(stream) && (syntax.continues?.(at, this.#window) ?? 1) === 0) syntax.interrupt?.();
    const facts = syntax.accept(at, match.end, this.#window);
    this.#samples.add(stream, at, match.end - at, facts, facts);
    this.#last[stream] = at;
    this.#sizes.note(stream, match.end - at);
    return match.end;
  }

  /** Passes over what begins no sample. Returns the next place where one begins. */
  async #pass(at: number): Promise<number> {
    const { cut, announcedEnd } = this.#found(at);
    this.#zerosEnd = zerosEnd(this.#window, at, this.#end);
    const next = this.#goesOnBehind(announcedEnd) ? this.#end : await this.#resynchronise(at);
    // If samples follow behind a place where one seems to be cut off, it is none.
    const isTorn = cut && this.#mayBeTorn && next === this.#end;
    const isHole = isHoleAt(this.#window, at);
    if (isPadding(at, next, this.#zerosEnd) && next < this.#end) {
      this.#padding += next - at;
      return next;
    }
    this.#leftUpTo = next;
    // Other data is nothing that a stream lacks; where zeros stand in it, it may be.
    if (this.#others !== undefined && findHole(this.#window, at, next) >= 0) this.#noteLoss();
    if (this.#others !== undefined && !isTorn && !isHole) this.#others.pass(at, next, false);
    else this.#skip(at, next, isTorn ? 'torn' : isHole ? 'zeros' : 'unreadable');
    return next;
  }

  /**
   * Whether a sample that the range cuts off ends at a place behind it where the next one begins: the range is the beginning of
   * more media, which is tried on.
   */
  #goesOnBehind(announcedEnd: number | undefined): boolean {
    if (!this.#mayBeTorn || announcedEnd === undefined || announcedEnd >= this.#window.size) return false;
    const question = { window: this.#window, end: this.#window.size, mayBeTorn: false, searching: false };
    return this.#streams.some((syntax) => syntax.match(announcedEnd, question).outcome === 'closed');
  }

  /** Steps over boxes that the writer left within the media, each of which ends where a sample begins. */
  #passBoxes(at: number): number | undefined {
    const next = behindBoxes(this.#window, at, this.#end);
    if (next !== undefined) this.#padding += next - at;
    return next;
  }

  /** Steps over records of other tracks. Returns the place behind them; undefined where none stand there. */
  #passRecords(at: number): number | undefined {
    const next = this.#behindRecords(at);
    if (next !== undefined) this.#others?.pass(at, next, true);
    return next;
  }

  #behindRecords(at: number): number | undefined {
    return this.#others?.behindRecords(at, this.#end);
  }

  #beginsSample(at: number): boolean {
    if (at === this.#end) return true;
    const { closed, cut } = this.#found(at);
    if (closed.length > 0 || (cut && this.#mayBeTorn)) return true;
    return behindBoxes(this.#window, at, this.#end) !== undefined;
  }

  /** Whether a sample is one even where nothing known follows it. */
  #provesItself({ stream, match }: Candidate, at: number, placed: boolean): boolean {
    if (this.#others === undefined) return false;
    return this.#streams[stream]!.provesItself?.(at, match.end, this.#window, placed) === true;
  }

  /** Data of other tracks may look like a sample, and end where one begins. */
  #contradictsItself({ stream, match }: Candidate, at: number): boolean {
    if (this.#others === undefined) return false;
    return this.#streams[stream]!.contradictsItself?.(at, match.end, this.#window) === true;
  }

  /** What begins at a place, as far as its own syntax tells. */
  #found(at: number): Found {
    const known = this.#remembered.get(at);
    if (known !== undefined) return known;
    const closed: Candidate[] = [];
    let cut = false;
    let announcedEnd: number | undefined;
    const question = { window: this.#window, end: this.#end, mayBeTorn: this.#mayBeTorn, searching: false };
    for (const [stream, syntax] of this.#streams.entries()) {
      const match = syntax.match(at, question);
      if (match.outcome === 'closed' && match.end > at) closed.push({ stream, match });
      cut ||= match.outcome === 'cut';
      announcedEnd ??= match.announcedEnd;
    }
    const found = { closed, cut, announcedEnd };
    this.#remembered.set(at, found);
    return found;
  }

  /** The sample at a place whose truth is proven by what follows it. */
  #choose(at: number): Candidate | undefined {
    const closed = this.#withoutTwins(this.#found(at).closed, at).filter(
      (candidate) => !this.#contradictsItself(candidate, at),
    );
    if (closed.length === 1) {
      const [only] = closed as [Candidate];
      return this.#isProven(only, at) ? only : undefined;
    }
    let best: Candidate | undefined;
    let longest = 0;
    for (const candidate of closed) {
      const length = this.#follow(candidate.match.end, followed, true);
      if (length > longest || (best === undefined && this.#isProven(candidate, at))) {
        best = candidate;
        longest = length;
      }
      if (longest >= followed) break;
    }
    return best;
  }

  /** Of streams that claim the very same bytes only the one whose turn it is. */
  #withoutTwins(closed: readonly Candidate[], at: number): readonly Candidate[] {
    if (closed.length < 2) return closed;
    const distinct: Candidate[] = [];
    for (const candidate of closed) {
      const { stream, match } = candidate;
      const twin = distinct.findIndex(
        (other) => other.match.end === match.end && this.#streams[other.stream]!.kind === this.#streams[stream]!.kind,
      );
      if (twin < 0) distinct.push(candidate);
      else if (this.#isDue(stream, distinct[twin]!.stream, at, match.end)) distinct[twin] = candidate;
    }
    return distinct;
  }

  /**
   * Whether a sample that may be of either stream is of the first: by what it continues, where that does not tell or samples of
   * either may be missing by how far it can be read, else by whose turn it is.
   */
  #isDue(stream: number, other: number, at: number, end: number): boolean {
    const both = [stream, other].map((candidate) => this.#streams[candidate]!);
    const [own, others] = both.map((syntax) => syntax.continues?.(at, this.#window));
    const isTold = own !== undefined && others !== undefined && own !== others;
    const isComplete = Math.min(this.#last[stream]!, this.#last[other]!) >= this.#leftUpTo;
    if (isTold && isComplete) return own > others;
    const [ownReading, othersReading] = both.map((syntax) => readingRank(syntax.readsThrough?.(at, end, this.#window)));
    if (ownReading !== othersReading) return ownReading! > othersReading!;
    if (isTold) return own > others;
    this.#alike.add(stream).add(other);
    return this.#last[stream]! < this.#last[other]!;
  }

  /** Whether another sample begins where the one at `at` ends, or the range or a hole does. */
  #isProven({ stream, match }: Candidate, at: number): boolean {
    if (match.end === this.#end) return true;
    if (this.#isUnusual(stream, match.end - at)) return this.#follow(match.end, followed, true) >= followed;
    if (this.#beginsSample(match.end) || this.#behindRecords(match.end) !== undefined) return true;
    if (this.#behindRecords(at) === undefined && this.#provesItself({ stream, match }, at, true)) return true;
    // No sample ends with a zero byte: one that does before a hole reaches into it.
    return isHoleAt(this.#window, match.end) && this.#window.uint(match.end - 1, 1) !== 0;
  }

  /** Whether a sample has to be proven by more than its neighbour. */
  #isUnusual(stream: number, size: number): boolean {
    return this.#streams[stream]!.kind === 'audio' && this.#sizes.isUnusual(stream, size);
  }

  /**
   * Samples that follow one another from a place on, at most `depth`. `endProves`: the end of the range, or a sample that
   * the end of the file cuts, counts for as many as are asked for.
   */
  #follow(at: number, depth: number, endProves: boolean): number {
    if (depth <= 0) return 0;
    if (at === this.#end) return endProves ? depth : 1;
    const { closed, cut } = this.#found(at);
    let longest = endProves && cut && closed.length === 0 && this.#mayBeTorn ? depth : 0;
    if (closed.length === 0) {
      const behind = behindBoxes(this.#window, at, this.#end) ?? this.#behindRecords(at);
      if (behind !== undefined) return this.#follow(behind, depth, endProves);
    }
    for (const candidate of closed) {
      const { match, stream } = candidate;
      longest = Math.max(longest, 1 + this.#follow(match.end, depth - 1, endProves));
      const isVideo = this.#streams[stream]!.kind === 'video';
      if (longest < depth && isVideo && this.#provesItself(candidate, at, true)) return depth;
      if (longest >= depth) break;
    }
    return longest;
  }

  /**
   * The next place behind `from` from which samples follow one another, or the end of the range. What seems to be an access
   * unit of audio may be one that began elsewhere and swallowed others: places before its end are tried too.
   */
  async #resynchronise(from: number): Promise<number> {
    if (this.#others === undefined) for (const syntax of this.#streams) syntax.interrupt?.();
    let next = this.#end;
    const question = { window: this.#window, end: this.#end, mayBeTorn: this.#mayBeTorn, searching: true };
    for (let at = from + 1; at < next; at++) {
      if (at % placesAtOnce === 0 || this.#tries >= triesAtOnce) {
        this.#tries = 0;
        if (this.#pace.isDue) await this.#turn(at);
      }
      const index = this.#window.hold(at, Math.min(heldAtOnce, this.#end - at));
      const place = this.#search(at, index, question);
      if (place !== undefined && place < next) next = place;
    }
    return next;
  }

  /** Asked at every byte: nothing is made there. */
  #search(at: number, index: number, question: Question): number | undefined {
    if (this.#others?.isFoundAt(at, this.#end) === true) return at;
    for (let stream = 0; stream < this.#streams.length; stream++) {
      const syntax = this.#streams[stream]!;
      if (!syntax.mayBegin(this.#window.bytes, index)) continue;
      this.#tries++;
      const match = syntax.match(at, question);
      if (match.outcome !== 'closed' || match.end <= at) continue;
      const isFollowed = this.#follow(match.end, syntax.proofLength, false) >= syntax.proofLength;
      if (!isFollowed && !this.#provesItself({ stream, match }, at, false)) continue;
      if (this.#contradictsItself({ stream, match }, at)) continue;
      // Nothing proves where an audio frame begins but the end of the one before: the first may have lost its head.
      const isSure = syntax.kind === 'video' || syntax.beginsWithMark === true || this.#options.isLearning === true;
      return isSure || isBehindZeros(at, this.#zerosEnd) ? at : match.end;
    }
    return undefined;
  }

  #noteLoss(): void {
    for (const stream of this.#streams.keys()) this.#behindLoss.add(stream);
  }

  #skip(from: number, to: number, reason: SkipReason): void {
    this.#skipped.add(from, to, reason, this.#samples.length);
  }

  async #turn(at: number): Promise<void> {
    this.#options.progress?.(this.#done + at - this.#start);
    await this.#pace.turn();
  }
}

/** What is read to its end is a sample of a stream, what is not read may be one. */
function readingRank(isWhole: boolean | undefined): number {
  return isWhole === undefined ? 1 : isWhole ? 2 : 0;
}
