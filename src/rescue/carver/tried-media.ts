/**
 * How much of media that nothing describes is looked at to find out what stands in it: its beginning, and more where that is
 * not enough, up to a bound. Zeros, as preallocation and power cuts leave them, are passed over: they tell nothing.
 */
import { minZeroRange } from '../../codecs/zero-ranges.ts';
import type { ByteSource } from '../../io/file-source.ts';
import { Pace } from '../../io/pace.ts';
import type { CarveRange } from './carver.ts';

/** Media tried on first: some hundred frames of audio at any rate. */
export const bytesTried = 1024 * 1024;
/** The most that is tried on: beyond so much without a sample of it, a stream is taken not to be there. */
export const maxBytesTried = 64 * 1024 * 1024;
/** Zeros are told from media block by block. */
const blockLength = 64 * 1024;

/** As much of the ranges as configurations are tried on: so many bytes that are not zeros, at most. */
export async function firstOf(
  source: ByteSource,
  ranges: readonly CarveRange[],
  bytes = bytesTried,
  pace = new Pace(),
): Promise<CarveRange[]> {
  return pace.through(firstOfSteps(source, ranges, bytes));
}

function* firstOfSteps(
  source: ByteSource,
  ranges: readonly CarveRange[],
  bytes: number,
): Generator<void, CarveRange[]> {
  const tried: CarveRange[] = [];
  let left = bytes;
  for (const range of ranges) {
    const end = range.offset + range.length;
    for (let at = range.offset; at < end && left > 0;) {
      const start = yield* behindZeros(source, at, end);
      if (start >= end) break;
      const behind = yield* zerosFrom(source, start, Math.min(end, start + left));
      tried.push({ offset: start, length: behind - start, mayBeTorn: range.mayBeTorn || behind < end });
      left -= behind - start;
      at = behind;
    }
  }
  return tried;
}

/** The same, four times as much at each turn, as long as there is more and within the bound. */
export async function* growingTrials(
  source: ByteSource,
  ranges: readonly CarveRange[],
  pace?: Pace,
): AsyncGenerator<CarveRange[]> {
  let before = -1;
  for (let bytes = bytesTried; bytes <= maxBytesTried; bytes *= 4) {
    const tried = await firstOf(source, ranges, bytes, pace);
    const length = tried.reduce((sum, range) => sum + range.length, 0);
    if (length <= before) return;
    yield tried;
    before = length;
  }
}

/** The first byte from `at` on that is not in a run of zeros. A hole may be gigabytes long. */
function* behindZeros(source: ByteSource, at: number, end: number): Generator<void, number> {
  if (!isZero(source.read(at, Math.min(minZeroRange, end - at)))) return at;
  for (let from = at; from < end; from += blockLength) {
    yield;
    const bytes = source.read(from, Math.min(blockLength, end - from));
    if (!isZero(bytes)) return from + bytes.findIndex((byte) => byte !== 0);
  }
  return end;
}

/** The first block of nothing but zeros from `at` on, or `end`. */
function* zerosFrom(source: ByteSource, at: number, end: number): Generator<void, number> {
  for (let from = at; from < end; from += blockLength) {
    yield;
    const bytes = source.read(from, Math.min(blockLength, end - from));
    if (bytes.length < blockLength || !isZero(bytes)) continue;
    let start = from;
    while (start > at && source.read(start - 1, 1)[0] === 0) start--;
    // The end of a sample may be a zero or two: they stay with it.
    return start === at ? start + 1 : start;
  }
  return end;
}

const zeros = Buffer.alloc(blockLength);

/** `bytes`: no more than a block. */
function isZero(bytes: Uint8Array): boolean {
  return zeros.compare(bytes, 0, bytes.length, 0, bytes.length) === 0;
}
