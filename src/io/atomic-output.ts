/**
 * An output file that is there whole or not at all.
 *
 * It is written under a temporary name beside its target, brought to the disk, and only then given its name. The
 * temporary name says which process writes it: it is the lock against a second run on the same target, and a later run
 * recognises and removes what a killed one left.
 */
import {
  bytesOfName,
  chmodSync,
  chownSync,
  close,
  closeSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  open,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  type Stats,
} from './file-system.ts';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { SalvorError } from '../media/errors.ts';
import { writeFully, FileSink } from './file-sink.ts';
import type { Pace } from './pace.ts';
import { alreadyExists, outputError } from './system-error.ts';

/** A live run from another machine touches its file all the time; one that has not for so long was killed. */
const foreignRunSilence = 60_000;

/** When a process started, in clock ticks since boot: tells it from a later process with the same number. */
function startOfProcess(pid: number): string {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
  } catch {
    return '0';
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function hostLabel(): string {
  return (
    hostname()
      .replaceAll(/[^A-Za-z0-9]/g, '_')
      .slice(0, 24) || 'host'
  );
}

/** What the marks behind it leave of the 255 bytes that a name may have. */
const longestStem = 160;

/** FNV-1a of 32 bits: tells names apart whose beginnings or ASCII parts are alike. */
function fingerprint(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

function temporaryPrefix(target: string): string {
  const name = bytesOfName(basename(target));
  const stem = name.toString('latin1').replaceAll(/[^\x20-\x7e]/g, '_');
  const isWhole = name.length <= longestStem && stem === basename(target);
  return `.${isWhole ? stem : `${stem.slice(0, longestStem - 9)}-${fingerprint(name)}`}.salvor-`;
}

/**
 * The temporary names in a directory, for a run that makes thousands of outputs there: to look for what others left is then
 * done once, not with every output. Of a run on the same names that begins later it knows nothing; names are given
 * exclusively all the same.
 */
export function temporaryNamesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => name.startsWith('.') && name.includes('.salvor-'));
  } catch (error) {
    throw outputError(directory, error);
  }
}

/** Finds other runs on the same target: the leavings of killed ones are removed, a live one means busy. */
function clearLeavings(
  target: string,
  own: string,
  names: readonly string[] = temporaryNamesIn(dirname(target)),
): void {
  const directory = dirname(target);
  const prefix = temporaryPrefix(target);
  for (const name of names) {
    if (!name.startsWith(prefix) || name === own) continue;
    const mark = /^([A-Za-z0-9_]+)-(\d+)-(\d+)$/.exec(name.slice(prefix.length));
    if (mark === null) continue;
    const [, host, pid, start] = mark;
    const path = join(directory, name);
    let alive: boolean;
    if (host === hostLabel()) {
      alive = isRunning(Number(pid)) && startOfProcess(Number(pid)) === start;
    } else {
      const status = statSync(path, { throwIfNoEntry: false });
      alive = status !== undefined && Date.now() - status.mtimeMs < foreignRunSilence;
    }
    if (alive) {
      throw busy(target, `another run (process ${pid} on ${host})`);
    }
    removeTemporary(path);
  }
}

/** Removes a temporary file as far as that can be done: why it was to be removed is what the user must hear of. */
function removeTemporary(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is gone already, or the directory takes no changes any more; a later run tries again.
  }
}

/** Makes a directory's entries (a rename, a removal) survive a power cut. */
export function syncDirectory(directory: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(directory, 'r');
  } catch {
    return; // A directory that may be written but not read cannot be synced.
  }
  try {
    fsyncSync(descriptor);
  } catch {
    // Some network file systems cannot sync a directory; the rename itself was done.
  } finally {
    closeSync(descriptor);
  }
}

const closeAsync = promisify(close);
const fsyncAsync = promisify(fsync);
const openAsync = promisify(open);

/** The same without waiting for the disk in this thread. Never rejects. */
export async function syncDirectoryInBackground(directory: string): Promise<void> {
  let descriptor: number;
  try {
    descriptor = await openAsync(directory, 'r');
  } catch {
    return;
  }
  await fsyncAsync(descriptor).catch(() => {});
  await closeAsync(descriptor).catch(() => {});
}

export interface AtomicOutputOptions {
  /** Whether an existing target may be replaced. */
  readonly replace: boolean;
  /** A file whose owner and mode the new one is to have, as a copy has. */
  readonly like?: string;
  /** What `temporaryNamesIn` its directory gave. */
  readonly temporaries?: readonly string[] | undefined;
  /** Gives another path in the same directory when somebody has taken the target while this was written. */
  readonly otherTarget?: ((taken: string) => string) | undefined;
}

export class AtomicOutput {
  /** The path the caller asked for, or the other one that was given instead. */
  target: string;
  /** Where the bytes are until `commit`. */
  readonly temporaryPath: string;
  readonly descriptor: number;
  #finalPath: string;
  readonly #replaced: Stats | undefined;
  readonly #replace: boolean;
  readonly #otherTarget: AtomicOutputOptions['otherTarget'];
  readonly #like: Stats | undefined;
  #open = true;

  /** Creates the temporary file. Throws `busy`, `output` errors. */
  constructor(target: string, options: AtomicOutputOptions) {
    this.target = target;
    this.#replace = options.replace;
    this.#otherTarget = options.otherTarget;
    try {
      this.#like = options.like === undefined ? undefined : statSync(options.like);
      this.#finalPath = behindLink(target);
      this.#replaced = statSync(this.#finalPath, { throwIfNoEntry: false });
    } catch (error) {
      throw outputError(target, error);
    }
    if (this.#replaced?.isDirectory()) {
      throw new SalvorError('output', 'the target is a directory', { file: target, advice: 'give the name of a file' });
    }
    if (this.#replaced !== undefined && !this.#replaced.isFile()) {
      throw new SalvorError('output', 'the target is not a regular file', {
        file: target,
        advice: 'give another name',
      });
    }
    const own = `${temporaryPrefix(this.#finalPath)}${hostLabel()}-${process.pid}-${startOfProcess(process.pid)}`;
    this.temporaryPath = join(dirname(this.#finalPath), own);
    if (this.#replaced !== undefined && !options.replace) {
      // A run killed just after it named its file has left the temporary name as well.
      clearLeavings(this.#finalPath, own, options.temporaries);
      throw targetExists(target);
    }
    try {
      // Nobody who may not read the file that is replaced shall read the new one while it grows.
      const known = this.#replaced ?? this.#like;
      const mode = known === undefined ? 0o666 : (known.mode & 0o777) | 0o600;
      this.descriptor = openSync(this.temporaryPath, 'wx+', mode);
    } catch (error) {
      throw alreadyExists(error) ? busy(target, 'this very process') : outputError(target, error);
    }
    try {
      clearLeavings(this.#finalPath, own, options.temporaries);
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  /** Whether a file of the target's name is there to be replaced. */
  get replaces(): boolean {
    return this.#replaced !== undefined;
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

  /** Gives the synced file its name, durably. */
  commit(): void {
    this.#name();
    syncDirectory(dirname(this.#finalPath));
  }

  /** Gives the synced file its name, which lasts once `syncDirectory` of its directory has been called. Gives that directory. */
  nameOnly(): string {
    this.#name();
    return dirname(this.#finalPath);
  }

  #name(): void {
    try {
      if (this.#like !== undefined) this.#takeAfter(this.#like);
      if (this.#replace) this.#nameReplacing();
      else this.#nameExclusively();
      this.#open = false;
      closeSync(this.descriptor);
    } catch (error) {
      throw outputError(this.target, error);
    }
  }

  /** Names the file without replacing one that has come into being meanwhile. */
  #nameExclusively(): void {
    while (!this.#isNamedAs(this.#finalPath)) {
      if (this.#otherTarget === undefined) throw targetExists(this.target);
      this.target = this.#otherTarget(this.target);
      this.#finalPath = this.target;
    }
  }

  /** False: there is a file of that name. */
  #isNamedAs(path: string): boolean {
    try {
      linkSync(this.temporaryPath, path);
    } catch (error) {
      if (alreadyExists(error)) return false;
      // No hard links here (FAT, some network file systems).
      if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return false;
      renameSync(this.temporaryPath, path);
      return true;
    }
    unlinkSync(this.temporaryPath);
    return true;
  }

  /** Gives the file the name, owner and mode of the one it replaces, which may have come into being only meanwhile. */
  #nameReplacing(): void {
    const replaced = statSync(this.#finalPath, { throwIfNoEntry: false });
    if (replaced !== undefined) this.#takeAfter(replaced);
    renameSync(this.temporaryPath, this.#finalPath);
  }

  /** Gives the file the owner and the mode of another. */
  #takeAfter({ uid, gid, mode }: Stats): void {
    try {
      chownSync(this.temporaryPath, uid, gid);
    } catch {
      // Only root may give files away; the mode is kept all the same.
    }
    chmodSync(this.temporaryPath, mode & 0o7777);
  }

  /** Removes the temporary file. Harmless after `commit`. */
  discard(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.descriptor);
    removeTemporary(this.temporaryPath);
  }
}

/** The path a target stands for: a target that is a link stays one, and what it points to is replaced. */
function behindLink(target: string): string {
  if (lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return target;
  if (statSync(target, { throwIfNoEntry: false }) !== undefined) return realpathSync(target);
  throw new SalvorError('output', 'the target is a symbolic link to something that does not exist', {
    file: target,
    advice: 'remove the link or give another name',
  });
}

function busy(target: string, writer: string): SalvorError {
  return new SalvorError('busy', `${writer} is writing this file`, { file: target, advice: 'wait for it to end' });
}

function targetExists(target: string): SalvorError {
  return new SalvorError('output', 'the file exists already', { file: target, advice: 'use --force to replace it' });
}
