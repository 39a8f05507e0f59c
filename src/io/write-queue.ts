/**
 * Gathers what is written piece by piece from one buffer, and writes it in the background, in whole pages, while the caller
 * prepares the next bytes. It pays where that takes a processor's time of its own; where bytes are only passed on, a plain
 * write is faster (copy-range.ts). It keeps no bytes of its own.
 */
import { write } from 'node:fs';
import { promisify } from 'node:util';
import type { AtomicOutput } from './atomic-output.ts';
import { outputError } from './system-error.ts';

const writeAsync = promisify(write);
/** Pages that are written in one piece are locked and looked up once: a fifth of the time of writing. */
const pageLength = 4096;

/** Bytes that adjoin, in the buffer and in the file. */
interface Gathered {
  readonly output: AtomicOutput;
  readonly buffer: ArrayBufferLike;
  /** From the beginning of the buffer on. */
  start: number;
  end: number;
  /** Of the first byte in the file. */
  offset: number;
}

export class WriteQueue {
  #gathered: Gathered | undefined;
  #last: Promise<void> = Promise.resolve();
  #failure: unknown;
  /** Offset in the file behind the bytes that were queued last. */
  nextOffset = 0;

  /** Queues bytes, which must stay as they are until they have been written. After a failure nothing is written any more. */
  write(output: AtomicOutput, bytes: Uint8Array, offset: number): void {
    this.nextOffset = offset + bytes.length;
    const last = this.#gathered;
    const adjoins =
      last?.output === output &&
      last.buffer === bytes.buffer &&
      last.end === bytes.byteOffset &&
      last.offset + last.end - last.start === offset;
    if (adjoins) {
      last.end += bytes.length;
      return;
    }
    this.flush();
    const start = bytes.byteOffset;
    this.#gathered = { output, buffer: bytes.buffer, start, end: start + bytes.length, offset };
  }

  /** Begins to write what there is of whole pages; the rest follows when more has come. */
  flushPages(): void {
    const gathered = this.#gathered;
    if (gathered === undefined) return;
    const length = this.nextOffset - (this.nextOffset % pageLength) - gathered.offset;
    if (length <= 0) return;
    this.#pass(gathered, length);
    gathered.start += length;
    gathered.offset += length;
  }

  /** Begins to write all that was queued; of one output, if one is given. */
  flush(output = this.#gathered?.output): void {
    const gathered = this.#gathered;
    if (gathered === undefined || gathered.output !== output) return;
    this.#gathered = undefined;
    this.#pass(gathered, gathered.end - gathered.start);
  }

  /** Resolves when all that was flushed so far has been written or has failed. Never rejects. */
  get idle(): Promise<void> {
    return this.#last;
  }

  /** How many of the bytes of this buffer that were queued last have not been written. */
  heldOf({ buffer }: Uint8Array): number {
    const gathered = this.#gathered;
    return gathered?.buffer === buffer ? gathered.end - gathered.start : 0;
  }

  /** The bytes that are held have been copied to this place. */
  moveTo(bytes: Uint8Array): void {
    const { output, offset } = this.#gathered!;
    const start = bytes.byteOffset;
    this.#gathered = { output, buffer: bytes.buffer, start, end: start + bytes.length, offset };
  }

  /** Throws what a write has failed with. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #pass({ output, buffer, start, offset }: Gathered, length: number): void {
    const bytes = new Uint8Array(buffer, start, length);
    this.#last = this.#last.then(() => this.#write(output, bytes, offset));
  }

  async #write(output: AtomicOutput, bytes: Uint8Array, offset: number): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await writeAsync(output.descriptor, bytes, done, bytes.length - done, offset + done);
        done += bytesWritten;
      }
    } catch (error) {
      this.#failure = outputError(output.target, error);
    }
  }
}
