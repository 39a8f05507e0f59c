/** Track fragment header box, ISO/IEC 14496-12 clause 8.8.7. What is undefined is taken from trex. */
import { bodyReader, fullBox, readVersionAndFlags, type Box, type BoxSpan } from '../box.ts';

const flag = {
  baseDataOffset: 0x1,
  sampleDescriptionIndex: 0x2,
  sampleDuration: 0x8,
  sampleSize: 0x10,
  sampleFlags: 0x20,
  defaultBaseIsMoof: 0x20000,
} as const;

/** What tfhd says; the sample fields hold for all runs of the fragment. */
export interface TrackFragmentHeader {
  readonly trackId: number;
  /** Offset in the file that data offsets count from. */
  readonly baseDataOffset: number | undefined;
  readonly sampleDescriptionIndex: number | undefined;
  readonly sampleDuration: number | undefined;
  readonly sampleSize: number | undefined;
  readonly sampleFlags: number | undefined;
  /** Data offsets count from the start of the moof; otherwise, without a base, from where the data before ended. */
  readonly defaultBaseIsMoof: boolean;
}

/** Fields that the box is too short for are 0. */
export function readTfhd(span: BoxSpan): TrackFragmentHeader {
  const reader = bodyReader(span);
  const { flags } = readVersionAndFlags(reader);
  const optional = (bit: number): number | undefined => ((flags & bit) === 0 ? undefined : reader.u32());
  const trackId = reader.u32();
  return {
    trackId,
    baseDataOffset: (flags & flag.baseDataOffset) === 0 ? undefined : reader.u64(),
    sampleDescriptionIndex: optional(flag.sampleDescriptionIndex),
    sampleDuration: optional(flag.sampleDuration),
    sampleSize: optional(flag.sampleSize),
    sampleFlags: optional(flag.sampleFlags),
    defaultBaseIsMoof: (flags & flag.defaultBaseIsMoof) !== 0,
  };
}

/** The box; fields that are undefined are left out. */
export function tfhd(value: TrackFragmentHeader): Box {
  const fields = [
    [flag.sampleDescriptionIndex, value.sampleDescriptionIndex],
    [flag.sampleDuration, value.sampleDuration],
    [flag.sampleSize, value.sampleSize],
    [flag.sampleFlags, value.sampleFlags],
  ] as const;
  let flags: number = value.defaultBaseIsMoof ? flag.defaultBaseIsMoof : 0;
  if (value.baseDataOffset !== undefined) flags |= flag.baseDataOffset;
  for (const [bit, field] of fields) if (field !== undefined) flags |= bit;
  return fullBox('tfhd', 0, flags, (sink) => {
    sink.u32(value.trackId);
    if (value.baseDataOffset !== undefined) sink.u64(value.baseDataOffset);
    for (const [, field] of fields) if (field !== undefined) sink.u32(field);
  });
}
