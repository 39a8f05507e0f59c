/** VP configuration box, VP Codec ISO Media File Format Binding: the record of version 1 as it is. */
import {
  parseVpCodecConfiguration,
  writeVpCodecConfiguration,
  type VpCodecConfiguration,
} from '../../codecs/vp9/codec-configuration.ts';
import type { Parsed } from '../../codecs/parsed.ts';
import { bodyReader, fullBox, readVersionAndFlags, type Box, type BoxSpan } from '../box.ts';

/** The box around a configuration record. */
export function vpcC(configuration: VpCodecConfiguration): Box {
  return fullBox('vpcC', 1, 0, (sink) => sink.bytes(writeVpCodecConfiguration(configuration)));
}

/** The record of a box; it keeps its bytes when the source reads on. */
export function readVpcC(span: BoxSpan): Parsed<VpCodecConfiguration> {
  const reader = bodyReader(span);
  readVersionAndFlags(reader);
  const base = reader.offset;
  return parseVpCodecConfiguration(reader.bytes(reader.remaining), { base });
}
