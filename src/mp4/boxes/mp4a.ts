/** Audio sample entry of MPEG-4 audio, ISO/IEC 14496-12 clause 12.2.3 and 14496-14 clause 5.6. */
import type { EsDescriptor } from '../../codecs/mpeg4/es-descriptor.ts';
import { bodyReader, type Box, type BoxSpan } from '../box.ts';
import { audioSampleEntry, type AudioFormat } from '../audio-sample-entry.ts';
import { esds } from './esds.ts';

/** What an `mp4a` entry is written from. */
export interface AudioSampleEntry extends AudioFormat {
  readonly descriptor: EsDescriptor;
}

/** The entry with its `esds`. */
export function mp4a(entry: AudioSampleEntry): Box {
  return audioSampleEntry('mp4a', entry, esds(entry.descriptor));
}

/** Bytes of an audio sample entry before the boxes in it. */
export const audioSampleEntryLength = 28;

/** What QuickTime's sound descriptions of version 1 and 2 have between that and the boxes (QuickTime File Format, Sound Media). */
const soundDescriptionExtensions: readonly number[] = [0, 16, 36];

/**
 * Where, from the start of an audio sample entry's body, the boxes in it may begin, the likeliest first. ISO/IEC 14496-12
 * has a version 1 as well, without QuickTime's fields: which of the two it is shows only in what stands there.
 */
export function audioBoxOffsets(span: BoxSpan): number[] {
  const reader = bodyReader(span);
  reader.skip(6 + 2);
  const extension = soundDescriptionExtensions[reader.u16()] ?? 0;
  return extension === 0 ? [audioSampleEntryLength] : [audioSampleEntryLength + extension, audioSampleEntryLength];
}
