/**
 * Temporary files of killed runs, whatever they were to become, for those who look through whole directories: a run clears up
 * beside its own target only (run-mark.ts), and for what is done already no run begins. What the files hold is not known here.
 */
import { DirectoryHandle } from './directory-handle.ts';
import { lstatSync, readdirSync, unlinkSync } from './file-system.ts';
import { isSame } from './run-file.ts';
import { isAbandoned, isTemporaryName, runFilePrefix, temporaryPrefix } from './run-mark.ts';

/**
 * Removes from a directory what killed runs have left there. What may belong to a living one, here or elsewhere, and what may be
 * the only copy of something stays; so does, for the next time, what cannot be removed. `temporaries`: its temporary names,
 * where they are known.
 */
export function clearAbandoned(path: string, temporaries?: readonly string[]): void {
  if (temporaries?.length === 0) return;
  try {
    const directory = new DirectoryHandle(path);
    try {
      const names = temporaries ?? readdirSync(directory.at('.')).filter(isTemporaryName);
      for (const name of names) removeAbandoned(directory, name);
    } finally {
      directory.close();
    }
  } catch {
    // There is no such directory, or it cannot be read: whoever looks for recordings in it will say so.
  }
}

function removeAbandoned(directory: DirectoryHandle, name: string): void {
  try {
    // A run whose file has its name was done with it, wherever it was.
    if (isAbandoned(directory, name) || isNamedToo(directory, name)) unlinkSync(directory.at(name));
  } catch {
    // The directory takes no changes, or another process was quicker.
  }
}

/** Whether a temporary file has the name in the directory, too, that it was to get. */
function isNamedToo(directory: DirectoryHandle, name: string): boolean {
  const prefix = runFilePrefix(name);
  const status = lstatSync(directory.at(name), { throwIfNoEntry: false });
  if (prefix === undefined || status?.isFile() !== true || status.nlink < 2) return false;
  return readdirSync(directory.at('.')).some((other) => {
    if (other.startsWith('.') || temporaryPrefix(other) !== prefix) return false;
    const named = lstatSync(directory.at(other), { throwIfNoEntry: false });
    return named !== undefined && isSame(named, status);
  });
}
