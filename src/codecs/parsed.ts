/**
 * What every parser of this room gives: a value, a fault, or both. It is the reader's habit carried on: nothing is
 * thrown and nothing is swallowed. A parser never invents what it could not read.
 */
import type { ByteFault } from '../bytes/byte-reader.ts';

/**
 * - a value without a fault: everything was read and in its range.
 * - a value with a fault: what the value cannot do without is there and right; what stands behind the fault is absent
 *   from it (a sequence parameter set with its size but with half of its usability information).
 * - no value: the fault lies in what the value cannot do without.
 */
export type Parsed<T> =
  | { readonly value: T; readonly fault: ByteFault | undefined }
  | { readonly value: undefined; readonly fault: ByteFault };
