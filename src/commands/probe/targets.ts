/**
 * What the paths on the command line mean: files, staging sets by any of their files, everything in a directory. A set of
 * staging files is one recording, however many of its files are named.
 */
import { standardInputName, standardInputPath } from '../../io/byte-stream.ts';
import { fileSize, findFiles, pathKind } from '../../io/directory.ts';
import { SalvorError } from '../../media/errors.ts';
import { looksLikeRecording } from '../../rescue/looks-like-recording.ts';
import { recordingCandidates, stagingSuffixes, stripStagingSuffix } from '../../staging/names.ts';

/** Something to look at: a file, standard input (`-`), or the staging set of a recording. */
export interface Target {
  readonly path: string;
  readonly kind: 'file' | 'stdin' | 'staging' | 'missing';
}

const standardInput: Target = { path: standardInputName, kind: 'stdin' };

/**
 * The targets in the order of the paths, each once; undefined for each file that was passed over, so that whoever asks can
 * give way meanwhile. A path that is nothing is a target of kind `missing`. `unreadable`: told of directories.
 */
export function* findTargets(
  paths: readonly string[],
  recursive: boolean,
  unreadable: (error: SalvorError) => void,
): Generator<Target | undefined, void> {
  const seen = new Set<string>();
  for (const path of paths) {
    for (const target of path === standardInputPath ? [standardInput] : targetsOf(path, recursive, unreadable)) {
      if (target === undefined) {
        yield undefined;
        continue;
      }
      const key = `${target.kind} ${target.path}`;
      if (seen.has(key)) continue;
      seen.add(key);
      yield target;
    }
  }
}

function* targetsOf(
  path: string,
  recursive: boolean,
  unreadable: (error: SalvorError) => void,
): Generator<Target | undefined, void> {
  const kind = pathKind(path);
  if (kind === 'directory') {
    if (!recursive) {
      throw new SalvorError('usage', 'is a directory', { file: path, advice: 'look at all that is in it with -r' });
    }
    for (const file of findFiles(path, unreadable)) {
      if (file !== undefined && looksLikeRecording(file)) yield* targetsOf(file, true, unreadable);
      else yield undefined;
    }
    return;
  }
  const set = stagingSetOf(path);
  if (set !== undefined) yield { path: set, kind: 'staging' };
  if (kind !== undefined && set !== path && stripStagingSuffix(path) === path) yield { path, kind: 'file' };
  else if (set === undefined) yield { path, kind: kind === undefined ? 'missing' : 'file' };
}

/** The recording whose staging files a path means: any of them, or the name they were recorded under. */
function stagingSetOf(path: string): string | undefined {
  if (stripStagingSuffix(path) === path && fileSize(path) !== undefined) return undefined;
  return recordingCandidates(path).find((recording) =>
    stagingSuffixes.some((suffix) => fileSize(`${recording}${suffix}`) !== undefined),
  );
}
