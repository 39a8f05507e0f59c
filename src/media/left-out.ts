/** Keeps account of samples that are described but cannot be in the result: how many, how much, and where. */

/** Bytes of the input whose samples follow one another in time and are not in the result. */
export interface LeftOutRange {
  readonly offset: number;
  length: number;
  /** Seconds on the recording's clock at which the first of them was to be decoded. */
  readonly startSeconds: number;
  durationSeconds: number;
}

/** What was left out of one track; of the ranges only the first 1000 are kept, samples and bytes count all. */
export interface LeftOut {
  samples: number;
  bytes: number;
  readonly ranges: LeftOutRange[];
}

/** Ranges kept one by one; beyond, only counts and bytes grow. */
const maxRanges = 1000;

/** A new, empty account. */
export function nothingLeftOut(): LeftOut {
  return { samples: 0, bytes: 0, ranges: [] };
}

/** Adds one sample, in bytes of the input and seconds; one that continues the last range in time lengthens it. */
export function noteLeftOut(
  leftOut: LeftOut,
  offset: number,
  length: number,
  startSeconds: number,
  durationSeconds: number,
): void {
  leftOut.samples++;
  leftOut.bytes += length;
  const last = leftOut.ranges.at(-1);
  // Samples of one track that follow one another in time are one loss, whatever lies between them in the file.
  if (last !== undefined && Math.abs(last.startSeconds + last.durationSeconds - startSeconds) < 1e-6) {
    last.length = offset + length - last.offset;
    last.durationSeconds += durationSeconds;
  } else if (leftOut.ranges.length < maxRanges) {
    leftOut.ranges.push({ offset, length, startSeconds, durationSeconds });
  }
}
