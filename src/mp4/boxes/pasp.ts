/** Pixel aspect ratio box, ISO/IEC 14496-12 clause 12.1.4. */
import { box, type Box } from '../box.ts';

export interface PixelAspect {
  readonly horizontal: number;
  readonly vertical: number;
}

export function pasp(aspect: PixelAspect): Box {
  return box('pasp', (sink) => {
    sink.u32(aspect.horizontal);
    sink.u32(aspect.vertical);
  });
}
