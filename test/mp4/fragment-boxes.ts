/**
 * Boxes that salvor reads and never writes: those of movie fragments, and compact sample sizes (ISO/IEC 14496-12, 8.7.3.3
 * and 8.8). Tests of their readers write them here, flags by their numbers.
 */
import { fullBox, type Box } from '../../src/mp4/box.ts';
import type { TrackFragmentHeader } from '../../src/mp4/boxes/tfhd.ts';
import type { TrackExtends } from '../../src/mp4/boxes/trex.ts';
import type { RunSample } from '../../src/mp4/boxes/trun.ts';

/** `duration`: in the movie's timescale. */
export function mehd(duration: number): Box {
  const version = duration > 0xffffffff ? 1 : 0;
  return fullBox('mehd', version, 0, (sink) => (version === 1 ? sink.u64(duration) : sink.u32(duration)));
}

/** Sizes in bytes, each of so many bits. */
export function stz2(sizes: ArrayLike<number>, bits: 4 | 8 | 16): Box {
  return fullBox('stz2', 0, 0, (sink) => {
    sink.u24(0);
    sink.u8(bits);
    sink.u32(sizes.length);
    for (let i = 0; i < sizes.length; i++) {
      if (bits === 16) sink.u16(sizes[i]!);
      else if (bits === 8) sink.u8(sizes[i]!);
      else sink.u8((sizes[i]! << 4) | (sizes[++i] ?? 0));
    }
  });
}

/** `decodeTime`: of the fragment's first sample, in ticks of the track. */
export function tfdt(decodeTime: number): Box {
  const version = decodeTime > 0xffffffff ? 1 : 0;
  return fullBox('tfdt', version, 0, (sink) => (version === 1 ? sink.u64(decodeTime) : sink.u32(decodeTime)));
}

/** Fields that are undefined are left out. */
export function tfhd(value: TrackFragmentHeader): Box {
  const fields = [
    [0x2, value.sampleDescriptionIndex],
    [0x8, value.sampleDuration],
    [0x10, value.sampleSize],
    [0x20, value.sampleFlags],
  ] as const;
  let flags = value.defaultBaseIsMoof ? 0x20000 : 0;
  if (value.baseDataOffset !== undefined) flags |= 0x1;
  for (const [bit, field] of fields) if (field !== undefined) flags |= bit;
  return fullBox('tfhd', 0, flags, (sink) => {
    sink.u32(value.trackId);
    if (value.baseDataOffset !== undefined) sink.u64(value.baseDataOffset);
    for (const [, field] of fields) if (field !== undefined) sink.u32(field);
  });
}

export function trex(value: TrackExtends): Box {
  return fullBox('trex', 0, 0, (sink) => {
    sink.u32(value.trackId);
    sink.u32(value.sampleDescriptionIndex);
    sink.u32(value.sampleDuration);
    sink.u32(value.sampleSize);
    sink.u32(value.sampleFlags);
  });
}

/** `samples`: all with the same fields. */
export function trun(dataOffset: number, samples: readonly RunSample[]): Box {
  const [first] = samples;
  const negative = samples.some(({ compositionOffset }) => compositionOffset < 0);
  const shifted = samples.some(({ compositionOffset }) => compositionOffset !== 0);
  let flags = 0x1 | (shifted ? 0x800 : 0);
  if (first?.duration !== undefined) flags |= 0x100;
  if (first?.size !== undefined) flags |= 0x200;
  if (first?.flags !== undefined) flags |= 0x400;
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
