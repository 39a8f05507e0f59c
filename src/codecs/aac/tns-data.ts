/**
 * tns_data() (ISO/IEC 14496-3, Table 4.48): the filters of temporal noise shaping, window by window.
 */
import type { BitCursor } from './bit-cursor.ts';
import type { FrameSyntax } from './frame-syntax.ts';
import type { IcsInfo } from './ics-info.ts';

/** The highest order of a filter over a short window (4.6.9.4). */
const SHORT_MAX_ORDER = 7;

/** Moves the cursor behind tns_data() of one channel; a filter of too high an order is a fault. */
export function skipTnsData(cursor: BitCursor, syntax: FrameSyntax, info: IcsInfo): void {
  const isShort = info.isEightShort;
  const windows = isShort ? 8 : 1;
  for (let window = 0; window < windows; window++) {
    const filters = cursor.bits(isShort ? 1 : 2);
    if (filters === 0) continue;
    const coefficientBits = 3 + cursor.bits(1); // coef_res
    for (let filter = 0; filter < filters; filter++) {
      cursor.skip(isShort ? 4 : 6); // length
      const order = cursor.bits(isShort ? 3 : 5);
      if (order > (isShort ? SHORT_MAX_ORDER : syntax.tnsMaxOrder)) cursor.fail('a TNS filter is of too high an order');
      if (order === 0) continue;
      cursor.skip(1); // direction
      const compress = cursor.bits(1);
      cursor.skip(order * (coefficientBits - compress));
    }
    if (cursor.fault !== undefined) return;
  }
}
