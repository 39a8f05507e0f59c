/**
 * The chunks of a track as its tables have them, in blocks: where each begins and how many samples it has. A recording
 * has a chunk for every second sample or so, and nothing is called or made for one. What its samples are is not known here.
 */
import type { BoxSpan } from './box.ts';
import { readCo64 } from './boxes/co64.ts';
import { readStco } from './boxes/stco.ts';
import { readStsc } from './boxes/stsc.ts';
import type { TableRows } from './table-rows.ts';

/** The boxes of a sample table box (stbl) by their type. */
export type SampleTableBoxes = ReadonlyMap<string, BoxSpan>;

/** What bounds the walk, and who receives what it meets. */
export interface ChunkWalkOptions {
  /** Bytes of the file, which tell where offsets of 32 bits have lost what was above. */
  readonly fileSize: number;
  /** The walk ends with the chunk that has this sample. */
  readonly maxSamples: number;
  /** Receives what cannot be true of the runs of chunks. */
  readonly complain?: (message: string) => void;
  /** Receives the sample, from 0, with which chunks of a sample description begin. */
  readonly describe?: (firstSample: number, description: number) => void;
}

const noNumbers: Uint32Array = new Uint32Array(0);
/** first_chunk, samples_per_chunk, sample_description_index (ISO/IEC 14496-12, 8.7.4). */
const runColumns = 3;

/** Walks `stco` or `co64` together with `stsc`, block by block. */
export class ChunkWalk {
  /** Of the chunks of the block that `next` went to: the first `length` of each. */
  offsets = new Float64Array(0);
  samples = noNumbers;
  length = 0;
  /** Offsets of 32 bits had lost what was above, and have been given it back. */
  wrapped = false;
  readonly #rows: TableRows | undefined;
  readonly #runTable: TableRows | undefined;
  readonly #wide: boolean;
  readonly #options: ChunkWalkOptions;
  /** Chunks and samples so far. */
  #chunk = 0;
  #sample = 0;
  /** The rows of the run table that are here, where in them the next run is, and how many came before them. */
  #runs = noNumbers;
  #runAt = 0;
  #runsBefore = 0;
  /** The run in progress, and the chunk with which the next one begins. */
  #perChunk = 0;
  #description = -1;
  #nextFirst = 0;
  #before = 0;
  #lost = 0;

  constructor(boxes: SampleTableBoxes, options: ChunkWalkOptions) {
    const [co64, stco, stsc] = ['co64', 'stco', 'stsc'].map((type) => boxes.get(type));
    this.#wide = co64 !== undefined;
    this.#options = options;
    if (stsc === undefined) return;
    this.#rows = co64 !== undefined ? readCo64(co64) : stco === undefined ? undefined : readStco(stco);
    this.#runTable = readStsc(stsc);
    this.#nextFirst = this.#loadRuns()[0] ?? Infinity;
    if (this.#nextFirst === 0) this.#nextFirst = this.#complain(0, 0, 0);
  }

  /** Chunks that the walk has not come to. */
  get left(): number {
    return (this.#rows?.count ?? 0) - this.#chunk;
  }

  /** Goes to the next block; false where there is none, or there are samples enough. */
  next(): boolean {
    if (this.#chunk > 0 && this.#sample >= this.#options.maxSamples) return false;
    const block = this.#rows?.nextBlock();
    if (block === undefined) return false;
    const chunks = this.#wide ? block.length >> 1 : block.length;
    if (this.samples.length < chunks) {
      this.samples = new Uint32Array(chunks);
      this.offsets = new Float64Array(chunks);
    }
    this.length = this.#fillSamples(chunks);
    this.#fillOffsets(block, this.length);
    return true;
  }

  /** Gives of how many chunks, up to the one that ends the walk. */
  #fillSamples(chunks: number): number {
    const { samples } = this;
    const most = Math.max(1, this.#options.maxSamples);
    let sample = this.#sample;
    let chunk = this.#chunk;
    let perChunk = this.#perChunk;
    let nextFirst = this.#nextFirst;
    let runs = this.#runs;
    let at = this.#runAt;
    let filled = 0;
    while (filled < chunks && sample < most) {
      if (++chunk === nextFirst) {
        perChunk = runs[at + 1]!;
        if (runs[at + 2] !== this.#description) this.#describe(sample, runs[at + 2]!);
        at += runColumns;
        if (at === runs.length) {
          runs = this.#loadRuns();
          at = 0;
        }
        nextFirst = at < runs.length ? runs[at]! : Infinity;
        if (nextFirst <= chunk) nextFirst = this.#complain(at, nextFirst, chunk);
      }
      samples[filled++] = perChunk;
      sample += perChunk;
    }
    this.#sample = sample;
    this.#chunk = chunk;
    this.#perChunk = perChunk;
    this.#nextFirst = nextFirst;
    this.#runAt = at;
    return filled;
  }

  #loadRuns(): Uint32Array {
    this.#runsBefore += this.#runs.length / runColumns;
    this.#runs = this.#runTable?.nextBlock() ?? noNumbers;
    return this.#runs;
  }

  #describe(sample: number, description: number): void {
    this.#description = description;
    this.#options.describe?.(sample, description);
  }

  /** A run does not begin behind the one before it: no further one is believed. */
  #complain(at: number, first: number, before: number): number {
    const run = this.#runsBefore + at / runColumns + 1;
    this.#options.complain?.(`chunk run ${run} begins with chunk ${first}, not behind ${before}`);
    return Infinity;
  }

  #fillOffsets(block: Uint32Array, chunks: number): void {
    const { offsets } = this;
    if (this.#wide) {
      for (let i = 0; i < chunks; i++) offsets[i] = block[2 * i]! * 2 ** 32 + block[2 * i + 1]!;
    } else if (this.#options.fileSize <= 2 ** 32) {
      offsets.set(chunks < block.length ? block.subarray(0, chunks) : block);
    } else {
      this.#unwrap(block, chunks);
    }
  }

  /** Chunks may lie in any order, but hardly so that one steps back to where 4 GiB later there is media, too. */
  #unwrap(block: Uint32Array, chunks: number): void {
    const { offsets } = this;
    const { fileSize } = this.#options;
    for (let i = 0; i < chunks; i++) {
      const offset = block[i]!;
      const fits = offset + this.#lost + 2 ** 32 < fileSize;
      if (this.#before - offset > 2 ** 31 || (offset < this.#before && fits)) this.#lost += 2 ** 32;
      this.#before = offset;
      offsets[i] = offset + this.#lost;
    }
    this.wrapped = this.#lost > 0;
  }
}
