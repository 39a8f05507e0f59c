/**
 * Decides how many samples the chunks of a track have where the runs of its table cannot be true: by the room that each chunk
 * has up to the next one of any track. That is only believed where the samples fill every chunk to its last byte. What else is
 * wrong with the tables is not known here.
 */
import { ChunkWalk, type SampleTableBoxes } from './chunk-walk.ts';
import { readCo64 } from './boxes/co64.ts';
import { readStco } from './boxes/stco.ts';
import { readStsz } from './boxes/stsz.ts';
import type { FoundChunks } from './track-samples.ts';

/** Chunks between two steps. */
const chunksAtOnce = 65_536;

/** Finds the chunks of tracks whose runs contradict, by the tables of all tracks. */
export class ChunkRoom {
  readonly #starts: Float64Array;
  readonly #fileSize: number;

  private constructor(starts: Float64Array, fileSize: number) {
    this.#starts = starts;
    this.#fileSize = fileSize;
  }

  /** Reads the chunk offsets of all tracks, with steps between. */
  static *of(tracks: readonly SampleTableBoxes[], fileSize: number): Generator<void, ChunkRoom> {
    const blocks: Float64Array[] = [];
    for (const boxes of tracks) blocks.push(yield* chunkOffsets(boxes, fileSize));
    yield;
    return new ChunkRoom(joined(blocks).sort(), fileSize);
  }

  /** The chunks of one of the tracks, with steps between; undefined where its samples do not just fill them. */
  *chunksOf(boxes: SampleTableBoxes): Generator<void, FoundChunks | undefined> {
    const sizes = sizesOf(boxes, this.#fileSize);
    const offsets = yield* chunkOffsets(boxes, this.#fileSize);
    if (sizes === undefined || offsets.length === 0 || offsets.length < claimedChunks(boxes)) return undefined;
    const samples = new Uint32Array(offsets.length);
    const starts = this.#starts;
    let sample = 0;
    let at = 0;
    for (let chunk = 0; chunk < offsets.length; chunk++) {
      if (chunk % chunksAtOnce === 0) yield;
      const start = offsets[chunk]!;
      if (chunk > 0 && start <= offsets[chunk - 1]!) return undefined;
      while (at < starts.length && starts[at]! <= start) at++;
      const first = sample;
      let end = start;
      const roomEnd = at < starts.length ? starts[at]! : this.#fileSize;
      // Samples without bytes at the end of the room are those of the next chunk, if there is one.
      const lastStart = chunk === offsets.length - 1 ? roomEnd : roomEnd - 1;
      while (sample < sizes.length && end <= lastStart && end + sizes[sample]! <= roomEnd) {
        end += sizes[sample]!;
        sample++;
      }
      samples[chunk] = sample - first;
      // Behind the last chunk of all there may be other boxes.
      if (sample === first || (end !== roomEnd && at < starts.length)) return undefined;
    }
    return sample === sizes.length ? { offsets, samples } : undefined;
  }
}

function* chunkOffsets(boxes: SampleTableBoxes, fileSize: number): Generator<void, Float64Array> {
  const walk = new ChunkWalk(boxes, { fileSize, maxSamples: Infinity });
  const blocks: Float64Array[] = [];
  while (walk.next()) {
    yield;
    blocks.push(walk.offsets.slice(0, walk.length));
  }
  return joined(blocks);
}

function joined(blocks: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(blocks.reduce((sum, { length }) => sum + length, 0));
  let filled = 0;
  for (const block of blocks) {
    all.set(block, filled);
    filled += block.length;
  }
  return all;
}

function claimedChunks(boxes: SampleTableBoxes): number {
  const [co64, stco] = [boxes.get('co64'), boxes.get('stco')];
  if (co64 !== undefined) return readCo64(co64).claimed;
  return stco === undefined ? 0 : readStco(stco).claimed;
}

/** The sizes of all samples; undefined where the table is not whole, or claims more than the file can have. */
function sizesOf(boxes: SampleTableBoxes, fileSize: number): Uint32Array | undefined {
  const stsz = boxes.get('stsz');
  if (stsz === undefined) return undefined;
  const { common, rows } = readStsz(stsz);
  if (common !== 0) {
    return rows.claimed * common > fileSize ? undefined : new Uint32Array(rows.claimed).fill(common);
  }
  if (rows.count < rows.claimed) return undefined;
  const sizes = new Uint32Array(rows.count);
  let filled = 0;
  for (let block = rows.nextBlock(); block !== undefined; block = rows.nextBlock()) {
    sizes.set(block, filled);
    filled += block.length;
  }
  return sizes;
}
