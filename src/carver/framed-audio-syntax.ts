/**
 * Audio whose frames say their own length in a header with a sync word: MPEG audio (MP3), AC-3 and E-AC-3. A frame ends where
 * its header says, and the next sample that begins there proves it.
 */
import type { ByteWindow } from './byte-window.ts';
import { noMatch, type Match, type Question, type SampleFacts, type SampleSyntax } from './sample-syntax.ts';

/** What a frame header says, as far as it tells frames of one stream from others. */
export interface FramedAudioHeader {
  /** Bytes of the frame, its header included. */
  readonly frameLength: number;
  /** The same in all frames of a stream: rate, version, layer. */
  readonly stream: string;
}

export type ReadAudioHeader = (bytes: Uint8Array) => FramedAudioHeader | undefined;

const longestHeader = 16;
const audioFacts: SampleFacts = { sync: true, period: 0, count: 0 };

export class FramedAudioSyntax implements SampleSyntax {
  readonly kind = 'audio';
  readonly proofLength = 4;
  readonly #read: ReadAudioHeader;
  /** What the frames accepted so far have in common. */
  #stream: string | undefined;

  constructor(read: ReadAudioHeader) {
    this.#read = read;
  }

  /** All of these sync words begin with ones or with 0x0B. */
  mayBegin(bytes: Uint8Array, index: number): boolean {
    return bytes[index] === 0xff || (bytes[index] === 0x0b && bytes[index + 1] === 0x77);
  }

  match(offset: number, { window, end }: Question): Match {
    const header = this.#read(window.view(offset, Math.min(longestHeader, end - offset)));
    if (header === undefined || (this.#stream !== undefined && header.stream !== this.#stream)) return noMatch;
    const behind = offset + header.frameLength;
    return behind > end ? { outcome: 'cut', end } : { outcome: 'closed', end: behind };
  }

  accept(offset: number, _end: number, window: ByteWindow): SampleFacts {
    this.#stream ??= this.#read(window.view(offset, longestHeader))?.stream;
    return audioFacts;
  }

  interrupt(): void {
    // Frames know nothing of each other.
  }
}
