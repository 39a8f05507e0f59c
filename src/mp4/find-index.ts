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
const longestMoof = 64 * 1024 * 1024;
/** A moov of days has some hundred megabytes. */
const longestMoov = 2 * 1024 * 1024 * 1024 - 1;
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

/** Where in some bytes a box with one of the two types would begin, in order. */
function typesIn(bytes: Buffer): number[] {
  const places: number[] = [];
  for (const type of ['moov', 'moof']) {
    for (let at = bytes.indexOf(type, sizeLength, 'latin1'); at >= 0; at = bytes.indexOf(type, at + 1, 'latin1')) {
      places.push(at - sizeLength);
    }
  }
  return places.sort((a, b) => a - b);
}

/** Whether a moov or a moof begins at an offset; its end may be missing, its first track may not. */
function isIndexAt(source: ByteSource, at: number, end: number): boolean {
  const span = boxAt(source, at, end);
  if (span === undefined) return false;
  const length = span.end - span.start;
  if (span.type === 'moof') return length <= longestMoof && span.end <= end && holdsFragment(span);
  return span.type === 'moov' && length <= longestMoov && holdsMovie(span, end);
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
