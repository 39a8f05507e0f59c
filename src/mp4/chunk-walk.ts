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

export interface ChunkWalkOptions {
  /** Bytes of the file, which tell where offsets of 32 bits have lost what was above. */
  readonly fileSize: number;
  /** The walk ends with the chunk that has this sample. */
  readonly mostSamples: number;
  /** Told what cannot be true of the runs of chunks. */
  readonly complain?: (message: string) => void;
  /** Told the sample, from 0, with which chunks of a sample description begin. */
  readonly describe?: (firstSample: number, description: number) => void;
}

const noNumbers: Uint32Array = new Uint32Array(0);
/** first_chunk, samples_per_chunk, sample_description_index (ISO/IEC 14496-12, 8.7.4). */
const runColumns = 3;

export class ChunkWalk {
  /** Of the chunks of the block that `next` went to: the first `length` of each. */
  offsets = new Float64Array(0);
  samples = noNumbers;
  length = 0;
  /** Offsets of 32 bits had lost what was above, and have been given it back. */
  wrapped = false;
  readonly #rows: TableRows | undefined;
  readonly #runs: TableRows | undefined;
  readonly #wide: boolean;
  readonly #options: ChunkWalkOptions;
  #chunk = 0;
  #sample = 0;
  /** The rows of the run table that are here, and where in them the next one is. */
  #runBlock = noNumbers;
  #runAt = 0;
  #run = 0;
  /** The run in progress, and the chunk with which the next one begins. */
  #perChunk = 0;
  #description = -1;
  #nextFirst = 1;
  #nextPerChunk = 0;
  #nextDescription = 1;
  #before = 0;
  #lost = 0;

  constructor(boxes: SampleTableBoxes, options: ChunkWalkOptions) {
    const [co64, stco, stsc] = ['co64', 'stco', 'stsc'].map((type) => boxes.get(type));
    this.#wide = co64 !== undefined;
    this.#options = options;
    if (stsc === undefined) return;
    this.#rows = co64 !== undefined ? readCo64(co64) : stco === undefined ? undefined : readStco(stco);
    this.#runs = readStsc(stsc);
    this.#advanceRun(0);
  }

  /** Goes to the next block; false where there is none, or there are samples enough. */
  next(): boolean {
    if (this.#chunk > 0 && this.#sample >= this.#options.mostSamples) return false;
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
    const most = Math.max(1, this.#options.mostSamples);
    let sample = this.#sample;
    let chunk = this.#chunk;
    let perChunk = this.#perChunk;
    let nextFirst = this.#nextFirst;
    let filled = 0;
    while (filled < chunks && sample < most) {
      if (++chunk >= nextFirst) {
        this.#enterRun(chunk, sample);
        perChunk = this.#perChunk;
        nextFirst = this.#nextFirst;
      }
      samples[filled++] = perChunk;
      sample += perChunk;
    }
    this.#sample = sample;
    this.#chunk = chunk;
    return filled;
  }

  /** The run that has the chunk becomes the one in progress. */
  #enterRun(chunk: number, sample: number): void {
    while (chunk >= this.#nextFirst) {
      this.#perChunk = this.#nextPerChunk;
      if (this.#description !== this.#nextDescription) this.#options.describe?.(sample, this.#nextDescription);
      this.#description = this.#nextDescription;
      this.#advanceRun(this.#nextFirst);
    }
  }

  #advanceRun(before: number): void {
    if (this.#runAt === this.#runBlock.length) {
      this.#runBlock = this.#runs?.nextBlock() ?? noNumbers;
      this.#runAt = 0;
    }
    const at = this.#runAt;
    if (at === this.#runBlock.length) {
      this.#nextFirst = Infinity;
      return;
    }
    const first = this.#runBlock[at]!;
    this.#run++;
    if (first <= before) {
      this.#options.complain?.(`chunk run ${this.#run} begins with chunk ${first}, not behind ${before}`);
      this.#nextFirst = Infinity;
      return;
    }
    this.#nextFirst = first;
    this.#nextPerChunk = this.#runBlock[at + 1]!;
    this.#nextDescription = this.#runBlock[at + 2]!;
    this.#runAt = at + runColumns;
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
