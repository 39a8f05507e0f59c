/** Colour information box of type nclx, ISO/IEC 14496-12 clause 12.1.5: code points of ITU-T H.273. */
import { box, type Box } from '../box.ts';

export interface Colour {
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
  readonly fullRange: boolean;
}

export function colr(colour: Colour): Box {
  return box('colr', (sink) => {
    sink.latin1('nclx');
    sink.u16(colour.primaries);
    sink.u16(colour.transfer);
    sink.u16(colour.matrix);
    sink.u8(colour.fullRange ? 0x80 : 0);
  });
}
