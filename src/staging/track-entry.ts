/**
 * One entry of a `.trackN`, little-endian: flags, a run of durations that ended, the size, a run of composition offsets
 * that ended, the offset in the media file. What many of them mean together is not known here.
 */

/** In the low nibble of the flags. */
export const hasDurationRun = 0x0f;
/** In the high nibble of the flags. */
export const hasCompositionRun = 0xf0;

/** Bytes of an entry without runs: flags, size and offset. */
export function smallestEntry(offsetLength: number): number {
  return 1 + 4 + offsetLength;
}

/** Bytes of an entry with these flags. */
export function entryLength(flags: number, offsetLength: number): number {
  const durationRun = (flags & hasDurationRun) === hasDurationRun;
  const compositionRun = (flags & hasCompositionRun) === hasCompositionRun;
  return smallestEntry(offsetLength) + (durationRun ? 8 : 0) + (compositionRun ? 8 : 0);
}
