/**
 * The samples of one track: where each lies in a file, when it is decoded and shown, and whether decoding can start
 * there. Every reader of an indexed container fills one, every writer is fed from one; it knows no container.
 *
 * A row costs 16 bytes for audio and 21 for video: offset 8, size 4, duration 4, composition offset 4, sync 1. The last
 * two columns exist only where they say something.
 */
import { Column } from './column.ts';

/** Samples that are looked at between two steps of work on all of them: a millisecond or so. */
export const samplesAtOnce = 65_536;

/** The samples in decoding order, in columns of the same length. */
export class SampleTable {
  /** Offset of each sample's first byte in the media file. Doubles: exact to 2^53. */
  readonly offsets: Column<Float64Array>;
  /** Bytes of each sample. */
  readonly sizes: Column<Uint32Array>;
  /** Ticks from this sample's decode time to the next one's (for the last sample: how long it lasts). Negative where a recorder's clock steps back. */
  readonly durations: Column<Int32Array>;
  /** Ticks from decode time to presentation time; undefined where all are 0. */
  compositionOffsets: Column<Int32Array> | undefined;
  /** 1 for each sync sample, 0 for the others; undefined where all samples are sync samples (audio). */
  sync: Column<Uint8Array> | undefined;
  /** Decode time of the first sample in ticks, on the clock that all tracks of the recording share. */
  firstDecodeTime = 0;

  /** `capacity`: samples expected, a bound that the caller derived from a real file size. */
  constructor(capacity?: number) {
    this.offsets = new Column(Float64Array, capacity);
    this.sizes = new Column(Uint32Array, capacity);
    this.durations = new Column(Int32Array, capacity);
  }

  get length(): number {
    return this.offsets.length;
  }

  /** Adds a sample that lasts nothing yet: how long it does, the next one tells. */
  append(offset: number, bytes: number, compositionOffset: number, isSync: boolean): void {
    const index = this.length;
    this.offsets.push(offset);
    this.sizes.push(bytes);
    this.durations.push(0);
    if (this.compositionOffsets !== undefined) this.compositionOffsets.push(compositionOffset);
    else if (compositionOffset !== 0) this.ensureCompositionOffsets().data[index] = compositionOffset;
    if (this.sync !== undefined) this.sync.push(isSync ? 1 : 0);
    else if (!isSync) this.ensureSync().data[index] = 0;
  }

  /** Sum of all durations in ticks: what the media lasts, its last sample included. */
  get mediaDuration(): number {
    let total = 0;
    const durations = this.durations.data;
    for (let i = 0; i < this.length; i++) total += durations[i]!;
    return total;
  }

  /** Bytes of all samples. */
  get mediaBytes(): number {
    let total = 0;
    const sizes = this.sizes.data;
    for (let i = 0; i < this.length; i++) total += sizes[i]!;
    return total;
  }

  isSync(index: number): boolean {
    return this.sync === undefined || this.sync.at(index) === 1;
  }

  compositionOffset(index: number): number {
    return this.compositionOffsets?.at(index) ?? 0;
  }

  /** The column of composition offsets, made (all 0) if there was none. */
  ensureCompositionOffsets(): Column<Int32Array> {
    if (this.compositionOffsets === undefined) {
      this.compositionOffsets = new Column(Int32Array, this.length);
      this.compositionOffsets.resize(this.length);
    }
    return this.compositionOffsets;
  }

  /** The column of sync flags, made (all are sync samples) if there was none. */
  ensureSync(): Column<Uint8Array> {
    if (this.sync === undefined) {
      this.sync = new Column(Uint8Array, this.length);
      this.sync.resize(this.length);
      this.sync.data.fill(1, 0, this.length);
    }
    return this.sync;
  }

  /**
   * The lowest and the highest-ending presentation time in ticks after the first decode time. With reordered pictures
   * the earliest picture need not be the first sample, nor the last picture the last sample.
   */
  presentationRange(): { start: number; end: number } {
    let decodeTime = 0;
    let start = Infinity;
    let end = -Infinity;
    const durations = this.durations.data;
    const offsets = this.compositionOffsets?.data;
    for (let i = 0; i < this.length; i++) {
      const presentationTime = decodeTime + (offsets === undefined ? 0 : offsets[i]!);
      const duration = durations[i]!;
      if (presentationTime < start) start = presentationTime;
      if (presentationTime + duration > end) end = presentationTime + duration;
      decodeTime += duration;
    }
    return this.length === 0 ? { start: 0, end: 0 } : { start, end };
  }

  /**
   * Takes samples out of the table: those for which `keep` is 0. The times of all others stay: the sample before a removed
   * one lasts until the next that is kept.
   */
  retain(keep: Uint8Array): void {
    const count = this.length;
    const last = keep.lastIndexOf(1);
    let kept = 0;
    let skippedTicks = 0;
    for (let i = 0; i < count; i++) {
      const duration = this.durations.data[i]!;
      if (keep[i] === 0) {
        if (kept === 0) this.firstDecodeTime += duration;
        // The last removed sample's duration would make the one before it last on into nothing.
        else if (i < last) skippedTicks += duration;
        continue;
      }
      if (kept > 0) this.durations.data[kept - 1]! += skippedTicks;
      skippedTicks = 0;
      this.offsets.data[kept] = this.offsets.data[i]!;
      this.sizes.data[kept] = this.sizes.data[i]!;
      this.durations.data[kept] = duration;
      if (this.compositionOffsets !== undefined) this.compositionOffsets.data[kept] = this.compositionOffsets.data[i]!;
      if (this.sync !== undefined) this.sync.data[kept] = this.sync.data[i]!;
      kept++;
    }
    for (const column of [this.offsets, this.sizes, this.durations, this.compositionOffsets, this.sync]) {
      if (column !== undefined) column.length = kept;
    }
  }
}
