/**
 * Whether bytes can be values of uncompressed audio. Nothing in audio proves it, but the most significant byte of its values
 * keeps to few of its own while the least significant one does not; in compressed media all bytes are spread alike. It looks at a
 * part only, and knows no container.
 */
import type { ByteSource } from '../../io/file-source.ts';
import type { PcmConfiguration } from '../../media/track.ts';

/** Bytes that are looked at together, in so many places of so many ranges at most. */
const blockLength = 4096;
const maxBlocks = 64;
const maxRanges = 16;
/** Bits by which the entropy of the two bytes differs in audio, and those of a value of one byte in compressed media. */
const minDifference = 0.25;
const spread = 7.3;
/** Part of a block that is not zero; blocks with less are silent and tell nothing. */
const minFilled = 0.05;
/** Part of the blocks that have to look like audio. */
const minAlike = 0.9;

/** False where bytes of the ranges are spread as in compressed media; what is companded is spread too, and may always be audio. */
export function mayBeRawAudio(
  source: ByteSource,
  ranges: readonly { readonly offset: number; readonly length: number }[],
  { bitsPerSample, sampleFormat }: PcmConfiguration,
): boolean {
  if (sampleFormat === 'alaw' || sampleFormat === 'mulaw') return true;
  const step = bitsPerSample / 8;
  let [alike, told] = [0, 0];
  for (const { offset, length } of ranges.slice(0, maxRanges)) {
    const blocks = Math.min(maxBlocks, Math.floor(length / blockLength));
    for (let block = 0; block < blocks; block++) {
      const from = Math.floor((length - blockLength) * (block / blocks));
      const bytes = source.read(offset + from - (from % step), blockLength);
      if (bytes.filter((byte) => byte !== 0).length < minFilled * bytes.length) continue;
      told++;
      const [first, last] = [entropyOf(bytes, 0, step), entropyOf(bytes, step - 1, step)];
      if (step === 1 ? first < spread : Math.abs(first - last) >= minDifference) alike++;
    }
  }
  return alike >= minAlike * told;
}

/** Bits of information in every so many-th byte. */
function entropyOf(bytes: Uint8Array, from: number, step: number): number {
  const counts = new Uint32Array(256);
  let total = 0;
  for (let at = from; at < bytes.length; at += step) {
    counts[bytes[at]!]!++;
    total++;
  }
  return counts.reduce((sum, count) => (count === 0 ? sum : sum - (count / total) * Math.log2(count / total)), 0);
}
