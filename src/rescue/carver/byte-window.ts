/**
 * A window on a source that moves forward with the carver: parsers of samples get the array and an index into it, so that
 * looking at a byte costs no call. It knows no codec.
 */
import { minZeroRange } from '../../codecs/zero-ranges.ts';
import type { ByteSource } from '../../io/file-source.ts';

/** What a window reads at once: enough for nearly every sample, little enough to stay in the processor's cache. */
const usualLength = 512 * 1024;
/** The most that is ever held: no sample of a sane stream is larger. */
export const maxView = 64 * 1024 * 1024;

/** A window of a source, read in blocks as it moves. */
export class ByteWindow {
  readonly #source: ByteSource;
  /** The bytes held; the first of them stands at `start` in the source. Replaced by `hold`. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  /** Offset in the source behind the last byte held. */
  end = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  get size(): number {
    return this.#source.size;
  }

  /**
   * Sees to it that `length` bytes from `offset` on are held, or as many as there are. Returns the index of the first of
   * them in `bytes`.
   */
  hold(offset: number, length: number): number {
    const wanted = Math.min(length, maxView, this.#source.size - offset);
    if (offset < this.start || offset + wanted > this.end) {
      this.bytes = this.#source.read(offset, Math.max(wanted, usualLength));
      this.start = offset;
      this.end = offset + this.bytes.length;
    }
    return offset - this.start;
  }

  /** Bytes of a length or a word at `offset`, big-endian; -1 where the source ends before it. */
  uint(offset: number, width: number): number {
    const at = this.hold(offset, width);
    if (at + width > this.bytes.length) return -1;
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 256 + this.bytes[at + i]!;
    return value;
  }

  /** A view of at most `length` bytes from `offset` on, valid until the window moves. */
  view(offset: number, length: number): Uint8Array {
    const at = this.hold(offset, length);
    return this.bytes.subarray(at, at + length);
  }
}

/** So many zeros at the end of a source are a hole too. */
const minZerosAtEnd = 16;

/** Offset of the first hole of zeros between `from` and `to`, -1 if there is none of `minZeroRange` bytes. */
export function findHole(window: ByteWindow, from: number, to: number): number {
  const half = minZeroRange / 2;
  for (let offset = from; offset + half <= to;) {
    const index = window.hold(offset, Math.min(to - offset, usualLength / 2));
    const { bytes } = window;
    const last = Math.min(bytes.length, index + to - offset) - half;
    if (last < index) return -1;
    let at = index;
    // A hole covers two neighbouring probes at least, wherever it begins.
    for (; at <= last; at += half) {
      if (bytes[at] !== 0) continue;
      let first = at;
      while (first > index && bytes[first - 1] === 0) first--;
      let zerosEnd = at;
      while (zerosEnd < last + half && bytes[zerosEnd] === 0) zerosEnd++;
      if (zerosEnd - first >= minZeroRange) return window.start + first;
      // The rest of a run that the window cuts is met again when it has moved.
    }
    const next = window.start + at;
    offset = next > offset ? next : offset + half;
  }
  return -1;
}

const readAtOnce = 64 * 1024;

/** Whether there are zeros alone between `from` and `to`, as far as the source goes. */
export function isZeroTo(window: ByteWindow, from: number, to: number): boolean {
  for (let at = from; at < to; at += readAtOnce) {
    if (!window.view(at, Math.min(readAtOnce, to - at)).every((byte) => byte === 0)) return false;
  }
  return true;
}

/** Whether a hole begins at `offset`: `minZeroRange` zeros, or zeros to the end of the source. */
export function isHoleAt(window: ByteWindow, offset: number): boolean {
  const view = window.view(offset, minZeroRange);
  return view.length >= minZerosAtEnd && view.every((byte) => byte === 0);
}
