/**
 * Pictures of MPEG-4 Visual and H.263. Exact: where one begins, by its start code. Inferred: where it ends, which is where a
 * sample of another stream begins, or the next picture at the latest.
 */
import type { StartCodedFormat } from '../../codecs/framed/start-codes.ts';
import { unknownOrder } from '../clocks/ordered-pictures.ts';
import type { ByteWindow } from './byte-window.ts';
import { type SampleFacts, type UnmarkedSamples, UnmarkedSyntax } from './sample-syntax.ts';

const maxPicture = 4 * 1024 * 1024;
/** Bytes before a picture in which its headers stand. */
const bytesOfHeaders = 1024;

/** The syntax of one stream of such pictures. */
export class StartCodeSyntax extends UnmarkedSyntax {
  readonly kind = 'video';
  readonly proofLength = 4;
  readonly unmarked: UnmarkedSamples;
  readonly #format: StartCodedFormat;
  #count = 0;
  #goesBothWays = false;
  /** The stretch that is looked at, and where starts stand in it: all, and those of pictures. */
  #stretch: Uint8Array | undefined;
  #starts: number[] = [];
  #pictures: number[] = [];

  constructor(format: StartCodedFormat) {
    super();
    this.#format = format;
    this.unmarked = {
      shortest: 5,
      longest: maxPicture,
      usualFirstBytes: [0],
      keepsFirstByte: false,
      hasSteadySize: false,
      endsWithNext: true,
      beginProof: (bytes, index) => (format.beginsAt(bytes, index) ? format.proofBits : -1),
      endProof: (bytes, index, end) => this.#endProof(bytes, index, end),
    };
  }

  /** A sample has one picture, and behind it none of what begins the next. */
  #endProof(bytes: Uint8Array, index: number, end: number): number {
    this.#look(bytes);
    const picture = this.#pictures[firstFrom(this.#pictures, index)];
    if (picture === undefined || picture >= end || bytes[end - 1] === this.#format.impossibleEnd) return -1;
    const next = this.#starts[firstFrom(this.#starts, picture + 1)] ?? Infinity;
    return next < end ? -1 : 0;
  }

  #look(bytes: Uint8Array): void {
    if (bytes === this.#stretch) return;
    this.#stretch = bytes;
    this.#starts = [];
    this.#pictures = [];
    for (let at = bytes.indexOf(0); at >= 0; at = bytes.indexOf(0, at + 1)) {
      if (!this.#format.beginsAt(bytes, at)) continue;
      this.#starts.push(at);
      if (this.#format.isPicture(bytes, at)) this.#pictures.push(at);
    }
  }

  accept(offset: number, end: number, window: ByteWindow): SampleFacts {
    const bytes = window.view(offset, Math.min(bytesOfHeaders, end - offset));
    let at = 0;
    while (at < bytes.length && !this.#format.isPicture(bytes, at)) at++;
    const type = at < bytes.length ? this.#format.typeOf(bytes, at) : 'inter';
    this.#goesBothWays ||= type === 'both ways';
    const count = this.#count++;
    return { sync: type === 'intra', period: 0, count: this.#goesBothWays ? unknownOrder : count };
  }
}

/** Number of the first of rising values that is not below `value`. */
function firstFrom(values: readonly number[], value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
