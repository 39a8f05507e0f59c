/**
 * Puts a finished file in the place of the one it was made from. The original goes aside first, under another name on the same
 * file system: at no moment is there a name without a whole file. What the files hold is not known here.
 */
import { basename, dirname } from 'node:path';
import { SalvorError } from '../media/errors.ts';
import { isSameFile, makeDirectory } from './directory.ts';
import { syncDirectory } from './directory-handle.ts';
import { linkSync, lstatSync, renameSync } from './file-system.ts';
import { alreadyExists, outputError, reasonOf } from './system-error.ts';
import type { FileState } from './walk.ts';

/** Throws a `busy` error where a path no longer leads to the file that was seen, as it was seen. */
export function requireUnchanged({ path, bytes, mtimeMs, inode }: FileState): void {
  const now = lstatSync(path, { throwIfNoEntry: false });
  if (now?.isFile() === true && now.size === bytes && now.mtimeMs === mtimeMs && now.ino === inode) return;
  throw new SalvorError('busy', 'has changed meanwhile; it was left as it is', { file: path });
}

/** Gives files a second name each, durably; directories are made where there are none. Throws with nothing changed but new names. */
export function keepUnder(files: readonly { readonly from: string; readonly to: string }[]): void {
  for (const { from, to } of files) {
    makeDirectory(dirname(to));
    try {
      linkSync(from, to);
    } catch (error) {
      if (alreadyExists(error)) {
        // A run that was killed had got as far as this.
        if (isSameFile(from, to)) continue;
        throw new SalvorError('output', 'the file exists already; the original was left where it is', {
          file: to,
          cause: error,
          advice: 'give another directory to --keep',
        });
      }
      throw new SalvorError(
        'output',
        `the original cannot be kept there: ${reasonOf(error)}; it was left where it is`,
        {
          file: to,
          cause: error,
          advice: 'give a directory on the same file system to --keep',
        },
      );
    }
  }
  for (const directory of new Set(files.map(({ to }) => dirname(to)))) syncDirectory(directory);
}

/** Renames `result` to `target`, replacing what has that name, durably. Throws an `output` error. */
export function takePlace(result: string, target: string): void {
  try {
    renameSync(result, target);
    syncDirectory(dirname(target));
  } catch (error) {
    throw outputError(target, error);
  }
}

/** Gives a file its name in the same directory, durably; a file of that name is replaced. Throws an `output` error that says under which name it is. */
export function giveName(path: string, name: string): void {
  try {
    renameSync(path, name);
  } catch (error) {
    throw new SalvorError(
      'output',
      `is complete as ${basename(path)}, but could not get its name: ${reasonOf(error)}`,
      {
        file: name,
        cause: error,
        advice: 'run the same again when that is put right',
      },
    );
  }
  try {
    syncDirectory(dirname(name));
  } catch (error) {
    throw new SalvorError(
      'output',
      `is complete and in place, but its name could not be brought to the disk (${reasonOf(error)}): a power cut may give it the name ${basename(path)} again`,
      { file: name, cause: error, advice: 'look after the disk, and run the same again' },
    );
  }
}
