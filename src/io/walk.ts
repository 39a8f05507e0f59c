/**
 * Walks directory trees, directory by directory, for work on all that is in them: each regular file with what tells whether it
 * has changed. Links are not followed, and hidden names are passed over. What the files are is not known here.
 */
import { join } from 'node:path';
import type { SalvorError } from '../media/errors.ts';
import { lstatSync, readEntries, statSync, type Stats } from './file-system.ts';
import { isTemporaryName } from './run-mark.ts';
import { inputError, isMissing } from './system-error.ts';

/** A regular file as it stood when it was looked at. */
export interface FileState {
  readonly path: string;
  readonly bytes: number;
  readonly mtimeMs: number;
  readonly inode: number;
}

/** A directory, with its regular files sorted by name. */
export interface WalkedDirectory {
  readonly path: string;
  readonly files: readonly FileState[];
  /** Names of temporary files of runs (run-mark.ts), whether those go on or not. */
  readonly temporaries: readonly string[];
}

/** How a tree is walked. */
export interface WalkOptions {
  /** Whether directories on other file systems than the first are passed over. */
  readonly oneFileSystem: boolean;
  /** Gets what cannot be looked into; it does not keep the rest from being found. */
  readonly unreadable: (error: SalvorError) => void;
}

/** Entries that are looked at between two steps. */
const entriesAtOnce = 256;

/** The state of the file at a path (links are followed); undefined where there is none. */
export function fileStateOf(path: string): FileState | undefined {
  try {
    const status = statSync(path, { throwIfNoEntry: false });
    return status?.isFile() === true ? stateOf(path, status) : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw inputError(path, error);
  }
}

function stateOf(path: string, { size, mtimeMs, ino }: Stats): FileState {
  return { path, bytes: size, mtimeMs, inode: ino };
}

/**
 * The directories of a tree, each before those in it; undefined now and then while entries are looked at, so that whoever asks
 * can give way.
 */
export function* walkDirectories(root: string, options: WalkOptions): Generator<WalkedDirectory | undefined, void> {
  const device = options.oneFileSystem ? deviceOf(root, options) : undefined;
  yield* walk(root, options, device, options.unreadable);
}

/** `refused`: gets what keeps the directory itself from being looked into. */
function* walk(
  root: string,
  options: WalkOptions,
  device: number | undefined,
  refused: (error: SalvorError) => void,
): Generator<WalkedDirectory | undefined, void> {
  const files: FileState[] = [];
  const directories: string[] = [];
  const temporaries: string[] = [];
  let looked = 0;
  try {
    for (const { name, isFile, isDirectory } of readEntries(root)) {
      if (++looked % entriesAtOnce === 0) yield undefined;
      if (isTemporaryName(name)) temporaries.push(name);
      if (name.startsWith('.')) continue;
      const path = join(root, name);
      if (isDirectory) directories.push(path);
      const file = isFile ? fileAt(path, options) : undefined;
      if (file !== undefined) files.push(file);
    }
  } catch (error) {
    refused(inputError(root, error));
    return;
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  yield { path: root, files, temporaries };
  // What has been removed meanwhile is not missed.
  const unlessGone = (error: SalvorError): void => void (isMissing(error.cause) || options.unreadable(error));
  for (const path of directories.toSorted()) {
    if (device === undefined || deviceOf(path, options) === device) yield* walk(path, options, device, unlessGone);
  }
}

/** An entry that the disk cannot read keeps none of the others from being found. */
function fileAt(path: string, { unreadable }: WalkOptions): FileState | undefined {
  try {
    const status = lstatSync(path, { throwIfNoEntry: false });
    return status?.isFile() === true ? stateOf(path, status) : undefined;
  } catch (error) {
    if (!isMissing(error)) unreadable(inputError(path, error));
    return undefined;
  }
}

function deviceOf(path: string, { unreadable }: WalkOptions): number | undefined {
  try {
    return statSync(path).dev;
  } catch (error) {
    if (!isMissing(error)) unreadable(inputError(path, error));
    return undefined;
  }
}
