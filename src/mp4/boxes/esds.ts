/** ES descriptor box, ISO/IEC 14496-14 clause 5.6: the elementary stream descriptor as it is. */
import { parseEsDescriptor, writeEsDescriptor, type EsDescriptor } from '../../codecs/mpeg4/es-descriptor.ts';
import type { Parsed } from '../../codecs/parsed.ts';
import { bodyReader, fullBox, readVersionAndFlags, type Box, type BoxSpan } from '../box.ts';

/** The box around an ES_Descriptor. */
export function esds(descriptor: EsDescriptor): Box {
  return fullBox('esds', 0, 0, (sink) => sink.bytes(writeEsDescriptor(descriptor)));
}

/** The descriptor of an esds box; it keeps its bytes when the source reads on. */
export function readEsds(span: BoxSpan): Parsed<EsDescriptor> {
  const reader = bodyReader(span);
  readVersionAndFlags(reader);
  const base = reader.offset;
  return parseEsDescriptor(reader.bytes(reader.remaining), { base });
}
