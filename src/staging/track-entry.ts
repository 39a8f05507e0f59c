/**
 * One entry of a `.trackN`, little-endian: flags, a run of durations that ended, the size, a run of composition offsets
 * that ended, the offset in the media file. What many of them mean together is not known here.
 */

/** In the low nibble of the flags. */
export const hasDurationRun = 0x0f;
/** In the high nibble of the flags. */
export const hasCompositionRun = 0xf0;

/** The largest an entry can be: flags, two runs, size, offset. */
export const maxEntryBytes = 29;

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

/** One entry of a track file. A run is given with the entry of the sample that begins the next one. */
export interface TrackEntry {
  readonly size: number;
  readonly offset: number;
  readonly endedDurationRun?: { readonly count: number; readonly value: number };
  readonly endedCompositionRun?: { readonly count: number; readonly value: number };
}

/** Appends an entry as the recorder does (offsets of 8 bytes) and returns the bytes used. */
export function writeTrackEntry(entry: TrackEntry, into: DataView, at: number): number {
  let field = at + 1;
  let flags = 0;
  if (entry.endedDurationRun !== undefined) {
    flags |= hasDurationRun;
    into.setUint32(field, entry.endedDurationRun.value >>> 0, true);
    into.setUint32(field + 4, entry.endedDurationRun.count, true);
    field += 8;
  }
  into.setUint32(field, entry.size, true);
  field += 4;
  if (entry.endedCompositionRun !== undefined) {
    flags |= hasCompositionRun;
    into.setInt32(field, entry.endedCompositionRun.value, true);
    into.setUint32(field + 4, entry.endedCompositionRun.count, true);
    field += 8;
  }
  into.setUint8(at, flags);
  into.setUint32(field, entry.offset % 2 ** 32, true);
  into.setUint32(field + 4, Math.floor(entry.offset / 2 ** 32), true);
  return field + 8 - at;
}
