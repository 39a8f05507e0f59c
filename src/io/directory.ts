/** What engines ask of directories: what is there, and removing what is no longer needed. */
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readEntries,
  rmdirSync,
  statSync,
  type DirectoryEntry,
} from './file-system.ts';
import { basename, dirname, join, resolve } from 'node:path';
import type { SalvorError } from '../media/errors.ts';
import { syncDirectory } from './directory-handle.ts';
import { inputError, isMissing, outputError } from './system-error.ts';

/** Names in a directory, sorted; empty if there is no such directory. */
export function listDirectory(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw inputError(directory, error);
  }
}

/** Entries of a directory that are looked at between two steps. */
const entriesAtOnce = 1024;

/**
 * All regular files in a directory and below it, sorted, one after the other; there may be very many, and undefined now and
 * then while they are looked for, so that whoever asks can give way. Links are not followed, and hidden names are passed over.
 * What cannot be looked into is given to `unreadable` and does not keep the rest from being found.
 */
export function* findFiles(
  directory: string,
  unreadable: (error: SalvorError) => void,
): Generator<string | undefined, void> {
  const entries: DirectoryEntry[] = [];
  try {
    for (const entry of readEntries(directory)) {
      if (!entry.name.startsWith('.') && entries.push(entry) % entriesAtOnce === 0) yield undefined;
    }
  } catch (error) {
    unreadable(inputError(directory, error));
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, isDirectory, isFile } of entries) {
    const path = join(directory, name);
    if (isDirectory) yield* findFiles(path, unreadable);
    else if (isFile) yield path;
  }
}

/** What stands at a path; `other` is a device, pipe or socket, and for `entryKind` a symbolic link too. */
export type PathKind = 'file' | 'directory' | 'other';

/** What stands at a path (links are followed), or undefined if nothing does. */
export function pathKind(path: string): PathKind | undefined {
  try {
    const status = statSync(path, { throwIfNoEntry: false });
    if (status === undefined) return undefined;
    return status.isFile() ? 'file' : status.isDirectory() ? 'directory' : 'other';
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw inputError(path, error);
  }
}

/** What stands at a path itself, a link that leads nowhere included; undefined if nothing does. */
export function entryKind(path: string): PathKind | undefined {
  try {
    const status = lstatSync(path, { throwIfNoEntry: false });
    if (status === undefined) return undefined;
    return status.isFile() ? 'file' : status.isDirectory() ? 'directory' : 'other';
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw inputError(path, error);
  }
}

/**
 * Makes a directory, and those it lies in, where there is none, durably. Gives those that were made, the outermost first; if
 * it throws, there are none, or it says that they stay.
 */
export function makeDirectory(path: string): string[] {
  let made: string[] = [];
  try {
    const missing = missingDirectories(resolve(path));
    if (missing.length === 0) return [];
    mkdirSync(missing.at(-1)!, { recursive: true });
    made = missing;
    for (const directory of made) syncDirectory(dirname(directory));
    return made;
  } catch (error) {
    removeEmptyDirectories(made);
    const failure = outputError(path, error);
    if (made.every((directory) => statSync(directory, { throwIfNoEntry: false }) === undefined)) throw failure;
    throw failure.withMessage(failure.message.replace('nothing was changed', 'the directory was made and stays'));
  }
}

/** Directories that are not there, down to `path`, the outermost first. */
function missingDirectories(path: string): string[] {
  const missing: string[] = [];
  for (let at = path; statSync(at, { throwIfNoEntry: false }) === undefined; at = dirname(at)) missing.unshift(at);
  return missing;
}

/** Removes directories that were made in vain, as far as they are empty. `made`: the outermost first. */
export function removeEmptyDirectories(made: readonly string[]): void {
  for (const directory of made.toReversed()) {
    try {
      rmdirSync(directory);
    } catch {
      return; // Something is in it, or the disk takes no changes any more.
    }
  }
}

/** Whether two paths lead to one file (links are followed). */
export function isSameFile(one: string, other: string): boolean {
  try {
    const [a, b] = [statSync(one, { throwIfNoEntry: false }), statSync(other, { throwIfNoEntry: false })];
    return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
  } catch (error) {
    if (isMissing(error)) return false;
    throw inputError(one, error);
  }
}

/** Bytes of a file, or undefined if there is none. */
export function fileSize(path: string): number | undefined {
  try {
    const status = statSync(path, { throwIfNoEntry: false });
    return status?.isFile() ? status.size : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw inputError(path, error);
  }
}

/** How many characters two names begin with in common: parts of one recording share nearly all. */
function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/** Visible files beside `path` whose name matches, those first that share most of the beginning of its name. */
export function filesBeside(path: string, pattern: RegExp): string[] {
  const own = basename(path);
  return listDirectory(dirname(path))
    .filter((name) => name !== own && pattern.test(name) && !name.startsWith('.'))
    .sort((a, b) => commonLength(b, own) - commonLength(a, own))
    .map((name) => join(dirname(path), name));
}
