/**
 * What the paths on the command line mean: files, staging sets by any of their files, everything in a directory. A set of
 * staging files is one recording, however many of its files are named.
 */
import { join } from 'node:path';
import { listDirectory, pathKind, fileSize } from '../../io/directory.ts';
import { SalvorError } from '../../media/errors.ts';
import { recordingCandidates, stagingSuffixes, stripStagingSuffix } from '../../staging/names.ts';

/** Something to look at: a file, standard input (`-`), or the staging set of a recording. */
export interface Target {
  readonly path: string;
  readonly kind: 'file' | 'stdin' | 'staging' | 'missing';
}

/** The targets in the order of the paths, each once. A path that is nothing is a target of kind `missing`. */
export function* findTargets(paths: readonly string[], recursive: boolean): Generator<Target> {
  const seen = new Set<string>();
  for (const path of paths) {
    for (const target of path === '-' ? [{ path, kind: 'stdin' } as const] : targetsOf(path, recursive, 0)) {
      const key = `${target.kind} ${target.path}`;
      if (seen.has(key)) continue;
      seen.add(key);
      yield target;
    }
  }
}

/** Directories deeper than this are somebody's loop. */
const deepest = 64;

function* targetsOf(path: string, recursive: boolean, depth: number): Generator<Target> {
  const kind = pathKind(path);
  if (kind === 'directory') {
    if (!recursive) {
      throw new SalvorError('usage', 'is a directory', { file: path, advice: 'look at all that is in it with -r' });
    }
    if (depth < deepest) for (const name of listDirectory(path)) yield* inDirectory(join(path, name), depth);
    return;
  }
  const set = stagingSetOf(path);
  if (set !== undefined) yield { path: set, kind: 'staging' };
  if (kind !== undefined && set !== path && stripStagingSuffix(path) === path) yield { path, kind: 'file' };
  else if (set === undefined) yield { path, kind: kind === undefined ? 'missing' : 'file' };
}

function* inDirectory(path: string, depth: number): Generator<Target> {
  const kind = pathKind(path);
  if (kind === 'directory') yield* targetsOf(path, true, depth + 1);
  else if (kind === 'file' && looksLikeRecording(path)) yield* targetsOf(path, true, depth);
}

/** In a sweep the names decide what is opened: a directory has other files too. */
function looksLikeRecording(path: string): boolean {
  return /\.(?:mp4|m4v|m4a|mov|flv|f4v|ts|mts|m2ts|m2t|info|mdat|track[12])$/i.test(path);
}

/** The recording whose staging files a path means: any of them, or the name they were recorded under. */
function stagingSetOf(path: string): string | undefined {
  if (stripStagingSuffix(path) === path && fileSize(path) !== undefined) return undefined;
  return recordingCandidates(path).find((recording) =>
    stagingSuffixes.some((suffix) => fileSize(`${recording}${suffix}`) !== undefined),
  );
}
