/**
 * Finds at a glance how large the packets of a stream are that all begin with one byte and are of much the same size: that
 * byte then stands at such distances far more often than chance would have it. It knows nothing of what stands between.
 */
import type { UnmarkedSamples } from './sample-syntax.ts';

/** A first byte and the bytes of the packets that begin with it. */
export interface SizeRhythm {
  readonly firstByte: number;
  readonly size: number;
}

const smallest = 8;
const largest = 1300;
/** Sizes that far apart, of their size, are alike. */
const alike = 0.06;
/** Distances less often than this have no rhythm, nor have those that are not so many standard deviations above chance. */
const minDistancesAlike = 6;
const minDeviationsAboveChance = 5;

/** A smaller distance stands out as much if it does so by this part: the larger one is then that of every other packet. */
const asMuch = 0.5;

/** Distances have to be met so many times as often as chance has them. */
const clearly = 1.5;

/** Rhythms that are reported at most. */
const maxRhythms = 4;

/**
 * The bytes and distances that stand out most, one of each byte, the first the most; none where none do. `starts`: where
 * samples begin that are known to, rising: what stands before them ends there, which tells far more than any two bytes do.
 * There may be none.
 */
export function sizeRhythms(
  bytes: Uint8Array,
  { usualFirstBytes }: Pick<UnmarkedSamples, 'usualFirstBytes'>,
  starts: readonly number[],
): SizeRhythm[] {
  const distances =
    starts.length >= minDistancesAlike ? distancesBefore(bytes, starts) : distancesAmong(bytes, usualFirstBytes);
  const found: { readonly rhythm: SizeRhythm; readonly deviations: number }[] = [];
  for (const firstByte of usualFirstBytes) {
    const best = rhythmOf(distances.subarray(firstByte * rowLength, (firstByte + 1) * rowLength));
    if (best !== undefined) found.push({ rhythm: { firstByte, size: best.size }, deviations: best.deviations });
  }
  found.sort((a, b) => b.deviations - a.deviations);
  return found.slice(0, maxRhythms).map(({ rhythm }) => rhythm);
}

/** The size that stands out most in how often each distance was met. */
function rhythmOf(counts: Uint32Array): { size: number; deviations: number } | undefined {
  const cumulative = counts.slice();
  for (let distance = 1; distance <= largest; distance++) cumulative[distance]! += cumulative[distance - 1]!;
  let best: { size: number; deviations: number } | undefined;
  for (let size = smallest; size * (1 + alike) < largest; size++) {
    const found = within(cumulative, size * (1 - alike), size * (1 + alike));
    if (found < minDistancesAlike) continue;
    // What stands beside it tells what chance has, for bytes that come in swarms too.
    const below = within(cumulative, size * (1 - 4 * alike), size * (1 - 2 * alike));
    const above = within(cumulative, size * (1 + 2 * alike), size * (1 + 4 * alike));
    const chance = Math.max(below, above);
    if (found < clearly * chance) continue;
    const deviations = (found - chance) / Math.sqrt(chance + 1);
    // From the smallest on, so that a multiple has to stand out far more.
    const isMultiple = best !== undefined && size > best.size * 1.5;
    const enough = best?.deviations ?? minDeviationsAboveChance;
    if (deviations * (isMultiple ? asMuch : 1) > enough) best = { size, deviations };
  }
  return best;
}

/** Pairs with a distance between two. */
function within(distances: Uint32Array, low: number, high: number): number {
  return distances[Math.min(largest, Math.ceil(high))]! - distances[Math.min(largest, Math.floor(low))]!;
}

const rowLength = largest + 1;

/** How often each byte stands how far before the next place where a sample begins: a row of distances for each byte. */
function distancesBefore(bytes: Uint8Array, starts: readonly number[]): Uint32Array {
  const counts = new Uint32Array(256 * rowLength);
  for (const [n, start] of starts.entries()) {
    const from = Math.max(n === 0 ? 0 : starts[n - 1]!, start - largest);
    for (let at = from; at < start; at++) counts[bytes[at]! * rowLength + start - at]!++;
  }
  return counts;
}

/** A byte that stands so often within the largest distance begins no packets there: it fills a hole. */
const maxWithinLargest = largest >> 3;

/** Where a byte was found: all offsets, and the index of the first that is no further back than the largest distance. */
interface Found {
  readonly offsets: number[];
  recent: number;
}

/** How often two of each of these bytes stand how far apart. */
function distancesAmong(bytes: Uint8Array, firstBytes: Iterable<number>): Uint32Array {
  const counts = new Uint32Array(256 * rowLength);
  const foundOf = new Map([...firstBytes].map((byte): [number, Found] => [byte, { offsets: [], recent: 0 }]));
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    const found = foundOf.get(byte);
    if (found === undefined) continue;
    const { offsets } = found;
    while (at - offsets[found.recent]! > largest) found.recent++;
    if (offsets.length - found.recent <= maxWithinLargest) {
      const row = byte * rowLength + at;
      for (let n = found.recent; n < offsets.length; n++) counts[row - offsets[n]!]!++;
    }
    offsets.push(at);
  }
  return counts;
}
