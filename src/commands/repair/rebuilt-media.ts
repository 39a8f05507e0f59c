/**
 * Media with the heads put back that its frames lack: the sample tables as they are then, and the bytes, which are put
 * together as they are read. It knows no codec.
 */
import type { ByteSource, FileSource } from '../../io/file-source.ts';
import type { Track } from '../../media/track.ts';
import { missingHeadLength, type HeadlessTrack } from '../../rescue/headless-frames.ts';

/** The damaged file with heads before some of its bytes, as one file. */
export class RebuiltMedia implements ByteSource {
  readonly path: string;
  readonly size: number;
  readonly #source: FileSource;
  /** In the damaged file, rising: before the byte at each offset stands one head. */
  readonly #offsets: Float64Array;
  readonly #heads: Uint8Array;

  constructor(source: FileSource, offsets: Float64Array, heads: Uint8Array) {
    this.path = source.path;
    this.size = source.size + heads.length;
    this.#source = source;
    this.#offsets = offsets;
    this.#heads = heads;
  }

  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
    return bytes.subarray(0, this.readInto(bytes, offset));
  }

  readInto(into: Uint8Array, offset: number, length = into.length): number {
    let next = this.#firstFrom(offset);
    let filled = 0;
    while (filled < length) {
      const at = offset + filled;
      const head = next < this.#offsets.length ? this.#placeOf(next) : Infinity;
      if (at < head) {
        const wanted = Math.min(length - filled, head - at);
        const count = this.#source.readInto(into.subarray(filled, filled + wanted), at - missingHeadLength * next);
        filled += count;
        if (count < wanted) break;
      } else {
        const from = missingHeadLength * next + at - head;
        const bytes = this.#heads.subarray(from, Math.min(missingHeadLength * (next + 1), from + length - filled));
        into.set(bytes, filled);
        filled += bytes.length;
        next++;
      }
    }
    return filled;
  }

  /** Where a head stands. */
  #placeOf(index: number): number {
    return this.#offsets[index]! + missingHeadLength * index;
  }

  /** The first head that ends behind an offset. */
  #firstFrom(offset: number): number {
    let low = 0;
    let high = this.#offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#placeOf(middle) + missingHeadLength <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * Changes the tables to those in which the frames have their heads; frames whose heads are not known are left out. Gives the
 * media that the samples point into then.
 */
export function withHeads(
  tracks: readonly Track[],
  { track: headless, heads, isKnown }: HeadlessTrack,
  source: FileSource,
): RebuiltMedia {
  const known = isKnown.reduce((sum, flag) => sum + flag, 0);
  const headOffsets = new Float64Array(known);
  const knownHeads = new Uint8Array(missingHeadLength * known);
  for (let i = 0, n = 0; i < isKnown.length; i++) {
    if (isKnown[i] === 0) continue;
    headOffsets[n] = headless.samples.offsets.data[i]!;
    knownHeads.set(heads.subarray(missingHeadLength * i, missingHeadLength * (i + 1)), missingHeadLength * n++);
  }
  for (const { samples } of tracks) {
    // Of frames nothing may be left but their head: several then stand at one offset, each behind the heads of those before.
    let own = samples === headless.samples ? 0 : undefined;
    for (let i = 0; i < samples.length; i++) {
      const before = own ?? countTo(headOffsets, samples.offsets.data[i]!);
      samples.offsets.data[i] = samples.offsets.data[i]! + missingHeadLength * before;
      if (own === undefined) continue;
      own += isKnown[i]!;
      samples.sizes.data[i] = samples.sizes.data[i]! + missingHeadLength * isKnown[i]!;
    }
  }
  const { samples } = headless;
  samples.compositionOffsets = undefined;
  if (known < isKnown.length) samples.retain(isKnown);
  return new RebuiltMedia(source, headOffsets, knownHeads);
}

/** Heads that stand before the byte at `offset`, where none of the frames' own begins. */
function countTo(offsets: Float64Array, offset: number): number {
  let low = 0;
  let high = offsets.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (offsets[middle]! <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
