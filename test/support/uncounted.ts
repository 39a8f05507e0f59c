/** For files that run the same loops over encoded media many times. */
import { stopCoverage } from 'node:v8';

/**
 * From here on it is not counted which lines of src this process runs: counting makes such loops slower by half, and the other
 * files run these lines too. Called before the first test.
 */
export function countNoLines(): void {
  stopCoverage();
}
