/**
 * What x264 makes of its settings: how the fields of its parameter sets follow from the options that it leaves in the first
 * picture. Options that do not show in parameter sets, as of rate control or threads, play no part. It judges nothing: other
 * builds may have other habits, which shows where a recording has both its settings and its parameter sets.
 */
import { wholeNumber, type EncoderSettings, type SettingsRule } from '../encoder-settings.ts';
import type { PictureParameterSet } from './picture-parameter-set.ts';
import type { SequenceParameterSet } from './sequence-parameter-set.ts';

/** Of the default range of quantisers x264 writes the end, which the bits per sample decide. */
const bitDepthOfMaxQp: Readonly<Record<string, number>> = { 69: 8, 81: 10 };

/** Bits per sample; undefined where the settings do not tell. */
export function bitDepthOf({ options }: EncoderSettings): number | undefined {
  return bitDepthOfMaxQp[options.get('qpmax') ?? ''];
}

/** Pictures that may be shown before one that is decoded before them. */
export function reorderedFrames({ options }: EncoderSettings): number | undefined {
  const [bframes, pyramid] = [wholeNumber(options, 'bframes'), wholeNumber(options, 'b_pyramid') ?? 0];
  if (bframes === undefined) return undefined;
  return bframes === 0 ? 0 : pyramid > 0 ? 2 : 1;
}

/** max_num_ref_frames. */
export function referenceFrames(settings: EncoderSettings): number | undefined {
  const { options } = settings;
  const [ref, reordered] = [wholeNumber(options, 'ref'), reorderedFrames(settings)];
  if (ref === undefined || reordered === undefined) return undefined;
  if (wholeNumber(options, 'keyint') === 1) return 0;
  const pyramid = reordered === 0 ? 0 : (wholeNumber(options, 'b_pyramid') ?? 0);
  // A pyramid of mode 1 keeps one picture less.
  return Math.min(16, Math.max(ref, 1 + reordered, pyramid > 0 ? 4 : 1)) - (pyramid === 1 ? 1 : 0);
}

/** pic_init_qp_minus26 + 26: one value, or two where the rounded text may stand for either; none where it does not tell. */
export function initialQuantisers({ options }: EncoderSettings): readonly number[] {
  if (options.get('stitchable') === '1') return [26];
  const rateControl = options.get('rc');
  if (rateControl === 'abr' || rateControl === 'cbr' || rateControl === '2pass') return [26];
  const quality = rateControl === 'crf' ? Number(options.get('crf')) : Number.NaN;
  // A bit depth above 8 shifts what is below 0.
  if (!(quality >= 1)) return [];
  return [...new Set([Math.min(51, Math.floor(quality)), Math.min(51, Math.floor(quality - 0.05))])];
}

/** How fields of these parameter sets follow from the settings, as far as those tell. */
export function* x264Rules(
  settings: EncoderSettings,
  sps: SequenceParameterSet,
  pps: PictureParameterSet,
): Generator<SettingsRule> {
  const { options } = settings;
  const rule = (
    field: string,
    name: string,
    expected: readonly (number | undefined)[],
    found: number,
  ): SettingsRule => {
    const values = expected.filter((value) => value !== undefined);
    return { field, option: `${name}=${options.get(name) ?? ''}`, expected: values, found };
  };
  const flag = (field: string, name: string, found: boolean): SettingsRule => {
    const value = options.get(name);
    return rule(field, name, value === undefined ? [] : [value === '0' ? 0 : 1], Number(found));
  };
  const rules = [
    flag('entropy_coding_mode_flag', 'cabac', pps.entropyCodingModeFlag),
    flag('transform_8x8_mode_flag', '8x8dct', pps.transform8x8ModeFlag),
    flag('weighted_pred_flag', 'weightp', pps.weightedPredFlag),
    rule(
      'weighted_bipred_idc',
      'weightb',
      options.has('weightb') ? [2 * wholeNumber(options, 'weightb')!] : [],
      pps.weightedBipredIdc,
    ),
    flag('constrained_intra_pred_flag', 'constrained_intra', pps.constrainedIntraPredFlag),
    rule(
      'chroma_qp_index_offset',
      'chroma_qp_offset',
      [wholeNumber(options, 'chroma_qp_offset')],
      pps.chromaQpIndexOffset,
    ),
    flag('seq_scaling_matrix_present_flag', 'cqm', sps.seqScalingMatrixPresentFlag || pps.picScalingMatrixPresentFlag),
    rule(
      'frame_mbs_only_flag',
      'interlaced',
      options.get('interlaced') === '0' ? [1] : [],
      Number(sps.frameMbsOnlyFlag),
    ),
    rule('max_num_ref_frames', 'ref', [referenceFrames(settings)], sps.maxNumRefFrames),
    rule('bit_depth_luma', 'qpmax', [bitDepthOf(settings)], sps.bitDepthLuma),
    rule('pic_init_qp', options.has('crf') ? 'crf' : 'rc', initialQuantisers(settings), pps.picInitQp),
  ];
  for (const each of rules) if (each.expected.length > 0) yield each;
}
