/**
 * Removes files that were read and are no longer needed: only the very files that were read, never others that have taken
 * their names meanwhile. Why they are no longer needed is not known here.
 */
import { renameSync, unlinkSync } from './file-system.ts';
import { dirname } from 'node:path';
import { SalvorError } from '../media/errors.ts';
import { syncDirectory } from './directory-handle.ts';
import type { FileSource } from './file-source.ts';
import { isMissing, reasonOf, removalError } from './system-error.ts';

/** Whether the path of an open file still leads to it (links are followed), with the bytes that were read. */
export function isStillThere(source: FileSource): boolean {
  try {
    return source.isAt(source.path) && !source.hasChanged();
  } catch (error) {
    if (isMissing(error)) return false;
    throw removalError(source.path, error);
  }
}

/**
 * Removes open files one after the other, in the order given, each only if its path still leads to it; what was put in its
 * place stays. Throws an `output` error at the first that cannot be removed.
 */
export function removeRead(sources: Iterable<FileSource>): void {
  for (const source of sources) if (isStillThere(source)) removeFile(source.path);
}

/** Removes a file; one that is gone already is no failure. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isMissing(error)) throw removalError(path, error);
  }
}

/** Gives a file that is no longer needed another name in the same directory, durably. */
export function setAside(path: string, aside: string): void {
  try {
    renameSync(path, aside);
  } catch (error) {
    throw removalError(path, error);
  }
  syncRemovals(dirname(path));
}

/** Makes what was removed or renamed in a directory survive a power cut. Throws an `output` error where that fails. */
export function syncRemovals(directory: string): void {
  try {
    syncDirectory(directory);
  } catch (error) {
    throw new SalvorError(
      'output',
      `that files were removed from it could not be brought to the disk (${reasonOf(error)}): a power cut may bring them back`,
      { file: directory, cause: error, advice: 'look after the disk, and run the same again' },
    );
  }
}
