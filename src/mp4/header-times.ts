/** What mvhd, tkhd and mdhd share: creation and modification time and duration, in 32 or 64 bits, and the unity matrix. */
import type { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteSink } from '../bytes/byte-sink.ts';

/** The three times of a header box. */
export interface HeaderTimes {
  /** Seconds since 1904-01-01, UTC. */
  readonly creationTime: number;
  readonly modificationTime: number;
  /** In the timescale that the box or its surroundings give. */
  readonly duration: number;
}

/** The largest number a 32-bit duration can say; all ones mean "unknown". */
const largest32 = 0xfffffffe;

/** 0 where all times fit 32 bits, otherwise 1. */
export function timesVersion(times: HeaderTimes): 0 | 1 {
  return Math.max(times.creationTime, times.modificationTime, times.duration) > largest32 ? 1 : 0;
}

/** Writes the times; `between` writes the field that stands between modification time and duration. */
export function writeTimes(times: HeaderTimes, version: 0 | 1, sink: ByteSink, between: () => void): void {
  const time = (value: number): void => (version === 1 ? sink.u64(value) : sink.u32(value));
  time(times.creationTime);
  time(times.modificationTime);
  between();
  time(times.duration);
}

/** Reads the three times; `between` reads what stands before the duration. */
export function readTimes(version: number, reader: ByteReader, between: () => void): HeaderTimes {
  // All ones, for an unknown duration, are beyond what a u64 may be: a double has them near enough.
  const time = (): number => (version === 1 ? reader.u32() * 2 ** 32 + reader.u32() : reader.u32());
  const creationTime = time();
  const modificationTime = time();
  between();
  return { creationTime, modificationTime, duration: time() };
}

/** The transformation that changes nothing: 16.16 fixed point, the last column 2.30. */
export function unityMatrix(sink: ByteSink): void {
  for (const value of [0x00010000, 0, 0, 0, 0x00010000, 0, 0, 0, 0x40000000]) sink.u32(value);
}
