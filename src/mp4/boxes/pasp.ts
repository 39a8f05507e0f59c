/** Pixel aspect ratio box, ISO/IEC 14496-12 clause 12.1.4. */
import { bodyReader, box, type Box, type BoxSpan } from '../box.ts';

/** The shape of a pixel, as the two terms of a ratio. */
export interface PixelAspect {
  readonly horizontal: number;
  readonly vertical: number;
}

/** The box with the ratio as it is, not reduced. */
export function pasp(aspect: PixelAspect): Box {
  return box('pasp', (sink) => {
    sink.u32(aspect.horizontal);
    sink.u32(aspect.vertical);
  });
}

/** Undefined where it cannot be read. */
export function readPasp(span: BoxSpan): PixelAspect | undefined {
  const reader = bodyReader(span);
  const aspect = { horizontal: reader.u32(), vertical: reader.u32() };
  return reader.fault === undefined ? aspect : undefined;
}
