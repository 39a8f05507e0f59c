import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SCALE_FACTOR_CODEBOOK, SPECTRAL_CODEBOOKS } from '../../../src/codecs/aac/huffman-codebooks.ts';
import { findCodeword, huffmanLookups, LONGEST_CODEWORD, PEEK_BITS } from '../../../src/codecs/aac/huffman-lookup.ts';
import { codewordsOf } from './access-units.ts';

const spectral = SPECTRAL_CODEBOOKS.map(({ codewords }) => codewords);
const all = [SCALE_FACTOR_CODEBOOK, ...spectral];

describe('the Huffman codebooks of AAC', () => {
  it('have a codeword for each index and one only', () => {
    const sizes = [121, ...SPECTRAL_CODEBOOKS.map(({ base, dimension }) => base ** dimension)];
    assert.deepEqual(sizes, [121, 81, 81, 81, 81, 81, 81, 64, 64, 169, 169, 289]);
    for (const [number, codebook] of all.entries()) {
      const indices = Object.values(codebook).flat();
      assert.deepEqual(
        indices.toSorted((a, b) => a - b),
        Array.from({ length: sizes[number]! }, (_, index) => index),
        `codebook ${number}`,
      );
    }
  });

  it('are complete: every sequence of bits begins with a codeword (Kraft)', () => {
    for (const [number, codebook] of all.entries()) {
      const rows = Object.entries(codebook);
      assert.equal(
        rows.reduce((sum, [length, indices]) => sum + indices.length / 2 ** Number(length), 0),
        1,
        `${number}`,
      );
    }
  });

  it('give the codewords that the standard prints', () => {
    // Tables 4.A.1 to 4.A.12: some entries each, as they stand there.
    const printed: readonly (readonly [number, number, number, number])[] = [
      [0, 60, 1, 0x0],
      [0, 0, 18, 0x3ffe8],
      [0, 120, 19, 0x7fff3],
      [1, 0, 11, 0x7f8],
      [1, 40, 1, 0x0],
      [2, 0, 9, 0x1f3],
      [2, 80, 9, 0x1f6],
      [3, 80, 15, 0x7ffa],
      [4, 0, 4, 0x7],
      [5, 0, 13, 0x1fff],
      [6, 80, 11, 0x7fc],
      [7, 63, 12, 0xfff],
      [8, 0, 5, 0xe],
      [9, 168, 15, 0x7fff],
      [10, 0, 6, 0x22],
      [11, 288, 5, 0x4],
    ];
    for (const [number, index, length, value] of printed) {
      assert.deepEqual(codewordsOf(all[number]!).get(index), { value, length }, `codebook ${number}, index ${index}`);
    }
  });

  it('are looked up rightly, the long codewords too', () => {
    const { scaleFactors, spectral: lookups } = huffmanLookups();
    for (const [number, codebook] of all.entries()) {
      const lookup = number === 0 ? scaleFactors : lookups[number]!;
      for (const [index, { value, length }] of codewordsOf(codebook)) {
        // The codeword with zeros behind it, and with ones.
        for (const tail of [0, 1]) {
          const bits = (value + tail) * 2 ** (LONGEST_CODEWORD - length) - tail;
          assert.equal(findCodeword(lookup, bits), index * 32 + length);
          const short = lookup.first[bits >>> (LONGEST_CODEWORD - PEEK_BITS)];
          assert.equal(short, length <= PEEK_BITS ? index * 32 + length : 0);
        }
      }
    }
  });
});
