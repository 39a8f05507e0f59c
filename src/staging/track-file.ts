/**
 * The `.trackN` of a staging set: one entry a sample, little-endian, of 13, 21 or 29 bytes. A run of durations or
 * composition offsets stands in the entry of the sample that begins the *next* run, so the last run of each is not here
 * but in `.info`. This module fills a sample table with what the entries say and tells how far the runs reach.
 */
import type { ByteSource } from '../io/file-source.ts';
import { Pace } from '../io/pace.ts';
import { Column } from '../media/column.ts';
import { SampleTable } from '../media/sample-table.ts';
import { Resynchronisation } from './entry-resynchronisation.ts';
import { entryLength, hasCompositionRun, hasDurationRun, smallestEntry } from './track-entry.ts';

const blockLength = 1024 * 1024;

/** What a `.trackN` says; times are in ticks of the track's timescale. */
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
 * offsets are kept as signed 32-bit numbers. `mediaSize`: the file may be damaged; where what is read cannot lie in media
 * of so many bytes, reading goes on at the next entries that can, and samples of size 0 stand for those between.
 */
export async function readTrackFile(
  source: ByteSource,
  is64: boolean,
  marks?: RunMarks,
  mediaSize?: number,
  pace = new Pace(),
): Promise<TrackEntries> {
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
  const resynchronisation = mediaSize === undefined ? undefined : new Resynchronisation(offsetLength, mediaSize);
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
      const length = entryLength(flags, offsetLength);
      if (at + length > block.length) break;
      const next = resynchronisation?.next(view, at, fileOffset);
      if (next !== undefined) {
        const meanLength = samples.length === 0 ? smallestEntry(offsetLength) : (fileOffset + at) / samples.length;
        for (let lost = Math.max(1, Math.round((next - at) / meanLength)); lost > 0; lost--) {
          offsets.push(0);
          sizes.push(0);
        }
        at = next;
        continue;
      }
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
        // It ends here for certain. What lies between it and the run before, where entries were lost, is given its value.
        const end = Math.max(
          mediaSize === undefined ? Math.min(durationsKnown + count, index - 1) : index - 1,
          durationsKnown,
        );
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
        const end = mediaSize === undefined ? Math.min(compositionOffsetsKnown + count, index) : index;
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
    if (pace.isDue) await pace.turn();
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
