/**
 * The Huffman codebooks of spectral band replication (ISO/IEC 14496-3, 4.A.6.1) as far as their lengths go: what the
 * codewords stand for is of no interest to whoever passes over them. Like those of the core they are canonical, so that it
 * is enough to know how many codewords there are of each length.
 */
import type { BitReader } from '../../bytes/bit-reader.ts';

/** How many codewords have 1 bit, 2 bits and so on. */
export type CodewordCounts = readonly number[];

/** Steps of the envelope in time, of 1.5 and of 3 dB (Tables 4.A.77 and 4.A.81). */
export const envelopeInTime: readonly [CodewordCounts, CodewordCounts] = [
  [0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 2, 3, 4, 2, 7, 4, 8, 72],
  [1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 2, 1, 2, 5, 1, 4, 2, 3, 34],
];

/** And in frequency. */
export const envelopeInFrequency: readonly [CodewordCounts, CodewordCounts] = [
  [0, 2, 2, 2, 2, 2, 1, 3, 3, 2, 4, 4, 4, 3, 2, 5, 6, 13, 15, 46],
  [1, 1, 1, 1, 1, 1, 0, 2, 2, 2, 2, 2, 1, 2, 3, 4, 4, 7, 10, 16],
];

/** Steps of the noise in time; in frequency those of the envelope serve. */
export const noiseInTime: CodewordCounts = [1, 1, 1, 1, 1, 1, 0, 2, 0, 1, 1, 0, 51, 2];

/** Passes over so many codewords. */
export function skipCodewords(reader: BitReader, counts: CodewordCounts, howMany: number): void {
  for (let codeword = 0; codeword < howMany && reader.fault === undefined; codeword++) skipCodeword(reader, counts);
}

function skipCodeword(reader: BitReader, counts: CodewordCounts): void {
  let [value, first] = [0, 0];
  for (const count of counts) {
    value = 2 * value + reader.bits(1);
    if (value - first < count) return;
    first = 2 * (first + count);
  }
  reader.fail('expected a codeword');
}
