/** AVC configuration box, ISO/IEC 14496-15 clause 5.4.2: the decoder configuration record as it is. */
import { writeAvcDecoderConfiguration, type AvcDecoderConfiguration } from '../../codecs/h264/decoder-configuration.ts';
import { box, type Box } from '../box.ts';

/** The box around a configuration record. */
export function avcC(configuration: AvcDecoderConfiguration): Box {
  return box('avcC', (sink) => sink.bytes(writeAvcDecoderConfiguration(configuration)));
}
