/** ES descriptor box, ISO/IEC 14496-14 clause 5.6: the elementary stream descriptor as it is. */
import { writeEsDescriptor, type EsDescriptor } from '../../codecs/mpeg4/es-descriptor.ts';
import { fullBox, type Box } from '../box.ts';

export function esds(descriptor: EsDescriptor): Box {
  return fullBox('esds', 0, 0, (sink) => sink.bytes(writeEsDescriptor(descriptor)));
}
