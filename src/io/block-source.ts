/**
 * Reads a source in large blocks, for walks that want all of its bytes from front to back in small pieces: a system call for
 * each piece would take several times as long as the bytes themselves.
 */
import type { ByteSource } from './file-source.ts';

const blockLength = 256 * 1024;

export class BlockSource implements ByteSource {
  readonly path: string;
  readonly size: number;
  readonly #source: ByteSource;
  readonly #block = new Uint8Array(blockLength);
  #start = 0;
  #filled = 0;

  constructor(source: ByteSource) {
    this.path = source.path;
    this.size = source.size;
    this.#source = source;
  }

  read(offset: number, length: number): Uint8Array {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    if (wanted > blockLength) return this.#source.read(offset, wanted);
    if (offset < this.#start || offset + wanted > this.#start + this.#filled) this.#load(offset);
    const at = offset - this.#start;
    return this.#block.subarray(at, Math.min(at + wanted, this.#filled));
  }

  readInto(into: Uint8Array, offset: number): number {
    const bytes = this.read(offset, into.length);
    into.set(bytes);
    return bytes.length;
  }

  #load(offset: number): void {
    this.#start = offset;
    if (this.#source.readInto !== undefined) {
      this.#filled = this.#source.readInto(this.#block, offset);
      return;
    }
    const bytes = this.#source.read(offset, blockLength);
    this.#block.set(bytes);
    this.#filled = bytes.length;
  }
}
