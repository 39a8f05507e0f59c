/**
 * Look-up tables made of AAC's Huffman codebooks, made once and when first needed. Spectral values are of no interest
 * here, only where their bits end: so a table entry swallows as many codewords at once, with their sign bits, as fit in
 * `PEEK_BITS` bits. No bit stream is known here.
 */
import {
  ESCAPE_MAGNITUDE,
  SCALE_FACTOR_CODEBOOK,
  SPECTRAL_CODEBOOKS,
  type HuffmanCodebook,
  type SpectralCodebook,
} from './huffman-codebooks.ts';

/** Bits that index the tables. 12 make tables of 8 kB each, and only codewords far from common are longer. */
export const PEEK_BITS = 12;
/** Bits of the longest codeword of all. */
export const LONGEST_CODEWORD = 19;

/** A codebook whose codewords can be found. */
export interface HuffmanLookup {
  /**
   * By the next `PEEK_BITS` bits: index × 32 + length of the codeword they begin with; 0 where it is longer than that.
   */
  readonly first: Uint16Array;
  /** Codewords of `length` bits, shifted left to `LONGEST_CODEWORD` bits, are below `ends[length]`. */
  readonly ends: Int32Array;
  /** What to add to the first `length` bits of such a codeword to get its place in `indices`. */
  readonly places: Int32Array;
  /** All indices, in ascending order of their codewords. */
  readonly indices: Uint16Array;
}

/** A spectral codebook, to be passed over rather than decoded. */
export interface SpectralLookup extends HuffmanLookup {
  readonly dimension: 2 | 4;
  /**
   * By the next `PEEK_BITS` bits: codewords that lie whole in them with their sign bits × 256 + bits of the first of
   * these × 16 + bits of all. 0 where not even one does, or where the first has an escape sequence.
   */
  readonly runs: Uint16Array;
  /** By index: sign bits behind the codeword + 8 × escape sequences behind those. */
  readonly trailers: Uint8Array;
}

function buildLookup(codebook: HuffmanCodebook): HuffmanLookup {
  const rows = Object.entries(codebook).map(([length, indices]) => ({ length: Number(length), indices }));
  const first = new Uint16Array(1 << PEEK_BITS);
  const ends = new Int32Array(LONGEST_CODEWORD + 1);
  const places = new Int32Array(LONGEST_CODEWORD + 1);
  let codeword = 0;
  let place = 0;
  for (let length = 1; length <= LONGEST_CODEWORD; length++) {
    codeword <<= 1;
    places[length] = place - codeword;
    for (const index of rows.find((row) => row.length === length)?.indices ?? []) {
      const spare = PEEK_BITS - length;
      if (spare >= 0) first.fill(index * 32 + length, codeword << spare, (codeword + 1) << spare);
      codeword++;
      place++;
    }
    ends[length] = codeword << (LONGEST_CODEWORD - length);
  }
  return { first, ends, places, indices: Uint16Array.from(rows.flatMap(({ indices }) => indices)) };
}

/** What follows the codeword of each index of a spectral codebook: see `SpectralLookup.trailers`. */
function trailersOf({ base, dimension, unsigned }: SpectralCodebook): Uint8Array {
  return Uint8Array.from({ length: base ** dimension }, (_, index) => {
    if (!unsigned) return 0;
    const magnitudes = Array.from({ length: dimension }, (__, digit) => Math.floor(index / base ** digit) % base);
    const escapes = magnitudes.filter((magnitude) => magnitude === ESCAPE_MAGNITUDE);
    return magnitudes.filter((magnitude) => magnitude !== 0).length + 8 * escapes.length;
  });
}

function buildRuns(first: Uint16Array, trailers: Uint8Array): Uint16Array {
  return Uint16Array.from({ length: 1 << PEEK_BITS }, (_, peeked) => {
    let codewords = 0;
    let bits = 0;
    let firstBits = 0;
    while (bits < PEEK_BITS) {
      // Zeros come in from the right: a codeword made of some of them is too long for the bits that are left.
      const entry = first[(peeked << bits) & ((1 << PEEK_BITS) - 1)]!;
      const trailer = trailers[entry >>> 5]!;
      const length = (entry & 31) + (trailer & 7);
      if (entry === 0 || trailer >= 8 || bits + length > PEEK_BITS) break;
      bits += length;
      codewords++;
      if (codewords === 1) firstBits = bits;
    }
    return codewords * 256 + firstBits * 16 + bits;
  });
}

function buildSpectralLookup(codebook: SpectralCodebook): SpectralLookup {
  const lookup = buildLookup(codebook.codewords);
  const trailers = trailersOf(codebook);
  return { ...lookup, dimension: codebook.dimension, trailers, runs: buildRuns(lookup.first, trailers) };
}

/** The look-up tables of all codebooks (4.A.1): one of scale factors, eleven of spectral values. */
export interface HuffmanLookups {
  readonly scaleFactors: HuffmanLookup;
  /** Codebooks 1 to 11, at their number; at 0 the first again, which nothing asks for. */
  readonly spectral: readonly SpectralLookup[];
}

let lookups: HuffmanLookups | undefined;

/** The tables of all codebooks: 200 kB, and some milliseconds when first asked for. */
export function huffmanLookups(): HuffmanLookups {
  lookups ??= {
    scaleFactors: buildLookup(SCALE_FACTOR_CODEBOOK),
    spectral: [SPECTRAL_CODEBOOKS[0]!, ...SPECTRAL_CODEBOOKS].map(buildSpectralLookup),
  };
  return lookups;
}

/**
 * Finds the codeword that `bits` begin with, `LONGEST_CODEWORD` of them in the low bits: index × 32 + length, as in
 * `first`. Every sequence of bits begins with a codeword, the codebooks being complete.
 */
export function findCodeword({ ends, places, indices }: HuffmanLookup, bits: number): number {
  let length = 1;
  while (length < LONGEST_CODEWORD && bits >= ends[length]!) length++;
  return indices[places[length]! + (bits >>> (LONGEST_CODEWORD - length))]! * 32 + length;
}
