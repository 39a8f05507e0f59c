/**
 * What lies in an ISO base media file from its first byte to its last: boxes, and bytes that are none. A box's size is
 * a recorder's promise, often broken: never filled in, wrapped at 2^32, or of a file that has been cut since. Where the
 * boxes do not follow on, an index is looked for behind. Of what is in the boxes it knows only how a moov begins.
 */
import { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteSource } from '../io/file-source.ts';
import { atOnce } from '../io/pace.ts';
import { boxAt, type BoxSpan } from './box.ts';
import { findIndex, findLastMovie, type LastMovie } from './find-index.ts';

/** How what a box says of its end is at odds with what is there. */
export type BoxFault =
  /** Its size is 0: up to the end of the file, or never filled in. */
  | 'open'
  /** It says that it ends behind the end of the file. */
  | 'beyond-end'
  /** Its size is that of 4 GiB or more, without the upper 32 bits. */
  | 'wrapped'
  /** What should follow it does not, and was found elsewhere. */
  | 'wrong';

/** A box of the file itself. */
export interface TopLevelBox extends BoxSpan {
  /** Where it says that it ends; `end` is where it really does. */
  readonly claimedEnd: number;
  readonly fault: BoxFault | undefined;
}

/** A box that may be joined by those behind it. */
type GrowingBox = { -readonly [K in keyof TopLevelBox]: TopLevelBox[K] };

/** The top level of a file; offsets in bytes of the file. */
export interface FileLayout {
  readonly source: ByteSource;
  readonly boxes: readonly TopLevelBox[];
  /** Bytes at the end that are no box, or, where that is cut short, have not been looked at. */
  readonly junk: { readonly start: number; readonly end: number } | undefined;
  /**
   * Bytes in front of boxes or between them that are none, in order: a head that is lost, media whose header is. Behind the
   * first box they are looked for only where it is to be thorough.
   */
  readonly strays: readonly { readonly start: number; readonly end: number }[];
  /** All behind the first mdat in doubt was looked through, and there is no index. */
  readonly hasNoIndex: boolean;
  /** There are more boxes than are looked at: a file that no recorder wrote, or a recording of many days in fragments. */
  readonly cutShort: boolean;
}

/** A day in fragments of half a second has 345,600 boxes; each that is kept costs some 100 bytes of memory. */
const maxBoxes = 500_000;
/** Boxes that are read between two steps: some milliseconds. */
const boxesAtOnce = 4096;
/** From this many boxes on, padding and media that follow on without a fragment between them are kept as one box. */
const maxSingleBoxes = 4096;
const joinedTypes: ReadonlySet<string> = new Set(['free', 'skip', 'wide', 'mdat']);

const boxTypes: ReadonlySet<string> = new Set(
  (
    'ftyp styp moov moof mdat free skip wide uuid sidx ssix mfra meta pnot PICT udta emsg prft pdin junk bloc imda ' +
    'otyp meco imdt'
  ).split(' '),
);

/** Boxes a recording may begin with. */
const firstTypes: ReadonlySet<string> = new Set([
  'ftyp',
  'styp',
  'moov',
  'mdat',
  'free',
  'skip',
  'wide',
  'pnot',
  'moof',
]);

/** Whether a file begins as an ISO base media file does. */
export function looksLikeMovieFile(source: ByteSource): boolean {
  const reader = new ByteReader(source.read(0, 16));
  const size = reader.u32();
  return firstTypes.has(reader.latin1(4)) && reader.fault === undefined && (size <= 1 || size >= 8);
}

/** Whether a file whose head is damaged is one all the same: a movie lies at its end, or fragments behind the head. */
export function holdsMovie(source: ByteSource): boolean {
  return atOnce(fileLayoutSteps(source)).boxes.some(({ type }) => type === 'moov' || type === 'moof');
}

/** How a layout is read. */
export interface LayoutOptions {
  /** A lost index is looked for in the whole file, not at its end alone. */
  readonly thorough?: boolean;
}

/** Reads which boxes there are. Goes step by step. */
export function* fileLayoutSteps(source: ByteSource, options: LayoutOptions = {}): Generator<void, FileLayout> {
  return yield* walk({ source, boxes: [], strays: [], from: 0 }, options.thorough === true);
}

/**
 * The layout with what an mdat, or what belongs to no box, hides: a moov or fragments inside it, as a recorder leaves that
 * was stopped while it laid one mdat over all that it had written. Undefined where nothing is hidden. Goes step by step.
 */
export function* hiddenLayoutSteps(layout: FileLayout): Generator<void, FileLayout | undefined> {
  const { source, boxes, strays, junk, hasNoIndex } = layout;
  if (hasNoIndex) return undefined;
  const mdats = boxes.filter(({ type }) => type === 'mdat').map(({ body, end }) => ({ start: body, end }));
  for (const { start, end } of junk === undefined ? mdats : [...mdats, junk]) {
    const at = yield* findIndex(source, start, end);
    if (at === undefined) continue;
    // The mdat ends where the index begins.
    const kept = boxes
      .filter((box) => box.end <= start || (box.start < start && box.body <= at))
      .map((box): GrowingBox => (box.end > at ? { ...box, end: at, fault: 'wrong' } : { ...box }));
    const passed = strays.filter((stray) => stray.end <= start);
    if (start === junk?.start && start < at) passed.push({ start, end: at });
    return yield* walk({ source, boxes: kept, strays: passed, from: at }, true);
  }
  return undefined;
}

/** Where a walk begins, and what is in front of that. */
interface Beginning {
  readonly source: ByteSource;
  readonly boxes: GrowingBox[];
  readonly strays: { readonly start: number; readonly end: number }[];
  readonly from: number;
}

function* walk({ source, boxes, strays, from }: Beginning, thorough: boolean): Generator<void, FileLayout> {
  const { size } = source;
  const movies = new MovieSearch(source, thorough);
  let at = from;
  let cutShort = false;
  for (let walked = 0; at < size; walked++) {
    if (walked % boxesAtOnce === 0) yield;
    cutShort = boxes.length + strays.length >= maxBoxes;
    if (cutShort) break;
    const span = boxAt(source, at, size);
    if (span === undefined || !mayBeBox(span, size)) {
      const next = yield* nextIndex(source, at, thorough, isHeadLost(boxes) ? movies : undefined);
      if (next === undefined || next <= at) break;
      strays.push({ start: at, end: next });
      at = next;
      continue;
    }
    const box = place(span, size) ?? (yield* placeByMovie(span, size, movies));
    // Whatever a box claims that would take in all that follows: a movie behind its header decides.
    const movie = mayHide(box, boxes) ? yield* movies.after(span.body) : undefined;
    if (movie !== undefined) {
      strays.push({ start: at, end: movie });
      at = movie;
      continue;
    }
    keep(boxes, box);
    // A box has a header: the walk moves on whatever the file says.
    at = Math.max(box.end, box.body);
  }
  const junk = at < size ? { start: at, end: size } : undefined;
  return { source, boxes, junk, strays, hasNoIndex: movies.hasNone, cutShort };
}

/** Whether no box that a recorder begins with was met: what was may be what the bytes of a lost head look like by chance. */
function isHeadLost(boxes: readonly TopLevelBox[]): boolean {
  return boxes[0]?.type !== 'ftyp' && boxes.every(({ type }) => type !== 'moov' && type !== 'moof');
}

/** Whether a box that takes in all that follows may be none: of media the movie tells anyway, and behind media it is the last. */
function mayHide({ source, type, body, end, fault }: TopLevelBox, before: readonly TopLevelBox[]): boolean {
  if (end < source.size || before.some((box) => recordedTypes.has(box.type)) || type === 'mdat') return false;
  if (type !== 'moov') return type !== 'moof' && fault !== undefined;
  const inside = boxAt(source, body, end);
  return inside === undefined || !/^[ -~\u00a9]{4}$/.test(inside.type);
}

const recordedTypes: ReadonlySet<string> = new Set(['mdat', 'moov', 'moof']);

/** What is looked through behind a lost head when there is no time for all. */
const searchedHead = 1024 * 1024;

/** The index behind what is no box. `movies`: where the head of the file is lost. */
function* nextIndex(
  source: ByteSource,
  at: number,
  thorough: boolean,
  movies: MovieSearch | undefined,
): Generator<void, number | undefined> {
  if (thorough) return yield* findIndex(source, at, source.size);
  if (movies === undefined) return undefined;
  return (yield* findIndex(source, at, Math.min(source.size, at + searchedHead))) ?? (yield* movies.after(at));
}

/** Adds a box; where there are very many, to the one before it if both are padding, or media. */
function keep(boxes: GrowingBox[], box: GrowingBox): void {
  const last = boxes.at(-1);
  const joins =
    boxes.length >= maxSingleBoxes &&
    last?.type === box.type &&
    joinedTypes.has(box.type) &&
    last.fault === undefined &&
    box.fault === undefined;
  if (joins) {
    last.end = box.end;
    last.claimedEnd = box.claimedEnd;
  } else {
    boxes.push(box);
  }
}

/** The last moov of a file, looked for once however many boxes are in doubt. */
class MovieSearch {
  readonly #source: ByteSource;
  readonly #thorough: boolean;
  #met: LastMovie | undefined;

  constructor(source: ByteSource, thorough: boolean) {
    this.#source = source;
    this.#thorough = thorough;
  }

  /** Offset of the last moov at or behind `start`, which is never lower than in the call before. */
  *after(start: number): Generator<void, number | undefined> {
    this.#met ??= yield* findLastMovie(this.#source, start, this.#source.size, this.#thorough);
    const { movie } = this.#met;
    return movie !== undefined && movie >= start ? movie : undefined;
  }

  /** Whether all was looked through, and no index met. */
  get hasNone(): boolean {
    return this.#thorough && this.#met !== undefined && this.#met.movie === undefined && !this.#met.hasFragments;
  }
}

function mayBeBox(span: BoxSpan, size: number): boolean {
  return boxTypes.has(span.type) || (span.end <= size && /^[ -~\u00a9]{4}$/.test(span.type));
}

/** Boxes of unknown types that may stand between one that is known and the next, as Google's `axte` does. */
const maxUnknownBoxes = 16;

function startsBox(source: ByteSource, start: number): boolean {
  let at = start;
  for (let passed = 0; passed <= maxUnknownBoxes; passed++) {
    if (at === source.size) return true;
    const span = boxAt(source, at, source.size);
    if (span === undefined) return false;
    if (boxTypes.has(span.type)) return true;
    if (!mayBeBox(span, source.size) || span.end <= at) return false;
    at = span.end;
  }
  return false;
}

function placed(span: BoxSpan, end: number, fault: BoxFault | undefined): GrowingBox {
  const { source, type, start, body, end: claimedEnd } = span;
  return { source, type, start, body, end, claimedEnd, fault };
}

/** Whether its size is 0, which means to the end of the file. */
function isOpenBox({ source, start, end }: BoxSpan, size: number): boolean {
  return end === size && new ByteReader(source.read(start, 4)).u32() === 0;
}

/**
 * Where a box really ends; undefined where only the movie behind it may tell. Only of mdat there is doubt that can be
 * settled: everything else is small.
 */
function place(span: BoxSpan, size: number): GrowingBox | undefined {
  const { source, type, start, body, end: claimedEnd } = span;
  const isOpen = isOpenBox(span, size);
  const isBeyond = claimedEnd > size;
  const within = Math.min(claimedEnd, size);
  if (type !== 'mdat') {
    return placed(span, within, isBeyond ? 'beyond-end' : isOpen && type !== 'moov' ? 'open' : undefined);
  }
  if (!isOpen && !isBeyond && startsBox(source, claimedEnd)) return placed(span, within, undefined);
  if (!isOpen && !isBeyond && body - start === 8) {
    for (let end = claimedEnd + 2 ** 32; end < size; end += 2 ** 32) {
      if (startsBox(source, end)) return placed(span, end, 'wrapped');
    }
  }
  return undefined;
}

/** Where an mdat ends that nothing intact follows: at the movie behind it, where there is one. */
function* placeByMovie(span: BoxSpan, size: number, movies: MovieSearch): Generator<void, GrowingBox> {
  const isOpen = isOpenBox(span, size);
  const movie = yield* movies.after(span.body);
  if (movie !== undefined) return placed(span, movie, isOpen ? 'open' : 'wrong');
  // Nothing intact behind it: media that it does not cover, up to 4 GiB and more, or junk.
  const fault = isOpen ? 'open' : span.end > size ? 'beyond-end' : undefined;
  return placed(span, Math.min(span.end, size), fault);
}
