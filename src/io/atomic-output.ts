/**
 * An output file that is there whole or not at all.
 *
 * It is written under a temporary name beside its target, brought to the disk, and only then given its name. The temporary
 * name says which run writes it (run-mark.ts): it is the lock against a second run on the same target. From the first call to
 * the last the directory is the one that was opened, the file the one that was made, and the replaced file the one that was
 * seen: others may write to the directory, too.
 */
import {
  fchmodSync,
  fchownSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  readdirSync,
  type Stats,
} from './file-system.ts';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { SalvorError } from '../media/errors.ts';
import type { Findings } from '../media/findings.ts';
import { DirectoryHandle } from './directory-handle.ts';
import { writeFully, FileSink } from './file-sink.ts';
import type { FileSource } from './file-source.ts';
import { throughLinks } from './links.ts';
import type { Pace } from './pace.ts';
import { isSame, RunFile } from './run-file.ts';
import { clearLeavings, isTemporaryName } from './run-mark.ts';
import { holdsSameBytes } from './same-content.ts';
import { directoryError, existsAlready, isNotPermitted, outputError, reasonOf } from './system-error.ts';

const fsyncAsync = promisify(fsync);

/** How an output is created and what may become of a target that exists. */
export interface AtomicOutputOptions {
  /** Whether an existing target may be replaced. */
  readonly replace: boolean;
  /** An open file whose owner and mode the new one is to have, as a copy has. */
  readonly like?: FileSource | undefined;
  /** The open file that is replaced: if the target is another one by then, it is not. */
  readonly replaced?: FileSource | undefined;
  /**
   * Without `replace`, an existing target of so many bytes (`any`: however many) is no failure if it has just the bytes that
   * are written: an earlier run got as far as that.
   */
  readonly mayBeThere?: number | 'any' | undefined;
  /** What is written is nowhere else: no later run removes what a killed one has left of it (interrupted.ts). */
  readonly isOnlyCopy?: boolean | undefined;
  /** What `temporaryNamesIn` its directory gave. */
  readonly temporaries?: readonly string[] | undefined;
  /** Gives another path in the same directory when somebody has taken the target while this was written. */
  readonly otherTarget?: ((taken: string) => string) | undefined;
  /** Whether what a symbolic link leads to may be replaced; anything may unless this is given. */
  readonly throughLink?: ((path: string) => boolean) | undefined;
}

/** Create, write, `sync`, `commit`; without `commit`, `discard` removes what was written. */
export class AtomicOutput {
  /** The path the caller asked for, or the other one that was given instead. */
  target: string;
  /** Where the bytes are until `commit`. */
  readonly temporaryPath: string;
  readonly descriptor: number;
  readonly #directory: DirectoryHandle;
  #name: string;
  readonly #file: RunFile;
  readonly #options: AtomicOutputOptions;
  readonly #replaced: Stats | undefined;
  /** Whose owner and mode the file has. */
  #like: Stats | undefined;
  #isNamed = false;
  #open = true;
  #wasThere = false;

  /** Creates the temporary file. Throws `busy`, `output` errors. */
  constructor(target: string, options: AtomicOutputOptions) {
    this.target = target;
    this.#options = options;
    const finalPath = throughLinks(target, options.throughLink);
    this.#name = basename(finalPath);
    try {
      this.#directory = new DirectoryHandle(dirname(finalPath));
    } catch (error) {
      throw directoryError(target, error);
    }
    try {
      this.#replaced = this.#whatIsThere();
      const like = this.#replaced ?? (options.like === undefined ? undefined : fstatSync(options.like.descriptor));
      // Nobody who may not read the file that is replaced shall read the new one while it grows.
      const mode = like === undefined ? 0o666 : (like.mode & 0o777) | 0o600;
      this.#file = new RunFile(
        { directory: this.#directory, name: this.#name, path: target, isOnlyCopy: options.isOnlyCopy ?? false },
        mode,
        options.temporaries,
      );
      this.descriptor = this.#file.descriptor;
      this.temporaryPath = join(dirname(finalPath), this.#file.name);
      if (like !== undefined) this.#takeAfter(like);
    } catch (error) {
      this.discard();
      throw outputError(target, error);
    }
  }

  /** The file of the target's name; refuses it where it must not be touched. */
  #whatIsThere(): Stats | undefined {
    const { replace, replaced, mayBeThere } = this.#options;
    const there = lstatSync(this.#directory.at(this.#name), { throwIfNoEntry: false });
    if (there?.isDirectory()) {
      throw new SalvorError('output', 'the target is a directory', {
        file: this.target,
        advice: 'give the name of a file',
      });
    }
    if (there !== undefined && !there.isFile()) {
      throw new SalvorError('output', 'the target is not a regular file', {
        file: this.target,
        advice: 'give another name',
      });
    }
    if (replaced !== undefined && (there === undefined || !isSame(there, fstatSync(replaced.descriptor)))) {
      throw nameTaken(this.target);
    }
    if (there !== undefined && !replace && mayBeThere !== 'any' && mayBeThere !== there.size) {
      // A run killed just after it named its file has left the temporary name as well.
      clearLeavings(this.#directory, this.#name, undefined, this.#options.temporaries);
      throw existsAlready(this.target);
    }
    return there;
  }

  /** Whether a file of the target's name is there to be replaced. */
  get replaces(): boolean {
    return this.#replaced !== undefined && !this.#wasThere;
  }

  /** After the commit: whether the target was there already, with the same bytes, and was left as it is. */
  get wasThere(): boolean {
    return this.#wasThere;
  }

  /** A sink that writes from `offset` on. Flush it before anything else is written or read. */
  sink(offset: number): FileSink {
    return new FileSink(this.descriptor, offset, (error) => outputError(this.target, error));
  }

  /** Writes bytes at an offset; returns when all are written. */
  write(bytes: Uint8Array, offset: number): void {
    try {
      writeFully(this.descriptor, bytes, offset);
    } catch (error) {
      throw outputError(this.target, error);
    }
  }

  /** Forgets what was written behind so many bytes, all of it unless told otherwise. */
  truncate(length = 0): void {
    try {
      ftruncateSync(this.descriptor, length);
    } catch (error) {
      throw outputError(this.target, error);
    }
  }

  /** Brings the bytes to the disk. */
  sync(): void {
    try {
      fsyncSync(this.descriptor);
    } catch (error) {
      throw outputError(this.target, error);
    }
  }

  /** The same of what may be gigabytes: the event loop turns meanwhile, and `pace` can end the waiting. */
  async syncInBackground(pace: Pace): Promise<void> {
    try {
      await pace.during(fsyncAsync(this.descriptor));
    } catch (error) {
      throw outputError(this.target, error);
    }
  }

  /** Bytes that are in the file. */
  get length(): number {
    try {
      return fstatSync(this.descriptor).size;
    } catch (error) {
      throw outputError(this.target, error);
    }
  }

  /**
   * Gives the synced file its name, durably. `findings`: what is to be said about files that are left or stay as they were.
   * Throws with everything as it was, or says that the file is in place.
   */
  commit(findings?: Findings): void {
    this.#giveName();
    try {
      if (!this.#wasThere) this.#directory.sync();
    } catch (error) {
      throw this.#mayNotLast(error);
    } finally {
      this.#finish(findings);
      this.#directory.close();
    }
  }

  /**
   * Gives the synced file its name, which lasts once its directory has been synced. Gives that directory. Throws with everything
   * as it was.
   */
  nameOnly(findings?: Findings): string {
    this.#giveName();
    this.#finish(findings);
    this.#directory.close();
    return this.#directory.path;
  }

  /** Whether the file has its name, be it durable or not. */
  get isNamed(): boolean {
    return this.#isNamed;
  }

  #giveName(): void {
    try {
      if (this.#options.replace) this.#nameReplacing();
      else this.#nameExclusively();
    } catch (error) {
      throw outputError(this.target, error);
    }
    this.#isNamed = true;
    this.#open = false;
    this.#file.close();
  }

  /** Names the file without replacing one that is there. */
  #nameExclusively(): void {
    const { mayBeThere, otherTarget } = this.#options;
    while (!this.#file.nameExclusively(this.#name)) {
      this.#wasThere = mayBeThere !== undefined && holdsSameBytes(this.#directory.at(this.#name), this.descriptor);
      if (this.#wasThere) return;
      if (otherTarget === undefined) throw existsAlready(this.target);
      this.target = otherTarget(this.target);
      this.#name = basename(this.target);
    }
  }

  /** Gives the file the name, owner and mode of the one it replaces, which may have come into being only meanwhile. */
  #nameReplacing(): void {
    const there = lstatSync(this.#directory.at(this.#name), { throwIfNoEntry: false });
    const isOther = there !== undefined && this.#replaced !== undefined && !isSame(there, this.#replaced);
    if (isOther || there?.isSymbolicLink()) throw nameTaken(this.target);
    const like = this.#like;
    if (there?.isFile() && (like?.mode !== there.mode || like.uid !== there.uid || like.gid !== there.gid)) {
      this.#takeAfter(there);
      fsyncSync(this.descriptor);
    }
    this.#file.nameReplacing(this.#name);
  }

  /** Removes what is not needed any more once the file has its name, and says what others would not expect. */
  #finish(findings: Findings | undefined): void {
    const failure = this.#file.remove();
    if (failure !== undefined) {
      findings?.add(
        'temporary-file-left',
        `the file is complete and in place, but its temporary name could not be removed: ${failure}; the next run tries again`,
        { file: this.temporaryPath },
      );
    }
    const links = this.replaces ? this.#replaced!.nlink : 1;
    if (links > 1) {
      const others = links === 2 ? 'another name' : `${links - 1} other names`;
      findings?.add('hard-link-broken', `the file had ${others} (hard links): there it is as it was`, {
        file: this.target,
      });
    }
  }

  #mayNotLast(error: unknown): SalvorError {
    return new SalvorError(
      'output',
      `is complete and in place, but its directory could not be brought to the disk (${reasonOf(error)}): a power cut may undo it`,
      { file: this.target, cause: error, advice: 'look after the disk, and run the same again' },
    );
  }

  /** Gives the file the owner and the mode of another, as far as this user and the file system can. */
  #takeAfter(like: Stats): void {
    this.#like = like;
    const { uid, gid, mode } = like;
    const { uid: ownUid, gid: ownGid } = fstatSync(this.descriptor);
    try {
      if (uid !== ownUid || gid !== ownGid) fchownSync(this.descriptor, uid, gid);
    } catch (error) {
      // Only root may give files away; the mode is kept all the same.
      if (!isNotPermitted(error)) throw error;
    }
    try {
      fchmodSync(this.descriptor, mode & 0o777);
    } catch (error) {
      if (!isNotPermitted(error)) throw error;
    }
  }

  /** Removes the temporary file. Harmless after `commit`. */
  discard(): void {
    if (!this.#open) return;
    this.#open = false;
    // Undefined where it could not be made.
    const file = this.#file as RunFile | undefined;
    file?.close();
    file?.remove();
    this.#directory.close();
  }
}

/**
 * The temporary names in a directory, for a run that makes thousands of outputs there: to look for what others left is then
 * done once, not with every output. Of a run on the same names that begins later it knows nothing; names are given
 * exclusively all the same.
 */
export function temporaryNamesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter(isTemporaryName);
  } catch (error) {
    throw outputError(directory, error);
  }
}

function nameTaken(target: string): SalvorError {
  return new SalvorError('busy', 'another file has taken this name meanwhile; nothing was changed', {
    file: target,
    advice: 'run the same again, which looks at that one',
  });
}
