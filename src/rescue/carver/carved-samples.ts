/**
 * What the carver finds, in columns: every sample in the order in which it lies in the file, whatever its stream, and the
 * ranges it had to leave. About 28 bytes a sample; no object is kept for any.
 */
import { Column } from '../../media/column.ts';
import type { SampleFacts } from './sample-syntax.ts';

/** Rows that there is room for at first. Columns are copied as they grow by half; not all of them are to be at the same row. */
function capacity(column: number): number {
  return Math.ceil(1024 * 1.5 ** (column / 8));
}

/** The columns, one row for each sample. */
export class CarvedSamples {
  /** Which of the streams looked for. */
  readonly streams = new Column(Uint8Array, capacity(0));
  /** Offset of each sample's first byte in the source. */
  readonly offsets = new Column(Float64Array, capacity(1));
  readonly sizes = new Column(Uint32Array, capacity(2));
  /** 1 where decoding can start. */
  readonly sync = new Column(Uint8Array, capacity(3));
  /** Video: the place in output order. Pictures of a later period come after those of an earlier one, within a period the smaller count comes first. */
  readonly periods = new Column(Uint32Array, capacity(4));
  readonly counts = new Column(Int32Array, capacity(5));
  /** 1 for samples that were known before, and stand here for their place in output order. */
  readonly known = new Column(Uint8Array, capacity(6));

  /** 1 where begin and end do not follow from the sample's own syntax, but are the likeliest: see `UnmarkedCarver`. */
  readonly inferred = new Column(Uint8Array, capacity(7));

  get length(): number {
    return this.offsets.length;
  }

  add(
    stream: number,
    offset: number,
    size: number,
    facts: Omit<SampleFacts, 'inferred'>,
    { known = false, inferred = false } = {},
  ): void {
    if (facts.parts !== undefined && !known) {
      const { parts, ...whole } = facts;
      let at = offset;
      for (const { end, sync } of parts) {
        this.add(stream, at, end - at, { ...whole, sync }, { inferred });
        at = end;
      }
      return;
    }
    this.streams.push(stream);
    this.offsets.push(offset);
    this.sizes.push(size);
    this.sync.push(facts.sync ? 1 : 0);
    this.periods.push(facts.period);
    this.counts.push(facts.count);
    this.known.push(known ? 1 : 0);
    this.inferred.push(inferred ? 1 : 0);
  }
}

/** Why the carver left a range. */
export type SkipReason =
  /** The bytes end within a sample: the torn end of a recording. */
  | 'torn'
  /** No stream's syntax fits. */
  | 'unreadable'
  /** Zeros, as a file system leaves them where data never reached the disk. */
  | 'zeros';

/** Bytes in which no sample was found. */
export interface SkippedRange {
  readonly offset: number;
  readonly length: number;
  readonly reason: SkipReason;
  /** Samples found before it. */
  readonly samplesBefore: number;
}

/** Ranges reported one by one; beyond, neighbours are counted into the last. */
export const maxSkippedRanges = 1000;

/** The ranges that were left, in order; those that join are one. */
export class SkippedRanges {
  readonly list: SkippedRange[] = [];

  /** `samplesBefore`: samples found so far. */
  add(from: number, to: number, reason: SkipReason, samplesBefore: number): void {
    const last = this.list.at(-1);
    const joins = last !== undefined && last.samplesBefore === samplesBefore && last.offset + last.length === from;
    if (joins || (last !== undefined && this.list.length >= maxSkippedRanges)) {
      const length = joins ? to - last.offset : last.length + to - from;
      this.list[this.list.length - 1] = { ...last, length };
    } else {
      this.list.push({ offset: from, length: to - from, reason, samplesBefore });
    }
  }
}
