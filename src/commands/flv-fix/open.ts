/** What of a directory is an FLV that is to be fixed. */
import { openMarkedFlv } from '../../flv/opening.ts';
import { FileSource } from '../../io/file-source.ts';
import { SalvorError } from '../../media/errors.ts';

/**
 * Whether a file found in a directory is to be repaired: its content says so, or its name where the beginning is gone. What
 * `--backup` kept is not; and a file that cannot be read is told of if its name says that it is one.
 */
export function isFlv(path: string): boolean {
  if (path.endsWith(backupEnding)) return false;
  const isNamed = /\.flv$/i.test(path);
  try {
    const source = new FileSource(path);
    try {
      return openMarkedFlv(source) !== undefined || (isNamed && source.size > 0);
    } finally {
      source.close();
    }
  } catch (error) {
    if (error instanceof SalvorError) return isNamed;
    throw error;
  }
}

/** What is behind the name of a file as it was before it was repaired. */
export const backupEnding = '.bak';
