/** Colour information box of type nclx, ISO/IEC 14496-12 clause 12.1.5: code points of ITU-T H.273. */
import { bodyReader, box, type Box, type BoxSpan } from '../box.ts';

/** Code points of ISO/IEC 23091-2; 2 is unspecified. */
export interface Colour {
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
  readonly fullRange: boolean;
}

/** The box of type nclx; QuickTime's nclc, without the range, is never written. */
export function colr(colour: Colour): Box {
  return box('colr', (sink) => {
    sink.latin1('nclx');
    sink.u16(colour.primaries);
    sink.u16(colour.transfer);
    sink.u16(colour.matrix);
    sink.u8(colour.fullRange ? 0x80 : 0);
  });
}

/** The code points of a box of type nclx, or of QuickTime's nclc, which has no range; undefined for an ICC profile. */
export function readColr(span: BoxSpan): Colour | undefined {
  const reader = bodyReader({ ...span, end: Math.min(span.end, span.body + 11) });
  const type = reader.latin1(4);
  if (type !== 'nclx' && type !== 'nclc') return undefined;
  const [primaries, transfer, matrix] = [reader.u16(), reader.u16(), reader.u16()];
  if (reader.fault !== undefined) return undefined;
  return { primaries, transfer, matrix, fullRange: type === 'nclx' && (reader.u8() & 0x80) !== 0 };
}
