/** A source with patches over it: what a file will be. */
import type { ByteSource } from './file-source.ts';

/** Bytes to put in the place of as many others. The last patch of a list may go on behind the end of the file. */
export interface Patch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Offset behind the last byte of a patch. */
export function endOf({ offset, bytes }: Patch): number {
  return offset + bytes.length;
}

/** Reads bytes that stand before the source, over its first ones, as if they were one file. */
export class FrontedSource implements ByteSource {
  readonly path: string;
  readonly size: number;
  readonly #source: ByteSource;
  readonly #front: Uint8Array;
  readonly #room: number;

  /** `room`: bytes by which the source is moved; the others of `front` are in the place of its first ones. */
  constructor(source: ByteSource, front: Uint8Array, room: number) {
    this.path = source.path;
    this.size = source.size + room;
    this.#source = source;
    this.#front = front;
    this.#room = room;
  }

  read(offset: number, length: number): Uint8Array {
    const front = this.#front;
    if (offset >= front.length) return this.#source.read(offset - this.#room, length);
    const end = Math.min(this.size, offset + length);
    if (end <= front.length) return front.subarray(offset, end);
    const rest = this.#source.read(front.length - this.#room, end - front.length);
    return Buffer.concat([front.subarray(offset), rest]);
  }
}

/** Reads the source with the patches applied; neither is changed. */
export class PatchedSource implements ByteSource {
  readonly path: string;
  readonly size: number;
  readonly #source: ByteSource;
  readonly #patches: readonly Patch[];

  /** `size`: bytes there will be. */
  constructor(source: ByteSource, patches: readonly Patch[], size: number) {
    this.path = source.path;
    this.size = size;
    this.#source = source;
    this.#patches = patches;
  }

  read(offset: number, length: number): Uint8Array {
    const there = Math.max(0, Math.min(length, this.size - offset));
    const patched = this.#patches.filter((patch) => patch.offset < offset + there && endOf(patch) > offset);
    if (patched.length === 0) return this.#source.read(offset, there);
    const bytes = new Uint8Array(there);
    bytes.set(this.#source.read(offset, there));
    for (const patch of patched) {
      const start = Math.max(offset, patch.offset);
      const end = Math.min(offset + there, endOf(patch));
      bytes.set(patch.bytes.subarray(start - patch.offset, end - patch.offset), start - offset);
    }
    return bytes;
  }
}
