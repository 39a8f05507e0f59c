/**
 * section_data() (ISO/IEC 14496-3, Table 4.46): which Huffman codebook each run of scale factor bands is coded with.
 */
import type { BitCursor } from './bit-cursor.ts';
import type { FrameSyntax } from './frame-syntax.ts';
import type { IcsInfo } from './ics-info.ts';

/** `sect_cb` values that are no spectral codebook of 1 to 11 (Table 4.135). */
export const Codebook = {
  zero: 0,
  escape: 11,
  reserved: 12,
  noise: 13,
  intensityOutOfPhase: 14,
  intensity: 15,
} as const;

const MAX_GROUPS = 8;
const MAX_BANDS = 64;

/** The sections of the channel parsed last, in columns; one instance is parsed into again and again. */
export class SectionData {
  /** Sections there are, of all groups together. */
  count = 0;
  /** By section: its codebook, group, first band, and the band behind its last. */
  readonly codebooks = new Uint8Array(MAX_GROUPS * MAX_BANDS);
  readonly groups = new Uint8Array(MAX_GROUPS * MAX_BANDS);
  readonly starts = new Uint8Array(MAX_GROUPS * MAX_BANDS);
  readonly ends = new Uint8Array(MAX_GROUPS * MAX_BANDS);

  /** `mayHaveIntensity`: in the second channel of a pair with a common window, which alone has something to copy from. */
  parse(cursor: BitCursor, syntax: FrameSyntax, info: IcsInfo, mayHaveIntensity: boolean): void {
    this.count = 0;
    const incrementBits = info.isEightShort ? 3 : 5;
    for (let group = 0; group < info.groupCount; group++) {
      this.#parseGroup(cursor, syntax, info.maxSfb, group, incrementBits, mayHaveIntensity);
      if (cursor.fault !== undefined) return;
    }
  }

  #parseGroup(
    cursor: BitCursor,
    syntax: FrameSyntax,
    maxSfb: number,
    group: number,
    incrementBits: number,
    mayHaveIntensity: boolean,
  ): void {
    const escape = (1 << incrementBits) - 1;
    let band = 0;
    while (band < maxSfb) {
      const codebook = cursor.bits(4);
      let increment = cursor.bits(incrementBits);
      let end = band + increment;
      while (increment === escape && end <= maxSfb) {
        increment = cursor.bits(incrementBits);
        end += increment;
      }
      if (codebook === Codebook.reserved) cursor.fail('a section has the reserved codebook 12');
      if (end > maxSfb) cursor.fail('a section is longer than there are bands');
      if (syntax.asEncodersWrite) {
        // It only costs bits.
        if (end === band) cursor.fail('a section is empty');
        if (codebook >= Codebook.intensityOutOfPhase && !mayHaveIntensity) {
          // 4.6.8.2.1: intensity is the second channel's of a pair with a common window.
          cursor.fail('there is intensity stereo without another channel');
        }
      }
      if (cursor.fault !== undefined) return;
      // An empty section, where it is taken, is none to anybody else; so their number is bounded by the bands.
      if (end > band) this.#add(codebook, group, band, end);
      band = end;
    }
  }

  #add(codebook: number, group: number, start: number, end: number): void {
    this.codebooks[this.count] = codebook;
    this.groups[this.count] = group;
    this.starts[this.count] = start;
    this.ends[this.count++] = end;
  }
}
