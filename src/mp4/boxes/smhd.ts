/** Sound media header box, ISO/IEC 14496-12 clause 12.2.2: balance in the middle. */
import { fullBox, type Box } from '../box.ts';

/** The box, which is always the same. */
export function smhd(): Box {
  return fullBox('smhd', 0, 0, (sink) => sink.zeros(4));
}
