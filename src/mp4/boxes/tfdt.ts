/** Track fragment decode time box, ISO/IEC 14496-12 clause 8.8.12. */
import { bodyReader, readVersionAndFlags, type BoxSpan } from '../box.ts';

/** Undefined where it cannot be read. */
export function readTfdt(span: BoxSpan): number | undefined {
  const reader = bodyReader(span);
  const { version } = readVersionAndFlags(reader);
  const decodeTime = version === 1 ? reader.u64() : reader.u32();
  return reader.fault === undefined ? decodeTime : undefined;
}
