/** What is known of pictures when their presentation times are looked for: plain columns, seconds on the recording's clock. */

/** The count of a picture whose place in output order is not known. */
export const unknownOrder = -0x80000000;

/** Pictures in decoding order. */
export interface OrderedPictures {
  /** Decode times, all known. */
  readonly decodeTimes: Float64Array;
  /** Presentation times; NaN where unknown, and then filled. */
  readonly presentationTimes: Float64Array;
  /** Pictures of a later period are shown after those of an earlier one, within a period the smaller count first; a picture whose order is not known has the count `unknownOrder`. */
  readonly periods: Uint32Array;
  readonly counts: Int32Array;
  /**
   * Numbers of pictures before which others are missing, so that order cannot be followed across; and where pictures of
   * unknown order begin and end.
   */
  readonly breaks: readonly number[];
  /** Pictures that the stream says are held back, where it says so. */
  readonly reorderedPictures: number | undefined;
  /** 1 for pictures that are not there: what stands in the place of one that was dropped. */
  readonly dropped?: Uint8Array;
  /** What a decode time and a presentation time may be apart and still be the same. */
  readonly tickSeconds: number;
}
