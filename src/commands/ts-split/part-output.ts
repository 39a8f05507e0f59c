/**
 * The file of a part while it is being written: under a temporary name until it is complete. In a dry run there is none,
 * and only the bytes are counted.
 */
import { AtomicOutput } from '../../io/atomic-output.ts';
import type { WrittenBytes } from '../../io/background-commit.ts';
import type { WriteQueue } from '../../io/write-queue.ts';
import type { PlannedPart } from './cut-finder.ts';
import type { Part } from './part-router.ts';

/** So much of the beginning and the end is compared when the file is read back. */
const comparedBytes = 4096;

export class PartOutput implements Part {
  readonly plan: PlannedPart;
  readonly path: string;
  readonly output: AtomicOutput | undefined;
  bytes = 0;
  insertedBytes = 0;
  movedPackets = 0;
  /** Whether it has its name. */
  isMade = false;
  readonly #queue: WriteQueue;
  readonly #head = Buffer.alloc(comparedBytes);
  readonly #tail = Buffer.alloc(comparedBytes);

  /** `queue`: what brings the bytes to the file; they must stay as they are until then. */
  constructor(plan: PlannedPart, path: string, queue: WriteQueue, options: { replace: boolean; dryRun: boolean }) {
    this.plan = plan;
    this.#queue = queue;
    this.path = path;
    this.output = options.dryRun ? undefined : new AtomicOutput(path, options);
  }

  insert(bytes: Uint8Array): void {
    this.insertedBytes += bytes.length;
    this.write(bytes);
  }

  write(bytes: Uint8Array): void {
    if (this.output !== undefined) {
      this.#queue.write(this.output, bytes, this.bytes);
      this.#remember(bytes);
    }
    this.bytes += bytes.length;
  }

  get written(): WrittenBytes {
    const compared = Math.min(this.bytes, comparedBytes);
    return {
      length: this.bytes,
      head: this.#head.subarray(0, compared),
      tail: this.#tail.subarray(comparedBytes - compared),
    };
  }

  /** Forgets what was written, unless it has its name. */
  discard(): void {
    if (!this.isMade) this.output?.discard();
  }

  #remember(bytes: Uint8Array): void {
    if (this.bytes < comparedBytes) this.#head.set(bytes.subarray(0, comparedBytes - this.bytes), this.bytes);
    const end = bytes.subarray(Math.max(0, bytes.length - comparedBytes));
    this.#tail.copyWithin(0, end.length);
    this.#tail.set(end, comparedBytes - end.length);
  }
}
