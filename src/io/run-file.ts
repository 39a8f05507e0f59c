/**
 * The temporary file of a run beside its target, which is the lock against other runs on it (run-mark.ts). It is named, changed
 * and removed only while it is the file that was made: others may write to the directory, too. What it holds is not known here.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  futimesSync,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  unlinkSync,
  type Stats,
} from './file-system.ts';
import { SalvorError } from '../media/errors.ts';
import type { DirectoryHandle } from './directory-handle.ts';
import { clearLeavings, temporaryName } from './run-mark.ts';
import { alreadyExists, outputError, reasonOf } from './system-error.ts';

/** Runs on other machines see by this, in milliseconds, that a run goes on, however long it reads or waits for the disk. */
const touchEvery = 20_000;

/** Whether two statuses are of one file. */
export function isSame(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

/** Which file a run is on. */
export interface RunTarget {
  readonly directory: DirectoryHandle;
  /** Its name in that directory. */
  readonly name: string;
  /** What the run writes is nowhere else. */
  readonly isOnlyCopy?: boolean;
  /** What messages call it. */
  readonly path: string;
}

/** An open temporary file, touched now and then so that other runs see that its writer lives. */
export class RunFile {
  readonly name: string;
  readonly descriptor: number;
  readonly #target: RunTarget;
  readonly #own: Stats;
  readonly #touching: NodeJS.Timeout;
  #open = true;

  /** Creates it with this mode. `temporaries`: the temporary names in the directory, where they are known. Throws `busy` where another run is on the same target, and `output` errors. */
  constructor(target: RunTarget, mode: number, temporaries?: readonly string[]) {
    this.#target = target;
    this.name = temporaryName(target.name, target.isOnlyCopy ?? false);
    const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;
    const path = target.directory.at(this.name);
    try {
      this.descriptor = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    } catch (error) {
      throw alreadyExists(error) ? busy(target, 'this very process') : outputError(target.path, error);
    }
    this.#own = fstatSync(this.descriptor);
    this.#touching = setInterval(() => this.#touch(), touchEvery).unref();
    try {
      const writer = clearLeavings(target.directory, target.name, { name: this.name, status: this.#own }, temporaries);
      if (writer !== undefined) throw busy(target, writer);
    } catch (error) {
      this.close();
      this.remove();
      throw outputError(target.path, error);
    }
  }

  /** Whether this is the status of this very file. */
  is(status: Stats): boolean {
    return isSame(status, this.#own);
  }

  /** Whether a name of the directory is one of this file. */
  hasName(name: string): boolean {
    const there = lstatSync(this.#target.directory.at(name), { throwIfNoEntry: false });
    return there !== undefined && this.is(there);
  }

  /** Gives it another name of the directory, one more or instead; false where a file of that name is there. */
  nameExclusively(name: string): boolean {
    this.requireOwn();
    const { directory } = this.#target;
    const [from, to] = [directory.at(this.name), directory.at(name)];
    try {
      linkSync(from, to);
    } catch {
      if (lstatSync(to, { throwIfNoEntry: false }) !== undefined) return false;
      // No hard links here (FAT, some network file systems), whatever that is called there.
      renameSync(from, to);
    }
    this.#requireName(name);
    return true;
  }

  /** Gives it another name of the directory, whatever file has that name. */
  nameReplacing(name: string): void {
    this.requireOwn();
    const { directory } = this.#target;
    renameSync(directory.at(this.name), directory.at(name));
    this.#requireName(name);
  }

  /** Refuses to go on with a file that somebody else has put in the place of the temporary one. */
  requireOwn(): void {
    if (this.hasName(this.name)) return;
    throw new SalvorError('output', 'the temporary file was removed or replaced by somebody; nothing was changed', {
      file: this.#target.path,
      advice: 'work in a directory that nobody else changes',
    });
  }

  #requireName(name: string): void {
    if (this.hasName(name)) return;
    throw new SalvorError('output', 'another file was put in the place of the result as it got its name', {
      file: this.#target.path,
      advice: 'work in a directory that nobody else changes',
    });
  }

  #touch(): void {
    try {
      // The time of the last change is that of the clock of the file system, which others compare with theirs.
      fchmodSync(this.descriptor, fstatSync(this.descriptor).mode & 0o777);
      const { ctimeMs } = fstatSync(this.descriptor);
      futimesSync(this.descriptor, ctimeMs / 1000, ctimeMs / 1000);
    } catch {
      // On a disk that is gone the next write fails, and says so.
    }
  }

  /** It is no temporary file any more: it is neither touched nor closed, and who has the descriptor goes on with it. */
  keepOpen(): void {
    this.#open = false;
    clearInterval(this.#touching);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    clearInterval(this.#touching);
    try {
      closeSync(this.descriptor);
    } catch {
      // What was to last was synced: there a failure would have shown.
    }
  }

  /** Removes the temporary name if it is there. Gives why that could not be done. */
  remove(): string | undefined {
    try {
      if (this.hasName(this.name)) unlinkSync(this.#target.directory.at(this.name));
      return undefined;
    } catch (error) {
      return reasonOf(error);
    }
  }
}

function busy({ path }: RunTarget, writer: string): SalvorError {
  return new SalvorError('busy', `${writer} is writing this file`, { file: path, advice: 'wait for it to end' });
}
