/**
 * Walks the tags of an FLV that comes as a stream (standard input), with the same reader and the same findings as a file.
 * What was walked over is forgotten; how much is kept depends on the largest tags and on nothing else.
 */
import type { ByteSource } from '../io/file-source.ts';
import { flvHeaderLength } from './header.ts';
import { previousTagSizeLength } from './tag.ts';
import { firstTagOffset, TagReader, type TagEvent } from './tag-reader.ts';

/** Thrown by a read of bytes that have not come yet; it never leaves this module. */
class NotYet extends Error {}

/** The part of a stream that is looked at, as a source. Its size is not known until it ends. */
class StreamSource implements ByteSource {
  readonly path: string;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #bytes = new Uint8Array(256 * 1024);
  #start = 0;
  #length = 0;
  #ended = false;

  constructor(path: string, chunks: AsyncIterable<Uint8Array>) {
    this.path = path;
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  get size(): number {
    return this.#ended ? this.#start + this.#length : Infinity;
  }

  read(offset: number, length: number): Uint8Array {
    const at = offset - this.#start;
    if (at < 0) throw new RangeError(`byte ${offset} of the stream was forgotten already`);
    if (at + length > this.#length && !this.#ended) throw new NotYet();
    return this.#bytes.subarray(Math.min(at, this.#length), Math.min(at + length, this.#length));
  }

  /** Takes the next bytes of the stream in, and forgets those before `needed`. */
  async more(needed: number): Promise<void> {
    const { done, value } = await this.#chunks.next();
    if (done === true) {
      this.#ended = true;
      return;
    }
    const forgotten = Math.max(0, Math.min(needed - this.#start, this.#length));
    const kept = this.#length - forgotten;
    if (kept + value.length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(kept + value.length, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(forgotten, this.#length));
      this.#bytes = grown;
    } else if (forgotten > 0 && (this.#length + value.length > this.#bytes.length || kept === 0)) {
      this.#bytes.copyWithin(0, forgotten, this.#length);
    } else {
      this.#bytes.set(value, this.#length);
      this.#length += value.length;
      return;
    }
    this.#bytes.set(value, kept);
    this.#start += forgotten;
    this.#length = kept + value.length;
  }

  /** Does something that reads, as soon as the bytes it reads are there. */
  async when<T>(position: () => number, act: () => T): Promise<T> {
    for (;;) {
      try {
        return act();
      } catch (error) {
        if (!(error instanceof NotYet)) throw error;
      }
      await this.more(position());
    }
  }
}

/** A reader over a stream: `next` waits for what it needs. */
export interface TagStream {
  readonly reader: TagReader;
  /** The nine bytes at the start of the stream, or what there was. */
  readonly header: Uint8Array;
  /** Reads a tag's data before `next` is called again: `length` bytes from `offset` on, or as many as there are. */
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
  readonly next: () => Promise<TagEvent>;
}

/** Opens a stream of bytes. `path`: its name for messages. */
export async function openTagStream(path: string, chunks: AsyncIterable<Uint8Array>): Promise<TagStream> {
  const source = new StreamSource(path, chunks);
  const start = (): number => 0;
  const header = await source.when(start, () => source.read(0, flvHeaderLength).slice());
  const first = await source.when(start, () => firstTagOffset(source));
  const reader = new TagReader(source, first ?? flvHeaderLength + previousTagSizeLength);
  return {
    reader,
    header,
    read: (offset, length) => source.when(start, () => source.read(offset, length)),
    next: () =>
      source.when(
        () => reader.position,
        () => reader.next(),
      ),
  };
}
