/** Compact sample size box, ISO/IEC 14496-12 clause 8.7.3.3: sizes of 4, 8 or 16 bits. */
import { bodyReader, readVersionAndFlags, type BoxSpan } from '../box.ts';

/** What the box has of sizes, in bytes. */
export interface CompactSizes {
  /** Samples the box claims. */
  readonly claimed: number;
  /** Those whose sizes are there; none where the field size is none the standard has. */
  readonly sizes: Uint32Array;
}

/** The sizes in as much of the box as is read at once, a megabyte: enough for half a million samples. */
export function readStz2(span: BoxSpan): CompactSizes {
  const reader = bodyReader(span);
  readVersionAndFlags(reader);
  reader.skip(3);
  const bits = reader.u8();
  const claimed = reader.u32();
  if (reader.fault !== undefined || (bits !== 4 && bits !== 8 && bits !== 16)) {
    return { claimed, sizes: new Uint32Array(0) };
  }
  const sizes = new Uint32Array(Math.min(claimed, Math.floor((reader.remaining * 8) / bits)));
  for (let i = 0; i < sizes.length; i++) {
    if (bits === 16) sizes[i] = reader.u16();
    else if (bits === 8) sizes[i] = reader.u8();
    else {
      const pair = reader.u8();
      sizes[i] = pair >> 4;
      if (i + 1 < sizes.length) sizes[++i] = pair & 0x0f;
    }
  }
  return { claimed, sizes };
}
