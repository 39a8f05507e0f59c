/**
 * An output file that is there whole or not at all.
 *
 * It is written under a temporary name beside its target, brought to the disk, and only then given its name. The
 * temporary name says which process writes it: it is the lock against a second run on the same target, and a later run
 * recognises and removes what a killed one left.
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  type Stats,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { SalvorError } from '../media/errors.ts';
import { writeFully, FileSink } from './file-sink.ts';
import { alreadyExists, isMissing, outputError } from './system-error.ts';

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

function temporaryPrefix(target: string): string {
  // A name may have 255 bytes; the marks behind it take up to 80 of them.
  return `.${Buffer.from(basename(target))
    .subarray(0, 160)
    .toString('latin1')
    .replaceAll(/[^\x20-\x7e]/g, '_')}.salvor-`;
}

/** Finds other runs on the same target: the leavings of killed ones are removed, a live one means busy. */
function clearLeavings(target: string, own: string): void {
  const directory = dirname(target);
  const prefix = temporaryPrefix(target);
  for (const name of readdirSync(directory)) {
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
      throw new SalvorError('busy', `another run (process ${pid} on ${host}) is writing this file`, {
        file: target,
        advice: 'wait for it to end',
      });
    }
    removeIfPresent(path);
  }
}

function removeIfPresent(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
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

export class AtomicOutput {
  /** The path the caller asked for. */
  readonly target: string;
  /** Where the bytes are until `commit`. */
  readonly temporaryPath: string;
  readonly descriptor: number;
  readonly #finalPath: string;
  readonly #replaced: Stats | undefined;
  readonly #replace: boolean;
  #open = true;

  /** Creates the temporary file. `replace`: whether an existing target may be replaced. Throws `busy`, `output` errors. */
  constructor(target: string, options: { replace: boolean }) {
    this.target = target;
    this.#replace = options.replace;
    try {
      const status = lstatSync(target, { throwIfNoEntry: false });
      // A target that is a link stays one: what it points to is replaced.
      this.#finalPath = status?.isSymbolicLink() ? realpathSync(target) : target;
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
    if (this.#replaced !== undefined && !options.replace) throw targetExists(target);
    const own = `${temporaryPrefix(this.#finalPath)}${hostLabel()}-${process.pid}-${startOfProcess(process.pid)}`;
    this.temporaryPath = join(dirname(this.#finalPath), own);
    try {
      this.descriptor = openSync(this.temporaryPath, 'wx+');
    } catch (error) {
      throw outputError(target, error);
    }
    try {
      clearLeavings(this.#finalPath, own);
    } catch (error) {
      this.discard();
      throw outputError(target, error);
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

  /** Forgets what was written. */
  truncate(): void {
    try {
      ftruncateSync(this.descriptor);
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

  /** Gives the synced file its name, durably. */
  commit(): void {
    try {
      this.#keepOwnerAndMode();
      if (this.#replace) renameSync(this.temporaryPath, this.#finalPath);
      else this.#nameExclusively();
      syncDirectory(dirname(this.#finalPath));
      this.#open = false;
      closeSync(this.descriptor);
    } catch (error) {
      throw outputError(this.target, error);
    }
  }

  /** Names the file without replacing one that has come into being meanwhile. */
  #nameExclusively(): void {
    try {
      linkSync(this.temporaryPath, this.#finalPath);
      unlinkSync(this.temporaryPath);
    } catch (error) {
      if (alreadyExists(error)) throw targetExists(this.target);
      // No hard links here (FAT, some network file systems).
      if (statSync(this.#finalPath, { throwIfNoEntry: false }) !== undefined) throw targetExists(this.target);
      renameSync(this.temporaryPath, this.#finalPath);
    }
  }

  #keepOwnerAndMode(): void {
    if (this.#replaced === undefined) return;
    try {
      chownSync(this.temporaryPath, this.#replaced.uid, this.#replaced.gid);
    } catch {
      // Only root may give files away; the mode is kept all the same.
    }
    chmodSync(this.temporaryPath, this.#replaced.mode & 0o7777);
  }

  /** Removes the temporary file. Harmless after `commit`. */
  discard(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.descriptor);
    removeIfPresent(this.temporaryPath);
  }
}

function targetExists(target: string): SalvorError {
  return new SalvorError('output', 'the file exists already', { file: target, advice: 'use --force to replace it' });
}
