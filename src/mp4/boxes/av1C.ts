/** AV1 configuration box, AV1 Codec ISO Media File Format Binding 2.3: the codec configuration record as it is. */
import {
  parseAv1CodecConfiguration,
  writeAv1CodecConfiguration,
  type Av1CodecConfiguration,
} from '../../codecs/av1/codec-configuration.ts';
import type { Parsed } from '../../codecs/parsed.ts';
import { bodyReader, box, type Box, type BoxSpan } from '../box.ts';

/** The box around a configuration record. */
export function av1C(configuration: Av1CodecConfiguration): Box {
  return box('av1C', (sink) => sink.bytes(writeAv1CodecConfiguration(configuration)));
}

/** The record of a box; it keeps its bytes when the source reads on. */
export function readAv1C(span: BoxSpan): Parsed<Av1CodecConfiguration> {
  const reader = bodyReader(span);
  const base = reader.offset;
  return parseAv1CodecConfiguration(reader.bytes(reader.remaining), { base });
}
