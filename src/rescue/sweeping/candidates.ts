/**
 * What in a tree may be a recording: files by their content or name, and staging sets, whose files are one recording. It
 * decides by beginnings only; whether something is intact is for the one opinion of `probe`.
 */
import { basename, dirname, join, relative } from 'node:path';
import { pathKind } from '../../io/directory.ts';
import { realPathOf } from '../../io/links.ts';
import { fileStateOf, walkDirectories, type FileState, type WalkedDirectory, type WalkOptions } from '../../io/walk.ts';
import { SalvorError } from '../../media/errors.ts';
import { stagingSuffixes, stripStagingSuffix } from '../../staging/names.ts';

/** Something to look at. */
export interface Candidate {
  /** Path of the file, or of the recording that a staging set is of (`rec.mp4`). */
  readonly path: string;
  /** The same in its directory without links, absolute: it is one however the directory was named. */
  readonly realPath: string;
  readonly kind: 'file' | 'staging';
  /** The file, or the files of the set. */
  readonly files: readonly FileState[];
  /** Its path below the directory it was found in: the same wherever the tree is mounted. */
  readonly place: string;
}

/** How candidates are looked for. */
export interface SearchOptions extends WalkOptions {
  /** Gets each directory before what is in it, with the names of the temporary files there. */
  readonly entered?: (directory: WalkedDirectory) => void;
}

/** All candidates in directories, and files that are named; undefined now and then, so that whoever asks can give way. */
export function* findCandidates(
  roots: readonly string[],
  options: SearchOptions,
): Generator<Candidate | undefined, void> {
  // One tree has nothing twice, and may have very much.
  const seen = roots.length > 1 ? new Set<string>() : undefined;
  for (const root of roots) {
    for (const candidate of candidatesOf(root, options)) {
      if (candidate === undefined) {
        yield undefined;
        continue;
      }
      const { kind, realPath } = candidate;
      if (seen === undefined || seen.size < seen.add(`${kind} ${realPath}`).size) yield candidate;
    }
  }
}

/** The candidate of that kind at a path, as it is now; undefined where there is none. `place`: its path below its root. */
export function candidateAt(path: string, kind: Candidate['kind'], place: string): Candidate | undefined {
  const paths = kind === 'file' ? [path] : stagingSuffixes.map((suffix) => `${path}${suffix}`);
  const files = paths.flatMap((each) => fileStateOf(each) ?? []);
  return files.length === 0
    ? undefined
    : { path, realPath: realIn(realPathOf(dirname(path)), path), kind, files, place };
}

/** Bytes of all files of a candidate. */
export function bytesOf({ files }: Candidate): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** When one of its files was written to last, in milliseconds. */
export function lastWritten({ files }: Candidate): number {
  return Math.max(...files.map(({ mtimeMs }) => mtimeMs));
}

/** Whether it was written to within so many seconds: it may go on. */
export function isYoungerThan(candidate: Candidate, seconds: number): boolean {
  // A clock that was wrong must not keep a file young for ever.
  return Math.abs(Date.now() - lastWritten(candidate)) < seconds * 1000;
}

function realIn(realDirectory: string, path: string): string {
  return join(realDirectory, basename(path));
}

function* candidatesOf(root: string, options: SearchOptions): Generator<Candidate | undefined, void> {
  let standing: 'directory' | readonly FileState[];
  try {
    standing = standingAt(root);
  } catch (error) {
    if (!(error instanceof SalvorError)) throw error;
    options.unreadable(error);
    return;
  }
  if (standing !== 'directory') {
    yield* grouped(standing, dirname(root), realPathOf(dirname(root)));
    return;
  }
  for (const directory of walkDirectories(root, options)) {
    if (directory === undefined) {
      yield undefined;
      continue;
    }
    options.entered?.(directory);
    yield* grouped(directory.files, root, realPathOf(directory.path));
  }
}

/** A directory, or the file and those that are of one recording with it. Throws `unreadable` errors. */
function standingAt(root: string): 'directory' | readonly FileState[] {
  if (pathKind(root) === 'directory') return 'directory';
  const recording = stripStagingSuffix(root);
  const paths = recording === root ? [root] : stagingSuffixes.map((suffix) => `${recording}${suffix}`);
  const files = paths.flatMap((path) => fileStateOf(path) ?? []);
  if (files.length > 0) return files;
  throw new SalvorError('unreadable', 'no such file or directory', { file: root });
}

/** Files of a directory; those of a staging set together. */
function* grouped(files: readonly FileState[], root: string, real: string): Generator<Candidate, void> {
  const sets = new Map<string, FileState[]>();
  for (const file of files) {
    const recording = stripStagingSuffix(file.path);
    if (recording === file.path) continue;
    const set = sets.get(recording);
    if (set === undefined) sets.set(recording, [file]);
    else set.push(file);
  }
  for (const file of files) {
    const recording = stripStagingSuffix(file.path);
    const set = sets.get(recording);
    const found = (path: string): Pick<Candidate, 'path' | 'realPath' | 'place'> => {
      return { path, realPath: realIn(real, path), place: relative(root, path) };
    };
    const isOfSet = set !== undefined && isSet(set);
    // A lone `.info` is anybody's, and keeps what it is named after from nothing.
    if (!isOfSet && recording === file.path) yield { ...found(file.path), kind: 'file', files: [file] };
    else if (isOfSet && set[0] === file) yield { ...found(recording), kind: 'staging', files: set };
  }
}

/** A lone `.info` is anybody's, and without media there is nothing to finish. */
function isSet(files: readonly FileState[]): boolean {
  return files.length > 1 || files.some(({ path }) => basename(path).endsWith('.mdat'));
}
