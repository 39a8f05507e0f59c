/** Movie header box, ISO/IEC 14496-12 clause 8.2.2. Version 1 where a time does not fit 32 bits. */
import { bodyReader, fullBox, readVersionAndFlags, type Box, type BoxSpan } from '../box.ts';
import { readTimes, timesVersion, unityMatrix, writeTimes, type HeaderTimes } from '../header-times.ts';

/** What mvhd says of the movie; `timescale` in ticks per second. */
export interface MovieHeader extends HeaderTimes {
  readonly timescale: number;
  readonly nextTrackId: number;
}

/** The box at rate 1 and volume 1, without a transformation. */
export function mvhd(value: MovieHeader): Box {
  const version = timesVersion(value);
  return fullBox('mvhd', version, 0, (sink) => {
    writeTimes(value, version, sink, () => sink.u32(value.timescale));
    sink.u32(0x00010000); // rate 1.0
    sink.u16(0x0100); // volume 1.0
    sink.zeros(10);
    unityMatrix(sink);
    sink.zeros(24);
    sink.u32(value.nextTrackId);
  });
}

/** Fields that the box is too short for are 0. */
export function readMvhd(span: BoxSpan): MovieHeader {
  const reader = bodyReader(span);
  const { version } = readVersionAndFlags(reader);
  let timescale = 0;
  const times = readTimes(version, reader, () => (timescale = reader.u32()));
  reader.skip(4 + 2 + 10 + 36 + 24);
  return { ...times, timescale, nextTrackId: reader.u32() };
}
