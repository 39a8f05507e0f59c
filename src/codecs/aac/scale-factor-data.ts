/**
 * scale_factor_data() (ISO/IEC 14496-3, Table 4.47): a Huffman codeword for every band that is coded, each the
 * difference to the one before of its kind: scale factors, intensity positions, noise energies.
 */
import { NEEDS_MORE_BYTES, type BitCursor } from './bit-cursor.ts';
import type { FrameSyntax } from './frame-syntax.ts';
import { findCodeword, LONGEST_CODEWORD, PEEK_BITS, type HuffmanLookup } from './huffman-lookup.ts';
import { Codebook, type SectionData } from './section-data.ts';

/** The index of the codebook that means no difference. */
const INDEX_OFFSET = 60;
const MAX_SCALE_FACTOR = 255;
/** `global_gain` less this is what noise energies begin at (NOISE_OFFSET), and the first is sent in 9 bits (4.6.13.3). */
const NOISE_OFFSET = 90;
const NOISE_PCM_BITS = 9;
const NOISE_PCM_OFFSET = 256;

/** Far wider than any encoder goes: what decoders clip to, since more is silence or beyond full scale either way. */
const INTENSITY_RANGE = { least: -155, most: 100 };
const NOISE_RANGE = { least: -100, most: 155 };

/** One codeword of the scale factor codebook: its index. */
export function readScaleFactorCodeword(cursor: BitCursor, lookup: HuffmanLookup): number {
  const { position, limit, view, base } = cursor;
  if (position > limit || cursor.fault !== undefined) return INDEX_OFFSET;
  const word = view.getUint32(base + (position >>> 3)) << (position & 7);
  const entry = lookup.first[word >>> (32 - PEEK_BITS)]! || findCodeword(lookup, word >>> (32 - LONGEST_CODEWORD));
  cursor.moveTo(position + (entry & 31));
  return entry >>> 5;
}

/** Reads scale_factor_data() of a channel and checks that every value stays in its range. */
export class ScaleFactorData {
  /** Of the channel just parsed: bands that have a scale factor, an intensity position or a noise energy. */
  bandCount = 0;

  parse(
    cursor: BitCursor,
    syntax: FrameSyntax,
    lookup: HuffmanLookup,
    sections: SectionData,
    globalGain: number,
  ): void {
    let scaleFactor = globalGain;
    let intensity = 0;
    let noise = globalGain - NOISE_OFFSET;
    let noiseIsFirst = true;
    this.bandCount = 0;
    for (let section = 0; section < sections.count; section++) {
      const codebook = sections.codebooks[section]!;
      if (codebook === Codebook.zero) continue;
      let bands = sections.ends[section]! - sections.starts[section]!;
      this.bandCount += bands;
      if (codebook < Codebook.noise) {
        scaleFactor = parseScaleFactors(cursor, lookup, bands, scaleFactor);
      } else if (codebook === Codebook.noise) {
        if (noiseIsFirst) {
          noise += cursor.bits(NOISE_PCM_BITS) - NOISE_PCM_OFFSET;
          noiseIsFirst = false;
          if (outside(noise, NOISE_RANGE) && syntax.asEncodersWrite) cursor.fail('a noise energy is out of range');
          bands--;
        }
        noise = parseOthers(cursor, lookup, syntax, bands, noise, NOISE_RANGE);
      } else {
        intensity = parseOthers(cursor, lookup, syntax, bands, intensity, INTENSITY_RANGE);
      }
      if (cursor.fault !== undefined) return;
    }
  }
}

function outside(value: number, { least, most }: { readonly least: number; readonly most: number }): boolean {
  return value < least || value > most;
}

/** `bands` scale factors, the one before them being `previous`: gives the last of them. */
function parseScaleFactors(cursor: BitCursor, lookup: HuffmanLookup, bands: number, previous: number): number {
  const { limit, view, base } = cursor;
  const { first } = lookup;
  let position = cursor.position;
  let value = previous;
  for (let band = 0; band < bands; band++) {
    const word = view.getUint32(base + (position >>> 3)) << (position & 7);
    const entry = first[word >>> (32 - PEEK_BITS)]! || findCodeword(lookup, word >>> (32 - LONGEST_CODEWORD));
    position += entry & 31;
    if (position > limit) {
      cursor.fail(NEEDS_MORE_BYTES);
      return value;
    }
    value += (entry >>> 5) - INDEX_OFFSET;
    // 4.6.2.3.2: "shall be within 0 to 255"; no decoder goes on.
    if (value < 0 || value > MAX_SCALE_FACTOR) {
      cursor.fail('a scale factor is out of range');
      return value;
    }
  }
  cursor.position = position;
  return value;
}

/** The same for what has no range but the sensible. */
function parseOthers(
  cursor: BitCursor,
  lookup: HuffmanLookup,
  syntax: FrameSyntax,
  bands: number,
  previous: number,
  range: { readonly least: number; readonly most: number },
): number {
  let value = previous;
  for (let band = 0; band < bands && cursor.fault === undefined; band++) {
    value += readScaleFactorCodeword(cursor, lookup) - INDEX_OFFSET;
    if (outside(value, range) && syntax.asEncodersWrite) cursor.fail('an intensity or noise energy is out of range');
  }
  return value;
}
