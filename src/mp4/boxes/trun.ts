/** Track fragment run box, ISO/IEC 14496-12 clause 8.8.8. What a sample does not say it has from tfhd, or from trex. */
import { bodyReader, fullBox, readVersionAndFlags, type Box, type BoxSpan } from '../box.ts';

const flag = {
  dataOffset: 0x1,
  firstSampleFlags: 0x4,
  duration: 0x100,
  size: 0x200,
  flags: 0x400,
  offset: 0x800,
} as const;

/** `sample_is_non_sync_sample` in the flags of a sample (clause 8.8.3.1). */
export const nonSyncSample = 0x10000;

/** One sample; what is undefined is not in the run. */
export interface RunSample {
  duration: number | undefined;
  size: number | undefined;
  flags: number | undefined;
  /** Ticks from decode to presentation time. */
  compositionOffset: number;
}

/** A run of samples that lie one behind the other. */
export interface TrackRun {
  /** Samples it claims to have. */
  readonly claimed: number;
  /** Samples that lie whole in the box. */
  readonly count: number;
  /** Where the data begins, from the base that tfhd gives; undefined: where that of the run before ended. */
  readonly dataOffset: number | undefined;
  /** In place of the flags of the first sample. */
  readonly firstSampleFlags: number | undefined;
  /** Visits each sample in order, always with the same object. */
  readonly visit: (sample: (sample: RunSample, index: number) => void) => void;
}

/** Reads the head; the samples are read when they are visited. */
export function readTrun(span: BoxSpan): TrackRun {
  const reader = bodyReader(span);
  const { flags } = readVersionAndFlags(reader);
  const claimed = reader.u32();
  const dataOffset = (flags & flag.dataOffset) === 0 ? undefined : reader.i32();
  const firstSampleFlags = (flags & flag.firstSampleFlags) === 0 ? undefined : reader.u32();
  const fields = [flag.duration, flag.size, flag.flags, flag.offset].filter((bit) => (flags & bit) !== 0).length;
  // Samples without a field of their own cost no bytes: a fragment that has more than this comes from no recorder.
  const most = fields === 0 ? maxBareSamples : Math.floor(reader.remaining / (4 * fields));
  const count = reader.fault === undefined ? Math.min(claimed, most) : 0;
  return {
    claimed,
    count,
    dataOffset,
    firstSampleFlags,
    visit(each) {
      const sample: RunSample = { duration: undefined, size: undefined, flags: undefined, compositionOffset: 0 };
      for (let index = 0; index < count; index++) {
        if ((flags & flag.duration) !== 0) sample.duration = reader.u32();
        if ((flags & flag.size) !== 0) sample.size = reader.u32();
        if ((flags & flag.flags) !== 0) sample.flags = reader.u32();
        // Version 0 calls it unsigned; writers put negative ones there all the same.
        if ((flags & flag.offset) !== 0) sample.compositionOffset = reader.i32();
        each(sample, index);
      }
    },
  };
}

const maxBareSamples = 65_536;

/** A run of samples, all with the same fields; `dataOffset`: from the base that tfhd gives. Version 1 where an offset is negative. */
export function trun(dataOffset: number, samples: readonly RunSample[]): Box {
  const [first] = samples;
  const negative = samples.some(({ compositionOffset }) => compositionOffset < 0);
  const shifted = samples.some(({ compositionOffset }) => compositionOffset !== 0);
  let flags: number = flag.dataOffset | (shifted ? flag.offset : 0);
  if (first?.duration !== undefined) flags |= flag.duration;
  if (first?.size !== undefined) flags |= flag.size;
  if (first?.flags !== undefined) flags |= flag.flags;
  return fullBox('trun', negative ? 1 : 0, flags, (sink) => {
    sink.u32(samples.length);
    sink.i32(dataOffset);
    for (const sample of samples) {
      if (sample.duration !== undefined) sink.u32(sample.duration);
      if (sample.size !== undefined) sink.u32(sample.size);
      if (sample.flags !== undefined) sink.u32(sample.flags);
      if (shifted) sink.i32(sample.compositionOffset);
    }
  });
}
