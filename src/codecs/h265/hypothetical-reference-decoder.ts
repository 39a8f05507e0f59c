/**
 * hrd_parameters() of H.265 (ITU-T H.265, E.2.2), passed over: they are about a decoder's buffers, which no file needs, but
 * their length depends on their values and useful things stand behind them.
 */
import type { BitReader } from '../../bytes/bit-reader.ts';
import { ueUpTo } from '../within.ts';

function skipSubLayer(reader: BitReader, cpbCnt: number, hasSubPictures: boolean): void {
  for (let index = 0; index < cpbCnt && reader.fault === undefined; index++) {
    reader.ue(); // bit_rate_value_minus1
    reader.ue(); // cpb_size_value_minus1
    if (hasSubPictures) {
      reader.ue(); // cpb_size_du_value_minus1
      reader.ue(); // bit_rate_du_value_minus1
    }
    reader.skip(1); // cbr_flag
  }
}

/** With commonInfPresentFlag 1. */
export function skipHypotheticalReferenceDecoder(reader: BitReader, maxSubLayers: number): void {
  const hasNal = reader.flag();
  const hasVcl = reader.flag();
  let hasSubPictures = false;
  if (hasNal || hasVcl) {
    hasSubPictures = reader.flag();
    // tick_divisor_minus2, du_cpb_removal_delay_increment_length_minus1, sub_pic_cpb_params_in_pic_timing_sei_flag,
    // dpb_output_delay_du_length_minus1
    if (hasSubPictures) reader.skip(8 + 5 + 1 + 5);
    reader.skip(4 + 4); // bit_rate_scale, cpb_size_scale
    if (hasSubPictures) reader.skip(4); // cpb_size_du_scale
    reader.skip(5 + 5 + 5); // lengths of the delays
  }
  for (let layer = 0; layer < maxSubLayers && reader.fault === undefined; layer++) {
    const fixedPicRateGeneralFlag = reader.flag();
    const fixedPicRateWithinCvsFlag = fixedPicRateGeneralFlag || reader.flag();
    let lowDelayHrdFlag = false;
    if (fixedPicRateWithinCvsFlag) reader.ue(); // elemental_duration_in_tc_minus1
    else lowDelayHrdFlag = reader.flag();
    const cpbCnt = lowDelayHrdFlag ? 1 : 1 + ueUpTo(reader, 31, 'cpb_cnt_minus1');
    if (hasNal) skipSubLayer(reader, cpbCnt, hasSubPictures);
    if (hasVcl) skipSubLayer(reader, cpbCnt, hasSubPictures);
  }
}
