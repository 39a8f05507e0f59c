/**
 * Brings finished outputs to the disk and gives them their names while the next one is being written. They are named in the
 * order in which they were finished, so that what is there is always the beginning of what there will be.
 */
import { fdatasync, fstatSync, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { SalvorError } from '../media/errors.ts';
import type { AtomicOutput } from './atomic-output.ts';
import { outputError } from './system-error.ts';
import type { WriteQueue } from './write-queue.ts';

const syncAsync = promisify(fdatasync);

/** What was written, as far as it is compared with what is read back. */
export interface WrittenBytes {
  readonly length: number;
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
}

/** More outputs than this are not left waiting for the disk. */
const mostWaiting = 3;

export class BackgroundCommits {
  readonly #waiting: { readonly output: AtomicOutput; readonly done: Promise<void> }[] = [];
  #last: Promise<void> = Promise.resolve();
  #failure: unknown;

  /**
   * Takes over a finished output, whose last bytes may still be in the queue; returns once not too many are waiting. Throws
   * what an earlier one failed with.
   */
  async add(output: AtomicOutput, queue: WriteQueue, written: WrittenBytes, committed: () => void): Promise<void> {
    const synced = sync(output, queue);
    // The promise may be rejected before it is its turn.
    synced.catch(() => {});
    const before = this.#last;
    const done = this.#commit(output, written, synced, before).then(committed);
    this.#last = done.catch((error: unknown) => void (this.#failure ??= error));
    this.#waiting.push({ output, done: this.#last });
    while (this.#waiting.length > mostWaiting) await this.#waiting.shift()!.done;
    this.#throwFailure();
  }

  /** Waits until all are named. */
  async finish(): Promise<void> {
    await this.#last;
    this.#throwFailure();
  }

  async #commit(
    output: AtomicOutput,
    written: WrittenBytes,
    synced: Promise<void>,
    before: Promise<void>,
  ): Promise<void> {
    try {
      await before;
      this.#throwFailure();
      try {
        await synced;
      } catch (error) {
        throw outputError(output.target, error);
      }
      verify(output, written);
      await output.commitInBackground();
    } catch (error) {
      await synced.catch(() => {});
      output.discard();
      throw error;
    }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

/** Brings what was written, and what of it is still in the queue, to the disk. */
async function sync(output: AtomicOutput, queue: WriteQueue): Promise<void> {
  queue.flush(output);
  queue.check();
  await syncAsync(output.descriptor);
}

/** Reads back the size, the beginning and the end. */
function verify(output: AtomicOutput, { length, head, tail }: WrittenBytes): void {
  let found: number;
  let isSame: boolean;
  try {
    found = fstatSync(output.descriptor).size;
    isSame = holds(output.descriptor, head, 0) && holds(output.descriptor, tail, length - tail.length);
  } catch (error) {
    throw outputError(output.target, error);
  }
  if (found === length && isSame) return;
  throw new SalvorError('output', 'what was read back is not what was written; nothing was changed', {
    file: output.target,
    advice: 'look for faults of the disk',
  });
}

function holds(descriptor: number, expected: Uint8Array, offset: number): boolean {
  const bytes = Buffer.alloc(expected.length);
  let filled = 0;
  while (filled < bytes.length) {
    const count = readSync(descriptor, bytes, filled, bytes.length - filled, offset + filled);
    if (count === 0) return false;
    filled += count;
  }
  return bytes.equals(expected);
}
