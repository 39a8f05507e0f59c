/**
 * What the track files of a staging set describe, read by the tests themselves: the measure of a recovery. A sample counts
 * as described if a whole entry of a track file gives its range and that range lies in `.mdat`. It must not use salvor's
 * own readers.
 */
import { existsSync, readFileSync } from 'node:fs';
import { trackSamples, type TrackKind, type Truth } from '../../support/truth.ts';

/** The range in `.mdat` that an entry gives. */
export interface DescribedRange {
  readonly offset: number;
  readonly size: number;
}

/** Whole entries of a track file with 8-byte offsets (ems-staging.md: 13 bytes, and 8 more for each run that follows). */
export function wholeEntries(trackFile: Uint8Array): readonly DescribedRange[] {
  const bytes = Buffer.from(trackFile.buffer, trackFile.byteOffset, trackFile.byteLength);
  const entries: DescribedRange[] = [];
  for (let at = 0; at < bytes.length;) {
    const flags = bytes.readUInt8(at);
    const durationRun = (flags & 0x0f) === 0x0f ? 8 : 0;
    const compositionRun = (flags & 0xf0) === 0xf0 ? 8 : 0;
    const end = at + 13 + durationRun + compositionRun;
    if (end > bytes.length) break;
    entries.push({ size: bytes.readUInt32LE(at + 1 + durationRun), offset: Number(bytes.readBigUInt64LE(end - 8)) });
    at = end;
  }
  return entries;
}

/** Every range that the track files of a set describe and that lies in its `.mdat`, by its offset. */
function describedRanges(recording: string): ReadonlyMap<number, number> {
  const read = (suffix: string): Uint8Array =>
    existsSync(recording + suffix) ? readFileSync(recording + suffix) : new Uint8Array(0);
  const mediaBytes = read('.mdat').length;
  const entries = ['.track1', '.track2'].flatMap((suffix) => wholeEntries(read(suffix)));
  return new Map(entries.filter(({ offset, size }) => offset + size <= mediaBytes).map((e) => [e.offset, e.size]));
}

/** The numbers (in their track, from 0) of the recorded samples that the set describes. */
export function describedSamples(recording: string, truth: Truth): Readonly<Record<TrackKind, readonly number[]>> {
  const ranges = describedRanges(recording);
  const numbers = (kind: TrackKind): readonly number[] =>
    trackSamples(truth, kind).flatMap(({ offset, size }, number) => (ranges.get(offset) === size ? [number] : []));
  return { video: numbers('video'), audio: numbers('audio') };
}

/** Described ranges that are no recorded sample. */
export function untrueRanges(recording: string, truth: Truth): number {
  const recorded = new Map(truth.samples.map(({ offset, size }) => [offset, size]));
  return [...describedRanges(recording)].filter(([offset, size]) => recorded.get(offset) !== size).length;
}
