/** Visual sample entry of H.264, ISO/IEC 14496-12 clause 12.1.3 and 14496-15 clause 5.4.2, with its colour and pixel shape. */
import type { AvcDecoderConfiguration } from '../../codecs/h264/decoder-configuration.ts';
import type { Box } from '../box.ts';
import { avcC } from './avcC.ts';
import { visualSampleEntry, type VisualSampleEntry } from '../visual-sample-entry.ts';

/** Bytes of a visual sample entry before the boxes in it. */
export const visualSampleEntryLength = 78;

/** What an `avc1` entry is written from. */
export interface AvcSampleEntry extends VisualSampleEntry {
  readonly configuration: AvcDecoderConfiguration;
}

/** The entry with `avcC` and, where they are known, `colr` and `pasp`. */
export function avc1(entry: AvcSampleEntry): Box {
  return visualSampleEntry('avc1', entry, avcC(entry.configuration));
}
