/** Free space box, ISO/IEC 14496-12 clause 8.1.2: readers pass over it. */
import { box, type Box } from '../box.ts';

/** The least that a box can have. */
export const minFreeBytes = 8;

/** A box of so many bytes in all, `minFreeBytes` at least. */
export function free(length: number): Box {
  return box('free', (sink) => sink.zeros(length - minFreeBytes));
}
