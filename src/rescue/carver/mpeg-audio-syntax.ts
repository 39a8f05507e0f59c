/**
 * MP3 (and MP1, MP2) frames: a sync word, and a header that says how long the frame is. Exact, but for free format, whose
 * frames have no length of their own and are not found. It knows only headers.
 */
import {
  isSameStream,
  mpegAudioHeaderLength,
  parseMpegAudioFrameHeader,
  type MpegAudioFrameHeader,
} from '../../codecs/mpeg-audio/frame-header.ts';
import {
  audioSampleFacts,
  noMatch,
  type Match,
  type Question,
  type SampleFacts,
  type SampleSyntax,
} from './sample-syntax.ts';
import type { ByteWindow } from './byte-window.ts';

/** The syntax of one stream of MPEG audio; the first frame met fixes layer and rate. */
export class MpegAudioSyntax implements SampleSyntax {
  readonly kind = 'audio';
  readonly proofLength = 3;
  readonly beginsWithMark = true;
  #header: MpegAudioFrameHeader | undefined;

  mayBegin(bytes: Uint8Array, index: number): boolean {
    return bytes[index] === 0xff && (bytes[index + 1]! & 0xe0) === 0xe0;
  }

  match(offset: number, { window, end }: Question): Match {
    if (end - offset < mpegAudioHeaderLength) {
      return beginsLikeFrame(window, offset, end) ? { outcome: 'cut', end } : noMatch;
    }
    const header = parseMpegAudioFrameHeader(window.bytes, window.hold(offset, mpegAudioHeaderLength));
    if (header === undefined || header.frameLength < mpegAudioHeaderLength) return noMatch;
    if (this.#header !== undefined && !isSameStream(this.#header, header)) return noMatch;
    const frameEnd = offset + header.frameLength;
    return frameEnd > end ? { outcome: 'cut', end } : { outcome: 'closed', end: frameEnd };
  }

  accept(offset: number, _end: number, window: ByteWindow): SampleFacts {
    this.#header ??= parseMpegAudioFrameHeader(window.bytes, window.hold(offset, mpegAudioHeaderLength));
    return audioSampleFacts;
  }

  /** A header like that of the frames before is no chance. */
  provesItself(_offset: number, _end: number, _window: ByteWindow, placed: boolean): boolean {
    return placed && this.#header !== undefined;
  }

  /** The first frame's header: rate, channels, samples per frame; undefined before it. */
  get header(): MpegAudioFrameHeader | undefined {
    return this.#header;
  }
}

function beginsLikeFrame(window: ByteWindow, offset: number, end: number): boolean {
  const view = window.view(offset, end - offset);
  return view[0] === 0xff && (view.length < 2 || (view[1]! & 0xe0) === 0xe0);
}
