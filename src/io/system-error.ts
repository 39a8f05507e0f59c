/**
 * Turns what the operating system refuses into the errors salvor speaks: which file, what happened, what to do.
 */
import { constants } from 'node:os';
import { SalvorError } from '../media/errors.ts';

/** The system's name of what it refused, e.g. `ENOSPC`. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return undefined;
  if (/^E[A-Z0-9]+$/.test(error.code) || !('errno' in error)) return error.code;
  // Node has no names for some numbers, that of a used-up quota among them.
  const number = -Number(error.errno);
  return Object.entries(constants.errno).find(([, value]) => value === number)?.[0] ?? error.code;
}

/** What the system said, without paths: those that calls are made by are not always those that users know. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  const known = code === undefined ? undefined : (plainReasons[code] ?? outputMessages[code]?.[0]);
  if (known !== undefined) return known;
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof Error && 'syscall' in error ? message.replace(/, \w+( '.*)?$/s, '') : message;
}

/** Whether the system cannot do what was asked at all, on this file system. */
export function isUnsupported(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'EINVAL' || code === 'ENOTSUP' || code === 'EOPNOTSUPP' || code === 'ENOSYS';
}

/** Whether the system does not allow this to this user, or not on this file system. */
export function isNotPermitted(error: unknown): boolean {
  return codeOf(error) === 'EPERM' || isUnsupported(error);
}

/** Whether an error of the file system says that there is no such file. */
export function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  // No file has a name that is too long: asked for are names made of others, with an ending more.
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG';
}

/** Whether an error of the file system says that the name is taken (EEXIST). */
export function alreadyExists(error: unknown): boolean {
  return codeOf(error) === 'EEXIST';
}

/** Whether there is no room: on the disk, in the quota, or by the limit of a file's size. */
export function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(error) ?? '');
}

const inputMessages: Record<string, string> = {
  ENOENT: 'no such file',
  ENOTDIR: 'a part of the path is not a directory',
  EACCES: 'permission to read it is denied',
  EPERM: 'permission to read it is denied',
  EISDIR: 'is a directory, expected a file',
  EIO: 'the disk could not read it (input/output error)',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
};

/** The error for an input that could not be opened or read. */
export function inputError(file: string, error: unknown, offset?: number): SalvorError {
  if (error instanceof SalvorError) return error;
  const code = codeOf(error);
  const message =
    (code === undefined ? undefined : inputMessages[code]) ?? (error instanceof Error ? error.message : String(error));
  return new SalvorError('unreadable', message, { file, cause: error, ...(offset === undefined ? {} : { offset }) });
}

const outputMessages: Record<string, readonly [message: string, advice: string]> = {
  ENOSPC: ['the disk is full', 'free space there or write elsewhere, then run again'],
  EDQUOT: ['the disk quota is used up', 'free space there or write elsewhere, then run again'],
  EFBIG: [
    'the file would be larger than the system allows',
    'raise the file size limit (ulimit -f) or write to another file system',
  ],
  EACCES: ['permission to write there is denied', 'run as the owner of the directory or write elsewhere'],
  EPERM: ['permission to write there is denied', 'run as the owner of the directory or write elsewhere'],
  EROFS: ['the file system is read-only', 'write elsewhere'],
  ENOENT: ['the directory does not exist', 'create it or write elsewhere'],
  ENOTDIR: ['a part of the path is not a directory', 'write elsewhere'],
  EISDIR: ['is a directory', 'remove it or write elsewhere'],
  EIO: ['the disk could not write it (input/output error)', 'write to another disk'],
  ENAMETOOLONG: ['the name is too long', 'give a shorter name'],
  ELOOP: ['too many symbolic links', 'give the path of the file itself'],
};

/** The error for the directory of an output that could not be opened. Nothing has been done yet. */
export function directoryError(target: string, error: unknown): SalvorError {
  if (codeOf(error) !== 'EIO') return outputError(target, error);
  return new SalvorError(
    'output',
    'its directory: the disk could not read it (input/output error); nothing was changed',
    {
      file: target,
      cause: error,
      advice: 'look after the disk',
    },
  );
}

/** The error for an output that could not be written. The caller sees to it that nothing is left behind, and says so. */
export function outputError(file: string, error: unknown): SalvorError {
  if (error instanceof SalvorError) return error;
  const known = outputMessages[codeOf(error) ?? ''];
  return new SalvorError('output', `${known?.[0] ?? reasonOf(error)}; nothing was changed`, {
    file,
    cause: error,
    ...(known === undefined ? {} : { advice: known[1] }),
  });
}

/** What a call failed with where the sentence around it says what the call was for. */
const plainReasons: Record<string, string> = {
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  EBUSY: 'it is in use',
  EIO: 'input/output error',
};

/** The error for a file that is there and may not be replaced. */
export function existsAlready(file: string): SalvorError {
  return new SalvorError('output', 'the file exists already', { file, advice: 'use --force to replace it' });
}

/** The error for a file that is no longer needed but could not be removed. What it was needed for is done. */
export function removalError(file: string, error: unknown): SalvorError {
  return new SalvorError('output', `is no longer needed but could not be removed: ${reasonOf(error)}`, {
    file,
    cause: error,
    advice: 'remove it by hand',
  });
}
