/**
 * The decoding process for picture order count of H.265 (ITU-T H.265, 8.3.1): from the slice segment headers of pictures in
 * decoding order to the order in which they are shown. Composition offsets that a recording has lost are found again with
 * it. It knows no times and no container; counts rise with time but say nothing of how long a picture stays.
 */
import type { SequenceParameterSet } from './sequence-parameter-set.ts';
import type { SliceSegmentHeader } from './slice-segment-header.ts';

/**
 * The place of a picture in output order. Pictures of an earlier period come before those of a later one; within a period
 * the smaller `picOrderCnt` comes first.
 */
export interface PictureOrder {
  /** How many pictures so far, this one among them, started the order anew: IRAP pictures with NoRaslOutputFlag 1. */
  readonly period: number;
  readonly picOrderCnt: number;
  /**
   * False for a leading picture that refers to pictures before the random access point where decoding began (RASL), which
   * no decoder shows (8.1.3), and where the stream says that a picture is not to be shown.
   */
  readonly isShown: boolean;
}

const SkippedLeading = { nonReference: 8, reference: 9 } as const;
const CLEAN_RANDOM_ACCESS = 21;

function isSkippedLeading(type: number): boolean {
  return type === SkippedLeading.nonReference || type === SkippedLeading.reference;
}

/** Random access decodable or skipped leading, or a sub-layer non-reference picture: none of them is prevTid0Pic (8.3.1). */
function isPassedOver(type: number): boolean {
  return (type >= 6 && type <= 9) || (type <= 14 && type % 2 === 0);
}

/**
 * Picture order counts of a stream. It may begin anywhere: before the first random access point (period 0) counts are
 * relative to an unknown start, and their order holds. A loss of more than half the range of `slice_pic_order_cnt_lsb`
 * cannot be seen and shifts what follows up to the next IDR or BLA picture.
 */
export class PictureOrderCount {
  #period = 0;
  /** Of prevTid0Pic. */
  #previousMsb = 0;
  #previousLsb: number | undefined;
  /** The next picture stands at the beginning of the bitstream or behind an end of sequence. */
  #atStart = true;
  /** NoRaslOutputFlag of the last IRAP picture; before the first one nothing can be decoded at all. */
  #skipsLeading = true;

  /** An end of sequence NAL unit (type 36 or 37) came by: the next picture begins a new coded video sequence. */
  endSequence(): void {
    this.#atStart = true;
  }

  /**
   * The order of the next picture in decoding order, each picture given once: `header` is that of its first slice segment,
   * `sps` the sequence parameter set it refers to.
   */
  next(header: SliceSegmentHeader, sps: SequenceParameterSet): PictureOrder {
    const { nalUnitType: type } = header;
    const isRandomAccessPoint = type >= 16 && type <= 23;
    const startsPeriod = isRandomAccessPoint && (type < CLEAN_RANDOM_ACCESS || this.#atStart);
    this.#atStart = false;
    if (isRandomAccessPoint) this.#skipsLeading = startsPeriod;
    const lsb = header.slicePicOrderCntLsb ?? 0;
    let msb = 0;
    if (startsPeriod) this.#period++;
    else msb = this.#mostSignificant(lsb, 2 ** sps.log2MaxPicOrderCntLsb);
    if (header.temporalId === 0 && !isPassedOver(type)) {
      this.#previousMsb = msb;
      this.#previousLsb = lsb;
    }
    const isShown = header.picOutputFlag && !(isSkippedLeading(type) && this.#skipsLeading);
    return { period: this.#period, picOrderCnt: msb + lsb, isShown };
  }

  #mostSignificant(lsb: number, maxLsb: number): number {
    // The first picture of a stream that does not begin with a random access point stands for prevTid0Pic.
    const step = lsb - (this.#previousLsb ?? lsb);
    if (step <= -maxLsb / 2) return this.#previousMsb + maxLsb;
    if (step > maxLsb / 2) return this.#previousMsb - maxLsb;
    return this.#previousMsb;
  }
}
