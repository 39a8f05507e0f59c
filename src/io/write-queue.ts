/**
 * Gathers what is written piece by piece from one buffer, and passes it on in whole blocks while it is still in the
 * processor's cache: writing that leaves the thread, and pages that are written in two pieces, take longer. It keeps no
 * bytes of its own.
 */
import type { AtomicOutput } from './atomic-output.ts';

/** What single writes have at most, beginning and ending at multiples of it in the file: what is longer is slower. */
export const writeLength = 128 * 1024;
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

/** Joins writes that adjoin in memory and in the file; one that does not adjoin writes what was gathered. */
export class WriteQueue {
  #gathered: Gathered | undefined;
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

  /** Writes what there is of whole pages; the rest follows when more has come. */
  flushPages(): void {
    if (this.#gathered === undefined) return;
    const end = this.nextOffset - (this.nextOffset % pageLength);
    if (end > this.#gathered.offset) this.#writeTo(this.#gathered, end);
  }

  /** Writes all that was queued; of one output, if one is given. */
  flush(output = this.#gathered?.output): void {
    const gathered = this.#gathered;
    if (gathered === undefined || gathered.output !== output) return;
    this.#gathered = undefined;
    this.#writeTo(gathered, gathered.offset + gathered.end - gathered.start);
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

  #writeTo(gathered: Gathered, end: number): void {
    while (gathered.offset < end) {
      const length = Math.min(end - gathered.offset, writeLength - (gathered.offset % writeLength));
      try {
        if (this.#failure === undefined) {
          gathered.output.write(new Uint8Array(gathered.buffer, gathered.start, length), gathered.offset);
        }
      } catch (error) {
        this.#failure = error;
      }
      gathered.start += length;
      gathered.offset += length;
    }
  }
}
