/** Sample description box, ISO/IEC 14496-12 clause 8.5.2: an entry for each configuration that samples of the track have. */
import { fullBox, type Box } from '../box.ts';

/** The box around the sample entries of a track, in the order in which stsc counts them. */
export function stsd(...entries: readonly Box[]): Box {
  return fullBox('stsd', 0, 0, (sink) => {
    sink.u32(entries.length);
    for (const entry of entries) entry.write(sink);
  });
}
