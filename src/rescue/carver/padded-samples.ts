/**
 * Zeros within samples of pictures: a hole where blocks of the file were lost, or what an encoder of constant rate fills its
 * pictures up with (trailing_zero_8bits and cabac_zero_words, ITU-T H.264, 7.4.2.10 and B.2, as some hardware encoders put them
 * inside the NAL unit). A hole ends where a block does, padding where the sample does.
 */
import { findHole, isZeroTo, type ByteWindow } from './byte-window.ts';

/** Holes are of whole blocks of this size. */
const blockBytes = 512;
/** Padded samples from which on a stream is known to be padded. */
const minPadded = 3;

/** Tells which samples of one stream a hole reaches into. */
export class PaddedSamples {
  #padded = 0;

  /** Where a hole begins in the sample from `from` to `to`; -1 where there is none. `isLast`: nothing stands behind it that shows that it is whole. */
  holeIn(window: ByteWindow, from: number, to: number, isLast: boolean): number {
    const hole = findHole(window, from, to);
    if (hole < 0 || !isZeroTo(window, hole, to)) return hole;
    // A sample that ends with zeros and is followed by another was lost no block of, or by a chance of one in a block.
    if (this.#padded >= minPadded) return -1;
    if (isLast || to % blockBytes === 0) return hole;
    this.#padded++;
    return -1;
  }
}
