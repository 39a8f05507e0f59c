/** Edit list box, ISO/IEC 14496-12 clause 8.6.6. */
import { bodyReader, fullBox, readVersionAndFlags, type Box, type BoxSpan } from '../box.ts';

/** One edit. */
export interface Edit {
  /** How long it lasts, in the movie's timescale. */
  readonly segmentDuration: number;
  /** Where in the media it begins, in the media's timescale; -1: nothing is shown. */
  readonly mediaTime: number;
  /** 16.16 fixed point; 1.0 where it is not given. */
  readonly mediaRate?: number;
}

const normalRate = 0x00010000;

/** The list, in version 1 where a time does not fit 32 bits. */
export function elst(edits: readonly Edit[]): Box {
  const version = edits.some(({ segmentDuration, mediaTime }) => segmentDuration > 0xffffffff || mediaTime > 0x7fffffff)
    ? 1
    : 0;
  return fullBox('elst', version, 0, (sink) => {
    sink.u32(edits.length);
    for (const { segmentDuration, mediaTime, mediaRate } of edits) {
      if (version === 1) {
        sink.u64(segmentDuration);
        sink.i64(mediaTime);
      } else {
        sink.u32(segmentDuration);
        sink.i32(mediaTime);
      }
      sink.u32(mediaRate ?? normalRate);
    }
  });
}

/** As many edits as the box really has room for. */
export function readElst(span: BoxSpan): Edit[] {
  const reader = bodyReader(span);
  const { version } = readVersionAndFlags(reader);
  const length = version === 1 ? 20 : 12;
  const count = Math.min(reader.u32(), Math.floor(reader.remaining / length));
  return Array.from({ length: count }, () => {
    const segmentDuration = version === 1 ? reader.u64() : reader.u32();
    const mediaTime = version === 1 ? reader.i64() : reader.i32();
    const mediaRate = reader.u32();
    return { segmentDuration, mediaTime, ...(mediaRate === normalRate ? {} : { mediaRate }) };
  });
}
