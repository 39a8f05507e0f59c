/**
 * Reads a file at any offset. What a parser is given is the `ByteSource`; only this room knows that there is a file.
 */
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from './file-system.ts';
import { SalvorError } from '../media/errors.ts';
import { inputError } from './system-error.ts';

/** Bytes that can be read at any offset, as often as wanted. */
export interface ByteSource {
  /** Name for messages. */
  readonly path: string;
  /** Bytes there were when it was opened. */
  readonly size: number;
  /**
   * The bytes from `offset` on: `length` of them, or as many as there are before the end. The view is valid until the
   * next call.
   */
  read(offset: number, length: number): Uint8Array;
  /**
   * Reads just these bytes, as many as `into` holds unless `length` is given, into memory of the caller's, past any window;
   * gives how many there were before the end.
   */
  readInto?(into: Uint8Array, offset: number, length?: number): number;
  /** Where in a file a range lies in one piece; undefined where it does not, or is in no file as it is. */
  placeInFile?(offset: number, length: number): FilePlace | undefined;
  /** The bytes are read in large blocks anyway: to read few at a time costs nothing. */
  readonly readsBlocks?: true;
}

/** What a range is read from: a file, or what reads into memory of the caller's. */
export type RangeSource = FileSource | (ByteSource & Required<Pick<ByteSource, 'readInto'>>);

/** A place in an open file: an offset in bytes. */
export interface FilePlace {
  readonly source: FileSource;
  readonly offset: number;
}

/**
 * File systems let files have blocks of so many bytes in common: bytes that lie in one file as in another, modulo this number,
 * need not be copied. Larger blocks are rare.
 */
export const sharedBlockLength = 4096;

const windowLength = 256 * 1024;

/** A file opened for reading, through a window that makes neighbouring small reads cheap (a system call costs microseconds). */
export class FileSource implements ByteSource {
  readonly path: string;
  readonly size: number;
  readonly descriptor: number;
  /** Time of last modification when opened, milliseconds since 1970. */
  readonly modified: number;
  /** The same of the last change of any kind, of its name and owner too: nobody can set it back. */
  readonly changed: number;
  #window = new Uint8Array(0);
  #windowOffset = 0;
  #windowFilled = 0;

  /**
   * `name`: what messages call it, where that is not its path. `descriptor`: the file, where it is open already; it is closed
   * with the source.
   */
  constructor(path: string, name = path, descriptor?: number) {
    this.path = name;
    try {
      // Without waiting: opening a named pipe would otherwise last until somebody writes into it.
      this.descriptor = descriptor ?? openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    } catch (error) {
      throw inputError(name, error);
    }
    const status = fstatSync(this.descriptor);
    if (!status.isFile()) {
      closeSync(this.descriptor);
      throw new SalvorError(
        'unreadable',
        status.isDirectory() ? 'is a directory, expected a file' : 'is not a regular file',
        { file: name },
      );
    }
    this.size = status.size;
    this.modified = status.mtimeMs;
    this.changed = status.ctimeMs;
  }

  read(offset: number, length: number): Uint8Array {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    const inside = offset - this.#windowOffset;
    if (inside >= 0 && inside + wanted <= this.#windowFilled) return this.#window.subarray(inside, inside + wanted);
    // Long reads are walks from front to back that would only read the window's rest twice.
    const needed = wanted >= windowLength / 4 ? wanted : Math.min(windowLength, this.size);
    if (this.#window.length < needed) this.#window = new Uint8Array(needed);
    this.#windowOffset = offset;
    this.#windowFilled = this.#fill(this.#window, offset, needed, wanted);
    return this.#window.subarray(0, Math.min(wanted, this.#windowFilled));
  }

  readInto(into: Uint8Array, offset: number, length = into.length): number {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    return Math.min(wanted, this.#fill(into, offset, length, wanted));
  }

  placeInFile(offset: number): FilePlace {
    return { source: this, offset };
  }

  /** Whether the file was written to since it was opened. */
  hasChanged(): boolean {
    const status = fstatSync(this.descriptor);
    return status.size !== this.size || status.mtimeMs !== this.modified;
  }

  /** Whether a path leads to this very file (links are followed). Throws what the system says. */
  isAt(path: string): boolean {
    const [own, there] = [fstatSync(this.descriptor), statSync(path, { throwIfNoEntry: false })];
    return there !== undefined && there.ino === own.ino && there.dev === own.dev;
  }

  /** Reads up to `length` bytes, until `wanted` of them are there or the file ends; a short read is not an end. */
  #fill(into: Uint8Array, offset: number, length: number, wanted: number): number {
    let filled = 0;
    try {
      do {
        const count = readSync(this.descriptor, into, filled, length - filled, offset + filled);
        if (count === 0) break;
        filled += count;
      } while (filled < wanted);
    } catch (error) {
      throw inputError(this.path, error, offset + filled);
    }
    return filled;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
