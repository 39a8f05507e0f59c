/** Streams what a structure's writer writes to a file, through a small buffer. */
import { writeSync, writevSync } from './file-system.ts';
import { ByteSink } from '../bytes/byte-sink.ts';

const bufferLength = 128 * 1024;

/** Writes all of the bytes at an offset; a short write is not an end. */
export function writeFully(descriptor: number, bytes: Uint8Array, offset: number): void {
  let written = 0;
  while (written < bytes.length) {
    written += writeSync(descriptor, bytes, written, bytes.length - written, offset + written);
  }
}

/** Parts that one call of the system takes. */
const maxParts = 1024;

/** Writes all of the bytes of several parts, one behind the other, at an offset. */
export function writePartsFully(descriptor: number, parts: readonly Uint8Array[], offset: number): void {
  let at = offset;
  for (let from = 0; from < parts.length; from += maxParts) {
    const some = parts.slice(from, from + maxParts);
    let left = writevSync(descriptor, some, at);
    at += left;
    // A short write is not an end: what it left is written part by part.
    for (const part of some) {
      if (left < part.length) {
        writeFully(descriptor, part.subarray(left), at);
        at += part.length - left;
      }
      left = Math.max(0, left - part.length);
    }
  }
}

/**
 * Writes from an offset of an open file on. What is buffered is written by `flush`, which the caller must not forget.
 */
export class FileSink extends ByteSink {
  readonly #descriptor: number;
  readonly #buffer = new Uint8Array(bufferLength);
  readonly #view = new DataView(this.#buffer.buffer);
  readonly #slot = { view: this.#view, at: 0 };
  readonly #failed: (error: unknown) => Error;
  #filled = 0;
  #offset: number;

  /** `failed` turns a system error into the error to throw. */
  constructor(descriptor: number, offset: number, failed: (error: unknown) => Error) {
    super();
    this.#descriptor = descriptor;
    this.#offset = offset;
    this.#failed = failed;
  }

  protected override reserve(length: number): { view: DataView; at: number } {
    if (this.#filled + length > bufferLength) this.flush();
    this.#slot.at = this.#filled;
    this.#filled += length;
    return this.#slot;
  }

  protected override append(bytes: Uint8Array): void {
    let taken = 0;
    while (taken < bytes.length) {
      if (this.#filled === bufferLength) this.flush();
      const count = Math.min(bytes.length - taken, bufferLength - this.#filled);
      this.#buffer.set(bytes.subarray(taken, taken + count), this.#filled);
      this.#filled += count;
      taken += count;
    }
  }

  /** Writes what is still in the buffer. */
  flush(): void {
    try {
      writeFully(this.#descriptor, this.#buffer.subarray(0, this.#filled), this.#offset);
    } catch (error) {
      throw this.#failed(error);
    }
    this.#offset += this.#filled;
    this.#filled = 0;
  }
}
