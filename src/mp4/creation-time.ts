/** Times as MP4s have them: seconds since 1904-01-01, UTC (ISO/IEC 14496-12, 8.2.2.3). */

/** Seconds from 1904-01-01 to 1970-01-01. */
export const secondsFrom1904To1970 = 2_082_844_800;

/** The time of creation, in seconds since 1904, for a time of the system in milliseconds since 1970; none is below 0. */
export function creationTimeAt(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds / 1000) + secondsFrom1904To1970);
}
