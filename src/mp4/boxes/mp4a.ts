/** Audio sample entry of MPEG-4 audio, ISO/IEC 14496-12 clause 12.2.3 and 14496-14 clause 5.6. */
import type { EsDescriptor } from '../../codecs/mpeg4/es-descriptor.ts';
import { bodyReader, box, type Box, type BoxSpan } from '../box.ts';
import { esds } from './esds.ts';

export interface AudioSampleEntry {
  readonly channels: number;
  /** Samples per second. */
  readonly sampleRate: number;
  readonly descriptor: EsDescriptor;
}

export function mp4a(entry: AudioSampleEntry): Box {
  return box('mp4a', (sink) => {
    sink.zeros(6);
    sink.u16(1); // data reference
    sink.zeros(8);
    sink.u16(entry.channels);
    sink.u16(16);
    sink.u32(0);
    // 16.16 fixed point: a rate above 65535 does not fit and is left to the AudioSpecificConfig.
    sink.u16(entry.sampleRate <= 0xffff ? entry.sampleRate : 0);
    sink.u16(0);
    esds(entry.descriptor).write(sink);
  });
}

/** Channels and rate in an audio sample entry of any codec. */
export function readAudioFormat(span: BoxSpan): { channels: number; sampleRate: number } {
  const reader = bodyReader(span);
  reader.skip(6 + 2 + 8);
  const channels = reader.u16();
  reader.skip(2 + 4);
  return { channels, sampleRate: reader.u16() };
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
