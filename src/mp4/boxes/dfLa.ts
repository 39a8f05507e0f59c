/** FLAC specific box, Encapsulation of FLAC in ISO Base Media File Format 3.3.2: the metadata blocks as they are. */
import {
  parseFlacConfiguration,
  writeFlacMetadataBlocks,
  type FlacConfiguration,
} from '../../codecs/flac/metadata-blocks.ts';
import type { Parsed } from '../../codecs/parsed.ts';
import { bodyReader, fullBox, readVersionAndFlags, type Box, type BoxSpan } from '../box.ts';

/** The box around the metadata blocks of a FLAC stream. */
export function dfLa(configuration: FlacConfiguration): Box {
  return fullBox('dfLa', 0, 0, (sink) => sink.bytes(writeFlacMetadataBlocks(configuration)));
}

/** The record of a box; it keeps its bytes when the source reads on. */
export function readDfLa(span: BoxSpan): Parsed<FlacConfiguration> {
  const reader = bodyReader(span);
  readVersionAndFlags(reader);
  const base = reader.offset;
  return parseFlacConfiguration(reader.bytes(reader.remaining), { base });
}
