/**
 * A file that has the name of a part already, held against the part as it would be written: one with the same bytes was made by
 * an earlier run, and is done. What becomes of it is for others.
 */
import { pathKind } from '../../io/directory.ts';
import { FileSource } from '../../io/file-source.ts';

/** A file that has the name of a part, compared with that part as it comes. */
export class EarlierPart {
  readonly #file: FileSource;
  #isSame = true;
  #isOpen = true;

  private constructor(file: FileSource) {
    this.#file = file;
  }

  /** The file of that name; undefined where there is none. */
  static at(path: string): EarlierPart | undefined {
    return pathKind(path) === 'file' ? new EarlierPart(new FileSource(path)) : undefined;
  }

  /** Compares what would be written at an offset. */
  compare(bytes: Uint8Array, offset: number): void {
    if (!this.#isSame) return;
    const there = this.#file.read(offset, bytes.length);
    this.#isSame = there.length === bytes.length && Buffer.compare(there, bytes) === 0;
  }

  /** Whether it is the part, which has so many bytes. */
  isWhole(length: number): boolean {
    return this.#isSame && this.#file.size === length;
  }

  close(): void {
    if (this.#isOpen) this.#file.close();
    this.#isOpen = false;
  }
}
