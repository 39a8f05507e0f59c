/**
 * Samples of codecs that are read no further than to their ends. It knows a format as what it says of its samples, and no
 * sample depends on another.
 */
import type { FramedFormat } from '../../codecs/framed/formats.ts';
import type { ByteWindow } from './byte-window.ts';
import { anySizeBits } from './stream-habits.ts';
import {
  audioSampleFacts,
  noMatch,
  type Match,
  type Question,
  type SampleFacts,
  type SampleSyntax,
  type UnmarkedSamples,
  UnmarkedSyntax,
} from './sample-syntax.ts';

/** Of larger samples no end is looked for. */
const maxSample = 16 * 1024 * 1024;

/** Bytes of a sample in which it says how long it lasts. */
const bytesOfRate = 32;

/** The syntax of one stream of such a format. */
export class FramedSyntax implements SampleSyntax {
  readonly kind: 'video' | 'audio';
  readonly proofLength: number;
  readonly beginsWithMark: boolean;
  readonly #format: FramedFormat;
  #count = 0;
  /** Seconds that a sample lasts, where the first one met says it. */
  #seconds: number | undefined;

  readonly asUnmarked: SampleSyntax | undefined;

  constructor(format: FramedFormat) {
    this.#format = format;
    this.asUnmarked =
      format.weakFirstBytes === undefined ? undefined : new WeaklyFramedSyntax(format, format.weakFirstBytes);
    this.kind = format.kind;
    this.proofLength = format.proofLength;
    this.beginsWithMark = format.beginsWithMark;
  }

  get sampleSeconds(): number | undefined {
    return this.#format.seconds ?? this.#seconds;
  }

  mayBegin(bytes: Uint8Array, index: number): boolean {
    return this.#format.mayBegin(bytes, index);
  }

  match(offset: number, { window, end }: Question): Match {
    const left = end - offset;
    for (let looked = this.#format.headLength; ; looked *= 4) {
      const view = window.view(offset, Math.min(looked, left));
      const length = this.#format.lengthOf(view);
      if (length === undefined) return noMatch;
      if (length !== 'more') {
        const sampleEnd = offset + length;
        return sampleEnd > end
          ? { outcome: 'cut', end, announcedEnd: sampleEnd }
          : { outcome: 'closed', end: sampleEnd };
      }
      if (view.length >= left) return { outcome: 'cut', end };
      if (looked >= maxSample) return noMatch;
    }
  }

  accept(offset: number, end: number, window: ByteWindow): SampleFacts {
    this.#seconds ??= this.#format.secondsOf?.(window.view(offset, bytesOfRate));
    const sync = this.#format.isSync?.(window.view(offset, end - offset)) ?? true;
    return { sync, period: 0, count: this.kind === 'audio' ? 0 : this.#count++ };
  }

  provesItself(): boolean {
    return this.#format.provesItself;
  }
}

/** Bits of a length that a first byte names. */
const namedLengthBits = 3;

/** The same beside samples that do not say how long they are: what a first byte says of the length is no proof, but no chance either. */
class WeaklyFramedSyntax extends UnmarkedSyntax {
  readonly kind: 'video' | 'audio';
  readonly proofLength = 4;
  readonly unmarked: UnmarkedSamples;

  constructor({ lengthOf, headLength, kind, framesInOne = 1 }: FramedFormat, usualFirstBytes: readonly number[]) {
    super();
    this.kind = kind;
    this.unmarked = {
      shortest: 1,
      longest: headLength,
      usualFirstBytes,
      keepsFirstByte: framesInOne === 1,
      hasSteadySize: framesInOne === 1,
      beginProof: (bytes, index) => (usualFirstBytes.includes(bytes[index]!) ? 0 : -1),
      endProof: (bytes, index, end) => {
        if (lengthOf(bytes.subarray(index, end)) !== end - index) return -1;
        // Where the size is no habit, what it takes to say any is said already.
        return namedLengthBits * framesInOne + (framesInOne === 1 ? 0 : anySizeBits(end - index));
      },
    };
  }

  accept(): SampleFacts {
    return audioSampleFacts;
  }
}
