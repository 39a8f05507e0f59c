/**
 * A file that others may read while it is written: it has its name from the beginning, never takes that of another, and is
 * brought to the disk again and again in the background. A write that fails leaves it as it was before. Beside it lies a
 * reserve of room, which is given up when the disk is full so that what was begun can be ended.
 */
import { closeSync, fdatasync, fsyncSync, ftruncateSync, mkdirSync, openSync } from './file-system.ts';
import { dirname, join, basename } from 'node:path';
import { promisify } from 'node:util';
import { SalvorError } from '../media/errors.ts';
import { syncDirectory } from './directory-handle.ts';
import { writeFully } from './file-sink.ts';
import { hiddenName } from './hidden-name.ts';
import { removeFile } from './removal.ts';
import { alreadyExists, isFull, isMissing, outputError } from './system-error.ts';

const syncAsync = promisify(fdatasync);
const zeros = new Uint8Array(64 * 1024);

/** Opens a file that is not there yet; undefined where one is. Directories on the way are made. */
export function createFile(path: string, replace: boolean): GrowingFile | undefined {
  try {
    mkdirSync(dirname(path), { recursive: true });
    if (replace) removeFile(path);
    return new GrowingFile(path, openSync(path, 'wx', 0o666));
  } catch (error) {
    if (alreadyExists(error)) return undefined;
    throw outputError(path, error);
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
  readonly #descriptor: number;
  readonly #reservePath: string;
  #reserve = -1;
  #reserved = 0;
  #syncing: Promise<void> | undefined;
  #isDirty = true;
  #length = 0;

  constructor(path: string, descriptor: number) {
    this.path = path;
    this.#descriptor = descriptor;
    this.#reservePath = join(dirname(path), hiddenName(basename(path), 'reserve'));
  }

  get length(): number {
    return this.#length;
  }

  /** Writes behind what is there. Throws `NoRoom` where the disk is full. */
  append(bytes: Uint8Array): void {
    try {
      writeFully(this.#descriptor, bytes, this.#length);
    } catch (error) {
      ftruncateSync(this.#descriptor, this.#length);
      throw this.#failed(error);
    }
    this.#length += bytes.length;
    this.#isDirty = true;
  }

  /** Writes over what is there. */
  patch(bytes: Uint8Array, offset: number): void {
    try {
      writeFully(this.#descriptor, bytes, offset);
    } catch (error) {
      throw this.#failed(error);
    }
    this.#isDirty = true;
  }

  /** Has what was written brought to the disk, unless that is going on. */
  syncInBackground(): void {
    if (!this.#isDirty || this.#syncing !== undefined) return;
    this.#isDirty = false;
    this.#syncing = syncAsync(this.#descriptor).then(
      () => void (this.#syncing = undefined),
      () => void (this.#syncing = undefined),
    );
  }

  /** Brings all to the disk. */
  sync(): void {
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
    closeSync(this.#descriptor);
    syncDirectory(dirname(this.path));
  }

  #failed(error: unknown): SalvorError {
    const failure = outputError(this.path, error);
    return isFull(error) ? new NoRoom(failure.kind, failure.message, { file: this.path, cause: error }) : failure;
  }
}
