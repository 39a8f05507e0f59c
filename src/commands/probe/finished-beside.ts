/**
 * Whether a recording that is not complete was finished already: what `repair`, `mp4writer`, `flv-fix` or `ts-fix` made of it
 * lies beside it. Then nobody has to act on what was kept: what is missing from it was said when it was made. All of the media
 * is compared: a name alone is no witness.
 */
import { pathKind } from '../../io/directory.ts';
import { FileSource } from '../../io/file-source.ts';
import { Pace } from '../../io/pace.ts';
import { zeroTailStart } from '../../io/zero-tail.ts';
import { SalvorError } from '../../media/errors.ts';
import type { ProbedRecording } from '../../media/probed-recording.ts';
import { isFixedFlv } from '../../rescue/flv/made-already.ts';
import { heldMedia } from '../../rescue/making/held-media.ts';
import { fixedPath, repairedPath } from '../../rescue/making/result-names.ts';
import { isFixedTs } from '../../rescue/mpegts/made-already.ts';
import type { Target } from './targets.ts';

/** Path of the finished file; undefined where there is none. Throws `interrupted` errors. */
export async function finishedBeside(
  { path, kind }: Target,
  { container, health }: Pick<ProbedRecording, 'container' | 'health'>,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const pace = new Pace(signal);
  const isMovie: Witness = (made, media) => isFinishedMovie(made, media, pace);
  if (kind === 'staging') return firstThatIs([path], `${path}.mdat`, isMovie);
  if (kind !== 'file') return undefined;
  if (container !== 'flv' && container !== 'mpegts') return firstThatIs([repairedPath(path)], path, isMovie);
  // Finished is what the advice, followed, makes of it.
  const words = health.advice[0]?.words;
  if (words === undefined) return undefined;
  const isFixed = container === 'flv' ? isFixedFlv : isFixedTs;
  const names = new Set([fixedPath(path), fixedPath(path, '.ts')]);
  return firstThatIs(names, path, (made, recording) => isFixed(made, recording, words, pace));
}

/** Whether the one file was made of the other. */
type Witness = (made: FileSource, original: FileSource) => Promise<boolean>;

/** The first of some names of results that is one of the original. */
async function firstThatIs(names: Iterable<string>, original: string, isMadeOf: Witness): Promise<string | undefined> {
  for (const name of names) {
    if (name === original || pathKind(name) !== 'file' || pathKind(original) !== 'file') continue;
    const sources: FileSource[] = [];
    try {
      for (const path of [name, original]) sources.push(new FileSource(path));
      if (await isMadeOf(sources[0]!, sources[1]!)) return name;
    } catch (error) {
      // What cannot be read, or repaired, is no witness.
      if (!(error instanceof SalvorError) || error.kind === 'interrupted') throw error;
    } finally {
      for (const source of sources) source.close();
    }
  }
  return undefined;
}

/**
 * Whether an MP4 holds the media of a file as it is now. One that holds only the beginning is one of an earlier state, unless
 * nothing was changed since it was made: then what is behind could not be kept.
 */
async function isFinishedMovie(made: FileSource, media: FileSource, pace: Pace): Promise<boolean> {
  const held = await heldMedia(made.path, media, pace);
  return held !== undefined && (held.end >= zeroTailStart(media) || made.changed >= media.changed);
}
