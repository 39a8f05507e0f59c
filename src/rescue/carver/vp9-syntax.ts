/**
 * VP9 frames and superframes as MP4 and RTMP have them. Exact: where a frame begins, by its two headers, of which the second
 * has to end where the first says; where a superframe ends, by the index at its end (VP9 specification, 6.2, 6.3 and Annex
 * B). Inferred: all other ends, for frames say nothing of how long they are. Not found: samples that only show a frame again,
 * which are one byte.
 */
import type { Vp9FrameHeader } from '../../codecs/vp9/frame-header.ts';
import { readVp9Headers, type Vp9Headers } from '../../codecs/vp9/frame-headers.ts';
import { splitVp9Superframe } from '../../codecs/vp9/superframe.ts';
import type { ByteWindow } from './byte-window.ts';
import { type SampleFacts, type UnmarkedSamples, UnmarkedSyntax } from './sample-syntax.ts';

/** Bytes of a frame in which both headers end. */
const headersBytes = 4096;
/** What headers and an index prove, in bits: their bytes could have any value. */
const headersBits = 32;
const indexBits = 24;
/** Pixels across of each number of tiles that frames may have, for frames of which the size is not known. */
const widths: readonly number[] = [256, 768, 1536, 3072, 6144];

/** The first bytes there are: of key frames and others, shown and hidden, resilient to errors and not. */
function firstBytes(profile: number): number[] {
  const flags = Array.from({ length: profile === 3 ? 4 : 8 }, (_, n) => n);
  const beginning = 0x80 | ((profile & 1) << 5) | ((profile >> 1) << 4);
  return flags.map((flag) => beginning | flag);
}

/** The syntax of one VP9 stream. */
export class Vp9Syntax extends UnmarkedSyntax {
  readonly kind = 'video';
  readonly proofLength = 4;
  readonly unmarked: UnmarkedSamples;
  readonly #profile: number;
  /** Across, of the last key frame; undefined before one was met. */
  #width: number | undefined;
  #count = 0;
  /** What was read of the stretch that is looked at, by place. */
  #stretch: Uint8Array | undefined;
  readonly #read = new Map<number, Vp9Headers | undefined>();

  constructor({ profile = 0 } = {}) {
    super();
    this.#profile = profile;
    this.unmarked = {
      shortest: 2,
      longest: 16 * 1024 * 1024,
      usualFirstBytes: firstBytes(profile),
      keepsFirstByte: false,
      hasSteadySize: false,
      beginProof: (bytes, index) => (this.#headersAt(bytes, index) === undefined ? -1 : headersBits),
      endProof: (bytes, index, end) => {
        const headers = this.#headersAt(bytes, index);
        return headers === undefined ? -1 : endProof(headers, bytes, index, end);
      },
    };
  }

  #headersAt(bytes: Uint8Array, index: number): Vp9Headers | undefined {
    if (bytes !== this.#stretch) {
      this.#stretch = bytes;
      this.#read.clear();
    }
    if (this.#read.has(index)) return this.#read.get(index);
    const headers = this.#readHeaders(bytes, index);
    this.#read.set(index, headers);
    return headers;
  }

  #readHeaders(bytes: Uint8Array, index: number): Vp9Headers | undefined {
    for (const width of this.#width === undefined ? widths : [this.#width]) {
      const headers = readVp9Headers(bytes, index, width);
      if (headers === undefined || headers.header.profile !== this.#profile) continue;
      // A frame that is only shown again is one byte, which proves nothing.
      if (headers.header.showExistingFrame) continue;
      if (headers.header.isKeyFrame) this.#width = headers.header.width;
      return headers;
    }
    return undefined;
  }

  accept(offset: number, end: number, window: ByteWindow): SampleFacts {
    const header = this.#headerOf(window.view(offset, Math.min(headersBytes, end - offset)));
    if (header?.isKeyFrame === true) this.#width = header.width;
    // Frames are shown in the order in which they are decoded, whatever is missing between them.
    return { sync: header?.isKeyFrame === true, period: 0, count: this.#count++ };
  }

  #headerOf(bytes: Uint8Array): Vp9FrameHeader | undefined {
    return readVp9Headers(bytes, 0, this.#width ?? widths[0]!)?.header;
  }
}

/** Bits of proof that a sample of these headers ends at `end`; -1 where it cannot. */
function endProof({ header, shortestLength }: Vp9Headers, bytes: Uint8Array, index: number, end: number): number {
  if (end < index + shortestLength) return -1;
  // An encoder makes sure that no frame ends like an index.
  if (bytes[end - 1]! >>> 5 === 0b110) return isSuperframe(bytes, index, end) ? indexBits : -1;
  // A sample that begins with a frame not to be shown is a superframe.
  return header.showFrame ? 0 : -1;
}

function isSuperframe(bytes: Uint8Array, index: number, end: number): boolean {
  const sample = bytes.subarray(index, end);
  const frames = splitVp9Superframe(sample);
  if (frames === undefined || frames.length < 2) return false;
  const last = sample.at(-1)!;
  const indexLength = 2 + ((last & 7) + 1) * (((last >>> 3) & 3) + 1);
  return frames.at(-1)!.end === sample.length - indexLength;
}
