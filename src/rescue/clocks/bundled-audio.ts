/**
 * Tells audio that came in bundles from audio that came frame by frame. A transport stream packs frames into PES packets: a
 * packet is sent when its last frame is there, and whoever receives it hands it on when the next one begins (observed at
 * two servers). So audio that was published as a transport stream lies in the file behind pictures that are as much later
 * as two packets last. It knows nothing of packets; even bundles between rows of pictures are what shows them.
 */
import type { Arrivals } from './arrivals.ts';
import { samplesAtOnce } from '../../media/sample-table.ts';
import { runsOf } from './interleaving.ts';

/** Fewer bundles may be chance. */
const minBundles = 6;
/** Part of the bundles that have the usual number of frames, and of the rows of pictures between them that are rows. */
const agreement = 0.75;

/** Frames in a bundle; undefined where the audio did not come in bundles. Goes step by step. */
export function* framesInBundle(
  { streams }: Arrivals,
  pictures: number,
  clock: number,
): Generator<void, number | undefined> {
  const runs = yield* runsOf(streams, pictures, clock);
  let bundles = 0;
  let rows = 0;
  let areRows = 0;
  // By number of frames, how many bundles have so many. The first and the last run, which may be cut, are left out.
  const byLength = new Map<number, number>();
  for (let r = 1; r < runs.length - 1; r++) {
    if (r % samplesAtOnce === 0) yield;
    const count = runs.count[r]!;
    if (streams[runs.first[r]!] === clock) {
      bundles++;
      byLength.set(count, (byLength.get(count) ?? 0) + 1);
    } else {
      rows++;
      if (count > 1) areRows++;
    }
  }
  if (bundles < minBundles) return undefined;
  let usual = 0;
  let shorter = 0;
  for (const [length, count] of [...byLength].sort(([a], [b]) => a - b)) {
    usual = length;
    shorter += count;
    if (shorter > bundles >> 1) break;
  }
  let even = 0;
  for (const [length, count] of byLength) if (Math.abs(length - usual) <= 1) even += count;
  // Frames sent one by one stand between single pictures, or single frames between rows of them.
  return usual > 1 && even >= agreement * bundles && areRows >= agreement * rows ? usual : undefined;
}
