/**
 * Raw PCM: nothing in it tells what it is. All that stands between samples of other streams is its, if it divides into whole
 * sets of one value for each channel; where it does not, what stands there is something else. Exact where the streams beside
 * it are; alone it is taken as it is.
 */
import {
  audioFacts,
  noMatch,
  type Match,
  type SampleFacts,
  type SampleSyntax,
  type UnmarkedSamples,
} from './sample-syntax.ts';

/** The syntax of one stream of uncompressed audio. */
export class PcmSyntax implements SampleSyntax {
  readonly kind = 'audio';
  readonly proofLength = 1;
  readonly unmarked: UnmarkedSamples;

  /** `unit`: bytes of one value for each channel. */
  constructor(unit: number) {
    this.unmarked = {
      shortest: unit,
      longest: Infinity,
      usualFirstBytes: [],
      keepsFirstByte: false,
      hasSteadySize: false,
      unit,
      beginProof: () => 0,
      endProof: (_bytes, index, end) => ((end - index) % unit === 0 ? 0 : -1),
    };
  }

  mayBegin(): boolean {
    return false;
  }

  match(): Match {
    return noMatch;
  }

  accept(): SampleFacts {
    return audioFacts;
  }

  interrupt(): void {
    // Values know nothing of each other.
  }
}
