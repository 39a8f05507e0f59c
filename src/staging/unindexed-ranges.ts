/**
 * What no entry describes: the tail of every crashed recording, and holes. A carver can look for more samples there; what
 * remains is what the report calls not recovered.
 */
import { samplesAtOnce } from '../media/sample-table.ts';
import type { Track } from '../media/track.ts';

/** A range of the media file that no entry describes. */
export interface UnindexedRange {
  readonly offset: number;
  readonly length: number;
}

/** Ranges told one by one. */
const maxRanges = 1000;

/** What no sample of the tracks covers between the beginning of the media and the end of the file; `most` ranges of it. Goes step by step. */
export function* unindexedRanges(
  tracks: readonly Pick<Track, 'samples'>[],
  mediaStart: number,
  mediaEnd: number,
  most: number = maxRanges,
): Generator<void, UnindexedRange[]> {
  const ranges: UnindexedRange[] = [];
  const heads = tracks.map(() => 0);
  let end = mediaStart;
  for (let n = 0; ; n++) {
    if (n % samplesAtOnce === 0) yield;
    let chosen = -1;
    let lowest = Infinity;
    for (let t = 0; t < tracks.length; t++) {
      const { samples } = tracks[t]!;
      const offset = heads[t]! < samples.length ? samples.offsets.data[heads[t]!]! : Infinity;
      if (offset < lowest) {
        lowest = offset;
        chosen = t;
      }
    }
    const next = chosen < 0 ? mediaEnd : lowest;
    if (next > end && ranges.length < most) ranges.push({ offset: end, length: next - end });
    if (chosen < 0) return ranges;
    end = Math.max(end, lowest + tracks[chosen]!.samples.sizes.data[heads[chosen]!++]!);
  }
}
