/**
 * Finds at a glance how large the packets of a stream are that all begin with one byte and are of much the same size: that
 * byte then stands at such distances far more often than chance would have it. It knows nothing of what stands between.
 */
import type { UnmarkedSamples } from './sample-syntax.ts';

export interface SizeRhythm {
  readonly firstByte: number;
  readonly size: number;
}

const smallest = 8;
const largest = 1300;
/** Sizes that far apart, of their size, are alike. */
const alike = 0.06;
/** Distances less often than this have no rhythm, nor have those that are not so many standard deviations above chance. */
const fewestAlike = 6;
const fewestDeviations = 5;

/** A smaller distance stands out as much if it does so by this part: the larger one is then that of every other packet. */
const asMuch = 0.5;

/** The byte and the distance that stand out most; undefined where none do. */
export function sizeRhythm(bytes: Uint8Array, { usualFirstBytes }: UnmarkedSamples): SizeRhythm | undefined {
  const placesOf = Array.from({ length: 256 }, (): number[] => []);
  for (const [at, byte] of bytes.entries()) placesOf[byte]!.push(at);
  let best: SizeRhythm | undefined;
  let mostDeviations = fewestDeviations;
  for (const firstByte of usualFirstBytes) {
    const places = placesOf[firstByte]!;
    const distances = cumulativeDistances(places);
    for (let size = smallest; size < largest; size++) {
      const found = within(distances, size * (1 - alike), size * (1 + alike));
      if (found < fewestAlike) continue;
      // What stands beside it tells what chance has, for bytes that come in swarms too.
      const below = within(distances, size * (1 - 4 * alike), size * (1 - 2 * alike));
      const above = within(distances, size * (1 + 2 * alike), size * (1 + 4 * alike));
      const chance = Math.max(below, above);
      const deviations = (found - chance) / Math.sqrt(chance + 1);
      // From the smallest on, so that a multiple has to stand out far more.
      const isMultiple = best?.firstByte === firstByte && size > best.size * 1.5;
      if (deviations * (isMultiple ? asMuch : 1) <= mostDeviations) continue;
      mostDeviations = deviations;
      best = { firstByte, size };
    }
  }
  return best;
}

/** Pairs with a distance between two. */
function within(distances: Uint32Array, low: number, high: number): number {
  return distances[Math.min(largest, Math.ceil(high))]! - distances[Math.floor(low)]!;
}

/** How many pairs of places are at most so far apart, by distance. */
function cumulativeDistances(places: readonly number[]): Uint32Array {
  const counts = new Uint32Array(largest + 1);
  for (const [n, place] of places.entries()) {
    for (let other = n + 1; other < places.length && places[other]! - place <= largest; other++) {
      counts[places[other]! - place]!++;
    }
  }
  for (let distance = 1; distance <= largest; distance++) counts[distance]! += counts[distance - 1]!;
  return counts;
}
