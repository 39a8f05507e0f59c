/** Media header box, ISO/IEC 14496-12 clause 8.4.2. */
import { bodyReader, fullBox, readVersionAndFlags, type Box, type BoxSpan } from '../box.ts';
import { readTimes, timesVersion, writeTimes, type HeaderTimes } from '../header-times.ts';

/** What mdhd says of a track's media. */
export interface MediaHeader extends HeaderTimes {
  /** Ticks per second of the track's media. */
  readonly timescale: number;
  /** ISO 639-2/T code: three lower-case letters. */
  readonly language: string;
}

/** Three letters of five bits each, every letter as its distance from 0x60. */
function packLanguage(language: string): number {
  return [...language].reduce((packed, letter) => (packed << 5) | ((letter.charCodeAt(0) - 0x60) & 0x1f), 0);
}

function unpackLanguage(packed: number): string {
  return String.fromCharCode(((packed >> 10) & 0x1f) + 0x60, ((packed >> 5) & 0x1f) + 0x60, (packed & 0x1f) + 0x60);
}

/** The box, in version 1 where a time does not fit 32 bits. */
export function mdhd(value: MediaHeader): Box {
  const version = timesVersion(value);
  return fullBox('mdhd', version, 0, (sink) => {
    writeTimes(value, version, sink, () => sink.u32(value.timescale));
    sink.u16(packLanguage(value.language));
    sink.u16(0);
  });
}

/** Fields that the box is too short for are 0. */
export function readMdhd(span: BoxSpan): MediaHeader {
  const reader = bodyReader(span);
  const { version } = readVersionAndFlags(reader);
  let timescale = 0;
  const times = readTimes(version, reader, () => (timescale = reader.u32()));
  return { ...times, timescale, language: unpackLanguage(reader.u16()) };
}
