/**
 * Bytes that come one after the other and cannot be gone back to: files read from front to back, as one stream, or what
 * somebody writes into standard input.
 */
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { closeSync, constants, open, openSync, readSync } from './file-system.ts';
import { SalvorError } from '../media/errors.ts';
import { FileSource } from './file-source.ts';
import { inputError } from './system-error.ts';

/** Bytes that are read once, from front to back. */
export interface ByteStream {
  /** Whether what was read can be read again. */
  readonly isRepeatable: boolean;
  /** Bytes there will be, as far as that is known. */
  readonly size: number | undefined;
  /** Reads at least one byte and at most `length` of them to `at` of the buffer; 0 at the end of the stream. */
  readInto(buffer: Uint8Array, at: number, length: number): number | Promise<number>;
  /** The file that holds a byte of the stream, and where in it. */
  placeOf(offset: number): { readonly file: string; readonly offset: number };
  /** A file that was written to since it was opened. */
  changed(): string | undefined;
  close(): void;
}

/** Several files as one stream, in the order given. What is appended to one while it is read is read as well. */
export class FileStream implements ByteStream {
  readonly isRepeatable = true;
  readonly size: number;
  readonly sources: readonly FileSource[];
  /** Offset in the stream of each file's first byte, for the files begun. */
  readonly #starts: number[] = [0];
  #current = 0;
  #offset = 0;

  constructor(paths: readonly string[]) {
    const opened: FileSource[] = [];
    try {
      for (const path of paths) opened.push(new FileSource(path));
    } catch (error) {
      for (const source of opened) source.close();
      throw error;
    }
    this.sources = opened;
    this.size = opened.reduce((sum, source) => sum + source.size, 0);
  }

  readInto(buffer: Uint8Array, at: number, length: number): number {
    for (;;) {
      const source = this.sources[this.#current];
      if (source === undefined) return 0;
      const inFile = this.#offset - this.#starts[this.#current]!;
      let count: number;
      try {
        count = readSync(source.descriptor, buffer, at, length, inFile);
      } catch (error) {
        throw inputError(source.path, error, inFile);
      }
      if (count === 0 && inFile < source.size) {
        throw new SalvorError('unreadable', `the file ends here, it had ${source.size} bytes when it was opened`, {
          file: source.path,
          offset: inFile,
        });
      }
      this.#offset += count;
      if (count > 0) return count;
      this.#current++;
      this.#starts.push(this.#offset);
    }
  }

  placeOf(offset: number): { file: string; offset: number } {
    const index = Math.min(
      this.#starts.findLastIndex((start) => start <= offset),
      this.sources.length - 1,
    );
    return { file: this.sources[index]!.path, offset: offset - this.#starts[index]! };
  }

  changed(): string | undefined {
    return this.sources.find((source) => source.hasChanged())?.path;
  }

  close(): void {
    for (const source of this.sources) source.close();
  }
}

/** Name of standard input in messages and reports. */
export const standardInputName = '-';
/** What it is called on the command line once that has been read: the parser of options swallows a dash that stands alone. */
export const standardInputPath = '/dev/stdin';

/** Standard input, or what else comes through a pipe. When `signal` is aborted the stream ends: what has come is not to be lost. */
export class StandardInput implements ByteStream {
  readonly isRepeatable = false;
  readonly size = undefined;
  readonly #blocks: AsyncIterator<Buffer>;
  readonly #signal: AbortSignal | undefined;
  readonly #readable: Readable;
  readonly #name: string;
  #rest: Buffer = Buffer.alloc(0);

  constructor(signal: AbortSignal | undefined, readable: Readable = process.stdin, name = standardInputName) {
    this.#signal = signal;
    this.#readable = readable;
    this.#name = name;
    this.#blocks = readable[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    signal?.addEventListener('abort', this.#end, { once: true });
  }

  readonly #end = (): void => void this.#readable.destroy();

  async readInto(buffer: Uint8Array, at: number, length: number): Promise<number> {
    if (this.#rest.length === 0) {
      const block = await this.#next();
      if (block === undefined) return 0;
      this.#rest = block;
    }
    const count = Math.min(length, this.#rest.length);
    buffer.set(this.#rest.subarray(0, count), at);
    this.#rest = this.#rest.subarray(count);
    return count;
  }

  async #next(): Promise<Buffer | undefined> {
    if (this.#signal?.aborted) return undefined;
    try {
      const { done, value } = await this.#blocks.next();
      return done === true ? undefined : value;
    } catch (error) {
      if (this.#signal?.aborted) return undefined;
      throw inputError(this.#name, error);
    }
  }

  placeOf(offset: number): { file: string; offset: number } {
    return { file: this.#name, offset };
  }

  changed(): undefined {
    return undefined;
  }

  close(): void {
    this.#signal?.removeEventListener('abort', this.#end);
    this.#readable.destroy();
  }
}

/**
 * Opens a named pipe and waits for who writes into it. `keepAlive`: it does not end when the writer leaves, and others may
 * follow. Undefined where `signal` was aborted before anybody came.
 */
export async function openNamedPipe(
  path: string,
  keepAlive: boolean,
  signal: AbortSignal,
): Promise<StandardInput | undefined> {
  // Whoever has it open to write as well never sees its end, and waits for nobody.
  const withWriter = constants.O_RDWR | constants.O_NONBLOCK;
  if (keepAlive) return new StandardInput(signal, new Socket({ fd: openSync(path, withWriter) }), path);
  const opening = new Promise<number>((resolve, reject) => {
    open(path, constants.O_RDONLY, (error, fd) => (error === null ? resolve(fd) : reject(error)));
  });
  // A writer that comes and goes ends the waiting.
  const giveUp = (): void => closeSync(openSync(path, withWriter));
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    const fd = await opening;
    if (!signal.aborted) return new StandardInput(signal, new Socket({ fd }), path);
    closeSync(fd);
    return undefined;
  } catch (error) {
    throw inputError(path, error);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
