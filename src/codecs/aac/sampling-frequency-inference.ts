/**
 * Which sampling frequencies AAC access units can be of, where no AudioSpecificConfig says it. The frequency decides
 * where the scale factor bands lie, and so how many codewords a frame has: under a wrong one it does not end where it
 * should. Some frequencies have the same bands, and are told apart by time alone; a frame tells only as much as it uses
 * of the bands that differ.
 */
import type { FrameSyntaxOptions } from './frame-syntax.ts';
import { AccessUnitParser } from './raw-data-block.ts';
import { SAMPLING_FREQUENCIES } from './sampling-frequency.ts';
import { sharedBands, type FrameLength } from './scale-factor-bands.ts';

export interface FrameParameters {
  readonly samplingFrequencyIndex: number;
  readonly frameLength: FrameLength;
}

interface Candidate {
  readonly frameLength: FrameLength;
  /** Indexes that have the same bands. */
  readonly indexes: readonly number[];
  readonly parser: AccessUnitParser;
  /** Access units that end where they should. */
  explained: number;
}

const FRAME_LENGTHS: readonly FrameLength[] = [1024, 960];

/** Gathers access units whose ends are known, and says which parameters explain them. */
export class SamplingFrequencyInference {
  readonly #candidates: readonly Candidate[];
  #count = 0;

  /** What else is known of the stream. */
  constructor(options: Omit<FrameSyntaxOptions, keyof FrameParameters> = {}) {
    const indexes = [...SAMPLING_FREQUENCIES.keys()];
    const distinct = indexes.filter((index) => sharedBands(index) === index);
    this.#candidates = FRAME_LENGTHS.flatMap((frameLength) =>
      distinct.map((samplingFrequencyIndex) => ({
        frameLength,
        indexes: indexes.filter((index) => sharedBands(index) === samplingFrequencyIndex),
        parser: new AccessUnitParser({ ...options, samplingFrequencyIndex, frameLength }),
        explained: 0,
      })),
    );
  }

  /** An access unit that begins at `offset` and ends at `end`. */
  add(bytes: Uint8Array, offset: number, end: number): void {
    this.#count++;
    for (const candidate of this.#candidates) {
      if (candidate.parser.parse(bytes, offset, end) === end) candidate.explained++;
    }
  }

  /** Access units given so far. */
  get count(): number {
    return this.#count;
  }

  /** What explains all of them: the frame lengths apart, 1024 first, and by falling frequency. */
  get possible(): readonly FrameParameters[] {
    return this.#explaining(this.#count);
  }

  /**
   * What explains most of them, and how many: where some are damaged, or are followed by padding, nothing explains all.
   */
  get best(): { readonly explained: number; readonly parameters: readonly FrameParameters[] } {
    const explained = Math.max(...this.#candidates.map((candidate) => candidate.explained));
    return { explained, parameters: explained === 0 ? [] : this.#explaining(explained) };
  }

  #explaining(explained: number): readonly FrameParameters[] {
    return this.#candidates
      .filter((candidate) => candidate.explained === explained)
      .flatMap(({ indexes, frameLength }) =>
        indexes.map((samplingFrequencyIndex) => ({ samplingFrequencyIndex, frameLength })),
      );
  }
}
