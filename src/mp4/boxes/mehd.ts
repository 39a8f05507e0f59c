/** Movie extends header box, ISO/IEC 14496-12 clause 8.8.2: how long a fragmented movie is, fragments included. */
import { bodyReader, readVersionAndFlags, type BoxSpan } from '../box.ts';

/** The duration in the movie's timescale. */
export function readMehd(span: BoxSpan): number {
  const reader = bodyReader(span);
  const { version } = readVersionAndFlags(reader);
  return version === 1 ? reader.u64() : reader.u32();
}
