/**
 * Reads the sample tables of a track into columns, as far as they stand: a table that is cut short, or that the others
 * contradict, costs the samples it does not tell of and no more. It reads in blocks, opens nothing, decides nothing: what
 * the tables contradict each other in is said in `contradictions`.
 */
import { Column } from '../media/column.ts';
import { samplesAtOnce, SampleTable } from '../media/sample-table.ts';
import { readCtts } from './boxes/ctts.ts';
import type { DescriptionRun } from './boxes/stsc.ts';
import { readStss } from './boxes/stss.ts';
import { readStsz } from './boxes/stsz.ts';
import { readStts } from './boxes/stts.ts';
import { readStz2 } from './boxes/stz2.ts';
import { ChunkWalk, type SampleTableBoxes } from './chunk-walk.ts';
import type { TableRows } from './table-rows.ts';

/** The samples of one track as its tables have them, without those of fragments. */
export interface TrackSamples {
  readonly table: SampleTable;
  /** Samples the track claims to have. */
  readonly claimed: number;
  /** Samples of the table whose duration is known; the others have that of the last that is. */
  readonly durationsKnown: number;
  /** 32-bit chunk offsets had lost what was above, and have been given it back. */
  readonly offsetsWrapped: boolean;
  /** Rows stand for up to 1024 samples of uncompressed audio each, or for a packet, and durations count the samples. */
  readonly grouped: boolean;
  readonly descriptions: readonly DescriptionRun[];
  /** One sentence each: what cannot all be true of these tables. */
  readonly contradictions: readonly string[];
  /** How many samples the chunks have is among it. */
  readonly runsContradict: boolean;
}

/** What a table is read with beside its boxes. */
export interface TrackSampleOptions {
  /** Bytes of the file, which bound what can be believed. */
  readonly fileSize: number;
  /** Audio whose tables count the samples in its packets. */
  readonly packet?: Packet;
  /** Chunks that were found in another way than from the runs of the table. */
  readonly chunks?: FoundChunks;
}

/** Where the chunks of a track begin, and how many samples each has. */
export interface FoundChunks {
  readonly offsets: Float64Array;
  readonly samples: Uint32Array;
}

/** What the media has as one: a value of each channel where it is not compressed, otherwise a packet of the codec. */
export interface Packet {
  readonly samples: number;
  /** Of all channels. */
  readonly bytes: number;
}

/** Samples of one size cost no bytes in the table: beyond the file's size, so many are believed. */
const maxUnbackedSamples = 1024 * 1024;
/** Samples of uncompressed audio that are taken together, as players do. */
const groupLength = 1024;
/** Descriptions may change with every chunk; a recording's hardly ever do. */
const maxDescriptionRuns = 4096;

/** Reads them with a step after each block of a table. */
export function* readTrackSamples(boxes: SampleTableBoxes, options: TrackSampleOptions): Generator<void, TrackSamples> {
  const reading = new Reading(boxes, options);
  return options.packet !== undefined && isSampleBySample(boxes)
    ? reading.grouped(options.packet)
    : yield* reading.single();
}

/** Whether the durations are those of audio samples: one run of ticks. */
function isSampleBySample(boxes: SampleTableBoxes): boolean {
  const stts = boxes.get('stts');
  if (stts === undefined) return false;
  const rows = readStts(stts);
  return rows.next() && rows.values[1] === 1 && rows.count === 1;
}

class Reading {
  readonly #boxes: SampleTableBoxes;
  readonly #options: TrackSampleOptions;
  readonly #contradictions: string[] = [];
  readonly #descriptions: DescriptionRun[] = [];
  #offsetsWrapped = false;
  #runsContradict = false;

  constructor(boxes: SampleTableBoxes, options: TrackSampleOptions) {
    this.#boxes = boxes;
    this.#options = options;
  }

  *single(): Generator<void, TrackSamples> {
    const { sizes, claimed } = yield* this.#sizes();
    const table = new SampleTable();
    const count = yield* this.#place(table, sizes, sizes.length);
    if (count < claimed) {
      this.#contradictRuns(`the sizes describe ${claimed} samples, the chunks of ${count}`);
    }
    table.sizes.resize(count);
    for (let at = 0; at < count; at += samplesAtOnce) {
      yield;
      table.sizes.data.set(sizes.subarray(at, Math.min(at + samplesAtOnce, count)), at);
    }
    const durationsKnown = yield* this.#durations(table, count, claimed);
    yield* this.#compositionOffsets(table, count);
    yield* this.#sync(table, count);
    return this.#result(table, claimed, durationsKnown, false);
  }

  /** Each row up to 1024 samples of a chunk, or one packet where that has more. */
  grouped(packet: Packet): TrackSamples {
    const table = new SampleTable();
    const claimed = this.#claimedSizes();
    const bound = Math.ceil((this.#options.fileSize / packet.bytes) * packet.samples) + maxUnbackedSamples;
    const rowSamples = packet.samples === 1 ? groupLength : packet.samples;
    let samples = 0;
    const chunks = this.#chunks(Math.min(claimed, bound));
    while (chunks.next()) {
      for (let chunk = 0; chunk < chunks.length; chunk++) {
        let left = Math.min(chunks.samples[chunk]!, claimed - samples, bound - samples);
        let at = chunks.offsets[chunk]!;
        while (left > 0) {
          const length = Math.min(left, rowSamples);
          const bytes = Math.ceil(length / packet.samples) * packet.bytes;
          table.offsets.push(at);
          table.sizes.push(bytes);
          table.durations.push(length);
          at += bytes;
          samples += length;
          left -= length;
        }
      }
    }
    this.#offsetsWrapped = chunks.wrapped;
    if (samples < claimed) {
      this.#contradictions.push(`the sizes describe ${claimed} samples, the chunks of ${samples}`);
    }
    return this.#result(table, claimed, table.length, true);
  }

  #result(table: SampleTable, claimed: number, durationsKnown: number, grouped: boolean): TrackSamples {
    return {
      table,
      claimed,
      durationsKnown,
      offsetsWrapped: this.#offsetsWrapped,
      grouped,
      descriptions: this.#descriptions,
      contradictions: this.#contradictions,
      runsContradict: this.#runsContradict,
    };
  }

  #claimedSizes(): number {
    const stsz = this.#boxes.get('stsz');
    if (stsz !== undefined) return readStsz(stsz).rows.claimed;
    const stz2 = this.#boxes.get('stz2');
    return stz2 === undefined ? 0 : readStz2(stz2).claimed;
  }

  /** The size of each sample, as far as the table reaches. */
  *#sizes(): Generator<void, { sizes: Uint32Array; claimed: number }> {
    const stsz = this.#boxes.get('stsz');
    if (stsz === undefined) {
      const stz2 = this.#boxes.get('stz2');
      return stz2 === undefined ? { sizes: new Uint32Array(0), claimed: 0 } : readStz2(stz2);
    }
    const { common, rows } = readStsz(stsz);
    if (common !== 0) {
      const bound = Math.max(maxUnbackedSamples, Math.ceil(this.#options.fileSize / common));
      const described = Math.min(rows.claimed, yield* this.#samplesInChunks());
      return { sizes: new Uint32Array(Math.min(described, bound)).fill(common), claimed: rows.claimed };
    }
    const sizes = new Uint32Array(rows.count);
    let filled = 0;
    for (let block = rows.nextBlock(); block !== undefined; block = rows.nextBlock()) {
      yield;
      sizes.set(block, filled);
      filled += block.length;
    }
    if (rows.count < rows.claimed) {
      this.#contradictions.push(`the size table claims ${rows.claimed} samples and has ${rows.count}`);
    }
    return { sizes, claimed: rows.claimed };
  }

  *#samplesInChunks(): Generator<void, number> {
    if (this.#options.chunks !== undefined) return Infinity;
    const chunks = new ChunkWalk(this.#boxes, { fileSize: this.#options.fileSize, maxSamples: Infinity });
    let samples = 0;
    while (chunks.next()) {
      yield;
      for (let chunk = 0; chunk < chunks.length; chunk++) samples += chunks.samples[chunk]!;
    }
    return samples;
  }

  /** Fills the offsets of up to `maxSamples` samples; gives for how many the chunks have room. */
  *#place(table: SampleTable, sizes: Uint32Array, maxSamples: number): Generator<void, number> {
    table.offsets.resize(maxSamples);
    const { chunks: found } = this.#options;
    if (found !== undefined) return yield* placeAll(found, sizes, table, maxSamples);
    const chunks = this.#chunks(maxSamples);
    let sample = 0;
    while (chunks.next()) {
      yield;
      sample = placeFrom(chunks, sizes, table.offsets.data, sample, maxSamples);
    }
    this.#offsetsWrapped = chunks.wrapped;
    table.offsets.length = sample;
    // Every sample has its place before the last chunk begins: the runs give earlier chunks what is not theirs.
    if (chunks.left > 0 && sizes.length > 0 && sample === sizes.length) {
      this.#contradictRuns(`all ${sample} samples lie before the last ${chunks.left} chunks, which have none`);
    }
    return sample;
  }

  #chunks(maxSamples: number): ChunkWalk {
    return new ChunkWalk(this.#boxes, {
      fileSize: this.#options.fileSize,
      maxSamples,
      complain: (message) => this.#contradictRuns(message),
      describe: (firstSample, description) => this.#noteDescription(firstSample, description),
    });
  }

  #contradictRuns(message: string): void {
    this.#contradictions.push(message);
    this.#runsContradict = true;
  }

  #noteDescription(firstSample: number, description: number): void {
    const last = this.#descriptions.at(-1);
    if (last?.description === description || this.#descriptions.length === maxDescriptionRuns) return;
    this.#descriptions.push({ firstSample, description });
  }

  /** Fills the durations of `count` samples; gives how many are described. */
  *#durations(table: SampleTable, count: number, claimed: number): Generator<void, number> {
    table.durations.resize(count);
    const stts = this.#boxes.get('stts');
    const rows = stts === undefined ? undefined : readStts(stts);
    const { filled, described, last } = yield* fillRuns(rows, table.durations.data, count);
    if (filled < count) table.durations.data.fill(last, filled, count);
    if (described !== claimed && described !== count) {
      this.#contradictions.push(`the sizes describe ${claimed} samples, the durations of ${described}`);
    }
    return filled;
  }

  *#compositionOffsets(table: SampleTable, count: number): Generator<void, void> {
    const ctts = this.#boxes.get('ctts');
    if (ctts === undefined) return;
    const column = new Column(Int32Array);
    column.resize(count);
    yield* fillRuns(readCtts(ctts), column.data, count);
    table.compositionOffsets = column;
  }

  *#sync(table: SampleTable, count: number): Generator<void, void> {
    const stss = this.#boxes.get('stss');
    if (stss === undefined) return;
    const column = new Column(Uint8Array);
    column.resize(count);
    const rows = readStss(stss);
    let before = 0;
    let strange = 0;
    for (let block = rows.nextBlock(); block !== undefined; block = rows.nextBlock()) {
      yield;
      for (const number of block) {
        if (number <= before) strange++;
        before = number;
        if (number >= 1 && number <= count) column.data[number - 1] = 1;
        else strange++;
      }
    }
    if (strange > 0) {
      this.#contradictions.push(`${strange} numbers of the sync sample table do not rise or name no sample`);
    }
    table.sync = column;
  }
}

/** From this on a run is written faster by a call than by a loop. */
const longRun = 64;

/** Writes the values of runs into a column, step by step; gives how far they reach, how many they tell of, and the last value. */
function* fillRuns(
  rows: TableRows | undefined,
  into: Uint32Array | Int32Array,
  count: number,
): Generator<void, { filled: number; described: number; last: number }> {
  let described = 0;
  let last = 0;
  for (let block = rows?.nextBlock(); block !== undefined; block = rows?.nextBlock()) {
    yield;
    described = fillFrom(block, into, described, count);
    last = block.at(-1)!;
  }
  return { filled: Math.min(count, described), described, last };
}

/** Short, as `placeFrom`: what runs a hundred thousand times is compiled while it runs, together with all it calls. */
function fillFrom(block: Uint32Array, into: Uint32Array | Int32Array, from: number, count: number): number {
  let described = from;
  for (let i = 0; i < block.length; i += 2) {
    const value = block[i + 1]!;
    const first = described;
    described += block[i]!;
    const end = Math.min(count, described);
    if (end - first > longRun) into.fill(value, first, end);
    else for (let sample = first; sample < end; sample++) into[sample] = value;
  }
  return described;
}

/** Writes the offsets of the samples in a block of chunks, from `sample` on and as long as there is room; gives how far. */
function placeFrom(
  chunks: FoundChunks & { readonly length: number },
  sizes: Uint32Array,
  into: Float64Array,
  sample: number,
  maxSamples: number,
): number {
  const { offsets, samples, length } = chunks;
  let placed = sample;
  for (let chunk = 0; chunk < length; chunk++) {
    const end = Math.min(maxSamples, placed + samples[chunk]!);
    for (let at = offsets[chunk]!; placed < end; placed++) {
      into[placed] = at;
      at += sizes[placed]!;
    }
  }
  return placed;
}

/** Writes the offsets of the samples of chunks that were found; gives how many samples they have. */
function* placeAll(
  { offsets, samples }: FoundChunks,
  sizes: Uint32Array,
  table: SampleTable,
  maxSamples: number,
): Generator<void, number> {
  let placed = 0;
  for (let at = 0; at < samples.length; at += samplesAtOnce) {
    yield;
    const block = { offsets: offsets.subarray(at), samples: samples.subarray(at, at + samplesAtOnce) };
    placed = placeFrom({ ...block, length: block.samples.length }, sizes, table.offsets.data, placed, maxSamples);
  }
  return placed;
}
