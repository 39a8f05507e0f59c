/**
 * Whether a recording that is not complete was finished already: the MP4 that `repair` or `mp4writer` made of it lies beside
 * it, whole, and holds its media byte for byte. Then nobody has to act on what was kept. All of the media is compared: a name
 * alone is no witness.
 */
import { FileSource } from '../../io/file-source.ts';
import { pathKind } from '../../io/directory.ts';
import { Pace } from '../../io/pace.ts';
import { heldMedia } from '../../rescue/making/held-media.ts';
import { repairedPath } from '../../rescue/making/result-names.ts';
import { readMediaFileHeader } from '../../staging/media-file.ts';
import { unindexedRanges } from '../../staging/unindexed-ranges.ts';
import type { Target } from './targets.ts';

/** Path of the finished file; undefined where there is none. Throws `interrupted` errors. */
export async function finishedBeside(
  { path, kind }: Target,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const isSet = kind === 'staging';
  const [made, media] = isSet ? [path, `${path}.mdat`] : [repairedPath(path), path];
  if (made === media || pathKind(made) !== 'file' || pathKind(media) !== 'file') return undefined;
  const source = new FileSource(media);
  try {
    const pace = new Pace(signal);
    const held = await heldMedia(made, source, pace);
    if (held === undefined) return undefined;
    if (!isSet) return made;
    // Of a set all of the media has to be in it: a plain run makes an MP4 of what the index tells of.
    const header = readMediaFileHeader(source);
    const start = 'fault' in header ? 0 : header.sizeFieldOffset + 8;
    return (await pace.through(unindexedRanges(held.tracks, start, source.size, 1))).length === 0 ? made : undefined;
  } finally {
    source.close();
  }
}
