/**
 * In how long chunks a writer put tracks that are coded alike: one track goes on for so many samples before the next has its
 * turn. Nothing in a sample says it. But sizes go on in a track where they jump between tracks, and tracks begin with samples
 * that are small for their like; the pattern under which sizes move least is the likeliest.
 */

/** How many samples a track has in a row; undefined: sample by sample, as the clocks go. */
export type ChunkLength = { readonly samples: number } | { readonly seconds: number } | undefined;

/** Chunks that are thought of: up to two seconds of anything, and the usual lengths in time. */
const maxSamplesInChunk = 96;
const usualSeconds: readonly number[] = [0.1, 0.2, 0.25, 0.5, 1, 2];
/** Samples that are looked at, and the least from which a pattern shows. */
const maxLookedAt = 2000;
const minLookedAt = 8;
/** A jump counts no more than this, as the logarithm of a ratio. */
const maxJump = 2;
/**
 * The sizes have to move so much less than sample by sample and than under most other chunks, and by so much in all: where
 * sizes differ from sample to sample alone, all chunks move them about as much.
 */
const minGain = 0.1;
const minGainInAll = 2;

/** The track of each of `length` samples, by number, under a pattern. `frameSeconds`: of each track. */
export function dealInChunks(length: number, frameSeconds: readonly number[], pattern: ChunkLength): number[] {
  const clocks = frameSeconds.map(() => 0);
  const boundaries = frameSeconds.map(() => 0);
  let track = 0;
  let inRow = 0;
  const isFull = (): boolean => {
    if (pattern === undefined) return true;
    if ('samples' in pattern) return inRow >= pattern.samples;
    return clocks[track]! >= boundaries[track]! - tolerance;
  };
  return Array.from({ length }, (_, n) => {
    if (n > 0 && isFull()) {
      track = (track + 1) % frameSeconds.length;
      inRow = 0;
    }
    if (inRow === 0 && pattern !== undefined && 'seconds' in pattern) boundaries[track]! += pattern.seconds;
    inRow++;
    clocks[track]! += frameSeconds[track]!;
    return track;
  });
}

/** Sums of many frames differ by rounding where they are equal. */
const tolerance = 1e-6;

/** The pattern that sizes speak for clearly; undefined: none does. */
export function findChunkLength(sizes: readonly number[], frameSeconds: readonly number[]): ChunkLength {
  if (sizes.length < minLookedAt) return undefined;
  const logarithms = sizes.slice(0, maxLookedAt).map((size) => Math.log(size));
  const movement = (pattern: ChunkLength): number => {
    const last: (number | undefined)[] = frameSeconds.map(() => undefined);
    let sum = 0;
    for (const [n, track] of dealInChunks(logarithms.length, frameSeconds, pattern).entries()) {
      const [before, size] = [last[track], logarithms[n]!];
      if (before !== undefined) sum += Math.min(maxJump, Math.abs(size - before));
      last[track] = size;
    }
    return sum;
  };
  const alternating = movement(undefined);
  // A chunk has to be met in every track, and another behind it, before it is one.
  const most = Math.min(maxSamplesInChunk, Math.floor(logarithms.length / (frameSeconds.length + 1)));
  const patterns: ChunkLength[] = Array.from({ length: Math.max(0, most - 1) }, (_, n) => ({ samples: n + 2 }));
  patterns.push(...usualSeconds.map((seconds) => ({ seconds })));
  const movements = patterns.map((pattern) => movement(pattern));
  const least = Math.min(...movements);
  const usual = movements.toSorted((one, other) => one - other)[movements.length >> 1]!;
  const isClear = (than: number): boolean => than - least > minGain * than;
  if (alternating - least <= minGainInAll || !isClear(alternating) || !isClear(usual)) return undefined;
  return patterns[movements.indexOf(least)];
}
