/**
 * Boxes that salvor reads and never writes: how long all fragments last, and compact sample sizes (ISO/IEC 14496-12, 8.7.3.3
 * and 8.8.2). Tests of their readers write them here.
 */
import { fullBox, type Box } from '../../src/mp4/box.ts';

export { tfdt } from '../../src/mp4/boxes/tfdt.ts';
export { tfhd } from '../../src/mp4/boxes/tfhd.ts';
export { trex } from '../../src/mp4/boxes/trex.ts';
export { trun } from '../../src/mp4/boxes/trun.ts';

/** `duration`: in the movie's timescale. */
export function mehd(duration: number): Box {
  const version = duration > 0xffffffff ? 1 : 0;
  return fullBox('mehd', version, 0, (sink) => (version === 1 ? sink.u64(duration) : sink.u32(duration)));
}

/** Sizes in bytes, each of so many bits. */
export function stz2(sizes: ArrayLike<number>, bits: 4 | 8 | 16): Box {
  return fullBox('stz2', 0, 0, (sink) => {
    sink.u24(0);
    sink.u8(bits);
    sink.u32(sizes.length);
    for (let i = 0; i < sizes.length; i++) {
      if (bits === 16) sink.u16(sizes[i]!);
      else if (bits === 8) sink.u8(sizes[i]!);
      else sink.u8((sizes[i]! << 4) | (sizes[++i] ?? 0));
    }
  });
}
