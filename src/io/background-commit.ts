/**
 * Brings finished outputs to the disk and gives them their names while the next one is being written. They are named in the
 * order in which they were finished, so that what is there is always the beginning of what there will be.
 */
import { fstatSync, fsync, readSync } from './file-system.ts';
import { promisify } from 'node:util';
import { SalvorError } from '../media/errors.ts';
import type { Findings } from '../media/findings.ts';
import type { AtomicOutput } from './atomic-output.ts';
import { syncDirectoryInBackground } from './directory-handle.ts';
import { outputError, reasonOf } from './system-error.ts';
import type { WriteQueue } from './write-queue.ts';

const syncAsync = promisify(fsync);

/** What was written, as far as it is compared with what is read back. */
export interface WrittenBytes {
  readonly length: number;
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
}

/** So many outputs may wait for the disk whatever their size, and so many if they are small. */
const maxWaiting = 3;
const maxSmallWaiting = 64;
const smallBytes = 16 * 1024 * 1024;

interface Waiting {
  readonly length: number;
  readonly done: Promise<void>;
}

/** A queue of outputs that are synced and renamed one after the other. */
export class BackgroundCommits {
  readonly #waiting: Waiting[] = [];
  readonly #directories = new Map<string, DirectorySync>();
  readonly #findings: Findings;
  readonly #keepsAll: boolean;
  #waitingBytes = 0;
  #last: Promise<void> = Promise.resolve();
  #failure: unknown;

  /** `findings`: what is to be said about the files themselves. `keepsAll`: what follows an output that could not be made is made all the same, since it cannot be made again. */
  constructor(findings: Findings, options: { readonly keepsAll?: boolean } = {}) {
    this.#findings = findings;
    this.#keepsAll = options.keepsAll ?? false;
  }

  /**
   * Takes over a finished output, whose last bytes may still be in the queue; returns once not too many are waiting. Throws
   * what an earlier one failed with.
   */
  async add(output: AtomicOutput, queue: WriteQueue, written: WrittenBytes, committed: () => void): Promise<void> {
    const { length } = written;
    const synced = sync(output, queue);
    // The promise may be rejected before it is its turn.
    synced.catch(() => {});
    const before = this.#last;
    const named = this.#name(output, written, synced, before);
    this.#last = this.#noteFailure(named);
    const done = this.#complete(named, committed);
    this.#waiting.push({ length, done });
    this.#waitingBytes += length;
    while (this.#tooManyWait()) {
      const oldest = this.#waiting.shift()!;
      this.#waitingBytes -= oldest.length;
      await oldest.done;
    }
    this.throwFailure();
  }

  /** Waits until all are named and will stay so. */
  async finish(): Promise<void> {
    await this.settle();
    this.throwFailure();
  }

  /** The same without a word of what has failed. */
  async settle(): Promise<void> {
    await Promise.all(this.#waiting.map(({ done }) => done));
    await this.#last;
  }

  async #noteFailure(named: Promise<string>): Promise<void> {
    try {
      await named;
    } catch (error) {
      this.#failure ??= error;
    }
  }

  async #complete(named: Promise<string>, committed: () => void): Promise<void> {
    let directory: string;
    try {
      directory = await named;
    } catch {
      return; // It has been noted.
    }
    try {
      await this.#syncOf(directory);
    } catch (error) {
      this.#failure ??= mayNotLast(directory, error);
      return;
    }
    committed();
  }

  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #tooManyWait(): boolean {
    const count = this.#waiting.length;
    return count > maxSmallWaiting || (count > maxWaiting && this.#waitingBytes > smallBytes);
  }

  async #name(
    output: AtomicOutput,
    written: WrittenBytes,
    synced: Promise<void>,
    before: Promise<void>,
  ): Promise<string> {
    try {
      await before;
      if (!this.#keepsAll) this.throwFailure();
      try {
        await synced;
      } catch (error) {
        throw outputError(output.target, error);
      }
      verify(output, written);
      return output.nameOnly(this.#findings);
    } catch (error) {
      await synced.catch(() => {});
      output.discard();
      throw error;
    }
  }

  #syncOf(directory: string): Promise<void> {
    let syncing = this.#directories.get(directory);
    if (syncing === undefined) this.#directories.set(directory, (syncing = new DirectorySync(directory)));
    return syncing.next();
  }
}

/** Syncs a directory for all who wait at once: what was named while one sync went on shares the next. */
class DirectorySync {
  readonly #directory: string;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Resolves when a sync that began after this call has ended. */
  next(): Promise<void> {
    this.#next ??= this.#syncAfter(this.#running);
    return this.#next;
  }

  async #syncAfter(running: Promise<void>): Promise<void> {
    // What failed then was told to those who waited for it.
    await running.catch(() => {});
    this.#next = undefined;
    this.#running = syncDirectoryInBackground(this.#directory);
    await this.#running;
  }
}

function mayNotLast(directory: string, error: unknown): SalvorError {
  return new SalvorError(
    'output',
    `what was made in it could not be brought to the disk (${reasonOf(error)}): a power cut may undo it`,
    {
      file: directory,
      cause: error,
      advice: 'look after the disk, and run the same again',
    },
  );
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
