/**
 * VP9 frames and superframes as MP4 and RTMP have them. Exact: that a key frame begins where its sync code stands, and where
 * a superframe ends, by the index at its end (VP9 specification, 6.2 and Annex B). Inferred: all other ends, for frames say
 * nothing of how long they are; frames that are no key frames begin with a byte that has few values.
 */
import { parseVp9FrameHeader } from '../codecs/vp9/frame-header.ts';
import { splitVp9Superframe } from '../codecs/vp9/superframe.ts';
import type { ByteWindow } from './byte-window.ts';
import { noMatch, type Match, type SampleFacts, type SampleSyntax, type UnmarkedSamples } from './sample-syntax.ts';

/** Bytes of a header that are looked at. */
const headerBytes = 16;
/** What a sync code and an index prove, in bits: their bytes could have any value. */
const syncCodeBits = 24;
const indexBits = 24;

/** Bits of the first byte of profiles 0 to 2. */
const showExistingFrame = 8;
const showFrame = 2;

/** Inter frames, key frames, hidden ones, and those that are resilient to errors. */
function firstBytes(profile: number): number[] {
  if (profile === 3) return [0xb3, 0xb1, 0xb2];
  return [6, 2, 4, 7].map((flags) => 0x80 | ((profile & 1) << 5) | ((profile >> 1) << 4) | flags);
}

/** Whether the frame is decoded and not shown. */
function isHidden(first: number): boolean {
  const flags = (first & 0x30) === 0x30 ? first << 1 : first;
  return (flags & (showExistingFrame | showFrame)) === 0;
}

export class Vp9Syntax implements SampleSyntax {
  readonly kind = 'video';
  readonly proofLength = 4;
  readonly unmarked: UnmarkedSamples;
  #count = 0;

  constructor({ profile = 0 } = {}) {
    this.unmarked = {
      shortest: 2,
      longest: 16 * 1024 * 1024,
      usualFirstBytes: firstBytes(profile),
      keepsFirstByte: false,
      hasSteadySize: false,
      beginProof(bytes, index) {
        const { value } = parseVp9FrameHeader(bytes.subarray(index, index + headerBytes));
        if (value === undefined || value.profile !== profile) return -1;
        return value.isKeyFrame || value.intraOnly ? syncCodeBits : 0;
      },
      endProof,
    };
  }

  mayBegin(): boolean {
    return false;
  }

  match(): Match {
    return noMatch;
  }

  accept(offset: number, end: number, window: ByteWindow): SampleFacts {
    const { value } = parseVp9FrameHeader(window.view(offset, Math.min(headerBytes, end - offset)));
    return { sync: value?.isKeyFrame === true, period: 0, count: this.#count++ };
  }

  interrupt(): void {
    // Frames are shown in the order in which they are decoded, whatever is missing between them.
  }
}

/** A sample that begins with a frame not to be shown is a superframe, and its index tells all of its bytes. */
function endProof(bytes: Uint8Array, index: number, end: number): number {
  const last = bytes[end - 1]!;
  if (last >>> 5 === 0b110 && isSuperframe(bytes, index, end)) return indexBits;
  return isHidden(bytes[index]!) ? -1 : 0;
}

function isSuperframe(bytes: Uint8Array, index: number, end: number): boolean {
  const sample = bytes.subarray(index, end);
  const frames = splitVp9Superframe(sample);
  if (frames === undefined || frames.length < 2) return false;
  const last = sample.at(-1)!;
  const indexLength = 2 + ((last & 7) + 1) * (((last >>> 3) & 3) + 1);
  return frames.at(-1)!.end === sample.length - indexLength;
}
