/**
 * Damages bytes as crashes, bad disks and malice do, for tests that nothing of it makes salvor fall. Everything
 * follows from a seed, so that a mutant a test fell over can be made again. It knows no format.
 */
import { trialCount } from './trials.ts';

/** A seeded source of numbers: the same seed, the same numbers. */
export interface Random {
  /** At least 0 and less than 1. */
  fraction(): number;
  /** A whole number, at least 0 and less than `limit`; 0 where `limit` is 0. */
  below(limit: number): number;
  pick<T>(choices: readonly T[]): T;
}

export interface Mutant {
  readonly bytes: Uint8Array;
  /** What was done, and the seed that does it again. */
  readonly description: string;
}

export interface MutantOptions {
  /** Seed of the first mutant; the others follow. */
  readonly seed: number;
  /** How many unless SALVOR_MUTANTS asks for more. */
  readonly count: number;
  /** A second file of the same kind, to splice with. */
  readonly other?: Uint8Array;
}

/** A seeded generator (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const below = (limit: number): number => Math.floor(fraction() * limit);
  return {
    fraction,
    below,
    pick<T>(choices: readonly T[]): T {
      if (choices.length === 0) throw new RangeError('nothing to pick from');
      return choices[below(choices.length)] as T;
    },
  };
}

/** How many mutants to try: `usual` (a sample of them where not every trial is asked for), or what SALVOR_MUTANTS asks for if that is more. */
export function mutantCount(usual: number): number {
  const asked = Number(process.env['SALVOR_MUTANTS'] ?? 0);
  const tried = trialCount(usual);
  return Number.isInteger(asked) ? Math.max(tried, asked) : tried;
}

/** Damaged copies of `original`, one after the other; `original` itself stays as it is. */
export function* mutants(original: Uint8Array, options: MutantOptions): Generator<Mutant, void> {
  const count = mutantCount(options.count);
  for (let index = 0; index < count; index++) yield mutant(original, options.seed + index, options.other);
}

/** The one damaged copy of `original` that belongs to a seed. */
export function mutant(original: Uint8Array, seed: number, other: Uint8Array = original): Mutant {
  const random = seededRandom(seed);
  const rounds = 1 + random.below(3);
  const done: string[] = [];
  let bytes: Uint8Array = original.slice();
  for (let round = 0; round < rounds && bytes.length > 0; round++) {
    const damage = random.pick(damages);
    const [damaged, what] = damage(bytes, random, other);
    bytes = damaged;
    done.push(what);
  }
  return { bytes, description: `seed ${seed}: ${done.join(', ')}` };
}

/** Damages bytes it may write into, and says what it did. */
type Damage = (bytes: Uint8Array, random: Random, other: Uint8Array) => readonly [Uint8Array, string];

// What a length, a count or an offset is least likely to have been meant as.
const extremeWords = [0, 1, 7, 8, 0x7f_ff_ff_ff, 0x80_00_00_00, 0xff_ff_ff_fe, 0xff_ff_ff_ff, 0xf0_00_00_00];

const flipBits: Damage = (bytes, random) => {
  const count = 1 + random.below(8);
  for (let index = 0; index < count; index++) {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  }
  return [bytes, `${count} bits flipped`];
};

const truncate: Damage = (bytes, random) => {
  const length = random.below(bytes.length);
  return [bytes.subarray(0, length), `cut to ${length} bytes`];
};

const overwriteWord: Damage = (bytes, random) => {
  const word = random.pick(extremeWords);
  const at = random.below(Math.max(1, bytes.length - 3));
  const littleEndian = random.below(2) === 1;
  for (let index = 0; index < 4 && at + index < bytes.length; index++) {
    bytes[at + index] = word >>> (littleEndian ? 8 * index : 24 - 8 * index);
  }
  return [bytes, `word at ${at} became 0x${word.toString(16)}${littleEndian ? ' little-endian' : ''}`];
};

/** Moves an offset, a length or a time by a little: what is off by one header, one sample, one byte. */
const nudgeWord: Damage = (bytes, random) => {
  const step = (1 + random.below(64)) * (random.below(2) === 0 ? 1 : -1);
  const at = random.below(Math.max(1, bytes.length - 3));
  let carry = step;
  for (let index = Math.min(at + 3, bytes.length - 1); index >= at && carry !== 0; index--) {
    const sum = (bytes[index] ?? 0) + carry;
    bytes[index] = sum;
    carry = Math.floor(sum / 256);
  }
  return [bytes, `word at ${at} moved by ${step}`];
};

const swapRanges: Damage = (bytes, random) => {
  if (bytes.length < 2) return [bytes, 'nothing to swap'];
  const length = 1 + random.below(Math.min(64, bytes.length >> 1));
  const first = random.below(bytes.length - 2 * length + 1);
  const second = first + length + random.below(bytes.length - first - 2 * length + 1);
  const kept = bytes.slice(first, first + length);
  bytes.copyWithin(first, second, second + length);
  bytes.set(kept, second);
  return [bytes, `${length} bytes at ${first} and ${second} swapped`];
};

const zeroRange: Damage = (bytes, random) => {
  const [start, end] = range(bytes, random);
  bytes.fill(0, start, end);
  return [bytes, `bytes ${start} to ${end} zeroed`];
};

const removeRange: Damage = (bytes, random) => {
  const [start, end] = range(bytes, random);
  return [joined(bytes.subarray(0, start), bytes.subarray(end)), `bytes ${start} to ${end} removed`];
};

const repeatRange: Damage = (bytes, random) => {
  const [start, end] = range(bytes, random);
  return [joined(bytes.subarray(0, end), bytes.subarray(start)), `bytes ${start} to ${end} repeated`];
};

const spliceHalves: Damage = (bytes, random, other) => {
  const head = random.below(bytes.length + 1);
  const tail = random.below(other.length + 1);
  return [joined(bytes.subarray(0, head), other.subarray(tail)), `first ${head} bytes, then the other from ${tail}`];
};

const damages: readonly Damage[] = [
  flipBits,
  truncate,
  overwriteWord,
  overwriteWord,
  nudgeWord,
  nudgeWord,
  swapRanges,
  zeroRange,
  removeRange,
  repeatRange,
  spliceHalves,
];

/** A range of bytes, as a rule short, at times a block or a good part of the file. */
function range(bytes: Uint8Array, random: Random): readonly [number, number] {
  const start = random.below(bytes.length);
  const length = 1 + random.below(Math.min(random.pick([8, 64, 4096, bytes.length]), bytes.length - start));
  return [start, start + length];
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + tail.length);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}
