/** E-AC-3 specific box, ETSI TS 102 366 Annex F.6. */
import { parseEac3Specific, writeEac3Specific, type Eac3Specific } from '../../codecs/ac3/eac3-specific.ts';
import type { Parsed } from '../../codecs/parsed.ts';
import { bodyReader, box, type Box, type BoxSpan } from '../box.ts';

/** The box around an EC3SpecificBox. */
export function dec3(configuration: Eac3Specific): Box {
  return box('dec3', (sink) => sink.bytes(writeEac3Specific(configuration)));
}

/** The record of a box; it keeps its bytes when the source reads on. */
export function readDec3(span: BoxSpan): Parsed<Eac3Specific> {
  const reader = bodyReader(span);
  const base = reader.offset;
  return parseEac3Specific(reader.bytes(reader.remaining), { base });
}
