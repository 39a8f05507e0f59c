/**
 * Whether a recording that is not complete was finished already: the MP4 that `repair` or `mp4writer` made of it lies beside
 * it, whole, and holds its media byte for byte. Then nobody has to act on what was kept: what is missing from it was said when
 * it was made. All of the media is compared: a name alone is no witness.
 */
import { FileSource } from '../../io/file-source.ts';
import { pathKind } from '../../io/directory.ts';
import { Pace } from '../../io/pace.ts';
import { heldMedia } from '../../rescue/making/held-media.ts';
import { repairedPath } from '../../rescue/making/result-names.ts';
import type { Target } from './targets.ts';

/** Path of the finished file; undefined where there is none. Throws `interrupted` errors. */
export async function finishedBeside(
  { path, kind }: Target,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const [made, media] = kind === 'staging' ? [path, `${path}.mdat`] : [repairedPath(path), path];
  if (made === media || pathKind(made) !== 'file' || pathKind(media) !== 'file') return undefined;
  const source = new FileSource(media);
  try {
    return (await heldMedia(made, source, new Pace(signal))) === undefined ? undefined : made;
  } finally {
    source.close();
  }
}
