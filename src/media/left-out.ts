/** Keeps account of samples that are described but cannot be in the result: how many, how much, and where. */

import type { LossReason } from './report.ts';

/** Bytes of the input whose samples follow one another in time and are not in the result. */
export interface LeftOutRange {
  readonly reason: LossReason;
  samples: number;
  /** Bytes of the samples. */
  bytes: number;
  readonly offset: number;
  length: number;
  /** Seconds on the recording's clock at which the first of them was to be decoded. */
  readonly startSeconds: number;
  durationSeconds: number;
}

/** What was left out of one track; of many ranges the last one takes in all that follow. */
export interface LeftOut {
  samples: number;
  bytes: number;
  readonly ranges: LeftOutRange[];
}

/** Ranges kept one by one; beyond, the last one takes in what follows. */
const maxRanges = 1000;

/** A new, empty account. */
export function nothingLeftOut(): LeftOut {
  return { samples: 0, bytes: 0, ranges: [] };
}

/** Adds one sample, in bytes of the input and seconds; one that continues the last range in time lengthens it. */
export function noteLeftOut(
  leftOut: LeftOut,
  reason: LossReason,
  offset: number,
  length: number,
  startSeconds: number,
  durationSeconds: number,
): void {
  leftOut.samples++;
  leftOut.bytes += length;
  const last = leftOut.ranges.at(-1);
  // Samples of one track that follow one another in time are one loss, whatever lies between them in the file.
  const continues = last?.reason === reason && Math.abs(last.startSeconds + last.durationSeconds - startSeconds) < 1e-6;
  if (last === undefined || (!continues && leftOut.ranges.length < maxRanges)) {
    leftOut.ranges.push({ reason, samples: 1, bytes: length, offset, length, startSeconds, durationSeconds });
    return;
  }
  last.samples++;
  last.bytes += length;
  last.length = Math.max(last.length, offset + length - last.offset);
  last.durationSeconds = startSeconds + durationSeconds - last.startSeconds;
}
