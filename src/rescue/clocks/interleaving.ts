/**
 * How a writer interleaves two tracks: packet by packet, as they came, or whole chunks of one after whole chunks of the
 * other. The runs of samples of one track show it; what the runs mean for time is found elsewhere.
 */
import { Column } from '../../media/column.ts';
import type { Arrivals } from './arrivals.ts';
import { samplesAtOnce } from '../../media/sample-table.ts';

/** Runs of samples of one stream that follow one another in the file, in order; neighbours are of different streams. */
export interface StreamRuns {
  readonly length: number;
  /** Place of the first sample of each run in the arrivals. */
  readonly first: Int32Array;
  /** Samples in it. */
  readonly count: Int32Array;
}

/** The runs of two streams, step by step; samples of others are passed over. */
export function* runsOf(streams: Uint8Array, streamA: number, streamB: number): Generator<void, StreamRuns> {
  // As many as there may be: what is not used costs no memory, and a column that grows is copied at once.
  const first = new Column(Int32Array, streams.length);
  const count = new Column(Int32Array, streams.length);
  let current = -1;
  for (let i = 0; i < streams.length; i++) {
    if (i % samplesAtOnce === 0) yield;
    const stream = streams[i]!;
    if (stream !== streamA && stream !== streamB) continue;
    if (stream === current) {
      count.data[count.length - 1]!++;
    } else {
      first.push(i);
      count.push(1);
      current = stream;
    }
  }
  return { length: first.length, first: first.values(), count: count.values() };
}

/** A run that lasts longer is a chunk; one of fewer samples is none, however slow they come. */
const minChunkSeconds = 0.08;
const minChunkSamples = 3;

/**
 * Whether a recording was written in chunks: most of its audio and most of its pictures lie in long runs. A pause of one
 * track makes one long run of the other, so both have to. `frame`: seconds of an audio frame. Goes step by step.
 */
export function* isChunked(
  { streams, isPacketWise = false }: Arrivals,
  pictures: number,
  clock: number,
  frame: number,
): Generator<void, boolean> {
  if (isPacketWise) return false;
  const runs = yield* runsOf(streams, pictures, clock);
  let [allPictures, allFrames] = [0, 0];
  for (let r = 0; r < runs.length; r++) {
    if (r % samplesAtOnce === 0) yield;
    if (streams[runs.first[r]!] === clock) allFrames += runs.count[r]!;
    else allPictures += runs.count[r]!;
  }
  if (allPictures === 0 || allFrames === 0) return false;
  const step = (allFrames * frame) / allPictures;
  let [inChunks, framesInChunks] = [0, 0];
  for (let r = 0; r < runs.length; r++) {
    if (r % samplesAtOnce === 0) yield;
    const isAudio = streams[runs.first[r]!] === clock;
    const count = runs.count[r]!;
    if (count < minChunkSamples || count * (isAudio ? frame : step) < minChunkSeconds) continue;
    if (isAudio) framesInChunks += count;
    else inChunks += count;
  }
  return 2 * inChunks > allPictures && 2 * framesInChunks > allFrames;
}
