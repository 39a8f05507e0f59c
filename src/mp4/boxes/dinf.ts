/** Data information box, ISO/IEC 14496-12 clause 8.7.1: the media lies in this very file (flag 1 of its url entry). */
import { container, fullBox, type Box } from '../box.ts';

/** The box with one self-contained data reference. */
export function dinf(): Box {
  const url = fullBox('url ', 0, 1, () => {});
  const dref = fullBox('dref', 0, 0, (sink) => {
    sink.u32(1);
    url.write(sink);
  });
  return container('dinf', [dref]);
}
