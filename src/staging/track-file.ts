/**
 * The `.trackN` of a staging set: one entry a sample, little-endian, of 13, 21 or 29 bytes. A run of durations or
 * composition offsets stands in the entry of the sample that begins the *next* run, so the last run of each is not here
 * but in `.info`. This module fills a sample table with what the entries say and tells how far the runs reach.
 */
import type { ByteSource } from '../io/file-source.ts';
import { Column } from '../media/column.ts';
import { SampleTable } from '../media/sample-table.ts';

const hasDurationRun = 0x0f;
const hasCompositionRun = 0xf0;
const blockLength = 1024 * 1024;

/** The smallest an entry can be: flags, size and offset. */
function smallestEntry(offsetLength: number): number {
  return 1 + 4 + offsetLength;
}

export interface TrackEntries {
  /** Offsets and sizes of every whole entry; durations and composition offsets as far as the runs reach, 0 beyond. */
  readonly samples: SampleTable;
  /** Samples whose duration is known from runs in the file: the first so many. */
  readonly durationsKnown: number;
  /** Samples whose composition offset is known from runs in the file. */
  readonly compositionOffsetsKnown: number;
  readonly durationRuns: number;
  readonly compositionRuns: number;
  /** Samples that the first so many runs cover, as asked for; undefined where the file has fewer runs. */
  readonly durationCoverage: number | undefined;
  readonly compositionCoverage: number | undefined;
  /** Bytes of an incomplete entry at the end. */
  readonly tornBytes: number;
  /** The first entry (from 1) at which the runs do not add up to the samples before it, and what was expected. */
  readonly contradiction: { readonly sample: number; readonly message: string } | undefined;
}

/** Numbers of runs of which the caller wants to know how many samples they cover. */
export interface RunMarks {
  readonly durationRuns: number;
  readonly compositionRuns: number;
}

/**
 * Reads entries to the end of the file or its last whole one. `is64`: offsets have 8 bytes, otherwise 4. Composition
 * offsets are kept as signed 32-bit numbers.
 */
export function readTrackFile(source: ByteSource, is64: boolean, marks?: RunMarks): TrackEntries {
  const offsetLength = is64 ? 8 : 4;
  // An entry cannot be smaller than this, so the file's real size bounds the rows.
  const samples = new SampleTable(Math.ceil(source.size / smallestEntry(offsetLength)));
  const { offsets, sizes, durations } = samples;
  let compositionOffsets: Column<Int32Array> | undefined;
  let durationsKnown = 0;
  let compositionOffsetsKnown = 0;
  let durationRuns = 0;
  let compositionRuns = 0;
  let contradiction: TrackEntries['contradiction'];
  let durationCoverage = marks?.durationRuns === 0 ? 0 : undefined;
  let compositionCoverage = marks?.compositionRuns === 0 ? 0 : undefined;
  let fileOffset = 0;
  let tornBytes = 0;
  for (;;) {
    const block = source.read(fileOffset, blockLength);
    const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
    let at = 0;
    while (at < block.length) {
      const flags = block[at]!;
      const durationRun = (flags & hasDurationRun) === hasDurationRun;
      const compositionRun = (flags & hasCompositionRun) === hasCompositionRun;
      const length = smallestEntry(offsetLength) + (durationRun ? 8 : 0) + (compositionRun ? 8 : 0);
      if (at + length > block.length) break;
      let field = at + 1;
      const index = samples.length;
      if (durationRun) {
        const value = view.getUint32(field, true);
        const count = view.getUint32(field + 4, true);
        if (durationsKnown + count !== index - 1) {
          contradiction ??= {
            sample: index + 1,
            message: `the duration runs cover ${durationsKnown + count} samples, expected ${index - 1}`,
          };
        }
        const end = Math.min(durationsKnown + count, Math.max(index - 1, durationsKnown));
        durations.data.fill(value, durationsKnown, end);
        durationsKnown = end;
        durationRuns++;
        if (durationRuns === marks?.durationRuns) durationCoverage = durationsKnown;
        field += 8;
      }
      const size = view.getUint32(field, true);
      field += 4;
      if (compositionRun) {
        compositionOffsets ??= new Column(Int32Array, offsets.data.length);
        const value = view.getInt32(field, true);
        const count = view.getUint32(field + 4, true);
        if (compositionOffsetsKnown + count !== index) {
          contradiction ??= {
            sample: index + 1,
            message: `the composition offset runs cover ${compositionOffsetsKnown + count} samples, expected ${index}`,
          };
        }
        const end = Math.min(compositionOffsetsKnown + count, index);
        compositionOffsets.data.fill(value, compositionOffsetsKnown, end);
        compositionOffsetsKnown = end;
        compositionRuns++;
        if (compositionRuns === marks?.compositionRuns) compositionCoverage = compositionOffsetsKnown;
        field += 8;
      }
      offsets.push(
        is64 ? view.getUint32(field, true) + view.getUint32(field + 4, true) * 2 ** 32 : view.getUint32(field, true),
      );
      sizes.push(size);
      at += length;
    }
    fileOffset += at;
    if (at === 0 || fileOffset >= source.size) {
      tornBytes = source.size - fileOffset;
      break;
    }
  }
  durations.length = samples.length;
  if (compositionOffsets !== undefined) {
    compositionOffsets.length = samples.length;
    samples.compositionOffsets = compositionOffsets;
  }
  return {
    samples,
    durationsKnown,
    compositionOffsetsKnown,
    durationRuns,
    compositionRuns,
    durationCoverage,
    compositionCoverage,
    tornBytes,
    contradiction,
  };
}

/** One entry, for the writer. A run is given with the entry of the sample that begins the next one. */
export interface TrackEntry {
  readonly size: number;
  readonly offset: number;
  readonly endedDurationRun?: { readonly count: number; readonly value: number };
  readonly endedCompositionRun?: { readonly count: number; readonly value: number };
}

/** Appends an entry as the recorder does (offsets of 8 bytes) and returns the bytes used. */
export function writeTrackEntry(entry: TrackEntry, into: DataView, at: number): number {
  let field = at + 1;
  let flags = 0;
  if (entry.endedDurationRun !== undefined) {
    flags |= hasDurationRun;
    into.setUint32(field, entry.endedDurationRun.value >>> 0, true);
    into.setUint32(field + 4, entry.endedDurationRun.count, true);
    field += 8;
  }
  into.setUint32(field, entry.size, true);
  field += 4;
  if (entry.endedCompositionRun !== undefined) {
    flags |= hasCompositionRun;
    into.setInt32(field, entry.endedCompositionRun.value, true);
    into.setUint32(field + 4, entry.endedCompositionRun.count, true);
    field += 8;
  }
  into.setUint8(at, flags);
  into.setUint32(field, entry.offset % 2 ** 32, true);
  into.setUint32(field + 4, Math.floor(entry.offset / 2 ** 32), true);
  return field + 8 - at;
}
