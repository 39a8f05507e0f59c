/** Track header box, ISO/IEC 14496-12 clause 8.3.2. */
import { bodyReader, fullBox, readVersionAndFlags, type Box, type BoxSpan } from '../box.ts';
import { readTimes, timesVersion, unityMatrix, writeTimes, type HeaderTimes } from '../header-times.ts';

/** Flags of a track that is enabled and used in the movie. */
const enabledInMovie = 3;

/** What tkhd says of a track; its duration is in the movie's timescale. */
export interface TrackHeader extends HeaderTimes {
  readonly trackId: number;
  /** 1 for audio, 0 for pictures. */
  readonly volume: number;
  /** Size to present the picture at, in pixels (may have a fraction); 0 for audio. */
  readonly width: number;
  readonly height: number;
}

/** 16.16 fixed point; a size beyond it (pixels of an absurd shape) is as large as can be said. */
export function fixedPoint(pixels: number): number {
  return Math.min(Math.round(pixels * 0x10000), 0xffffffff);
}

/** The box of a track that is enabled and in the movie, without a transformation. */
export function tkhd(value: TrackHeader): Box {
  const version = timesVersion(value);
  return fullBox('tkhd', version, enabledInMovie, (sink) => {
    writeTimes(value, version, sink, () => {
      sink.u32(value.trackId);
      sink.u32(0);
    });
    sink.zeros(8);
    sink.u16(0); // layer
    sink.u16(0); // alternate group
    sink.u16(Math.round(value.volume * 0x100));
    sink.u16(0);
    unityMatrix(sink);
    sink.u32(fixedPoint(value.width));
    sink.u32(fixedPoint(value.height));
  });
}

/** Fields that the box is too short for are 0. */
export function readTkhd(span: BoxSpan): TrackHeader {
  const reader = bodyReader(span);
  const { version } = readVersionAndFlags(reader);
  let trackId = 0;
  const times = readTimes(version, reader, () => {
    trackId = reader.u32();
    reader.skip(4);
  });
  reader.skip(8 + 2 + 2);
  const volume = reader.u16() / 0x100;
  reader.skip(2 + 36);
  return { ...times, trackId, volume, width: reader.u32() / 0x10000, height: reader.u32() / 0x10000 };
}
