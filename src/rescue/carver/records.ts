/**
 * Samples of tracks that are neither pictures nor audio that can be read (camera data, timecodes, text) stand between those
 * that are looked for. What they begin with and how large they are is learnt from some of them, so that the carver steps
 * over them one by one instead of searching for the next sample it can read. It knows no codec: what is learnt here proves
 * nothing by itself, only that a sample stands behind it does.
 */
import { hintSampleLength } from '../../codecs/timed-data/hint-sample.ts';
import { textSampleLength } from '../../codecs/timed-data/text-sample.ts';
import type { ByteSource } from '../../io/file-source.ts';
import type { ByteWindow } from './byte-window.ts';

/** How samples of one kind of other data look. */
export interface RecordRule {
  /** The bytes that all of them begin with, by place; only where all have the same. */
  readonly mark: readonly { readonly at: number; readonly byte: number }[];
  /** All sizes there are, that the first four bytes say the size, as a box does, or that of a hint or a text. */
  readonly sizes: readonly number[] | 'said' | 'hint' | 'text';
}

/** Bytes of other data between two samples. */
export interface ByteGap {
  readonly offset: number;
  readonly length: number;
}

/** Bytes at the beginning of records that are compared. */
const comparedBytes = 16;
/** Records from which a rule is learnt, and how many of all have to keep to it. */
const minRecords = 3;
const maxRecords = 512;
const minShare = 0.9;
/** Records that have a byte of the mark: one that does not keep to it is not found. */
const minShareOfMark = 0.98;
/** A rule that says the size only by what was met has to have so many places in common, unless all have one size. */
const minMarkLength = 2;
const maxSizes = 8;
const maxRecordBytes = 1024 * 1024;

/** Where a record may end that begins at `offset`, at most at `end`. */
export function recordEnds(rules: readonly RecordRule[], window: ByteWindow, offset: number, end: number): number[] {
  const ends: number[] = [];
  for (const { mark, sizes } of rules) {
    if (!mark.every(({ at, byte }) => window.uint(offset + at, 1) === byte)) continue;
    for (const size of typeof sizes === 'string' ? [ownSize(sizes, window, offset, end)] : sizes) {
      if (size > 0 && offset + size <= end && !ends.includes(offset + size)) ends.push(offset + size);
    }
  }
  return ends;
}

/** So many bytes in common are no chance. */
const sureMarkLength = 4;

/** Whether what stands at `offset` begins as records of a kind do, and not by chance. */
export function isMarkedRecord({ mark }: RecordRule, window: ByteWindow, offset: number): boolean {
  return mark.length >= sureMarkLength && mark.every(({ at, byte }) => window.uint(offset + at, 1) === byte);
}

const minBox = 8;

/** The size that a record says by itself; 0 where it is none of its kind. */
function ownSize(kind: RecordRule['sizes'] & string, window: ByteWindow, offset: number, end: number): number {
  if (kind === 'said') return saidSize(window, offset);
  const bytes = window.view(offset, Math.min(maxOwnBytes, end - offset));
  return kind === 'hint' ? hintSampleLength(bytes) : textSampleLength(bytes);
}

/** Bytes of a hint or a text that are looked at. */
const maxOwnBytes = 64 * 1024;

function saidSize(window: ByteWindow, offset: number): number {
  const size = window.uint(offset, 4);
  return size >= minBox && size <= maxRecordBytes ? size : 0;
}

/** What the gaps have in common. A gap may hold several records. None where nothing can be told. */
export function learnRecords(source: ByteSource, gaps: readonly ByteGap[]): RecordRule[] {
  const looked = gaps.filter(({ length }) => length <= maxRecordBytes).slice(0, maxRecords);
  if (looked.length < minRecords) return [];
  const boxes = looked.filter((gap) => isBoxChain(source, gap));
  if (boxes.length >= minShare * looked.length) return [{ mark: [], sizes: 'said' }];
  const rule = learnMarked(source, looked) ?? learnSize(looked);
  return rule === undefined ? [] : [rule];
}

/** Whether a range is filled by boxes, one behind the other. */
function isBoxChain(source: ByteSource, { offset, length }: ByteGap): boolean {
  let at = 0;
  while (at < length) {
    const head = source.read(offset + at, 4);
    const size = head.length < 4 ? 0 : new DataView(head.buffer, head.byteOffset, 4).getUint32(0);
    if (size < minBox || at + size > length) return false;
    at += size;
  }
  return true;
}

function commonMark(source: ByteSource, records: readonly ByteGap[], share = minShare): RecordRule['mark'] {
  const counts = Array.from({ length: comparedBytes }, () => new Map<number, number>());
  for (const { offset, length } of records) {
    for (const [at, byte] of source.read(offset, Math.min(length, comparedBytes)).entries()) {
      counts[at]!.set(byte, (counts[at]!.get(byte) ?? 0) + 1);
    }
  }
  return counts.flatMap((values, at) => {
    const [usual] = [...values].sort((a, b) => b[1] - a[1]);
    return usual !== undefined && usual[1] >= share * records.length ? [{ at, byte: usual[0] }] : [];
  });
}

/**
 * Records that begin alike. What stands behind a sample is the first one of a gap; where the first bytes that all of these
 * have in common stand last in it, the last one begins, which is as large as what is left.
 */
function learnMarked(source: ByteSource, gaps: readonly ByteGap[]): RecordRule | undefined {
  const first = commonMark(source, gaps).slice(0, minMarkLength);
  if (first.length < minMarkLength) return undefined;
  const last = gaps.flatMap((gap) => lastMarked(source, gap, first));
  const counts = new Map<number, number>();
  for (const { length } of last) counts.set(length, (counts.get(length) ?? 0) + 1);
  const repeated = [...counts].filter(([, count]) => count > 1).sort((a, b) => b[1] - a[1]);
  const sizes = repeated.slice(0, maxSizes).map(([size]) => size);
  const records = last.filter(({ length }) => sizes.includes(length));
  if (records.length < minShare * gaps.length) return undefined;
  return { mark: commonMark(source, [...gaps, ...records], minShareOfMark), sizes };
}

function lastMarked(source: ByteSource, { offset, length }: ByteGap, mark: RecordRule['mark']): ByteGap[] {
  const bytes = source.read(offset, length);
  for (let at = bytes.length - 1; at >= 0; at--) {
    const isMarked = mark.every((place) => bytes[at + place.at] === place.byte);
    if (isMarked) return [{ offset: offset + at, length: length - at }];
  }
  return [];
}

/** Records without any mark, most of one size: where others seem to be shorter, audio was seen in them. */
function learnSize(gaps: readonly ByteGap[]): RecordRule | undefined {
  const counts = new Map<number, number>();
  for (const { length } of gaps) counts.set(length, (counts.get(length) ?? 0) + 1);
  const [usual] = [...counts].sort((a, b) => b[1] - a[1]);
  if (usual === undefined) return undefined;
  const [size, count] = usual;
  const isUsual = count >= minOfOneSize && count >= minShareOfOneSize * gaps.length;
  return size >= minSizeWithoutMark && isUsual ? { mark: [], sizes: [size] } : undefined;
}

/** Shorter ones without a mark would stand anywhere. */
const minSizeWithoutMark = 4;
const minOfOneSize = 3;
const minShareOfOneSize = 0.6;
