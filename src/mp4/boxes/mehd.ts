/** Movie extends header box, ISO/IEC 14496-12 clause 8.8.2: how long a fragmented movie is, fragments included. */
import { bodyReader, fullBox, readVersionAndFlags, type Box, type BoxSpan } from '../box.ts';

/**
 * `duration`: in the movie's timescale.
 *
 * @wire
 */
export function mehd(duration: number): Box {
  const version = duration > 0xffffffff ? 1 : 0;
  return fullBox('mehd', version, 0, (sink) => (version === 1 ? sink.u64(duration) : sink.u32(duration)));
}

/** The duration in the movie's timescale. */
export function readMehd(span: BoxSpan): number {
  const reader = bodyReader(span);
  const { version } = readVersionAndFlags(reader);
  return version === 1 ? reader.u64() : reader.u32();
}
