/**
 * A directory that stays the same one while files in it are made, named and removed, whatever becomes of the path it was
 * opened by: in a directory that others may change, any part of a path can be swapped for a link between two calls. Linux
 * leads to an open directory through its descriptor; elsewhere the path has to do. What the files are is not known here.
 */
import { closeSync, constants, fstatSync, fsync, fsyncSync, openSync, statSync } from './file-system.ts';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isUnsupported } from './system-error.ts';

const fsyncAsync = promisify(fsync);

/** An open directory. Has to be closed. */
export class DirectoryHandle {
  /** The path it was opened by, for messages. */
  readonly path: string;
  readonly #descriptor: number | undefined;
  readonly #base: string;

  /** Throws what the system says where it cannot be opened. */
  constructor(path: string) {
    this.path = path;
    this.#base = path;
    // Windows opens no directories.
    if (process.platform === 'win32') return;
    this.#descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    const through = `/proc/self/fd/${this.#descriptor}`;
    const [own, led] = [fstatSync(this.#descriptor), statSync(`${through}/.`, { throwIfNoEntry: false })];
    if (led !== undefined && led.ino === own.ino && led.dev === own.dev) this.#base = through;
  }

  /** A path of this name in the directory itself, for system calls. */
  at(name: string): string {
    return join(this.#base, name);
  }

  /**
   * Makes the directory's entries (a name given, a removal) survive a power cut. Throws what the system says, except where
   * the file system cannot do that at all.
   */
  sync(): void {
    if (this.#descriptor === undefined) return;
    try {
      fsyncSync(this.#descriptor);
    } catch (error) {
      if (!isUnsupported(error)) throw error;
    }
  }

  /** The same without waiting for the disk in this thread. */
  async syncInBackground(): Promise<void> {
    if (this.#descriptor === undefined) return;
    try {
      await fsyncAsync(this.#descriptor);
    } catch (error) {
      if (!isUnsupported(error)) throw error;
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }
}

/** Makes the entries of a directory survive a power cut. Throws what the system says. */
export function syncDirectory(path: string): void {
  const directory = new DirectoryHandle(path);
  try {
    directory.sync();
  } finally {
    directory.close();
  }
}

/** The same without waiting for the disk in this thread. */
export async function syncDirectoryInBackground(path: string): Promise<void> {
  const directory = new DirectoryHandle(path);
  try {
    await directory.syncInBackground();
  } finally {
    directory.close();
  }
}
