/**
 * Where symbolic links lead, as far as they are followed. In a directory that others may write to, a link can lead whoever
 * writes there to any file: it is followed only where the one who made it could have changed that file himself.
 */
import { lstatSync, readlinkSync, realpathSync, statSync, type Stats } from './file-system.ts';
import { basename, dirname, join, resolve } from 'node:path';
import { SalvorError } from '../media/errors.ts';
import { outputError } from './system-error.ts';

/** As many links one behind the other as Linux follows. */
const maxLinks = 40;

/**
 * The path a target stands for: one that is a link stays one, and what it leads to is replaced. `mayReplace`: whether that may
 * be. Throws `output` errors where it leads to nothing, or to what is not its owner's.
 */
export function throughLinks(target: string, mayReplace?: (path: string) => boolean): string {
  try {
    let path = target;
    const owners: number[] = [];
    for (let link = lstat(path); link?.isSymbolicLink(); link = lstat(path)) {
      if (owners.length === maxLinks) throw new SalvorError('output', 'too many symbolic links', { file: target });
      owners.push(link.uid);
      // From where the link lies: `..` in it is meant from there, whatever links lead to it.
      path = resolve(realpathSync(dirname(path)), readlinkSync(path));
    }
    if (owners.length === 0) return target;
    const file = statSync(path, { throwIfNoEntry: false });
    if (file === undefined) {
      throw new SalvorError('output', 'the target is a symbolic link to something that does not exist', {
        file: target,
        advice: 'remove the link or give another name',
      });
    }
    const trusted = new Set([file.uid, process.geteuid?.(), 0]);
    if (owners.some((owner) => !trusted.has(owner))) {
      throw refused(target, path, 'a symbolic link to a file of somebody else');
    }
    if (mayReplace?.(path) === false) throw refused(target, path, 'a symbolic link to a file that is no MP4');
    return join(realpathSync(dirname(path)), basename(path));
  } catch (error) {
    throw outputError(target, error);
  }
}

/**
 * The path without links, absolute: two names of one file give one path. Of what does not exist it is where it would be made.
 */
export function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const whole = resolve(path);
    const directory = dirname(whole);
    return directory === whole ? whole : join(realPathOf(directory), basename(whole));
  }
}

/**
 * Refuses a file that is to be changed where it lies, and then renamed, if other names lead to it: they would lead to
 * something else. Throws an `unrecoverable` error.
 */
export function requireSoleName(path: string): void {
  const status = lstat(path);
  if (status?.isFile() === true && status.nlink === 1) return;
  const what = status?.isFile() === true ? 'has another name (a hard link)' : 'is a symbolic link';
  throw new SalvorError('unrecoverable', `${what}, and would be changed under both; nothing was changed`, {
    file: path,
    advice: 'remove the other name, or run without --in-place',
  });
}

function lstat(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function refused(target: string, path: string, what: string): SalvorError {
  return new SalvorError('output', `the target is ${what}, ${path}; nothing was changed`, {
    file: target,
    advice: 'remove the link or give another name',
  });
}
