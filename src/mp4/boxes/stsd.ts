/** Sample description box, ISO/IEC 14496-12 clause 8.5.2: one entry here, as a track has one configuration. */
import { fullBox, type Box } from '../box.ts';

/** The box around a track's only sample entry. */
export function stsd(entry: Box): Box {
  return fullBox('stsd', 0, 0, (sink) => {
    sink.u32(1);
    entry.write(sink);
  });
}
