/**
 * Pictures of H.264 coded as fields (PAFF), which no encoder at hand makes: bit by bit as ITU-T H.264 says, the first field
 * of a period all of one value, every other one a copy of the field before it. None of it comes from our own parsers.
 */
import { BitWriter } from '../../../src/bytes/bit-writer.ts';

/** Macroblocks of a field of 64x64. */
const macroblocks = 8;
const log2MaxFrameNum = 4;
const log2MaxPicOrderCntLsb = 8;
const startCode = Uint8Array.of(0, 0, 0, 1);

/** ue(v) and se(v) of 9.1, and the end of the payload. */
class PayloadWriter extends BitWriter {
  ue(value: number): void {
    const bits = 32 - Math.clz32(value + 1);
    this.bits(0, bits - 1);
    this.bits(value + 1, bits);
  }

  nalUnit(header: number): Uint8Array {
    this.flag(true);
    // 7.4.1: no three bytes of a NAL unit are a start code.
    const bytes = [header];
    for (const byte of this.toBytes()) {
      if (byte <= 3 && bytes.length > 2 && bytes.at(-1) === 0 && bytes.at(-2) === 0) bytes.push(3);
      bytes.push(byte);
    }
    return Uint8Array.from(bytes);
  }
}

function sequenceParameterSet(): Uint8Array {
  const set = new PayloadWriter();
  // Main profile, level 3.
  set.bits(77, 8);
  set.bits(0, 8);
  set.bits(30, 8);
  set.ue(0);
  set.ue(log2MaxFrameNum - 4);
  set.ue(0); // pic_order_cnt_type
  set.ue(log2MaxPicOrderCntLsb - 4);
  set.ue(1); // max_num_ref_frames
  set.flag(false);
  set.ue(3); // pic_width_in_mbs_minus1
  set.ue(1); // pic_height_in_map_units_minus1: units of a field
  set.flag(false); // frame_mbs_only_flag
  set.flag(false); // mb_adaptive_frame_field_flag
  set.flag(true); // direct_8x8_inference_flag
  set.flag(false);
  set.flag(false);
  return set.nalUnit(0x67);
}

function pictureParameterSet(): Uint8Array {
  const set = new PayloadWriter();
  set.ue(0);
  set.ue(0);
  set.flag(false); // entropy_coding_mode_flag
  set.flag(false);
  set.ue(0);
  set.ue(0);
  set.ue(0);
  set.flag(false);
  set.bits(0, 2);
  for (let n = 0; n < 3; n++) set.ue(0);
  for (let n = 0; n < 3; n++) set.flag(false);
  return set.nalUnit(0x68);
}

/** The slice of a field, number `n` of its period. `value`: what is added to the quantiser, which tells fields apart. */
function fieldSlice(n: number, value: number): Uint8Array {
  const [frame, isBottom, isIdr] = [n >> 1, n % 2 === 1, n === 0];
  const slice = new PayloadWriter();
  slice.ue(0);
  slice.ue(isIdr ? 7 : 5);
  slice.ue(0);
  slice.bits(frame % 2 ** log2MaxFrameNum, log2MaxFrameNum);
  slice.flag(true);
  slice.flag(isBottom);
  if (isIdr) slice.ue(value % 8);
  slice.bits(n % 2 ** log2MaxPicOrderCntLsb, log2MaxPicOrderCntLsb);
  if (!isIdr) slice.bits(0, 2); // num_ref_idx_active_override_flag, ref_pic_list_modification_flag_l0
  slice.bits(0, isIdr ? 2 : 1); // dec_ref_pic_marking()
  slice.ue(2 * (value % 8)); // slice_qp_delta, not above 0
  if (isIdr) {
    // I_16x16_2_0_0 without coefficients: mb_type 3, intra_chroma_pred_mode 0, mb_qp_delta 0, coeff_token.
    for (let at = 0; at < macroblocks; at++) slice.bits(0b0010_0111, 8);
  } else {
    slice.ue(macroblocks); // mb_skip_run
  }
  return slice.nalUnit(isIdr ? 0x65 : 0x41);
}

/** How the fields of a stream stand. */
export interface FieldStream {
  /** Frames from an IDR picture to the next. */
  readonly period: number;
  /** Before which fields an access unit delimiter stands. */
  readonly delimited: 'none' | 'all';
}

/** A stream with start codes of so many frames, both fields of each coded as pictures of their own. */
export function fieldStream(frames: number, { period, delimited }: FieldStream): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let field = 0; field < 2 * frames; field++) {
    const n = field % (2 * period);
    if (delimited === 'all') parts.push(Uint8Array.of(9, 0x30));
    if (n === 0) parts.push(sequenceParameterSet(), pictureParameterSet());
    parts.push(fieldSlice(n, Math.floor(field / 7)));
  }
  return Buffer.concat(parts.flatMap((part) => [startCode, part]));
}
