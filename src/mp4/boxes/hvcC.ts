/** HEVC configuration box, ISO/IEC 14496-15 clause 8.4.1: the decoder configuration record as it is. */
import {
  parseHevcDecoderConfiguration,
  writeHevcDecoderConfiguration,
  type HevcDecoderConfiguration,
} from '../../codecs/h265/decoder-configuration.ts';
import type { Parsed } from '../../codecs/parsed.ts';
import { bodyReader, box, type Box, type BoxSpan } from '../box.ts';

export function hvcC(configuration: HevcDecoderConfiguration): Box {
  return box('hvcC', (sink) => sink.bytes(writeHevcDecoderConfiguration(configuration)));
}

/** The record of a box; it keeps its bytes when the source reads on. */
export function readHvcC(span: BoxSpan): Parsed<HevcDecoderConfiguration> {
  const reader = bodyReader(span);
  const base = reader.offset;
  return parseHevcDecoderConfiguration(reader.bytes(reader.remaining), { base });
}
