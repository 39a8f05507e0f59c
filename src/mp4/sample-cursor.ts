/**
 * Walks the samples that a sample table box (stbl) describes, one after the other and in constant memory: where each
 * lies, how long it lasts, when it is shown, whether decoding can start there.
 */
import { child, type BoxSpan } from './box.ts';
import { readCo64 } from './boxes/co64.ts';
import { readCtts } from './boxes/ctts.ts';
import { readStco } from './boxes/stco.ts';
import { readStsc } from './boxes/stsc.ts';
import { readStss } from './boxes/stss.ts';
import { readStsz, type SampleSizes } from './boxes/stsz.ts';
import { readStts } from './boxes/stts.ts';
import type { TableRows } from './table-rows.ts';

/** A table of runs, asked for one value a sample. */
class RunCursor {
  readonly #rows: TableRows;
  #left = 0;

  constructor(rows: TableRows) {
    this.#rows = rows;
  }

  /** The value for the next sample, or undefined when the runs are used up. */
  next(): number | undefined {
    while (this.#left === 0) {
      if (!this.#rows.next()) return undefined;
      this.#left = this.#rows.values[0]!;
    }
    this.#left--;
    return this.#rows.values[1]!;
  }
}

/** The sample table box of a track box. */
export function sampleTableOf(trak: BoxSpan): BoxSpan | undefined {
  let span: BoxSpan | undefined = trak;
  for (const type of ['mdia', 'minf', 'stbl']) span = span === undefined ? undefined : child(span, type);
  return span;
}

/** A cursor over the samples of a track; `next` moves it, and its fields describe the sample it stands on. */
export class SampleCursor {
  offset = 0;
  size = 0;
  /** Ticks to the next sample's decode time. */
  duration = 0;
  /** Ticks from decode to presentation time. */
  compositionOffset = 0;
  sync = true;
  readonly #sizes: SampleSizes | undefined;
  readonly #durations: RunCursor | undefined;
  readonly #compositionOffsets: RunCursor | undefined;
  readonly #sync: TableRows | undefined;
  readonly #samplesPerChunk: TableRows | undefined;
  readonly #chunkOffsets: TableRows | undefined;
  #sample = 0;
  #chunk = 0;
  #leftInChunk = 0;
  #perChunk = 0;
  #nextRunAt = 0;
  #nextPerChunk = 0;
  #nextSync = 0;

  constructor(sampleTable: BoxSpan) {
    const find = <T>(type: string, read: (span: BoxSpan) => T): T | undefined => {
      const span = child(sampleTable, type);
      return span === undefined ? undefined : read(span);
    };
    this.#sizes = find('stsz', readStsz);
    this.#durations = find('stts', (span) => new RunCursor(readStts(span)));
    this.#compositionOffsets = find('ctts', (span) => new RunCursor(readCtts(span)));
    this.#sync = find('stss', readStss);
    this.#samplesPerChunk = find('stsc', readStsc);
    this.#chunkOffsets = find('stco', readStco) ?? find('co64', readCo64);
    this.#advanceRun();
    this.#advanceSync();
  }

  /** Samples the table describes. */
  get count(): number {
    return this.#sizes?.count ?? 0;
  }

  #advanceRun(): void {
    if (this.#samplesPerChunk?.next() === true) {
      this.#nextRunAt = this.#samplesPerChunk.values[0]!;
      this.#nextPerChunk = this.#samplesPerChunk.values[1]!;
    } else {
      this.#nextRunAt = Infinity;
    }
  }

  #advanceSync(): void {
    this.#nextSync = this.#sync?.next() === true ? this.#sync.values[0]! : Infinity;
  }

  /** Moves to the next sample; false behind the last, or where the tables have no more to say of it. */
  next(): boolean {
    const sizes = this.#sizes;
    const chunks = this.#chunkOffsets;
    if (sizes === undefined || chunks === undefined || this.#sample >= sizes.count) return false;
    while (this.#leftInChunk === 0) {
      if (!chunks.next()) return false;
      this.#chunk++;
      if (this.#chunk >= this.#nextRunAt) {
        this.#perChunk = this.#nextPerChunk;
        this.#advanceRun();
      }
      this.#leftInChunk = this.#perChunk;
      this.offset = chunks.values.length === 2 ? chunks.values[0]! * 2 ** 32 + chunks.values[1]! : chunks.values[0]!;
      this.size = 0;
    }
    this.offset += this.size;
    this.#leftInChunk--;
    this.#sample++;
    if (sizes.common !== 0) this.size = sizes.common;
    else if (sizes.rows.next()) this.size = sizes.rows.values[0]!;
    else return false;
    const duration = this.#durations?.next();
    if (duration === undefined) return false;
    this.duration = duration | 0;
    this.compositionOffset = (this.#compositionOffsets?.next() ?? 0) | 0;
    this.sync = this.#sync === undefined || this.#sample === this.#nextSync;
    if (this.#sample === this.#nextSync) this.#advanceSync();
    return true;
  }
}
