/**
 * How much a decoder has to hold back (ITU-T H.265, 7.4.3.2.1): video and sequence parameter sets say it in the same words,
 * for each temporal sub-layer.
 */
import type { BitReader } from '../../bytes/bit-reader.ts';
import { ueUpTo } from '../within.ts';

/** The three values of the highest sub-layer, in pictures. */
export interface SubLayerOrdering {
  /** Pictures that a decoder has to hold, the current one among them. */
  readonly maxDecPicBuffering: number;
  /** Pictures that can stand before a picture in decoding order and after it in output order. */
  readonly maxNumReorderPics: number;
  /** 0: no limit is said. */
  readonly maxLatencyIncreasePlus1: number;
}

/** No level lets a decoder hold more (A.4.2). */
const MAX_PICTURES = 16;

/** From `sub_layer_ordering_info_present_flag` on; gives the highest sub-layer's, which is the whole stream. */
export function parseSubLayerOrdering(reader: BitReader, maxSubLayers: number): SubLayerOrdering {
  const count = reader.flag() ? maxSubLayers : 1;
  let ordering: SubLayerOrdering = { maxDecPicBuffering: 1, maxNumReorderPics: 0, maxLatencyIncreasePlus1: 0 };
  for (let layer = 0; layer < count; layer++) {
    const maxDecPicBuffering = 1 + ueUpTo(reader, MAX_PICTURES - 1, 'max_dec_pic_buffering_minus1');
    const maxNumReorderPics = ueUpTo(reader, MAX_PICTURES - 1, 'max_num_reorder_pics');
    ordering = { maxDecPicBuffering, maxNumReorderPics, maxLatencyIncreasePlus1: reader.ue() };
  }
  return ordering;
}
