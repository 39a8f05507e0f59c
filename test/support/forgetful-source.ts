/**
 * A file in memory that takes a source's promise at its word: what a read gave is wiped by the next one. Readers that keep
 * a view instead of a copy give garbage over it. It can also count what was read.
 */
import type { ByteSource } from '../../src/io/file-source.ts';

export interface ForgetfulSource extends ByteSource {
  /** Bytes handed out so far. */
  readonly bytesRead: number;
}

/** Bytes as a source that wipes each view with the next read; reads at the end are short, as a file's. */
export function forgetfulSource(bytes: Uint8Array, path = 'memory'): ForgetfulSource {
  let last = new Uint8Array(0);
  let bytesRead = 0;
  return {
    path,
    size: bytes.length,
    get bytesRead() {
      return bytesRead;
    },
    read(offset, length) {
      last.fill(0xee);
      // Not slice(): of a Buffer that gives a view.
      last = new Uint8Array(bytes.subarray(offset, offset + length));
      bytesRead += last.length;
      return last;
    },
  };
}
