/**
 * Media with the heads put back that its frames lack: the sample tables as they are then, and the bytes, in a temporary file
 * beside the output. It knows no codec.
 */
import { AtomicOutput } from '../../io/atomic-output.ts';
import { FileSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import type { Track } from '../../media/track.ts';
import { missingHeadLength, type HeadlessTrack } from '../../rescue/headless-frames.ts';

/** The media as it was between two offsets, behind a head. */
interface Insertion {
  /** Offset of the sample in the damaged file. */
  readonly offsets: Float64Array;
  readonly heads: Uint8Array;
}

/** Tracks whose samples point into the rebuilt media. */
export interface RebuiltMedia {
  readonly tracks: readonly Track[];
  readonly insertion: Insertion;
}

/** Tables in which the frames have their heads; frames whose heads are not known are left out. Changes them. */
export function withHeads(tracks: readonly Track[], { track: headless, heads, isKnown }: HeadlessTrack): RebuiltMedia {
  const known = isKnown.reduce((sum, flag) => sum + flag, 0);
  const insertion = { offsets: new Float64Array(known), heads: new Uint8Array(missingHeadLength * known) };
  for (let i = 0, n = 0; i < isKnown.length; i++) {
    if (isKnown[i] === 0) continue;
    insertion.offsets[n] = headless.samples.offsets.data[i]!;
    insertion.heads.set(heads.subarray(missingHeadLength * i, missingHeadLength * (i + 1)), missingHeadLength * n++);
  }
  for (const { samples } of tracks) {
    // Of frames nothing may be left but their head: several then stand at one offset, each behind the heads of those before.
    let own = samples === headless.samples ? 0 : undefined;
    for (let i = 0; i < samples.length; i++) {
      const before = own ?? countTo(insertion.offsets, samples.offsets.data[i]!);
      samples.offsets.data[i] = samples.offsets.data[i]! + missingHeadLength * before;
      if (own === undefined) continue;
      own += isKnown[i]!;
      samples.sizes.data[i] = samples.sizes.data[i]! + missingHeadLength * isKnown[i]!;
    }
  }
  const { samples } = headless;
  samples.compositionOffsets = undefined;
  if (known < isKnown.length) samples.retain(isKnown);
  return { tracks, insertion };
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

const blockLength = 1024 * 1024;

/** Writes the media with its heads into a temporary file. `target`: the file it is beside. */
export async function writeRebuilt(
  source: FileSource,
  { insertion }: RebuiltMedia,
  target: string,
  pace: Pace,
): Promise<{ readonly media: FileSource; dispose(): void }> {
  const output = new AtomicOutput(`${target}.media`, { replace: false });
  try {
    let written = 0;
    let at = 0;
    const take = async (to: number): Promise<void> => {
      while (at < to) {
        if (pace.isDue) await pace.turn();
        const bytes = source.read(at, Math.min(blockLength, to - at));
        if (bytes.length === 0) return;
        output.write(bytes, written);
        at += bytes.length;
        written += bytes.length;
      }
    };
    for (const [n, offset] of insertion.offsets.entries()) {
      await take(offset);
      output.write(insertion.heads.subarray(missingHeadLength * n, missingHeadLength * (n + 1)), written);
      written += missingHeadLength;
    }
    await take(source.size);
    const media = new FileSource(output.temporaryPath);
    return {
      media,
      dispose() {
        media.close();
        output.discard();
      },
    };
  } catch (error) {
    output.discard();
    throw error;
  }
}
