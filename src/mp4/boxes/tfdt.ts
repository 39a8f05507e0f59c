/** Track fragment decode time box, ISO/IEC 14496-12 clause 8.8.12. */
import { bodyReader, fullBox, readVersionAndFlags, type Box, type BoxSpan } from '../box.ts';

/** Undefined where it cannot be read. */
export function readTfdt(span: BoxSpan): number | undefined {
  const reader = bodyReader(span);
  const { version } = readVersionAndFlags(reader);
  const decodeTime = version === 1 ? reader.u64() : reader.u32();
  return reader.fault === undefined ? decodeTime : undefined;
}

/** `decodeTime`: of the fragment's first sample, in ticks of the track. Version 1 where it does not fit 32 bits. */
export function tfdt(decodeTime: number): Box {
  const version = decodeTime > 0xffffffff ? 1 : 0;
  return fullBox('tfdt', version, 0, (sink) => (version === 1 ? sink.u64(decodeTime) : sink.u32(decodeTime)));
}
