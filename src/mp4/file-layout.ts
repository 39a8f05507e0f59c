/**
 * What lies in an ISO base media file from its first byte to its last: boxes, and bytes that are none. A box's size is
 * a recorder's promise, often broken: never filled in, wrapped at 2^32, or of a file that has been cut since. Where the
 * boxes do not follow on, the movie is looked for behind. Of what is in the boxes it knows only how a moov begins.
 */
import { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteSource } from '../io/file-source.ts';
import { boxAt, type BoxSpan } from './box.ts';
import { findFragment } from './find-fragment.ts';
import { findMovieBox } from './find-movie-box.ts';

/** How what a box says of its end is at odds with what is there. */
export type BoxFault =
  /** Its size is 0: up to the end of the file, or never filled in. */
  | 'open'
  /** It says that it ends behind the end of the file. */
  | 'beyond-end'
  /** Its size is that of 4 GiB or more, without the upper 32 bits. */
  | 'wrapped'
  /** What should follow it does not, and was found elsewhere. */
  | 'wrong'
  /** No box begins the file; what lies before the movie that was found is taken for media. */
  | 'headless';

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
  /** Bytes between boxes that are none, in order; fragments go on behind them. Looked for where it is to be thorough. */
  readonly strays: readonly { readonly start: number; readonly end: number }[];
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

/** How far fragments are looked for behind a damaged head. */
const searchedHead = 16 * 1024 * 1024;

/** Whether a file whose head is damaged is one all the same: a movie lies at its end, or fragments behind the head. */
export function holdsMovie(source: ByteSource): boolean {
  const { size } = source;
  return (
    lastOf(findMovieBox(source, 0, size, false)) !== undefined ||
    lastOf(findFragment(source, 0, Math.min(size, searchedHead))) !== undefined
  );
}

/** What a search that goes step by step comes to, where its steps are few. */
function lastOf<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/**
 * Reads which boxes there are. `thorough`: a lost movie is looked for in the whole file, not at its end alone, and so are
 * fragments behind what is no box. Goes step by step.
 */
export function* fileLayoutSteps(
  source: ByteSource,
  options: { thorough?: boolean } = {},
): Generator<void, FileLayout> {
  const { size } = source;
  const thorough = options.thorough === true;
  const boxes: GrowingBox[] = [];
  const strays: { start: number; end: number }[] = [];
  const movies = new MovieSearch(source, thorough);
  let at = 0;
  let cutShort = false;
  for (let walked = 0; at < size; walked++) {
    if (walked % boxesAtOnce === 0) yield;
    cutShort = boxes.length + strays.length >= maxBoxes;
    if (cutShort) break;
    const span = boxAt(source, at, size);
    if (span === undefined || !mayBeBox(span, size)) {
      const movie = at === 0 ? yield* movies.after(0) : undefined;
      if (movie !== undefined && movie > 0) {
        boxes.push({ source, type: 'mdat', start: 0, body: 0, end: movie, claimedEnd: movie, fault: 'headless' });
        at = movie;
        continue;
      }
      const end = thorough ? size : Math.min(size, searchedHead);
      const next = thorough || at === 0 ? yield* findFragment(source, at, end) : undefined;
      if (next === undefined || next <= at) break;
      strays.push({ start: at, end: next });
      at = next;
      continue;
    }
    const box = place(span, size) ?? (yield* placeByMovie(span, size, movies));
    keep(boxes, box);
    // A box has a header: the walk moves on whatever the file says.
    at = Math.max(box.end, box.body);
  }
  return { source, boxes, junk: at < size ? { start: at, end: size } : undefined, strays, cutShort };
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
  #isSearched = false;
  #found: number | undefined;

  constructor(source: ByteSource, thorough: boolean) {
    this.#source = source;
    this.#thorough = thorough;
  }

  /** Offset of the last moov at or behind `start`, which is never lower than in the call before. */
  *after(start: number): Generator<void, number | undefined> {
    if (!this.#isSearched) {
      this.#isSearched = true;
      this.#found = yield* findMovieBox(this.#source, start, this.#source.size, this.#thorough);
    }
    return this.#found !== undefined && this.#found >= start ? this.#found : undefined;
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
