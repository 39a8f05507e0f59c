/** Track extends box, ISO/IEC 14496-12 clause 8.8.3: what the fragments of a track leave unsaid. */
import { bodyReader, fullBox, readVersionAndFlags, type Box, type BoxSpan } from '../box.ts';

/** Defaults for the samples of a track's fragments; durations in ticks of the track's timescale. */
export interface TrackExtends {
  readonly trackId: number;
  readonly sampleDescriptionIndex: number;
  readonly sampleDuration: number;
  readonly sampleSize: number;
  readonly sampleFlags: number;
}

/** Fields that the box is too short for are 0. */
export function readTrex(span: BoxSpan): TrackExtends {
  const reader = bodyReader(span);
  readVersionAndFlags(reader);
  return {
    trackId: reader.u32(),
    sampleDescriptionIndex: reader.u32(),
    sampleDuration: reader.u32(),
    sampleSize: reader.u32(),
    sampleFlags: reader.u32(),
  };
}

/** The box with all of its fields. */
export function trex(value: TrackExtends): Box {
  return fullBox('trex', 0, 0, (sink) => {
    sink.u32(value.trackId);
    sink.u32(value.sampleDescriptionIndex);
    sink.u32(value.sampleDuration);
    sink.u32(value.sampleSize);
    sink.u32(value.sampleFlags);
  });
}
