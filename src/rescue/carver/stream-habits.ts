/**
 * What a stream does as a rule, learnt from its samples: which bytes they begin and end with, how large they are, which
 * stream comes next. All of it is measured in bits: how much likelier bytes are to be such a sample than to be any bytes.
 * It knows no codec, and nothing that it says is proof.
 */
import type { UnmarkedSamples } from './sample-syntax.ts';

const firstBytesLearnt = 4;
const lastBytesLearnt = 2;
/**
 * Weight of what was never met, in samples, of one byte of 256: first bytes by which samples are recognised at all have few values,
 * the others may have any.
 */
const unmetFirst = 0.002;
const unmetOther = 1;
/** Weight of what is expected and was never met. */
const expectation = 40;

/** How often each value of a byte was met. */
class ByteHabit {
  readonly #counts = new Float64Array(256);
  readonly #bits = new Float64Array(256);
  readonly #unmet: number;

  constructor(unmet: number) {
    this.#unmet = unmet;
  }

  learn(byte: number, weight: number): void {
    this.#counts[byte]! += weight;
  }

  /** Makes `bits` what was learnt; `own`: how often a byte has to be met before it counts. */
  settle(own: number): void {
    let total = 256 * this.#unmet;
    for (let byte = 0; byte < 256; byte++) total += Math.max(0, this.#counts[byte]! - own);
    for (let byte = 0; byte < 256; byte++) {
      const others = Math.max(0, this.#counts[byte]! - own);
      this.#bits[byte] = Math.log2((256 * (others + this.#unmet)) / total);
    }
  }

  bits(byte: number): number {
    return this.#bits[byte]!;
  }
}

/** How many zero bits stand at the end of samples: arithmetic coders end in some, and few bytes tell it sooner than many. */
class EndHabit {
  readonly #counts = new Float64Array(9).fill(1 / 9);
  #total = 1;

  learn(byte: number): void {
    this.#counts[trailingZeros(byte)]!++;
    this.#total++;
  }

  bits(byte: number): number {
    const zeros = trailingZeros(byte);
    // Half of all bytes have none, a quarter one, and so on.
    return Math.log2(this.#counts[zeros]! / this.#total) + Math.min(zeros + 1, 8);
  }
}

function trailingZeros(byte: number): number {
  return byte === 0 ? 8 : 31 - Math.clz32(byte & -byte);
}

/** Of two ways to tell the same, each as good as the other at first sight. */
function either(a: number, b: number): number {
  return Math.log2((2 ** a + 2 ** b) / 2);
}

/** How far a steady size is thought to move from sample to sample where nothing is known of it. */
const unknownStep = 12;
const minStep = 1.5;
/** For a steady size where none is known: so little that a byte met as expected is worth more, up to what audio takes. */
const unknownSizeBits = -5;
const usualAudioSize = 400;
/** Parts of steady sizes that are like the one before, and like most; the others may be anything near. */
const likeBefore = 0.5;
const likeMost = 0.42;
/** The same where another recording by the writer shows its sizes, and the part that is like these. */
const besideShown = { likeBefore: 0.35, likeMost: 0.3, likeShown: 0.3 };
/** Weight of the last sample in what is remembered of sizes. */
const memory = 0.05;

/** Bits that it takes to say a size that may be any. */
export function anySizeBits(size: number): number {
  return Math.log2(size) + 4;
}

/** The habits of one stream: `learn` takes samples, the rest is measured in bits. */
export class StreamHabits {
  readonly #first: readonly ByteHabit[];
  readonly #last = Array.from({ length: lastBytesLearnt }, () => new ByteHabit(unmetOther));
  /** How the second byte differs from that of the sample before, and the last. */
  readonly #secondStep = new ByteHabit(unmetOther);
  readonly #lastStep = new ByteHabit(unmetOther);
  readonly #end = new EndHabit();
  readonly #inferred: boolean;
  readonly #steady: boolean;
  readonly #sizeShares: Float64Array | undefined;
  #step = unknownStep;
  #mean = 0;
  #spread = unknownStep;
  #previous = 0;
  #second = 0;
  #final = 0;

  /** `unmarked`: what its samples say of themselves, where they do not say how long they are. */
  constructor(unmarked: UnmarkedSamples | undefined) {
    this.#inferred = unmarked !== undefined;
    // What proves itself by its syntax may begin otherwise for once: with a comment of the encoder, say.
    this.#first = Array.from(
      { length: firstBytesLearnt },
      (_, n) => new ByteHabit(n === 0 && this.#inferred ? unmetFirst : unmetOther),
    );
    this.#steady = unmarked?.hasSteadySize === true;
    this.#sizeShares = unmarked?.sizeShares;
  }

  /** Takes note that samples may begin with a byte. */
  expect(firstByte: number): void {
    this.#first[0]!.learn(firstByte, expectation);
    this.#first[0]!.settle(0);
  }

  /** Takes note that samples are about as large as this. */
  expectSize(size: number): void {
    this.#mean = size;
    this.#step = Math.max(minStep, size / 20);
    this.#spread = Math.max(minStep, size / 12);
  }

  learn(bytes: Uint8Array, start: number, end: number): void {
    const size = end - start;
    for (const [n, habit] of this.#first.entries()) if (n < size) habit.learn(bytes[start + n]!, 1);
    for (const [n, habit] of this.#last.entries()) if (n < size) habit.learn(bytes[end - 1 - n]!, 1);
    this.#end.learn(bytes[end - 1]!);
    if (this.#previous > 0) {
      this.#secondStep.learn((bytes[start + 1]! - this.#second) & 0xff, 1);
      this.#lastStep.learn((bytes[end - 1]! - this.#final) & 0xff, 1);
    }
    this.#second = bytes[start + 1]!;
    this.#final = bytes[end - 1]!;
    if (this.#previous > 0) {
      const moved = Math.min(Math.abs(size - this.#previous), 8 * this.#step);
      this.#step = Math.max(minStep, this.#step + memory * (moved - this.#step));
    }
    if (this.#mean > 0) {
      const aside = Math.min(Math.abs(size - this.#mean), 8 * this.#spread);
      this.#spread = Math.max(minStep, this.#spread + memory * (aside - this.#spread));
    }
    this.#mean = this.#mean === 0 ? size : this.#mean + memory * (size - this.#mean);
    this.#previous = size;
  }

  settle(): void {
    // A sample that is only thought to begin or end somewhere must not speak for itself.
    const own = this.#inferred ? 1 : 0;
    for (const [n, habit] of [...this.#first, ...this.#last].entries()) habit.settle(n === 0 ? 0 : own);
    this.#secondStep.settle(own);
    this.#lastStep.settle(own);
  }

  /** Bits for a sample that begins with this byte: above 0 for those that are met. */
  firstByteBits(byte: number): number {
    return this.#first[0]!.bits(byte);
  }

  /** `second`: second byte of the sample before, -1 for none. */
  beginBits(bytes: Uint8Array, start: number, limit: number, second: number): number {
    let bits = 0;
    for (let n = 0; n < firstBytesLearnt && start + n < limit; n++) {
      const own = this.#first[n]!.bits(bytes[start + n]!);
      bits += n === 1 && second >= 0 ? either(own, this.#secondStep.bits((bytes[start + 1]! - second) & 0xff)) : own;
    }
    return bits;
  }

  /** `final`: last byte of the sample before, -1 for none. */
  endBits(bytes: Uint8Array, end: number, final: number): number {
    let bits = 0;
    for (let n = 0; n < lastBytesLearnt && end - 1 - n >= 0; n++) bits += this.#last[n]!.bits(bytes[end - 1 - n]!);
    const last = bytes[end - 1]!;
    const own = this.#last[0]!.bits(last);
    const step = final < 0 ? own : this.#lastStep.bits((last - final) & 0xff);
    return bits - own + either(this.#end.bits(last), either(own, step));
  }

  /** Bits for a sample of this size behind one of another, 0 for none. */
  sizeBits(size: number, previous: number): number {
    if (!this.#steady) return -anySizeBits(size);
    if (this.#sizeShares !== undefined) return this.#shownSizeBits(size, previous, this.#sizeShares);
    if (this.#mean === 0) return unknownSizeBits - Math.max(0, size - usualAudioSize) / 32;
    const before = previous === 0 ? this.#mean : previous;
    return Math.log2(
      likeBefore * likelihood(size - before, this.#step) +
        likeMost * likelihood(size - this.#mean, this.#spread) +
        (1 - likeBefore - likeMost) * likelihood(size - this.#mean, Math.max(16, this.#mean / 2)) +
        Number.MIN_VALUE,
    );
  }

  /** The same where sizes of the writer are known. */
  #shownSizeBits(size: number, previous: number, shares: Float64Array): number {
    const { likeBefore: before, likeMost: most, likeShown } = besideShown;
    const shown = shares[size] ?? 0;
    if (this.#mean === 0) return Math.log2(shown + Number.MIN_VALUE);
    return Math.log2(
      likeShown * shown +
        before * likelihood(size - (previous === 0 ? this.#mean : previous), this.#step) +
        most * likelihood(size - this.#mean, this.#spread) +
        (1 - before - most - likeShown) * likelihood(size - this.#mean, Math.max(16, this.#mean / 2)) +
        Number.MIN_VALUE,
    );
  }

  /** Bits for a sample that breaks off: one in a recording, anywhere in it. */
  tornBits(): number {
    return -4 + this.placeBits();
  }

  /** Bits for one of all the places in a sample: where a cut ended the bytes, a whole one ends there by no more than that chance. */
  placeBits(): number {
    return -Math.log2(Math.max(64, this.#mean));
  }

  /** Size of the last sample, its second and its last byte; 0 and -1 before the first. */
  get latest(): { readonly size: number; readonly second: number; readonly final: number } {
    const isNone = this.#previous === 0;
    return { size: this.#previous, second: isNone ? -1 : this.#second, final: isNone ? -1 : this.#final };
  }
}

/** Of a size that is so far from where it is expected (Laplace). */
function likelihood(difference: number, scale: number): number {
  return Math.exp(-Math.abs(difference) / scale) / (2 * scale);
}

const maxRun = 8;
/**
 * Streams take their turns by the clock: what is rare is rarer than counted, for some of it was misread. What is as frequent
 * as anything else stays so.
 */
const regularity = 2;

/** Which stream comes next behind so many samples of one. */
export class TurnHabits {
  readonly #streams: number;
  readonly #counts: Float64Array;

  constructor(streams: number) {
    this.#streams = streams;
    this.#counts = new Float64Array((streams + 1) * maxRun * (streams + 1)).fill(0.5);
  }

  #row(stream: number, run: number): number {
    return ((stream + 1) * maxRun + Math.min(run, maxRun - 1)) * (this.#streams + 1);
  }

  learn(stream: number, run: number, next: number): void {
    this.#counts[this.#row(stream, run) + next]!++;
  }

  /** `stream`: -1 where nothing stands before. */
  bits(stream: number, run: number, next: number): number {
    const row = this.#row(stream, run);
    let total = 0;
    for (let n = 0; n < this.#streams; n++) total += this.#counts[row + n]! ** regularity;
    return Math.log2(this.#counts[row + next]! ** regularity / total);
  }
}
