/**
 * What x265 makes of its settings: how the fields of its parameter sets follow from the options that it leaves beside them.
 * It judges nothing, as its counterpart for x264.
 */
import { wholeNumber, type EncoderSettings, type SettingsRule } from '../encoder-settings.ts';
import type { PictureParameterSet } from './picture-parameter-set.ts';
import type { SequenceParameterSet } from './sequence-parameter-set.ts';

/** How fields of these parameter sets follow from the settings, as far as those tell. */
export function* x265Rules(
  { options }: EncoderSettings,
  sps: SequenceParameterSet,
  pps: PictureParameterSet,
): Generator<SettingsRule> {
  const rule = (field: string, name: string, expected: number | undefined, found: number): SettingsRule => {
    return {
      field,
      option: `${name}=${options.get(name) ?? ''}`,
      expected: expected === undefined ? [] : [expected],
      found,
    };
  };
  const number = (name: string): number | undefined => wholeNumber(options, name);
  const log2 = (name: string): number | undefined => {
    const value = number(name);
    return value === undefined || value <= 0 ? undefined : Math.log2(value);
  };
  const flag = (field: string, name: string, found: boolean): SettingsRule =>
    rule(field, name, number(name), Number(found));
  const [width, height] = (options.get('input-res') ?? '').split('x').map(Number);
  const isFrames = options.get('interlace') === '0';
  const { blocks } = sps;
  const rules = [
    rule('conf_win width', 'input-res', isFrames ? width || undefined : undefined, sps.width),
    rule('conf_win height', 'input-res', isFrames ? height : undefined, sps.height),
    rule('bit_depth_luma', 'bitdepth', number('bitdepth'), sps.bitDepthLuma),
    rule('chroma_format_idc', 'input-csp', number('input-csp'), sps.chromaFormatIdc),
    rule('CtbLog2SizeY', 'ctu', log2('ctu'), sps.ctbLog2Size),
    rule('MinCbLog2SizeY', 'min-cu-size', log2('min-cu-size'), blocks.minCbLog2Size),
    rule('MaxTbLog2SizeY', 'max-tu-size', log2('max-tu-size'), blocks.maxTbLog2Size),
    flag('amp_enabled_flag', 'amp', blocks.ampEnabledFlag),
    flag('strong_intra_smoothing_enabled_flag', 'strong-intra-smoothing', sps.strongIntraSmoothingEnabledFlag),
    flag('sps_temporal_mvp_enabled_flag', 'temporal-mvp', sps.temporalMvpEnabledFlag),
    flag('sign_data_hiding_enabled_flag', 'signhide', pps.blocks.signDataHidingEnabledFlag),
    flag('constrained_intra_pred_flag', 'constrained-intra', pps.blocks.constrainedIntraPredFlag),
    rule('pps_cb_qp_offset', 'cbqpoffs', number('cbqpoffs'), pps.cbQpOffset),
    rule('pps_cr_qp_offset', 'crqpoffs', number('crqpoffs'), pps.crQpOffset),
    flag('weighted_pred_flag', 'weightp', pps.weightedPredFlag),
    flag('weighted_bipred_flag', 'weightb', pps.weightedBipredFlag),
  ];
  for (const each of rules) if (each.expected.length > 0) yield each;
}
