/**
 * By how much two tracks in chunks may be off against each other: where a chunk of one lies behind a chunk of the other, it
 * tells within which time it ended beside that one, and the writer may keep one track ahead for as long as writers do. It
 * knows chunks and clocks that were laid out, and not how.
 */
import { chunkEnd, type OwnClock, type RunSpan } from './own-clocks.ts';

/**
 * Seconds of one track that writers keep ahead of the other at most, as a rule: CoreMedia keeps 2.5 s of audio. The order of
 * such a writer is that of a track which began as much later.
 */
export const maxAhead = 3;

/** Seconds by which the pictures of a layout may be off against the audio; 0 where no chunk follows another. */
export function chunkBound(spans: readonly RunSpan[], pictures: OwnClock, audio: OwnClock): number {
  const lengthOf = (span: RunSpan | undefined): number => {
    if (span === undefined) return 0;
    const { times, step } = span.isAudio ? audio : pictures;
    return Math.max((span.to - span.from) * step, chunkEnd(span, pictures, audio) - times[span.from]!);
  };
  let bound = 0;
  for (let r = 1; r < spans.length; r++) {
    const [before, after] = [spans[r - 1]!, spans[r]!];
    const behind = chunkEnd(after, pictures, audio) - chunkEnd(before, pictures, audio);
    // Chunks are in the order of their beginnings or of their ends, and the next one of the other track is as well.
    const [own, other] = [lengthOf(after), lengthOf(before)];
    const least = Math.min(0, own - other) - maxAhead;
    const most = Math.max(own, lengthOf(spans[r + 1])) + maxAhead;
    bound = Math.max(bound, behind - least, most - behind);
  }
  return bound;
}
