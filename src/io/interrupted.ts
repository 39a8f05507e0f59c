/**
 * Outputs that have no other copy (what came from a pipe) and whose run was killed: they lie under a temporary name that tells
 * so, where no later run removes them and nobody finds them. Here they get a name that is seen. What they hold is not known
 * here.
 */
import { extname, join } from 'node:path';
import { DirectoryHandle } from './directory-handle.ts';
import { linkSync, lstatSync, readdirSync, renameSync, unlinkSync } from './file-system.ts';
import { interruptedTarget } from './run-mark.ts';
import { alreadyExists, isMissing, outputError } from './system-error.ts';

/** A file that got a name that is seen. */
export interface Interrupted {
  readonly path: string;
  readonly bytes: number;
  /** The name it was to have, as far as the temporary name tells. */
  readonly target: string;
}

/**
 * Names what killed runs left in a directory: `NAME.interrupted.EXT`, with a number where that is taken. Where the directory
 * takes no changes it stays as it is; the run at hand will say so.
 */
export function nameInterrupted(path: string): Interrupted[] {
  let directory: DirectoryHandle;
  try {
    directory = new DirectoryHandle(path);
  } catch (error) {
    throw outputError(path, error);
  }
  const named: Interrupted[] = [];
  try {
    for (const name of readdirSync(directory.at('.'))) {
      const target = interruptedTarget(directory, name);
      if (target === undefined) continue;
      const { size, nlink } = lstatSync(directory.at(name));
      // It is empty, or had been given its name already.
      if (size === 0 || nlink > 1) unlinkSync(directory.at(name));
      else named.push({ path: join(path, rename(directory, name, target)), bytes: size, target });
    }
    if (named.length > 0) directory.sync();
    return named;
  } catch (error) {
    // Another run was quicker, or nothing can be changed here.
    if (isMissing(error)) return named;
    throw outputError(path, error);
  } finally {
    directory.close();
  }
}

/** Gives a file the first free of its names that are seen; gives that. */
function rename(directory: DirectoryHandle, name: string, target: string): string {
  const extension = extname(target);
  const stem = `${target.slice(0, target.length - extension.length)}.interrupted`;
  for (let number = 0; ; number++) {
    const next = `${stem}${number === 0 ? '' : `-${number}`}${extension}`;
    try {
      linkSync(directory.at(name), directory.at(next));
    } catch (error) {
      if (alreadyExists(error)) continue;
      if (isMissing(error)) throw error;
      // No hard links here.
      renameSync(directory.at(name), directory.at(next));
      return next;
    }
    unlinkSync(directory.at(name));
    return next;
  }
}
