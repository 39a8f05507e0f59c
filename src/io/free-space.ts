/** How much room a file system has, so that nobody fills it unawares. */
import { dirname } from 'node:path';
import { statfsSync } from './file-system.ts';
import { inputError, isMissing } from './system-error.ts';

/** Bytes of a file system. */
export interface Room {
  readonly bytes: number;
  /** What this user may still write. */
  readonly free: number;
  /** The same where what is kept for root counts, if this is root. */
  readonly last: number;
}

/** The room of the file system in which a path lies or would lie. */
export function roomAt(path: string): Room {
  try {
    const { bsize, blocks, bavail, bfree } = statfsSync(path);
    const isRoot = process.geteuid?.() === 0;
    return { bytes: bsize * blocks, free: bsize * bavail, last: bsize * (isRoot ? bfree : bavail) };
  } catch (error) {
    const above = dirname(path);
    if (isMissing(error) && above !== path) return roomAt(above);
    throw inputError(path, error);
  }
}
