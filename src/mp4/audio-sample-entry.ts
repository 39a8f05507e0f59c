/** What the sample entries of all audio codecs have in common, ISO/IEC 14496-12 clause 12.2.3. */
import { box, type Box } from './box.ts';

/** The two fields of an audio sample entry that are written from the configuration. */
export interface AudioFormat {
  readonly channels: number;
  /** Samples per second. */
  readonly sampleRate: number;
}

/** `type`: `mp4a`, `Opus`, `ac-3`, …; `configuration`: the box of the codec's own record. */
export function audioSampleEntry(type: string, { channels, sampleRate }: AudioFormat, configuration: Box): Box {
  return box(type, (sink) => {
    sink.zeros(6);
    sink.u16(1); // data reference
    sink.zeros(8);
    sink.u16(channels);
    sink.u16(16);
    sink.u32(0);
    // 16.16 fixed point: a rate above 65535 does not fit and is left to the codec's own record.
    sink.u16(sampleRate <= 0xffff ? sampleRate : 0);
    sink.u16(0);
    configuration.write(sink);
  });
}
