/**
 * Parameter sets as x264 writes them: made of its settings, for media that has lost them. What the settings do not say (the
 * size of the picture, and habits that changed between builds) is given by the caller, who has to prove the result.
 */
import { BitWriter } from '../../bytes/bit-writer.ts';
import { wholeNumber, type EncoderSettings } from '../encoder-settings.ts';
import { bitDepthOf, initialQuantisers, referenceFrames, reorderedFrames } from './x264-settings.ts';

/** What the settings do not say. */
export interface X264Guess {
  readonly widthInMbs: number;
  readonly heightInMbs: number;
  /** Rows of luma samples that are cut off at the bottom: an even number. */
  readonly croppedRows: number;
  readonly picInitQp: number;
  readonly log2MaxFrameNum: number;
  readonly picOrderCntType: 0 | 2;
  readonly numRefIdxL0DefaultActive: number;
}

/** Habits of builds, the likeliest first; none where the settings are of a kind that is not made here. */
export function x264Habits(
  settings: EncoderSettings,
): readonly Omit<X264Guess, 'widthInMbs' | 'heightInMbs' | 'croppedRows'>[] {
  const { options } = settings;
  const references = referenceFrames(settings);
  const bframes = wholeNumber(options, 'bframes');
  const plain = options.get('interlaced') === '0' && options.get('cqm') === '0' && options.get('rc') !== 'cqp';
  if (!plain || settings.encoder !== 'x264' || references === undefined || bframes === undefined) return [];
  const pyramid = bframes > 0 && (wholeNumber(options, 'b_pyramid') ?? 0) > 0;
  const held = bufferedFrames(settings, references);
  const frames = bitsFor(held * (pyramid ? 2 : 1) + 1);
  const types: readonly (0 | 2)[] = bframes > 0 ? [0] : [2, 0];
  const ref = wholeNumber(options, 'ref')!;
  return initialQuantisers(settings).flatMap((picInitQp) =>
    types.flatMap((picOrderCntType) =>
      [...new Set([frames, 4, 5, 6, 7, 8])].map((log2MaxFrameNum) => ({
        picInitQp,
        picOrderCntType,
        log2MaxFrameNum,
        numRefIdxL0DefaultActive: ref,
      })),
    ),
  );
}

/** max_dec_frame_buffering: a pyramid of mode 1 keeps one picture less than it holds. */
function bufferedFrames({ options }: EncoderSettings, references: number): number {
  return references + (options.get('b_pyramid') === '1' && options.get('bframes') !== '0' ? 1 : 0);
}

/** Bits of a counter, 4 at least, that x264 takes for numbers up to this one. */
function bitsFor(max: number): number {
  let bits = 4;
  while (2 ** bits <= max) bits++;
  return bits;
}

/** Macroblocks of a frame up to each level (Table A-1). */
const levels: readonly (readonly [number, number])[] = [
  [99, 10],
  [396, 13],
  [792, 21],
  [1620, 30],
  [3600, 31],
  [5120, 32],
  [8192, 40],
  [8704, 42],
  [22080, 50],
  [36864, 51],
];

/** NAL units of a sequence and a picture parameter set, header first, emulation prevention in them. */
export function x264ParameterSets(
  settings: EncoderSettings,
  guess: X264Guess,
): { readonly sps: Uint8Array; readonly pps: Uint8Array } {
  return { sps: sequenceParameterSet(settings, guess), pps: pictureParameterSet(settings, guess) };
}

function sequenceParameterSet(settings: EncoderSettings, guess: X264Guess): Uint8Array {
  const { options } = settings;
  const depth = bitDepthOf(settings) ?? 8;
  const isOn = (name: string): boolean => (options.get(name) ?? '0') !== '0';
  const bframes = wholeNumber(options, 'bframes') ?? 0;
  const pyramid = bframes > 0 && isOn('b_pyramid');
  const isMain = isOn('cabac') || bframes > 0 || isOn('weightp');
  const profile = depth > 8 ? 110 : isOn('8x8dct') ? 100 : isMain ? 77 : 66;
  const size = guess.widthInMbs * guess.heightInMbs;
  const references = referenceFrames(settings)!;
  const writer = new BitWriter();
  writer.bits(0x67, 8);
  writer.bits(profile, 8);
  writer.bits(profile === 66 ? 0xc0 : profile === 77 ? 0x40 : 0, 8);
  writer.bits(levels.find(([max]) => size <= max)?.[1] ?? 52, 8);
  ue(writer, 0); // seq_parameter_set_id
  if (profile >= 100) {
    ue(writer, 1); // chroma_format_idc
    ue(writer, depth - 8);
    ue(writer, depth - 8);
    writer.bits(0, 2); // qpprime_y_zero_transform_bypass_flag, seq_scaling_matrix_present_flag
  }
  ue(writer, guess.log2MaxFrameNum - 4);
  ue(writer, guess.picOrderCntType);
  // log2_max_pic_order_cnt_lsb_minus4
  if (guess.picOrderCntType === 0) ue(writer, bitsFor((bframes + 2) * (pyramid ? 2 : 1) * 4) - 4);
  ue(writer, references);
  writer.bits(0, 1); // gaps_in_frame_num_value_allowed_flag
  ue(writer, guess.widthInMbs - 1);
  ue(writer, guess.heightInMbs - 1);
  writer.bits(3, 2); // frame_mbs_only_flag, direct_8x8_inference_flag
  writer.flag(guess.croppedRows > 0);
  if (guess.croppedRows > 0) for (const rows of [0, 0, 0, guess.croppedRows / 2]) ue(writer, rows);
  writer.bits(1, 1); // vui_parameters_present_flag
  writer.bits(0, 8); // none of it but bitstream_restriction_flag
  writer.bits(3, 2); // and motion_vectors_over_pic_boundaries_flag
  const held = [reorderedFrames(settings)!, bufferedFrames(settings, references)];
  for (const value of [0, 0, 11, 11, ...held]) ue(writer, value);
  return nalUnitOf(writer);
}

function pictureParameterSet(settings: EncoderSettings, guess: X264Guess): Uint8Array {
  const { options } = settings;
  const isOn = (name: string): boolean => (options.get(name) ?? '0') !== '0';
  const writer = new BitWriter();
  writer.bits(0x68, 8);
  ue(writer, 0); // pic_parameter_set_id
  ue(writer, 0); // seq_parameter_set_id
  writer.flag(isOn('cabac'));
  writer.bits(0, 1); // bottom_field_pic_order_in_frame_present_flag
  ue(writer, 0); // num_slice_groups_minus1
  ue(writer, Math.max(1, guess.numRefIdxL0DefaultActive) - 1);
  ue(writer, 0); // num_ref_idx_l1_default_active_minus1
  writer.flag(isOn('weightp'));
  writer.bits(isOn('weightb') ? 2 : 0, 2);
  se(writer, guess.picInitQp - 26);
  se(writer, 0); // pic_init_qs_minus26
  const chromaOffset = wholeNumber(options, 'chroma_qp_offset') ?? 0;
  se(writer, chromaOffset);
  writer.bits(1, 1); // deblocking_filter_control_present_flag
  writer.flag(isOn('constrained_intra'));
  writer.bits(0, 1); // redundant_pic_cnt_present_flag
  if (isOn('8x8dct')) {
    writer.bits(2, 2); // transform_8x8_mode_flag, pic_scaling_matrix_present_flag
    se(writer, chromaOffset);
  }
  return nalUnitOf(writer);
}

/** Exp-Golomb codes (9.1). */
function ue(writer: BitWriter, value: number): void {
  const length = 31 - Math.clz32(value + 1);
  writer.bits(0, length);
  writer.bits(value + 1, length + 1);
}

function se(writer: BitWriter, value: number): void {
  ue(writer, value > 0 ? 2 * value - 1 : -2 * value);
}

/** With rbsp_trailing_bits() and emulation prevention bytes (7.3.1). */
function nalUnitOf(writer: BitWriter): Uint8Array {
  writer.bits(1, 1);
  const bytes: number[] = [];
  let zeros = 0;
  for (const byte of writer.toBytes()) {
    if (zeros === 2 && byte <= 3) {
      bytes.push(3);
      zeros = 0;
    }
    bytes.push(byte);
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return Uint8Array.from(bytes);
}
