/**
 * ics_info() (ISO/IEC 14496-3, Table 4.6): which windows a channel's frame has, how they are grouped, and how many
 * scale factor bands are coded. Both channels of a pair may share one.
 */
import { AudioObjectType } from './audio-object-type.ts';
import type { BitCursor } from './bit-cursor.ts';
import type { FrameSyntax } from './frame-syntax.ts';

/** `window_sequence` (Table 4.109): a long window, one that leads to the short ones, eight short ones, one that leads back. */
const WindowSequence = { onlyLong: 0, longStart: 1, eightShort: 2, longStop: 3 } as const;

const SHORT_WINDOWS = 8;
/** The highest band of a long window that long term prediction may be switched on for, plus one (MAX_LTP_LONG_SFB). */
const LONG_TERM_PREDICTION_BANDS = 40;
/** `predictor_reset_group_number` counts from 1 to this (4.6.6.3). */
const PREDICTOR_RESET_GROUPS = 30;

/** The windows of the channel parsed last; one instance is parsed into again and again. */
export class IcsInfo {
  windowSequence: number = WindowSequence.onlyLong;
  maxSfb = 0;
  /** `num_window_groups`: 1 for long windows. */
  groupCount = 1;
  /** `window_group_length`, by group. */
  readonly groupLengths = new Uint8Array(SHORT_WINDOWS);
  /** Spectral lines of one window at which its bands begin. */
  offsets: Uint16Array = new Uint16Array(1);

  get isEightShort(): boolean {
    return this.windowSequence === WindowSequence.eightShort;
  }

  /** `num_swb`: bands there are, coded or not. */
  get bandCount(): number {
    return this.offsets.length - 1;
  }

  /** `inPair`: shared by both channels of a pair, each with a long term prediction of its own. */
  parse(cursor: BitCursor, syntax: FrameSyntax, inPair: boolean): void {
    const reservedBit = cursor.bits(1);
    // "shall be 0" in Table 4.6; encoders keep to it, decoders need not look.
    if (reservedBit === 1 && syntax.asEncodersWrite) cursor.fail('ics_reserved_bit is set');
    this.windowSequence = cursor.bits(2);
    cursor.skip(1); // window_shape: both are used
    this.groupCount = 1;
    if (this.isEightShort) {
      this.offsets = syntax.bands.shortOffsets;
      this.maxSfb = cursor.bits(4);
      this.#group(cursor.bits(7));
    } else {
      this.offsets = syntax.bands.longOffsets;
      this.maxSfb = cursor.bits(6);
      this.groupLengths[0] = 1;
      if (this.maxSfb <= this.bandCount && cursor.bits(1) === 1) this.#prediction(cursor, syntax, inPair);
    }
    if (this.maxSfb > this.bandCount) cursor.fail('max_sfb is beyond the bands of this sampling frequency');
  }

  /** `scaleFactorGrouping`: a bit for each window but the first, set where it belongs to the group before it. */
  #group(scaleFactorGrouping: number): void {
    this.groupLengths[0] = 1;
    for (let bit = SHORT_WINDOWS - 2; bit >= 0; bit--) {
      if ((scaleFactorGrouping >>> bit) & 1) this.groupLengths[this.groupCount - 1]!++;
      else this.groupLengths[this.groupCount++] = 1;
    }
  }

  #prediction(cursor: BitCursor, syntax: FrameSyntax, inPair: boolean): void {
    if (syntax.audioObjectType === AudioObjectType.aacMain) {
      if (cursor.bits(1) === 1) {
        const group = cursor.bits(5);
        if (group === 0 || group > PREDICTOR_RESET_GROUPS) cursor.fail('no such predictor_reset_group_number');
      }
      const bands = Math.min(this.maxSfb, syntax.bands.predictionBands);
      cursor.skip(bands); // prediction_used
    } else if (syntax.audioObjectType === AudioObjectType.aacLongTermPrediction) {
      if (cursor.bits(1) === 1) this.#longTermPrediction(cursor);
      if (inPair && cursor.bits(1) === 1) this.#longTermPrediction(cursor);
    } else {
      cursor.fail('there is prediction, which AAC-LC has not');
    }
  }

  /** ltp_data() of a long window. */
  #longTermPrediction(cursor: BitCursor): void {
    cursor.skip(11 + 3); // ltp_lag, ltp_coef
    cursor.skip(Math.min(this.maxSfb, LONG_TERM_PREDICTION_BANDS)); // ltp_long_used
  }
}
