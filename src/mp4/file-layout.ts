/**
 * What lies in an ISO base media file from its first byte to its last: boxes, and bytes that are none. A box's size is
 * a recorder's promise, often broken: never filled in, wrapped at 2^32, or of a file that has been cut since. Where the
 * boxes do not follow on, the movie is looked for behind. Of what is in the boxes it knows only how a moov begins.
 */
import { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteSource } from '../io/file-source.ts';
import { readBoxes, type BoxSpan } from './box.ts';
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
  | 'wrong';

/** A box of the file itself. */
export interface TopLevelBox extends BoxSpan {
  /** Where it says that it ends; `end` is where it really does. */
  readonly claimedEnd: number;
  readonly fault: BoxFault | undefined;
}

export interface FileLayout {
  readonly source: ByteSource;
  readonly boxes: readonly TopLevelBox[];
  /** Bytes at the end that are no box. */
  readonly junk: { readonly start: number; readonly end: number } | undefined;
  /** Bytes between boxes that are none, in order; fragments go on behind them. Looked for where it is to be thorough. */
  readonly strays: readonly { readonly start: number; readonly end: number }[];
  /** There are more boxes than are looked at: a stranger's claim, or a recording of many days in fragments. */
  readonly cutShort: boolean;
}

/** A day in fragments of half a second has 345,600 boxes; more is no recording. */
const mostBoxes = 2_000_000;

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

/**
 * Reads which boxes there are. `thorough`: a lost movie is looked for in the whole file, not at its end alone, and so are
 * fragments behind what is no box.
 */
export function readFileLayout(source: ByteSource, options: { thorough?: boolean } = {}): FileLayout {
  const { size } = source;
  const thorough = options.thorough === true;
  const boxes: TopLevelBox[] = [];
  const strays: { start: number; end: number }[] = [];
  let at = 0;
  while (at < size) {
    if (boxes.length === mostBoxes) return { source, boxes, junk: undefined, strays, cutShort: true };
    const [span] = readBoxes(source, at, size);
    if (span === undefined || !isPlausible(span, size)) {
      const next = thorough && boxes.length > 0 ? findFragment(source, at, size) : undefined;
      if (next === undefined) break;
      strays.push({ start: at, end: next });
      at = next;
      continue;
    }
    const placed = place(span, size, thorough);
    boxes.push(placed);
    at = placed.end;
  }
  return { source, boxes, junk: at < size ? { start: at, end: size } : undefined, strays, cutShort: false };
}

function isPlausible(span: BoxSpan, size: number): boolean {
  return boxTypes.has(span.type) || (span.end <= size && /^[ -~\u00a9]{4}$/.test(span.type));
}

function startsBox(source: ByteSource, at: number): boolean {
  if (at === source.size) return true;
  const [span] = readBoxes(source, at, source.size);
  return span !== undefined && boxTypes.has(span.type);
}

/** Where a box really ends. Only of mdat there is doubt that can be settled: everything else is small. */
function place(span: BoxSpan, size: number, thorough: boolean): TopLevelBox {
  const { source, end: claimedEnd } = span;
  const isOpen = span.end === size && new ByteReader(source.read(span.start, 4)).u32() === 0;
  const isBeyond = claimedEnd > size;
  const beyond = { ...span, claimedEnd, end: Math.min(claimedEnd, size) };
  if (span.type !== 'mdat') {
    return { ...beyond, fault: isBeyond ? 'beyond-end' : isOpen && span.type !== 'moov' ? 'open' : undefined };
  }
  if (!isOpen && !isBeyond && startsBox(source, claimedEnd)) return { ...beyond, fault: undefined };
  if (!isOpen && !isBeyond && span.body - span.start === 8) {
    for (let end = claimedEnd + 2 ** 32; end < size; end += 2 ** 32) {
      if (startsBox(source, end)) return { ...span, claimedEnd, end, fault: 'wrapped' };
    }
  }
  const movie = findMovieBox(source, span.body, size, thorough);
  if (movie !== undefined) return { ...span, claimedEnd, end: movie, fault: isOpen ? 'open' : 'wrong' };
  if (isOpen) return { ...beyond, fault: 'open' };
  if (isBeyond) return { ...beyond, fault: 'beyond-end' };
  // Nothing sound behind it: media that it does not cover, up to 4 GiB and more, or junk.
  return { ...beyond, fault: undefined };
}
