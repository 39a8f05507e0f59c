/** How much room a file system has, so that nobody fills it unawares. */
import { dirname } from 'node:path';
import { statfsSync } from './file-system.ts';
import { inputError, isMissing } from './system-error.ts';

/** Bytes of a file system. */
export interface Room {
  readonly bytes: number;
  /** What this user may still write. */
  readonly free: number;
}

/** The room of the file system in which a path lies or would lie. */
export function roomAt(path: string): Room {
  try {
    const { bsize, blocks, bavail } = statfsSync(path);
    return { bytes: bsize * blocks, free: bsize * bavail };
  } catch (error) {
    const above = dirname(path);
    if (isMissing(error) && above !== path) return roomAt(above);
    throw inputError(path, error);
  }
}
