/** Segment index box, ISO/IEC 14496-12 clause 8.16.3: how long the pieces are that the file can be fetched in. */
import { bodyReader, fullBox, readVersionAndFlags, type Box, type BoxSpan } from '../box.ts';

export interface SegmentReference {
  /** Whether it refers to another index and not to media. */
  readonly toIndex: boolean;
  readonly bytes: number;
  /** Ticks. */
  readonly duration: number;
  /** Starts with a stream access point, of which type, and how long after the start (as it is written). */
  readonly accessPoint: number;
}

export interface SegmentIndex {
  readonly referenceId: number;
  readonly timescale: number;
  readonly earliestPresentationTime: number;
  /** Bytes from the end of the box to the first piece. */
  readonly firstOffset: number;
  readonly references: readonly SegmentReference[];
}

export function sidx(value: SegmentIndex): Box {
  const version = Math.max(value.earliestPresentationTime, value.firstOffset) > 0xffffffff ? 1 : 0;
  return fullBox('sidx', version, 0, (sink) => {
    sink.u32(value.referenceId);
    sink.u32(value.timescale);
    for (const number of [value.earliestPresentationTime, value.firstOffset]) {
      if (version === 1) sink.u64(number);
      else sink.u32(number);
    }
    sink.u16(0);
    sink.u16(value.references.length);
    for (const { toIndex, bytes, duration, accessPoint } of value.references) {
      sink.u32((toIndex ? 0x80000000 : 0) + bytes);
      sink.u32(duration);
      sink.u32(accessPoint);
    }
  });
}

export function readSidx(span: BoxSpan): SegmentIndex {
  const reader = bodyReader(span);
  const { version } = readVersionAndFlags(reader);
  const referenceId = reader.u32();
  const timescale = reader.u32();
  const earliestPresentationTime = version === 0 ? reader.u32() : reader.u64();
  const firstOffset = version === 0 ? reader.u32() : reader.u64();
  reader.skip(2);
  const count = Math.min(reader.u16(), Math.floor(reader.remaining / 12));
  const references = Array.from({ length: count }, () => {
    const word = reader.u32();
    const bytes = word % 0x80000000;
    return { toIndex: word >= 0x80000000, bytes, duration: reader.u32(), accessPoint: reader.u32() };
  });
  return { referenceId, timescale, earliestPresentationTime, firstOffset, references };
}
