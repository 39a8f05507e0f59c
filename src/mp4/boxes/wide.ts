/**
 * `wide` of the QuickTime File Format: eight bytes before a box with a size of 32 bits, over which its header can grow to one
 * with 64. Readers pass over it.
 */
import { box, type Box } from '../box.ts';

/** The box, which has nothing in it. */
export function wide(): Box {
  return box('wide', () => {});
}
