/**
 * Sampling frequencies as MPEG-4 audio writes them (ISO/IEC 14496-3, 1.6.3.3 and Table 1.18): an index of four bits, or
 * the index 15 and the frequency itself in 24. Which of the two was used is kept, so that it is written back the same
 * way.
 */
import type { BitReader } from '../../bytes/bit-reader.ts';
import type { BitWriter } from '../../bytes/bit-writer.ts';

/** A frequency in Hz and how it is written. */
export interface SamplingFrequency {
  /** `samplingFrequencyIndex`: 0 to 12, or 15 where the frequency is written out. */
  readonly index: number;
  readonly hertz: number;
}

/** Table 1.18, by index; 13 and 14 are reserved. */
export const SAMPLING_FREQUENCIES: readonly number[] = [
  96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350,
];

/** The index that says the frequency is written out behind it. */
export const EXPLICIT_SAMPLING_FREQUENCY = 15;

/** A frequency (1 to 2^24 - 1 Hz) in its shorter form, where it has one. */
export function samplingFrequencyOf(hertz: number): SamplingFrequency {
  const index = SAMPLING_FREQUENCIES.indexOf(hertz);
  return { index: index < 0 ? EXPLICIT_SAMPLING_FREQUENCY : index, hertz };
}

/** Reads index and frequency; a reserved index or a frequency of 0 is a fault. */
export function parseSamplingFrequency(reader: BitReader): SamplingFrequency {
  const offset = reader.offset;
  const index = reader.bits(4);
  const hertz = index === EXPLICIT_SAMPLING_FREQUENCY ? reader.bits(24) : (SAMPLING_FREQUENCIES[index] ?? 0);
  if (hertz === 0) reader.fail(`expected a sampling frequency, found index ${index} that gives none`, offset);
  return { index, hertz };
}

/** Writes 4 bits, or 28 with the index 15. */
export function writeSamplingFrequency(writer: BitWriter, frequency: SamplingFrequency): void {
  writer.bits(frequency.index, 4);
  if (frequency.index === EXPLICIT_SAMPLING_FREQUENCY) writer.bits(frequency.hertz, 24);
}
