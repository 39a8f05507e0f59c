/**
 * Samples of tracks that are not looked for, as a stream of its own beside samples that do not say how long they are: a picture
 * that ends where the next sample begins would take them in. What is found of them is passed over.
 */
import { emptyTextBytes } from '../../codecs/timed-data/text-sample.ts';
import type { ByteWindow } from './byte-window.ts';
import { recordEnds, type RecordRule } from './records.ts';
import {
  audioSampleFacts,
  noMatch,
  type Match,
  type Question,
  type SampleFacts,
  type SampleSyntax,
} from './sample-syntax.ts';

/** Bits that a mark has to have in common with a sample: fewer stand in any stretch by chance. */
const minMarkBits = 32;
/** Bits of proof that are of no account, as there are so many places; and more than these are not needed. */
const bitsOfPlaces = 17;
const maxProofBits = 64;
/** Text that can be read: bits that a byte of it has, and its length. */
const bitsOfTextByte = 1.2;
const bitsOfTextLength = 6;
/** Two zeros, most of which would stand in a start code. */
const bitsOfEmptyText = 12;
/** The zeros, flags and counts of one packet of a hint and its entries. */
const bitsOfHint = 48;
const maxRules = 12;

/**
 * The syntaxes by which such samples are found beside those of `sought`; only by rules that chance does not meet. Raw data may
 * have anything in it, short texts and zeros too.
 */
export function recordSyntaxes(rules: readonly RecordRule[], sought: readonly SampleSyntax[]): SampleSyntax[] {
  const isBesideRaw = sought.some(({ unmarked }) => unmarked?.unit !== undefined);
  return rules
    .flatMap((rule) => {
      if (rule.sizes === 'text' && isBesideRaw) return [];
      if (rule.sizes === 'hint' || rule.sizes === 'text') return [rule];
      if (rule.sizes === 'said') return 8 * rule.mark.length < minMarkBits ? [] : [rule];
      return 8 * rule.mark.length < minMarkBits ? [] : rule.sizes.map((size) => ({ ...rule, sizes: [size] }));
    })
    .slice(0, maxRules)
    .map((rule) => new RecordSyntax(rule));
}

class RecordSyntax implements SampleSyntax {
  readonly kind = 'video';
  readonly proofLength = 1;
  readonly #rules: readonly RecordRule[];
  readonly #first: number | undefined;
  readonly #isText: boolean;
  readonly #bits: number;

  constructor(rule: RecordRule) {
    this.#rules = [rule];
    this.#isText = rule.sizes === 'text';
    // Of hints and texts the first byte is the high one of a count, of boxes that of a size.
    this.#first = typeof rule.sizes === 'string' ? 0 : rule.mark.find(({ at }) => at === 0)?.byte;
    this.#bits = rule.sizes === 'hint' ? bitsOfHint : 8 * rule.mark.length - bitsOfPlaces;
  }

  mayBegin(bytes: Uint8Array, index: number): boolean {
    return this.#first === undefined || bytes[index] === this.#first;
  }

  match(offset: number, { window, end }: Question): Match {
    const [recordEnd] = recordEnds(this.#rules, window, offset, end);
    if (recordEnd === undefined) return noMatch;
    const bits = this.#isText ? textBits(recordEnd - offset) : this.#bits;
    return { outcome: 'closed', end: recordEnd, proofBits: Math.min(maxProofBits, bits) };
  }

  accept(_offset: number, _end: number, _window: ByteWindow): SampleFacts {
    return audioSampleFacts;
  }
}

function textBits(length: number): number {
  if (length === emptyTextBytes) return bitsOfEmptyText;
  return bitsOfTextLength + bitsOfTextByte * (length - emptyTextBytes);
}
