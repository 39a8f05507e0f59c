/**
 * The superframe of VP9 (VP9 specification, Annex B): several frames in one sample, of which the last is shown, with an
 * index behind them.
 */

/** Bytes of one frame within a sample; `end` is behind its last. */
export interface Vp9FrameRange {
  readonly start: number;
  readonly end: number;
}

/** `superframe_header()`: three marker bits, length of the sizes, number of frames. */
const MARKER = 0b110;

/**
 * Where the frames of a sample lie in it: one that fills it, where there is no index. Undefined where the index claims more
 * than there is. Frames of no size are passed over, as decoders do.
 */
export function splitVp9Superframe(sample: Uint8Array): Vp9FrameRange[] | undefined {
  const last = sample.at(-1) ?? 0;
  const count = (last & 7) + 1;
  const sizeLength = ((last >>> 3) & 3) + 1;
  const indexStart = sample.length - (2 + count * sizeLength);
  if (last >>> 5 !== MARKER || indexStart < 0 || sample[indexStart] !== last) {
    return [{ start: 0, end: sample.length }];
  }
  const frames: Vp9FrameRange[] = [];
  let start = 0;
  for (let index = 0; index < count; index++) {
    let size = 0;
    for (let byte = sizeLength - 1; byte >= 0; byte--) {
      size = size * 256 + sample[indexStart + 1 + index * sizeLength + byte]!;
    }
    if (start + size > indexStart) return undefined;
    if (size > 0) frames.push({ start, end: start + size });
    start += size;
  }
  return frames;
}
