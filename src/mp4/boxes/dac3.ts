/** AC-3 specific box, ETSI TS 102 366 Annex F.4. */
import { parseAc3Specific, writeAc3Specific, type Ac3Specific } from '../../codecs/ac3/ac3-specific.ts';
import type { Parsed } from '../../codecs/parsed.ts';
import { bodyReader, box, type Box, type BoxSpan } from '../box.ts';

/** The box around an AC3SpecificBox. */
export function dac3(configuration: Ac3Specific): Box {
  return box('dac3', (sink) => sink.bytes(writeAc3Specific(configuration)));
}

/** The record of a box; it keeps its bytes when the source reads on. */
export function readDac3(span: BoxSpan): Parsed<Ac3Specific> {
  const reader = bodyReader(span);
  const base = reader.offset;
  return parseAc3Specific(reader.bytes(reader.remaining), { base });
}
