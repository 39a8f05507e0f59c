/**
 * Access units made bit by bit as ISO/IEC 14496-3, 4.4.2 lays them out, with every tool and element there is, most of
 * which no encoder at hand writes. It takes the codebooks from salvor (their test holds them against the encoders'
 * streams), and nothing else.
 */
import { BitWriter } from '../../../src/bytes/bit-writer.ts';
import {
  SCALE_FACTOR_CODEBOOK,
  SPECTRAL_CODEBOOKS,
  type HuffmanCodebook,
} from '../../../src/codecs/aac/huffman-codebooks.ts';
import { scaleFactorBands, type FrameLength } from '../../../src/codecs/aac/scale-factor-bands.ts';
import type { Random } from '../../support/damage.ts';

export interface AccessUnitChoices {
  readonly samplingFrequencyIndex: number;
  readonly frameLength: FrameLength;
  readonly audioObjectType: 1 | 2 | 4;
}

interface Codeword {
  readonly value: number;
  readonly length: number;
}

/** The codewords by index: each the one before it plus one, with zeros behind where it is longer. */
export function codewordsOf(codebook: HuffmanCodebook): ReadonlyMap<number, Codeword> {
  const codewords = new Map<number, Codeword>();
  let [value, previous] = [0, 0];
  for (const [key, indices] of Object.entries(codebook)) {
    const length = Number(key);
    value *= 2 ** (length - previous);
    previous = length;
    for (const index of indices) codewords.set(index, { value: value++, length });
  }
  return codewords;
}

const scaleFactorCodewords = codewordsOf(SCALE_FACTOR_CODEBOOK);
const spectralCodewords = SPECTRAL_CODEBOOKS.map(({ codewords }) => codewordsOf(codewords));

interface Windows {
  readonly isShort: boolean;
  readonly maxSfb: number;
  readonly groupLengths: readonly number[];
  readonly offsets: Uint16Array;
}

interface Section {
  readonly group: number;
  readonly codebook: number;
  readonly start: number;
  readonly end: number;
}

/** Writes one access unit of random choices. */
export class AccessUnitWriter {
  readonly #bits = new BitWriter();
  readonly #random: Random;
  readonly #choices: AccessUnitChoices;
  channels = 0;

  constructor(random: Random, choices: AccessUnitChoices) {
    this.#random = random;
    this.#choices = choices;
  }

  /** The access unit: these elements, by their ids, and END. */
  write(elements: readonly number[]): Uint8Array {
    const counts = new Map<number, number>();
    for (const element of elements) {
      this.#bits.bits(element, 3);
      const tag = counts.get(element) ?? 0;
      counts.set(element, tag + 1);
      if (element !== 6) this.#bits.bits(tag, 4);
      this.#element(element);
    }
    this.#bits.bits(7, 3);
    return this.#bits.toBytes();
  }

  #element(element: number): void {
    if (element === 0 || element === 3) this.#single();
    else if (element === 1) this.#pair();
    else if (element === 2) this.#coupling();
    else if (element === 4) this.#dataStream();
    else if (element === 5) this.#programConfig();
    else this.#fill();
  }

  #flag(): boolean {
    const flag = this.#random.below(2) === 1;
    this.#bits.flag(flag);
    return flag;
  }

  /** Any bits. */
  #any(length: number): number {
    const value = this.#random.below(2 ** length);
    this.#bits.bits(value, length);
    return value;
  }

  #single(): void {
    this.channels++;
    this.#channel(undefined, false);
  }

  #pair(): void {
    this.channels += 2;
    const common = this.#flag() ? this.#windows(true) : undefined;
    if (common !== undefined) {
      const msMaskPresent = this.#random.below(3);
      this.#bits.bits(msMaskPresent, 2);
      if (msMaskPresent === 1) for (let n = common.maxSfb * common.groupLengths.length; n > 0; n--) this.#any(1);
    }
    this.#channel(common, false);
    this.#channel(common, true);
  }

  #coupling(): void {
    const independent = this.#flag();
    const targets = this.#any(3) + 1;
    let lists = 0;
    for (let target = 0; target < targets; target++) {
      const isPair = this.#flag();
      this.#any(4);
      const both = isPair ? [this.#flag(), this.#flag()] : [];
      lists += isPair && both.every(Boolean) ? 2 : 1;
    }
    this.#any(4);
    const sections = this.#channel(undefined, false);
    for (let list = 1; list < lists; list++) {
      if (independent || this.#flag()) this.#scaleFactorCodeword(this.#random.below(121));
      else for (let n = codedBands(sections); n > 0; n--) this.#scaleFactorCodeword(this.#random.below(121));
    }
  }

  #dataStream(): void {
    const aligned = this.#flag();
    const count = this.#random.pick([0, 1, 254, 255, 256, 510]);
    this.#bits.bits(Math.min(count, 255), 8);
    if (count >= 255) this.#bits.bits(count - 255, 8);
    if (aligned) this.#align();
    for (let n = count; n > 0; n--) this.#any(8);
  }

  #programConfig(): void {
    this.#any(6);
    const [front, side, back] = [this.#any(4), this.#any(4), this.#any(4)];
    const [lfe, data, coupling] = [this.#any(2), this.#any(3), this.#any(4)];
    if (this.#flag()) this.#any(4);
    if (this.#flag()) this.#any(4);
    if (this.#flag()) this.#any(3);
    for (let n = front + side + back + coupling; n > 0; n--) this.#any(5);
    for (let n = lfe + data; n > 0; n--) this.#any(4);
    this.#align();
    for (let n = this.#any(8); n > 0; n--) this.#any(8);
  }

  #fill(): void {
    const count = this.#random.pick([0, 1, 14, 15, 16, 269]);
    this.#bits.bits(Math.min(count, 15), 4);
    if (count >= 15) this.#bits.bits(count - 14, 8);
    for (let n = count; n > 0; n--) this.#any(8);
  }

  #align(): void {
    this.#bits.bits(0, (8 - (this.#bits.position % 8)) % 8);
  }

  #windows(inPair: boolean): Windows {
    const { samplingFrequencyIndex, frameLength, audioObjectType } = this.#choices;
    const bands = scaleFactorBands(samplingFrequencyIndex, frameLength);
    const sequence = this.#random.below(4);
    const isShort = sequence === 2;
    const offsets = isShort ? bands.shortOffsets : bands.longOffsets;
    const maxSfb = this.#random.below(offsets.length);
    this.#bits.bits(sequence, 3);
    this.#any(1);
    this.#bits.bits(maxSfb, isShort ? 4 : 6);
    if (isShort) return { isShort, maxSfb, offsets, groupLengths: groupLengths(this.#any(7)) };
    if (audioObjectType === 2) this.#bits.flag(false);
    else if (this.#flag()) this.#prediction(maxSfb, bands.predictionBands, inPair);
    return { isShort, maxSfb, offsets, groupLengths: [1] };
  }

  #prediction(maxSfb: number, predictionBands: number, inPair: boolean): void {
    if (this.#choices.audioObjectType === 1) {
      if (this.#flag()) this.#bits.bits(1 + this.#random.below(30), 5);
      for (let n = Math.min(maxSfb, predictionBands); n > 0; n--) this.#any(1);
      return;
    }
    for (let channel = inPair ? 2 : 1; channel > 0; channel--) {
      if (!this.#flag()) continue;
      this.#any(14);
      for (let n = Math.min(maxSfb, 40); n > 0; n--) this.#any(1);
    }
  }

  #channel(common: Windows | undefined, second: boolean): readonly Section[] {
    const globalGain = this.#any(8);
    const windows = common ?? this.#windows(false);
    const sections = this.#sections(windows, common !== undefined && second);
    this.#scaleFactors(sections, globalGain);
    this.#pulses(windows);
    this.#temporalNoiseShaping(windows);
    this.#bits.flag(false); // gain control
    for (const section of sections) this.#spectrum(section, windows);
    return sections;
  }

  #sections({ isShort, maxSfb, groupLengths: groups }: Windows, mayHaveIntensity: boolean): readonly Section[] {
    const incrementBits = isShort ? 3 : 5;
    const escape = 2 ** incrementBits - 1;
    const codebooks = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, ...(mayHaveIntensity ? [14, 15] : [])];
    const sections: Section[] = [];
    for (const group of groups.keys()) {
      for (let start = 0; start < maxSfb;) {
        const end = start + 1 + this.#random.below(maxSfb - start);
        const codebook = this.#random.pick(codebooks.filter((one) => one !== sections.at(-1)?.codebook || start === 0));
        this.#bits.bits(codebook, 4);
        let left = end - start;
        for (; left >= escape; left -= escape) this.#bits.bits(escape, incrementBits);
        this.#bits.bits(left, incrementBits);
        sections.push({ group, codebook, start, end });
        start = end;
      }
    }
    return sections;
  }

  #scaleFactorCodeword(index: number): void {
    const { value, length } = scaleFactorCodewords.get(index)!;
    this.#bits.bits(value, length);
  }

  /** Steps that keep a value between `least` and `most`. */
  #step(value: number, least: number, most: number): number {
    const [down, up] = [Math.max(-60, least - value), Math.min(60, most - value)];
    const step = down + this.#random.below(up - down + 1);
    this.#scaleFactorCodeword(step + 60);
    return value + step;
  }

  #scaleFactors(sections: readonly Section[], globalGain: number): void {
    let [scaleFactor, intensity, noise] = [globalGain, 0, undefined as number | undefined];
    for (const { codebook, start, end } of sections) {
      if (codebook === 0) continue;
      for (let band = start; band < end; band++) {
        if (codebook < 13) scaleFactor = this.#step(scaleFactor, 0, 255);
        else if (codebook > 13) intensity = this.#step(intensity, -155, 100);
        else if (noise !== undefined) noise = this.#step(noise, -100, 155);
        else {
          noise = -100 + this.#random.below(256);
          // 4.6.13.3: global_gain less 90 less 256, and 9 bits; which do not reach everything.
          const sent = Math.min(511, Math.max(0, noise - globalGain + 90 + 256));
          this.#bits.bits(sent, 9);
          noise = globalGain - 90 - 256 + sent;
        }
      }
    }
  }

  #pulses({ isShort, offsets }: Windows): void {
    const present = !isShort && this.#random.below(4) === 0;
    this.#bits.flag(present);
    if (!present) return;
    const pulses = this.#any(2) + 1;
    const startBand = this.#random.below(offsets.length - 1);
    this.#bits.bits(startBand, 6);
    let room = offsets.at(-1)! - 1 - offsets[startBand]!;
    for (let n = pulses; n > 0; n--) {
      const offset = this.#random.below(Math.min(31, room) + 1);
      room -= offset;
      this.#bits.bits(offset, 5);
      this.#any(4);
    }
  }

  #temporalNoiseShaping({ isShort }: Windows): void {
    if (!this.#flag()) return;
    for (let window = isShort ? 8 : 1; window > 0; window--) {
      const filters = this.#any(isShort ? 1 : 2);
      if (filters === 0) continue;
      const resolution = this.#any(1);
      for (let n = filters; n > 0; n--) {
        this.#any(isShort ? 4 : 6);
        const maxOrder = isShort ? 7 : this.#choices.audioObjectType === 1 ? 20 : 12;
        const order = this.#random.below(maxOrder + 1);
        this.#bits.bits(order, isShort ? 3 : 5);
        if (order === 0) continue;
        this.#any(1);
        const compress = this.#any(1);
        for (let coefficient = 0; coefficient < order; coefficient++) this.#any(3 + resolution - compress);
      }
    }
  }

  #spectrum({ codebook, group, start, end }: Section, { offsets, groupLengths: lengths }: Windows): void {
    const book = SPECTRAL_CODEBOOKS[codebook - 1];
    const codewords = spectralCodewords[codebook - 1];
    if (book === undefined || codewords === undefined) return;
    const values = (offsets[end]! - offsets[start]!) * lengths[group]!;
    // Common codewords as well as rare ones.
    const most = this.#random.pick([1, book.base]);
    for (let n = values / book.dimension; n > 0; n--) {
      const digits = Array.from({ length: book.dimension }, () => this.#random.below(most));
      const index = digits.reduce((sum, digit) => sum * book.base + digit, 0);
      const { value, length } = codewords.get(index)!;
      this.#bits.bits(value, length);
      if (!book.unsigned) continue;
      for (const digit of digits) if (digit !== 0) this.#any(1);
      for (const digit of digits) if (digit === 16) this.#escape();
    }
  }

  #escape(): void {
    const prefix = this.#random.below(9);
    this.#bits.bits(2 ** (prefix + 1) - 2, prefix + 1);
    this.#any(prefix + 4);
  }
}

function codedBands(sections: readonly Section[]): number {
  return sections.reduce((sum, { codebook, start, end }) => sum + (codebook === 0 ? 0 : end - start), 0);
}

function groupLengths(grouping: number): number[] {
  const lengths = [1];
  for (const bit of grouping.toString(2).padStart(7, '0')) {
    if (bit === '1') lengths.push(lengths.pop()! + 1);
    else lengths.push(1);
  }
  return lengths;
}
