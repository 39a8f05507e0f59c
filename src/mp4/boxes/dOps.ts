/** Opus specific box, Encapsulation of Opus in ISOBMFF 4.3.2: the configuration as it is. */
import { parseOpusSpecificBox, writeOpusSpecificBox, type OpusConfiguration } from '../../codecs/opus/opus-specific.ts';
import type { Parsed } from '../../codecs/parsed.ts';
import { bodyReader, box, type Box, type BoxSpan } from '../box.ts';

/** The box around an Opus configuration. */
export function dOps(configuration: OpusConfiguration): Box {
  return box('dOps', (sink) => sink.bytes(writeOpusSpecificBox(configuration)));
}

/** The record of a box; it keeps its bytes when the source reads on. */
export function readDOps(span: BoxSpan): Parsed<OpusConfiguration> {
  const reader = bodyReader(span);
  const base = reader.offset;
  return parseOpusSpecificBox(reader.bytes(reader.remaining), { base });
}
