/**
 * Finds a moov or a moof that no size leads to: behind a head that is lost, inside an mdat that was laid over it. What is
 * found proves itself by how it is built: its type, its first box of the one or two lengths there are, and a track within it
 * that begins as every one does. Four letters inside media are never enough. It knows nothing of what the index says.
 */
import type { ByteSource } from '../io/file-source.ts';
import { boxAt, type BoxSpan } from './box.ts';

/** Bytes between two steps. */
const blockLength = 1024 * 1024;
/** What comes before the type of a box: its size. */
const sizeLength = 4;
/** A fragment's moof describes seconds of media. */
const maxMoof = 64 * 1024 * 1024;
/** A moov of days has some hundred megabytes. */
const maxMoov = 2 * 1024 * 1024 * 1024 - 1;
/** Boxes that may stand in a moov in front of its first trak, or in a moof in front of its first traf. */
const maxBoxesBefore = 16;

/** Offset of the first moov or moof in [start, end) that is built as one, or undefined. Goes step by step. */
export function* findIndex(source: ByteSource, start: number, end: number): Generator<void, number | undefined> {
  for (let from = start; from + 2 * sizeLength <= end; from += blockLength) {
    yield;
    // A size and a type may lie across two blocks.
    const bytes = source.read(from, Math.min(blockLength + 2 * sizeLength - 1, end - from));
    const places = typesIn(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    // Looking there takes the bytes away.
    for (const place of places) if (isIndexAt(source, from + place, end)) return from + place;
  }
  return undefined;
}

/** What is looked through when there is no time for all: as much as the moov of a long recording may have. */
const searchedTail = 8 * 1024 * 1024;
/** `moov`, the mvhd's length, `mvhd`. */
const moviePattern = 12;
const mvhdLengths: ReadonlySet<number> = new Set([108, 120]);

/** What a search from the end of a file met. */
export interface LastMovie {
  /** Offset of the last moov, which may be torn behind its first box. */
  readonly movie: number | undefined;
  /** Whether a fragment stands in what was looked through, which is all behind the movie. */
  readonly hasFragments: boolean;
}

/**
 * Finds the last moov in [start, end), where recorders put it first. `thorough`: all is looked through where there is none.
 * Goes step by step.
 */
export function* findLastMovie(
  source: ByteSource,
  start: number,
  end: number,
  thorough: boolean,
): Generator<void, LastMovie> {
  const from = thorough ? start : Math.max(start, end - searchedTail);
  let hasFragments = false;
  for (let blockEnd = end; blockEnd > from;) {
    yield;
    const blockStart = Math.max(from, blockEnd - blockLength);
    // A pattern may lie across two blocks.
    const bytes = source.read(blockStart, Math.min(end, blockEnd + moviePattern - 1) - blockStart);
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const fragments: number[] = [];
    for (let at = lastOf(buffer, buffer.length); at >= 0; at = lastOf(buffer, at - 1)) {
      if (buffer[at + 3] === letterF) fragments.push(blockStart + at - sizeLength);
      else if (isMovieIn(buffer, at) && blockStart + at - sizeLength >= start) {
        return { movie: blockStart + at - sizeLength, hasFragments };
      }
    }
    hasFragments ||= fragments.some((at) => at >= start && isIndexAt(source, at, end));
    blockEnd = blockStart;
  }
  return { movie: undefined, hasFragments };
}

const letterF = 0x66;
const letterV = 0x76;

/** Both types at once: what is searched for costs more than what is found. */
function lastOf(buffer: Buffer, before: number): number {
  return before < 0 ? -1 : buffer.lastIndexOf('moo', before, 'latin1');
}

function isMovieIn(buffer: Buffer, at: number): boolean {
  return (
    at + moviePattern <= buffer.length &&
    mvhdLengths.has(buffer.readUInt32BE(at + 4)) &&
    buffer.toString('latin1', at, at + 4) === 'moov' &&
    buffer.toString('latin1', at + 8, at + 12) === 'mvhd'
  );
}

/** Where in some bytes a box with one of the two types would begin, in order. */
function typesIn(bytes: Buffer): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf('moo', sizeLength, 'latin1'); at >= 0; at = bytes.indexOf('moo', at + 1, 'latin1')) {
    if (bytes[at + 3] === letterF || bytes[at + 3] === letterV) places.push(at - sizeLength);
  }
  return places;
}

/** Whether a moov or a moof begins at an offset; its end may be missing, its first track may not. */
function isIndexAt(source: ByteSource, at: number, end: number): boolean {
  const span = boxAt(source, at, end);
  if (span === undefined) return false;
  const length = span.end - span.start;
  if (span.type === 'moof') return length <= maxMoof && span.end <= end && holdsFragment(span);
  return span.type === 'moov' && length <= maxMoov && holdsMovie(span, end);
}

const lengthOf = ({ start, end }: BoxSpan): number => end - start;

/** An mfhd, and a traf that begins with its tfhd, or nothing. */
function holdsFragment({ source, body, end }: BoxSpan): boolean {
  const mfhd = boxAt(source, body, end);
  if (mfhd?.type !== 'mfhd' || lengthOf(mfhd) !== 16) return false;
  if (mfhd.end === end) return true;
  const traf = nextOf('traf', mfhd.end, source, end);
  return traf !== undefined && traf.end <= end && boxAt(source, traf.body, traf.end)?.type === 'tfhd';
}

/** An mvhd, and a trak that begins with its tkhd; or a cmov with all that belongs to one. */
function holdsMovie({ source, body, end: claimedEnd }: BoxSpan, fileEnd: number): boolean {
  const end = Math.min(claimedEnd, fileEnd);
  const first = boxAt(source, body, end);
  if (first === undefined) return false;
  if (first.type === 'cmov') return first.end <= end && boxAt(source, first.body, first.end)?.type === 'dcom';
  if (first.type !== 'mvhd' || (lengthOf(first) !== 108 && lengthOf(first) !== 120)) return false;
  const trak = nextOf('trak', first.end, source, end);
  if (trak === undefined || trak.end > claimedEnd) return false;
  const tkhd = boxAt(source, trak.body, Math.min(trak.end, end));
  return tkhd?.type === 'tkhd' && (lengthOf(tkhd) === 92 || lengthOf(tkhd) === 104);
}

/** The first box of a type, a few boxes on at most. */
function nextOf(type: string, start: number, source: ByteSource, end: number): BoxSpan | undefined {
  let at = start;
  for (let passed = 0; passed < maxBoxesBefore; passed++) {
    const span = boxAt(source, at, end);
    if (span === undefined || span.type === type) return span;
    if (span.end <= at) return undefined;
    at = span.end;
  }
  return undefined;
}
