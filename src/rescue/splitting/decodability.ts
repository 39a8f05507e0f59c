/**
 * Which pictures of a part a decoder that begins with it can show: those before the first picture that decoding can begin
 * with cannot be, nor those shown before it that need what came earlier, nor those before an intra refresh has gone round.
 */
import type { EntryPoint } from '../../mpegts/pictures/picture-syntax.ts';
import type { Picture } from '../../mpegts/pictures/video-pictures.ts';

/** Codecs in which a stream says where decoding can begin. */
const isAnnounced: ReadonlySet<string> = new Set(['h264', 'h265']);

/** One part's pictures, taken in decoding order. */
export class Decodability {
  readonly #codec: string;
  /** The picture that decoding began with, or became right at, and where on the timeline it is shown. */
  #entry: EntryPoint | undefined;
  #entryTicks = 0;
  /** Frames until the recovery point, once one has been announced. */
  #framesLeft = Infinity;

  constructor(codec: string) {
    this.#codec = codec;
  }

  /** Takes the next picture in decoding order. `ticks`: its position on the timeline, undefined where it has no time. */
  canShow(picture: Picture, ticks: number | undefined): boolean {
    if (this.#entry === undefined) return this.#mayBegin(picture, ticks ?? 0);
    if (this.#entry === 'idr' || ticks === undefined || ticks >= this.#entryTicks) return true;
    // H.265 says which leading pictures cannot be decoded; elsewhere those shown before an open entry are taken to be.
    return this.#codec === 'h265' && !picture.isSkippedLeading;
  }

  #mayBegin({ entry, recoveryCount, frameStep }: Picture, ticks: number): boolean {
    this.#framesLeft -= frameStep;
    if (entry === 'recovery-point') this.#framesLeft = Math.min(this.#framesLeft, recoveryCount);
    // Decoders of H.265 begin with nothing less (8.1.3). Some of H.264 show what follows an intra picture, but pictures may
    // need what came before it, and FFmpeg shows none of them before the stream says that they are right.
    const isEntry = entry === 'idr' || entry === 'irap' || (entry === 'intra' && !isAnnounced.has(this.#codec));
    if (!isEntry && this.#framesLeft > 0) return false;
    this.#entry = isEntry ? entry : 'recovery-point';
    this.#entryTicks = ticks;
    return true;
  }
}
