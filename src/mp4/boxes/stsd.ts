/** Sample description box, ISO/IEC 14496-12 clause 8.5.2: one entry here, as a track has one configuration. */
import { fullBox, readBoxes, type Box, type BoxSpan } from '../box.ts';

export function stsd(entry: Box): Box {
  return fullBox('stsd', 0, 0, (sink) => {
    sink.u32(1);
    entry.write(sink);
  });
}

/** Spans of the sample entries. */
export function readStsd(span: BoxSpan): BoxSpan[] {
  return [...readBoxes(span.source, span.body + 8, Math.min(span.end, span.source.size))];
}
