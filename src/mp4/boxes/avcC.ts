/** AVC configuration box, ISO/IEC 14496-15 clause 5.4.2: the decoder configuration record as it is. */
import {
  parseAvcDecoderConfiguration,
  writeAvcDecoderConfiguration,
  type AvcDecoderConfiguration,
} from '../../codecs/h264/decoder-configuration.ts';
import type { Parsed } from '../../codecs/parsed.ts';
import { bodyReader, box, type Box, type BoxSpan } from '../box.ts';

export function avcC(configuration: AvcDecoderConfiguration): Box {
  return box('avcC', (sink) => sink.bytes(writeAvcDecoderConfiguration(configuration)));
}

/** The record of an avcC box; it keeps its bytes when the source reads on. */
export function readAvcC(span: BoxSpan): Parsed<AvcDecoderConfiguration> {
  const reader = bodyReader(span);
  return parseAvcDecoderConfiguration(reader.bytes(reader.remaining), { base: span.body });
}
