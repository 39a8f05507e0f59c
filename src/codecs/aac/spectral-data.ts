/**
 * spectral_data() (ISO/IEC 14496-3, Table 4.50): nine tenths of a frame's bits, and so nearly all of the time. Nothing
 * is decoded: codewords, sign bits and escape sequences are passed over, several at a time where they are short.
 */
import { NEEDS_MORE_BYTES, type BitCursor } from './bit-cursor.ts';
import { findCodeword, LONGEST_CODEWORD, PEEK_BITS, type SpectralLookup } from './huffman-lookup.ts';
import type { IcsInfo } from './ics-info.ts';
import { Codebook, type SectionData } from './section-data.ts';

/** The longest prefix of an escape sequence: values end at 8191 (4.6.3.3), which are 12 bits behind 8 ones. */
const MAX_ESCAPE_PREFIX = 8;

/** Moves the cursor behind the spectral data of one channel; a fault stays in the cursor. */
export function skipSpectralData(
  cursor: BitCursor,
  lookups: readonly SpectralLookup[],
  info: IcsInfo,
  sections: SectionData,
): void {
  const { offsets, groupLengths } = info;
  for (let section = 0; section < sections.count; section++) {
    const codebook = sections.codebooks[section]!;
    if (codebook === Codebook.zero || codebook > Codebook.escape) continue;
    const lookup = lookups[codebook]!;
    const lines = offsets[sections.ends[section]!]! - offsets[sections.starts[section]!]!;
    const values = lines * groupLengths[sections.groups[section]!]!;
    skipCodewords(cursor, lookup, values / lookup.dimension);
    if (cursor.fault !== undefined) return;
  }
}

function skipCodewords(cursor: BitCursor, lookup: SpectralLookup, count: number): void {
  const { view, base, limit } = cursor;
  const { runs } = lookup;
  let position = cursor.position;
  let left = count;
  while (left > 0) {
    const word = view.getUint32(base + (position >>> 3)) << (position & 7);
    const run = runs[word >>> (32 - PEEK_BITS)]!;
    const codewords = run >>> 8;
    if (codewords === 0) {
      position = skipLongCodeword(cursor, lookup, position, word);
      if (cursor.fault !== undefined) return;
      left--;
    } else if (codewords <= left) {
      position += run & 15;
      left -= codewords;
    } else {
      position += (run >>> 4) & 15;
      left--;
    }
    if (position > limit) {
      cursor.fail(NEEDS_MORE_BYTES);
      return;
    }
  }
  cursor.position = position;
}

/** Passes over one codeword of any length with all that follows it: the position behind, which may be beyond the limit. */
function skipLongCodeword(cursor: BitCursor, lookup: SpectralLookup, position: number, word: number): number {
  const entry = lookup.first[word >>> (32 - PEEK_BITS)]! || findCodeword(lookup, word >>> (32 - LONGEST_CODEWORD));
  const trailer = lookup.trailers[entry >>> 5]!;
  let codewordEnd = position + (entry & 31) + (trailer & 7);
  for (let escapes = trailer >>> 3; escapes > 0 && codewordEnd <= cursor.limit; escapes--) {
    const next = cursor.view.getUint32(cursor.base + (codewordEnd >>> 3)) << (codewordEnd & 7);
    const prefix = Math.clz32(~next);
    if (prefix > MAX_ESCAPE_PREFIX) {
      // Ones up to the limit may be the last of them that were to be read.
      cursor.fail(
        codewordEnd + MAX_ESCAPE_PREFIX >= cursor.limit ? NEEDS_MORE_BYTES : 'an escape sequence is too long',
      );
    }
    codewordEnd += 2 * prefix + 5;
  }
  return codewordEnd;
}
