/**
 * Writes in the background, one after the other, while the caller prepares the next bytes. It pays where that takes a
 * processor's time of its own; where bytes are only passed on, a plain write is faster (copy-range.ts).
 */
import { write } from 'node:fs';
import { promisify } from 'node:util';
import type { AtomicOutput } from './atomic-output.ts';
import { outputError } from './system-error.ts';

const writeAsync = promisify(write);

export class WriteQueue {
  #last: Promise<void> = Promise.resolve();
  #failure: Error | undefined;

  /** Queues bytes, which must stay as they are until they have been written. After a failure nothing is written any more. */
  write(output: AtomicOutput, bytes: Uint8Array, offset: number): void {
    this.#last = this.#last.then(() => this.#write(output, bytes, offset));
  }

  /** Resolves when all that was queued so far has been written or has failed. Never rejects. */
  get idle(): Promise<void> {
    return this.#last;
  }

  /** Throws what a write has failed with. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
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
