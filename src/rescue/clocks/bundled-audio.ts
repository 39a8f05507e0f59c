/**
 * Tells audio that came in bundles from audio that came frame by frame. A transport stream packs frames into PES packets: a
 * packet is sent when its last frame is there, and whoever receives it hands it on when the next one begins (observed at
 * two servers). So audio that was published as a transport stream lies in the file behind pictures that are as much later
 * as two packets last. It knows nothing of packets; even bundles between rows of pictures are what shows them.
 */
import type { Arrivals } from './arrivals.ts';

/** Fewer bundles may be chance. */
const fewestBundles = 6;
/** Part of the bundles that have the usual number of frames, and of the rows of pictures between them that are rows. */
const agreement = 0.75;

/** Frames in a bundle; undefined where the audio did not come in bundles. */
export function framesInBundle({ streams }: Arrivals, pictures: number, clock: number): number | undefined {
  const runs = runsOf(streams, pictures, clock);
  const bundles = runs.filter(({ stream }) => stream === clock).map(({ length }) => length);
  const rows = runs.filter(({ stream }) => stream === pictures).map(({ length }) => length);
  if (bundles.length < fewestBundles) return undefined;
  const usual = bundles.toSorted((a, b) => a - b)[bundles.length >> 1]!;
  const isEven = bundles.filter((length) => Math.abs(length - usual) <= 1).length >= agreement * bundles.length;
  // Frames sent one by one stand between single pictures, or single frames between rows of them.
  const areRows = rows.filter((length) => length > 1).length >= agreement * rows.length;
  return usual > 1 && isEven && areRows ? usual : undefined;
}

/** How many samples of each stream follow one another; the first and the last run, which may be cut, are left out. */
function runsOf(streams: Uint8Array, pictures: number, clock: number): { stream: number; length: number }[] {
  const runs: { stream: number; length: number }[] = [];
  for (const stream of streams) {
    if (stream !== pictures && stream !== clock) continue;
    const last = runs.at(-1);
    if (last?.stream === stream) last.length++;
    else runs.push({ stream, length: 1 });
  }
  return runs.slice(1, -1);
}
