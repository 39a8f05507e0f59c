/**
 * The decoding process for picture order count of H.264 (ITU-T H.264, 8.2.1): from the slice headers of pictures in
 * decoding order to the order in which they are shown. Composition offsets that a recording has lost are found again with
 * it. It knows no times and no container; counts rise with time but say nothing of how long a picture stays.
 */
import { NalUnitType } from './nal-unit.ts';
import type { SequenceParameterSet } from './sequence-parameter-set.ts';
import type { SliceHeader } from './slice-header.ts';

/**
 * The place of a picture in output order. Pictures of an earlier period come before those of a later one; within a period
 * the smaller `picOrderCnt` comes first. Of equal counts (the two fields of a frame) the first in decoding order does.
 */
export interface PictureOrder {
  /** How many pictures so far, this one among them, started the order anew: IDR, or memory management operation 5. */
  readonly period: number;
  /** Absent for a bottom field. */
  readonly topFieldOrderCnt: number | undefined;
  /** Absent for a top field. */
  readonly bottomFieldOrderCnt: number | undefined;
  /** The smaller of the counts that are there: PicOrderCnt() of 8.2.1. */
  readonly picOrderCnt: number;
  /** Whether the picture is the second field of the frame that the picture before it began. */
  readonly isSecondField: boolean;
}

/** TopFieldOrderCnt and BottomFieldOrderCnt; of a field only its own is meant. */
interface FieldOrderCounts {
  readonly top: number;
  readonly bottom: number;
}

/** A field that waits for the other field of its frame. */
interface FirstField {
  readonly bottomFieldFlag: boolean;
  readonly frameNum: number;
  readonly isReference: boolean;
}

/**
 * Picture order counts of a stream. It may begin anywhere: before the first IDR picture (period 0) counts are relative to
 * an unknown start, and their order holds. A loss of more than half the range of `pic_order_cnt_lsb`, or of all values
 * of `frame_num`, cannot be seen and shifts what follows up to the next IDR picture.
 */
export class PictureOrderCount {
  #period = 0;
  /** prevPicOrderCntMsb and prevPicOrderCntLsb: of the last reference picture (type 0). */
  #prevPicOrderCntMsb = 0;
  #prevPicOrderCntLsb: number | undefined;
  /** prevFrameNumOffset and prevFrameNum: of the last picture (types 1 and 2). */
  #prevFrameNumOffset: number | undefined;
  #prevFrameNum = 0;
  #firstField: FirstField | undefined;

  /**
   * The order of the next picture in decoding order, each picture given once: `header` is that of any slice of its primary
   * picture, `sps` the sequence parameter set it refers to. Where the header broke off before memory management
   * operation 5 could be told, there is none.
   */
  next(header: SliceHeader, sps: SequenceParameterSet): PictureOrder {
    const { fieldPicFlag, bottomFieldFlag, frameNum } = header;
    const isIdr = header.nalUnitType === NalUnitType.idrSlice;
    const isReference = header.nalRefIdc !== 0;
    const operation5 = header.memoryManagementControlOperation5 === true;
    const isSecondField = this.#isSecondField(header, isIdr || operation5);
    this.#firstField = fieldPicFlag && !isSecondField ? { bottomFieldFlag, frameNum, isReference } : undefined;

    if (isIdr || operation5) this.#period++;
    if (isIdr) this.#restart();
    let counts = sps.picOrderCnt.type === 0 ? this.#fromLsb(header, sps.picOrderCnt) : this.#fromFrameNum(header, sps);
    if (operation5) counts = this.#afterOperation5(header, counts);

    const topFieldOrderCnt = bottomFieldFlag ? undefined : counts.top;
    const bottomFieldOrderCnt = fieldPicFlag && !bottomFieldFlag ? undefined : counts.bottom;
    const picOrderCnt = Math.min(topFieldOrderCnt ?? Infinity, bottomFieldOrderCnt ?? Infinity);
    return { period: this.#period, topFieldOrderCnt, bottomFieldOrderCnt, picOrderCnt, isSecondField };
  }

  /** Complementary field pairs (clause 3): fields of opposite parity and one frame_num, both reference fields or neither. */
  #isSecondField(header: SliceHeader, startsPeriod: boolean): boolean {
    const first = this.#firstField;
    return (
      first !== undefined &&
      header.fieldPicFlag &&
      !startsPeriod &&
      first.bottomFieldFlag !== header.bottomFieldFlag &&
      first.frameNum === header.frameNum &&
      first.isReference === (header.nalRefIdc !== 0)
    );
  }

  #restart(): void {
    this.#prevPicOrderCntMsb = 0;
    this.#prevPicOrderCntLsb = 0;
    this.#prevFrameNumOffset = 0;
    this.#prevFrameNum = 0;
  }

  /** `pic_order_cnt_type` 0 (8.2.1.1). */
  #fromLsb(
    header: SliceHeader,
    { log2MaxPicOrderCntLsb }: { readonly log2MaxPicOrderCntLsb: number },
  ): FieldOrderCounts {
    const maxPicOrderCntLsb = 2 ** log2MaxPicOrderCntLsb;
    const picOrderCntLsb = header.picOrderCntLsb ?? 0;
    // The first picture of a stream that does not begin with an IDR picture stands for the reference picture before it.
    this.#prevPicOrderCntLsb ??= picOrderCntLsb;
    let picOrderCntMsb = this.#prevPicOrderCntMsb;
    const step = picOrderCntLsb - this.#prevPicOrderCntLsb;
    if (step <= -maxPicOrderCntLsb / 2) picOrderCntMsb += maxPicOrderCntLsb;
    else if (step > maxPicOrderCntLsb / 2) picOrderCntMsb -= maxPicOrderCntLsb;
    if (header.nalRefIdc !== 0) {
      this.#prevPicOrderCntMsb = picOrderCntMsb;
      this.#prevPicOrderCntLsb = picOrderCntLsb;
    }
    const count = picOrderCntMsb + picOrderCntLsb;
    return { top: count, bottom: count + header.deltaPicOrderCntBottom };
  }

  /** `pic_order_cnt_type` 1 and 2 (8.2.1.2, 8.2.1.3). */
  #fromFrameNum(header: SliceHeader, sps: SequenceParameterSet): FieldOrderCounts {
    const { frameNum } = header;
    const maxFrameNum = 2 ** sps.log2MaxFrameNum;
    // A stream that does not begin with an IDR picture begins somewhere behind one: 0 would be the IDR picture's own place.
    this.#prevFrameNumOffset ??= maxFrameNum;
    const wraps = this.#prevFrameNum > frameNum;
    const frameNumOffset = this.#prevFrameNumOffset + (wraps ? maxFrameNum : 0);
    this.#prevFrameNumOffset = frameNumOffset;
    this.#prevFrameNum = frameNum;
    const isReference = header.nalRefIdc !== 0;
    const { picOrderCnt } = sps;
    if (picOrderCnt.type !== 1) {
      const count = 2 * (frameNumOffset + frameNum) - (isReference ? 0 : 1);
      return { top: count, bottom: count };
    }

    const { offsetForRefFrame, offsetForTopToBottomField } = picOrderCnt;
    const numRefFramesInCycle = offsetForRefFrame.length;
    let absFrameNum = numRefFramesInCycle === 0 ? 0 : frameNumOffset + frameNum;
    if (!isReference && absFrameNum > 0) absFrameNum--;
    let expected = isReference ? 0 : picOrderCnt.offsetForNonRefPic;
    if (absFrameNum > 0) {
      const frameNumInCycle = (absFrameNum - 1) % numRefFramesInCycle;
      const cycles = (absFrameNum - 1 - frameNumInCycle) / numRefFramesInCycle;
      expected += cycles * sum(offsetForRefFrame) + sum(offsetForRefFrame.slice(0, frameNumInCycle + 1));
    }
    const [delta, deltaBottom] = header.deltaPicOrderCnt;
    const top = expected + delta;
    return { top, bottom: top + offsetForTopToBottomField + deltaBottom };
  }

  /** A picture with operation 5 counts from its own start once it is decoded (8.2.1), and its frame_num is 0 (7.4.3). */
  #afterOperation5(header: SliceHeader, { top, bottom }: FieldOrderCounts): FieldOrderCounts {
    const start = header.fieldPicFlag ? (header.bottomFieldFlag ? bottom : top) : Math.min(top, bottom);
    const counts = { top: top - start, bottom: bottom - start };
    this.#restart();
    this.#prevPicOrderCntLsb = header.bottomFieldFlag ? 0 : counts.top;
    if (this.#firstField !== undefined) this.#firstField = { ...this.#firstField, frameNum: 0 };
    return counts;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
