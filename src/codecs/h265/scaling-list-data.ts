/**
 * Scaling lists of H.265 (ITU-T H.265, 7.3.4), which sequence and picture parameter sets may have: their length depends on
 * their values, so that they have to be read to be passed over. What they say is of use to a decoder alone.
 */
import type { BitReader } from '../../bytes/bit-reader.ts';

/** Passes over scaling_list_data(). */
export function skipScalingListData(reader: BitReader): void {
  for (let sizeId = 0; sizeId < 4; sizeId++) {
    for (let matrixId = 0; matrixId < 6 && reader.fault === undefined; matrixId += sizeId === 3 ? 3 : 1) {
      // scaling_list_pred_mode_flag
      if (!reader.flag()) {
        reader.ue(); // scaling_list_pred_matrix_id_delta
        continue;
      }
      if (sizeId > 1) reader.se(); // scaling_list_dc_coef_minus8
      const coefficients = Math.min(64, 1 << (4 + (sizeId << 1)));
      for (let index = 0; index < coefficients; index++) reader.se(); // scaling_list_delta_coef
    }
  }
}
