/**
 * A file that others may read while it is written: it has its name from the beginning, or, where it is to replace another,
 * from when media of it is on the disk: until then the other one stays. It is brought to the disk again and again in the
 * background. Small pieces are gathered until somebody asks for them to be written, so that each costs no system call. A
 * write that fails leaves what is gathered, and the file as it was before. Beside it lies a reserve of room, which is given up when the
 * disk is full so that what was begun can be ended.
 */
import { closeSync, fdatasync, fsyncSync, ftruncateSync, lstatSync, mkdirSync, openSync } from './file-system.ts';
import { dirname, join, basename } from 'node:path';
import { promisify } from 'node:util';
import { SalvorError } from '../media/errors.ts';
import { DirectoryHandle, syncDirectory } from './directory-handle.ts';
import { writeFully, writePartsFully } from './file-sink.ts';
import { hiddenName } from './hidden-name.ts';
import { throughLinks } from './links.ts';
import { removeFile } from './removal.ts';
import { RunFile } from './run-file.ts';
import { alreadyExists, isFull, isMissing, outputError } from './system-error.ts';

const syncAsync = promisify(fdatasync);
const zeros = new Uint8Array(64 * 1024);
/** Pieces are gathered up to this; what is kept free on the disk has to hold it. */
const gatheredBytes = 256 * 1024;

/**
 * Opens a file of a name that is free; undefined where one is there, unless that may be replaced: it stays until media of the
 * new one is on the disk. Directories on the way are made. Throws `busy` where another run is replacing it, `output` errors.
 */
export function createFile(path: string, mayReplace: boolean): GrowingFile | undefined {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return new GrowingFile(path, openSync(path, 'wx', 0o666));
  } catch (error) {
    if (!alreadyExists(error)) throw outputError(path, error);
    return mayReplace ? new GrowingFile(path, successorOf(path)) : undefined;
  }
}

/** A file that can take the place of another. */
interface Successor {
  readonly file: RunFile;
  readonly directory: DirectoryHandle;
  readonly name: string;
}

function successorOf(path: string): Successor {
  const target = throughLinks(path);
  const there = lstatSync(target, { throwIfNoEntry: false });
  if (there !== undefined && !there.isFile()) {
    const what = there.isDirectory() ? 'a directory' : 'not a regular file';
    throw new SalvorError('output', `the target is ${what}`, { file: path, advice: 'give another name' });
  }
  const directory = new DirectoryHandle(dirname(target));
  try {
    const name = basename(target);
    return { file: new RunFile({ directory, name, path }, (there?.mode ?? 0o666) & 0o777), directory, name };
  } catch (error) {
    directory.close();
    throw error;
  }
}

/** Removes a file and frees its room at once, also where somebody has it open. */
export function dropFile(path: string): void {
  try {
    const descriptor = openSync(path, 'r+');
    ftruncateSync(descriptor, 0);
    closeSync(descriptor);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  removeFile(path);
}

/** There is no room for what was to be written. */
export class NoRoom extends SalvorError {}

/** One file and its reserve. */
export class GrowingFile {
  readonly path: string;
  /** Whether it takes the place of another. */
  readonly replaces: boolean;
  readonly #descriptor: number;
  readonly #reservePath: string;
  #reserve = -1;
  #reserved = 0;
  #syncing: Promise<void> | undefined;
  #failure: unknown;
  #isDirty = true;
  /** Bytes in the file, and bytes that are gathered to be written behind them, in so many pieces. */
  #written = 0;
  readonly #gathered = new Uint8Array(gatheredBytes);
  #filled = 0;
  #pieces = 0;
  /** Until it has its name. */
  #successor: Successor | undefined;

  /** `opened`: the file of this path, or one that is to replace it. */
  constructor(path: string, opened: number | Successor) {
    this.path = path;
    this.#successor = typeof opened === 'number' ? undefined : opened;
    this.replaces = this.#successor !== undefined;
    this.#descriptor = typeof opened === 'number' ? opened : opened.file.descriptor;
    this.#reservePath = join(dirname(path), hiddenName(basename(path), 'reserve'));
  }

  get length(): number {
    return this.#written + this.#filled;
  }

  /**
   * Puts one piece behind what is there, whose parts lie wherever they do; they are taken over. Throws `NoRoom` where the disk
   * is full, without having done so.
   */
  append(parts: readonly Uint8Array[]): void {
    let length = 0;
    for (const part of parts) length += part.length;
    if (this.#filled + length > gatheredBytes) this.flush();
    if (length >= gatheredBytes) {
      this.#write(parts, length);
      return;
    }
    for (const part of parts) {
      this.#gathered.set(part, this.#filled);
      this.#filled += part.length;
    }
    this.#pieces++;
  }

  /** Writes what is gathered. Throws `NoRoom` where the disk is full, and keeps it. */
  flush(): void {
    if (this.#filled > 0) this.#write([this.#gathered.subarray(0, this.#filled)], this.#filled);
    this.#filled = 0;
    this.#pieces = 0;
  }

  /** Gives up what is gathered. Gives how many pieces that were. */
  dropGathered(): number {
    const pieces = this.#pieces;
    this.#filled = 0;
    this.#pieces = 0;
    return pieces;
  }

  #write(parts: readonly Uint8Array[], length: number): void {
    this.#throwFailure();
    try {
      writePartsFully(this.#descriptor, parts, this.#written);
    } catch (error) {
      ftruncateSync(this.#descriptor, this.#written);
      throw this.#failed(error);
    }
    this.#written += length;
    this.#isDirty = true;
  }

  /** Writes over what is there. */
  patch(bytes: Uint8Array, offset: number): void {
    this.flush();
    try {
      writeFully(this.#descriptor, bytes, offset);
    } catch (error) {
      throw this.#failed(error);
    }
    this.#isDirty = true;
  }

  /**
   * Has what was written brought to the disk (not what is gathered), unless that is going on. `holdsMedia`: what was written is worth the place of the
   * file that is replaced. What fails is thrown by the next call that writes.
   */
  syncInBackground(holdsMedia: boolean): void {
    if (!this.#isDirty || this.#syncing !== undefined) return;
    this.#isDirty = false;
    this.#syncing = syncAsync(this.#descriptor)
      .then(() => (holdsMedia ? this.#takePlace() : undefined))
      .catch((error: unknown) => void (this.#failure ??= error))
      .finally(() => void (this.#syncing = undefined));
  }

  /** Brings what was written until now to the disk; what fails is thrown by the next call that writes. */
  async synced(): Promise<void> {
    this.flush();
    await this.#syncing;
    this.syncInBackground(true);
    await this.#syncing;
  }

  /** Gives it its name if it has that not yet, in place of the file that had it. */
  #takePlace(): void {
    const successor = this.#successor;
    if (successor === undefined) return;
    successor.file.nameReplacing(successor.name);
    this.#successor = undefined;
    successor.file.keepOpen();
    successor.directory.close();
  }

  /** Brings all to the disk. */
  sync(): void {
    this.flush();
    try {
      fsyncSync(this.#descriptor);
    } catch (error) {
      throw outputError(this.path, error);
    }
  }

  /** Sees to it that so many bytes are kept free. Throws `NoRoom` where they cannot be. */
  reserve(bytes: number): void {
    try {
      if (this.#reserve < 0) {
        this.#reserve = openSync(this.#reservePath, 'w', 0o600);
        // Without a name it goes with the process, however that ends.
        removeFile(this.#reservePath);
      }
      while (this.#reserved < bytes) {
        writeFully(this.#reserve, zeros, this.#reserved);
        this.#reserved += zeros.length;
      }
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Gives up what was kept free. */
  giveUpReserve(): void {
    if (this.#reserve < 0) return;
    closeSync(this.#reserve);
    this.#reserve = -1;
    this.#reserved = 0;
  }

  /** Ends the writing; all is on the disk, and so is the name. */
  async close(): Promise<void> {
    this.giveUpReserve();
    await this.#syncing;
    this.sync();
    this.#throwFailure();
    this.#takePlace();
    closeSync(this.#descriptor);
    syncDirectory(dirname(this.path));
  }

  /** Removes it; what it was to replace stays. */
  discard(): void {
    this.giveUpReserve();
    if (this.#successor === undefined) {
      closeSync(this.#descriptor);
      removeFile(this.path);
      return;
    }
    const { file, directory } = this.#successor;
    file.remove();
    file.close();
    directory.close();
  }

  /** Removes it once it is closed, and frees its room. */
  drop(): void {
    dropFile(this.path);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw outputError(this.path, this.#failure);
  }

  #failed(error: unknown): SalvorError {
    const failure = outputError(this.path, error);
    return isFull(error) ? new NoRoom(failure.kind, failure.message, { file: this.path, cause: error }) : failure;
  }
}
