/**
 * Whether a picture of H.264 proves by itself that it is one, with no sample behind it: its slices are read macroblock by
 * macroblock, and end where their NAL units do.
 */
import { hasSliceHeader, type ParameterSets } from '../../codecs/h264/slice-header.ts';
import { readSlice } from '../../codecs/h264/slice-data.ts';
import { atOnce } from '../../io/pace.ts';
import type { ByteWindow } from './byte-window.ts';
import { sliceIn } from './wrapped-slice.ts';

/** Of larger slices only the first are read. */
const maxBytesRead = 4 * 1024 * 1024;

/**
 * What was read of a picture: all slices to their ends, so that they fill it or do not; one that contradicts, or none because of
 * its syntax.
 */
export type PictureReading = 'whole' | 'partial' | 'contradicted' | 'unread';

/** Reads the slices of the picture between two offsets, NAL units with lengths of `lengthSize` bytes. */
export function readWholePicture(
  window: ByteWindow,
  offset: number,
  end: number,
  lengthSize: number,
  sets: ParameterSets,
): PictureReading {
  let isRead = false;
  let [count, size] = [0, 0];
  let left = maxBytesRead;
  for (let at = offset; at < end;) {
    const length = window.uint(at, lengthSize);
    const start = at + lengthSize;
    if (length <= 0 || start + length > end) return 'contradicted';
    at = start + length;
    const sliceAt = sliceIn(window, start, length);
    const nalUnit = window.view(sliceAt, start + length - sliceAt);
    if (!hasSliceHeader(nalUnit[0]! & 0x1f)) continue;
    // rbsp_slice_trailing_bits() end with a bit that is 1, or with words that end with a 3 (7.3.2.10, 7.4.1).
    if (nalUnit.at(-1) === 0) return 'contradicted';
    left -= length;
    if (left < 0) continue;
    const reading = atOnce(readSlice(nalUnit, sets));
    if (reading.kind === 'contradicted') return reading.kind;
    if (reading.kind === 'unread') continue;
    isRead = true;
    if (reading.start.header.redundantPicCnt === 0) [count, size] = [count + reading.count, reading.size];
  }
  if (!isRead) return 'unread';
  // A sample has one frame, or both of its fields.
  return left >= 0 && (count === size || count === 2 * size) ? 'whole' : 'partial';
}
