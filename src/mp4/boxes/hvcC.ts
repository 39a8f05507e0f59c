/** HEVC configuration box, ISO/IEC 14496-15 clause 8.4.1: the decoder configuration record as it is. */
import {
  writeHevcDecoderConfiguration,
  type HevcDecoderConfiguration,
} from '../../codecs/h265/decoder-configuration.ts';
import { box, type Box } from '../box.ts';

/** The box around a configuration record. */
export function hvcC(configuration: HevcDecoderConfiguration): Box {
  return box('hvcC', (sink) => sink.bytes(writeHevcDecoderConfiguration(configuration)));
}
