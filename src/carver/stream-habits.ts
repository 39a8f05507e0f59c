/**
 * What a stream does as a rule, learnt from its samples: which bytes they begin and end with, how large they are, which
 * stream comes next. All of it is told in bits: how much likelier bytes are to be such a sample than to be any bytes.
 * It knows no codec, and nothing that it says is proof.
 */

const firstBytesLearnt = 4;
const lastBytesLearnt = 2;
/** Weight of what was never met, in samples, of one byte of 256: first bytes have few values, the others may have any. */
const unmetFirst = 0.002;
const unmetOther = 1;
/** Weight of what is expected and was never met. */
const expectation = 40;

/** How often each value of a byte was met. */
class ByteHabit {
  readonly #counts = new Float64Array(256);
  readonly #bits = new Float64Array(256);
  readonly #unmet: number;
  #total = 0;

  constructor(unmet: number) {
    this.#unmet = unmet;
  }

  learn(byte: number, weight: number): void {
    this.#counts[byte]! += weight;
    this.#total += weight;
  }

  /** Makes `bits` what was learnt. */
  settle(): void {
    for (let byte = 0; byte < 256; byte++) {
      this.#bits[byte] = Math.log2((256 * (this.#counts[byte]! + this.#unmet)) / (this.#total + 256 * this.#unmet));
    }
  }

  bits(byte: number): number {
    return this.#bits[byte]!;
  }
}

/** How far a steady size is thought to move from sample to sample where nothing is known of it. */
const unknownStep = 12;
const smallestStep = 1.5;
/** For a steady size where none is known: so little that a byte met as expected is worth more, up to what audio takes. */
const unknownSizeBits = -5;
const usualAudioSize = 400;
/** Parts of steady sizes that are like the one before, and like most; the others may be anything near. */
const likeBefore = 0.5;
const likeMost = 0.42;
/** Weight of the last sample in what is remembered of sizes. */
const memory = 0.05;

export class StreamHabits {
  readonly #first = Array.from(
    { length: firstBytesLearnt },
    (_, n) => new ByteHabit(n === 0 ? unmetFirst : unmetOther),
  );
  readonly #last = Array.from({ length: lastBytesLearnt }, () => new ByteHabit(unmetOther));
  readonly #steady: boolean;
  #step = unknownStep;
  #mean = 0;
  #spread = unknownStep;
  #previous = 0;

  constructor(steady: boolean) {
    this.#steady = steady;
  }

  /** Takes note that samples may begin with a byte. */
  expect(firstByte: number): void {
    this.#first[0]!.learn(firstByte, expectation);
    this.#first[0]!.settle();
  }

  /** Takes note that samples are about as large as this. */
  expectSize(size: number): void {
    this.#mean = size;
    this.#step = Math.max(smallestStep, size / 20);
    this.#spread = Math.max(smallestStep, size / 12);
  }

  learn(bytes: Uint8Array, start: number, end: number): void {
    const size = end - start;
    for (const [n, habit] of this.#first.entries()) if (n < size) habit.learn(bytes[start + n]!, 1);
    for (const [n, habit] of this.#last.entries()) if (n < size) habit.learn(bytes[end - 1 - n]!, 1);
    if (this.#previous > 0) {
      const moved = Math.min(Math.abs(size - this.#previous), 8 * this.#step);
      this.#step = Math.max(smallestStep, this.#step + memory * (moved - this.#step));
    }
    if (this.#mean > 0) {
      const aside = Math.min(Math.abs(size - this.#mean), 8 * this.#spread);
      this.#spread = Math.max(smallestStep, this.#spread + memory * (aside - this.#spread));
    }
    this.#mean = this.#mean === 0 ? size : this.#mean + memory * (size - this.#mean);
    this.#previous = size;
  }

  settle(): void {
    for (const habit of [...this.#first, ...this.#last]) habit.settle();
  }

  /** Bits for a sample that begins with this byte: above 0 for those that are met. */
  firstByteBits(byte: number): number {
    return this.#first[0]!.bits(byte);
  }

  beginBits(bytes: Uint8Array, start: number, limit: number): number {
    let bits = 0;
    for (let n = 0; n < firstBytesLearnt && start + n < limit; n++) bits += this.#first[n]!.bits(bytes[start + n]!);
    return bits;
  }

  endBits(bytes: Uint8Array, end: number): number {
    let bits = 0;
    for (let n = 0; n < lastBytesLearnt && end - 1 - n >= 0; n++) bits += this.#last[n]!.bits(bytes[end - 1 - n]!);
    return bits;
  }

  /** Bits for a sample of this size behind one of another, 0 for none. */
  sizeBits(size: number, previous: number): number {
    if (!this.#steady) return -Math.log2(size) - 4;
    if (this.#mean === 0) return unknownSizeBits - Math.max(0, size - usualAudioSize) / 32;
    const before = previous === 0 ? this.#mean : previous;
    return Math.log2(
      likeBefore * likelihood(size - before, this.#step) +
        likeMost * likelihood(size - this.#mean, this.#spread) +
        (1 - likeBefore - likeMost) * likelihood(size - this.#mean, Math.max(16, this.#mean / 2)) +
        Number.MIN_VALUE,
    );
  }

  /** Bits for a sample that breaks off: one in a recording, anywhere in it. */
  tornBits(): number {
    return -4 - Math.log2(Math.max(64, this.#mean));
  }

  get lastSize(): number {
    return this.#previous;
  }
}

/** Of a size that is so far from where it is expected (Laplace). */
function likelihood(difference: number, scale: number): number {
  return Math.exp(-Math.abs(difference) / scale) / (2 * scale);
}

const longestRun = 8;

/** Which stream comes next behind so many samples of one. */
export class TurnHabits {
  readonly #streams: number;
  readonly #counts: Float64Array;

  constructor(streams: number) {
    this.#streams = streams;
    this.#counts = new Float64Array((streams + 1) * longestRun * (streams + 1)).fill(0.5);
  }

  #row(stream: number, run: number): number {
    return ((stream + 1) * longestRun + Math.min(run, longestRun - 1)) * (this.#streams + 1);
  }

  learn(stream: number, run: number, next: number): void {
    this.#counts[this.#row(stream, run) + next]!++;
  }

  /** `stream`: -1 where nothing stands before. */
  bits(stream: number, run: number, next: number): number {
    const row = this.#row(stream, run);
    let total = 0;
    for (let n = 0; n < this.#streams; n++) total += this.#counts[row + n]!;
    return Math.log2(this.#counts[row + next]! / total);
  }
}
