/**
 * The ranges of syntax elements: a value outside its range is a fault of the reader it came from, named by the standard's
 * name for it. It knows no codec.
 */
import type { BitReader } from '../bytes/bit-reader.ts';

/** A number with a range: a fault outside it, and `minimum` in its place. */
export function within(reader: BitReader, value: number, minimum: number, maximum: number, name: string): number {
  if (value >= minimum && value <= maximum) return value;
  reader.fail(`expected ${name} between ${minimum} and ${maximum}, found ${value}`);
  return minimum;
}

/** ue(v) with a range: a fault outside it, at the byte where it begins. */
export function ueUpTo(reader: BitReader, maximum: number, name: string): number {
  const { offset } = reader;
  const value = reader.ue();
  if (value <= maximum) return value;
  reader.fail(`expected ${name} of at most ${maximum}, found ${value}`, offset);
  return 0;
}
