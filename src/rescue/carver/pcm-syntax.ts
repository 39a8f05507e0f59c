/**
 * Raw PCM: nothing in it tells what it is. All that stands between samples of other streams is its, if it divides into whole
 * sets of one value for each channel; where it does not, what stands there is something else. Exact where the streams beside
 * it are; alone it is taken as it is.
 */
import { audioSampleFacts, type SampleFacts, type UnmarkedSamples, UnmarkedSyntax } from './sample-syntax.ts';

/** Bits of proof in audio that ends where a block of the writer does. */
const blockBits = 20;

/** The syntax of one stream of uncompressed audio. */
export class PcmSyntax extends UnmarkedSyntax {
  readonly kind = 'audio';
  readonly proofLength = 1;
  readonly unmarked: UnmarkedSamples;

  /** `unit`: bytes of one value for each channel. `block`: bytes that the writer puts together; 0 where that is not known. */
  constructor(unit: number, block = 0) {
    super();
    this.unmarked = {
      shortest: unit,
      longest: Infinity,
      usualFirstBytes: [],
      keepsFirstByte: false,
      hasSteadySize: false,
      unit,
      block: block > 0 ? block : undefined,
      lastProof: block > 0 ? blockBits : 0,
      beginProof: () => 0,
      endProof: (_bytes, index, end) => {
        if ((end - index) % unit > 0) return -1;
        return block > 0 && (end - index) % block === 0 ? blockBits : 0;
      },
    };
  }

  accept(): SampleFacts {
    return audioSampleFacts;
  }
}
