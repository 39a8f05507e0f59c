/**
 * Whether a picture of H.265 is one of a stream with these parameter sets: its slices are read coding tree unit by coding tree
 * unit, end where their NAL units do, and fill the picture.
 */
import { isSliceSegment, type ParameterSets } from '../../codecs/h265/slice-segment-header.ts';
import { parseNalUnitHeader } from '../../codecs/h265/nal-unit.ts';
import { PictureReader } from '../../codecs/h265/slice-data.ts';
import { atOnce } from '../../io/pace.ts';
import type { ByteWindow } from './byte-window.ts';
import type { PictureReading } from './h264-whole-picture.ts';

/** Larger pictures are not read. */
const maxBytesRead = 4 * 1024 * 1024;

/** Reads the slices of the picture between two offsets, NAL units with lengths of `lengthSize` bytes; those of further layers are not read. */
export function readWholeH265Picture(
  window: ByteWindow,
  offset: number,
  end: number,
  lengthSize: number,
  sets: ParameterSets,
): PictureReading {
  if (end - offset > maxBytesRead) return 'unread';
  const reader = new PictureReader(sets);
  let [count, size] = [0, 0];
  for (let at = offset; at < end;) {
    const length = window.uint(at, lengthSize);
    const start = at + lengthSize;
    if (length <= 0 || start + length > end) return 'contradicted';
    at = start + length;
    const nalUnit = window.view(start, length);
    const unit = parseNalUnitHeader(nalUnit);
    if (unit === undefined || unit.layerId > 0 || !isSliceSegment(unit.type)) continue;
    const reading = atOnce(reader.read(nalUnit));
    if (reading.kind !== 'whole') return reading.kind;
    count += reading.count;
    ({ size } = reading);
  }
  return count === 0 ? 'unread' : count === size ? 'whole' : 'contradicted';
}
