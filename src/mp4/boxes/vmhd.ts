/** Video media header box, ISO/IEC 14496-12 clause 12.1.2: copy mode, no colour. Its flags are 1 by the standard. */
import { fullBox, type Box } from '../box.ts';

/** The box, which is always the same. */
export function vmhd(): Box {
  return fullBox('vmhd', 0, 1, (sink) => sink.zeros(8));
}
