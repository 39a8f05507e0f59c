/** Movie fragment header box, ISO/IEC 14496-12 clause 8.8.5. */
import { fullBox, type Box } from '../box.ts';

/** `sequenceNumber`: of the fragment, from 1. */
export function mfhd(sequenceNumber: number): Box {
  return fullBox('mfhd', 0, 0, (sink) => sink.u32(sequenceNumber));
}
