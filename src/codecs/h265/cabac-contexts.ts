/**
 * The contexts of CABAC in slice segment data of H.265, and how they begin (ITU-T H.265, 9.3.2.2, Tables 9-5 to 9-37): a
 * value for each of the three kinds of initialisation, which says a line over the quantisers.
 */
import type { CabacEngine } from '../cabac-engine.ts';

/** First context of each syntax element. */
export const Context = {
  saoMerge: 0,
  saoType: 1,
  splitCodingUnit: 2,
  transquantBypass: 5,
  skip: 6,
  quantiserDelta: 9,
  predictionMode: 11,
  partMode: 12,
  previousIntraMode: 16,
  chromaMode: 17,
  mergeFlag: 18,
  mergeIndex: 19,
  interPrediction: 20,
  referenceIndex: 25,
  differenceGreater0: 27,
  differenceGreater1: 28,
  predictorFlag: 29,
  rootCoded: 30,
  splitTransform: 31,
  lumaCoded: 34,
  chromaCoded: 36,
  transformSkip: 41,
  explicitRdpcm: 43,
  explicitRdpcmDirection: 45,
  lastX: 47,
  lastY: 65,
  codedSubBlock: 83,
  significant: 87,
  greater1: 131,
  greater2: 155,
  resScaleAbs: 161,
  resScaleSign: 169,
  chromaQpOffset: 171,
  chromaQpOffsetIndex: 172,
} as const;

/** How many contexts there are. */
export const contextCount = 173;

const values = (text: string): Uint8Array => Uint8Array.from(text.trim().split(/\s+/), Number);

/** Alike in all three: transform_skip_flag, explicit_rdpcm_flag and explicit_rdpcm_dir_flag. */
const skipped = '139 139 139 139 139 139';
/** log2_res_scale_abs_plus1, res_scale_sign_flag, cu_chroma_qp_offset_flag and cu_chroma_qp_offset_idx. */
const chroma = '154 154 154 154 154 154 154 154 154 154 154 154';

/** Elements in the order of `Context`. I slices have no use for what is 154 from cu_skip_flag to rqt_root_cbf. */
const initValues: readonly Uint8Array[] = [
  [
    '153 200 139 141 157 154 154 154 154 154 154 154 184 154 154 154 184 63 154 154 154 154 154 154 154 154 154 154 154 154 154',
    '153 138 138 111 141 94 138 182 154 154',
    skipped,
    ['110 110 124 125 140 153 125 127 140 109 111 143 127 111 79 108 123 63'],
    '91 171 134 141',
    '111 111 125 110 110 94 124 108 124 107 125 141 179 153 125 107 125 141 179 153 125 107 125 141 179 153 125',
    '140 139 182 182 152 136 152 136 153 136 139 111 136 139 111 141 111',
    '140 92 137 138 140 152 138 139 153 74 149 92 139 107 122 152 140 179 166 182 140 227 122 197',
    '138 153 136 167 152 152',
    chroma,
  ],
  [
    '153 185 107 139 126 154 197 185 201 154 154 149 154 139 154 154 154 152 110 122 95 79 63 31 31 153 153 140 198 168 79',
    '124 138 94 153 111 149 107 167 154 154',
    skipped,
    ['125 110 94 110 95 79 125 111 110 78 110 111 111 95 94 108 123 108'],
    '121 140 61 154',
    '155 154 139 153 139 123 123 63 153 166 183 140 136 153 154 166 183 140 136 153 154 166 183 140 136 153 154',
    '170 153 123 123 107 121 107 121 167 151 183 140 151 183 140 140 140',
    '154 196 196 167 154 152 167 182 182 134 149 136 153 121 136 137 169 194 166 167 154 167 137 182',
    '107 167 91 122 107 167',
    chroma,
  ],
  [
    '153 160 107 139 126 154 197 185 201 154 154 134 154 139 154 154 183 152 154 137 95 79 63 31 31 153 153 169 198 168 79',
    '224 167 122 153 111 149 92 167 154 154',
    skipped,
    ['125 110 124 110 95 94 125 111 111 79 125 126 111 111 79 108 123 93'],
    '121 140 61 154',
    '170 154 139 153 139 123 123 63 124 166 183 140 136 153 154 166 183 140 136 153 154 166 183 140 136 153 154',
    '170 153 138 138 122 121 122 121 167 151 183 140 151 183 140 140 140',
    '154 196 167 167 154 152 167 182 182 134 149 136 153 121 136 122 169 208 166 167 154 152 167 182',
    '107 167 91 107 107 167',
    chroma,
  ],
  // The last significant coefficient has the same values across and down.
].map((parts) => values(parts.map((part) => (typeof part === 'string' ? part : `${part[0]} ${part[0]}`)).join(' ')));

/** Sets all contexts to what they are at the beginning of a slice (9.3.2.2). `initType`: 0 to 2. */
export function setContexts(engine: CabacEngine, initType: 0 | 1 | 2, sliceQp: number): void {
  const table = initValues[initType]!;
  const qp = Math.max(0, Math.min(51, sliceQp));
  for (let index = 0; index < contextCount; index++) {
    const value = table[index]!;
    const state = ((((value >> 4) * 5 - 45) * qp) >> 4) + ((value & 15) << 3) - 16;
    engine.setContext(index, Math.max(1, Math.min(126, state)));
  }
}
