/**
 * The file of a part while it is being written: under a temporary name until it is complete. In a dry run there is none,
 * and only the bytes are counted.
 */
import type { AtomicOutput } from '../../io/atomic-output.ts';
import type { WrittenBytes } from '../../io/background-commit.ts';
import type { WriteQueue } from '../../io/write-queue.ts';
import type { EarlierPart } from './earlier-part.ts';
import type { PlannedPart } from '../../rescue/splitting/planned-part.ts';
import type { Part } from '../../rescue/splitting/part-router.ts';

/** So much of the beginning and the end is compared when the file is read back. */
const comparedBytes = 4096;
const none = Buffer.alloc(0);

/** One part: its plan, its bytes so far, and its file where one is written. */
export class PartOutput implements Part {
  readonly plan: PlannedPart;
  readonly output: AtomicOutput | undefined;
  bytes = 0;
  insertedBytes = 0;
  movedPackets = 0;
  /** Whether it has its name. */
  isMade = false;
  readonly #queue: WriteQueue;
  readonly #path: string;
  readonly #earlier: EarlierPart | undefined;
  #head: Buffer = none;
  #tail: Buffer = none;

  /**
   * `queue`: what brings the bytes to the file; they must stay as they are until then. `output`: a path where nothing is to
   * be written. `earlier`: a file that is there and to be compared.
   */
  constructor(plan: PlannedPart, output: AtomicOutput | string, queue: WriteQueue, earlier?: EarlierPart) {
    this.#earlier = earlier;
    this.plan = plan;
    this.#queue = queue;
    this.output = typeof output === 'string' ? undefined : output;
    if (this.output !== undefined) {
      this.#head = Buffer.alloc(comparedBytes);
      this.#tail = Buffer.alloc(comparedBytes);
    }
    this.#path = typeof output === 'string' ? output : output.target;
  }

  /** Where it is, or will be. */
  get path(): string {
    return this.output?.target ?? this.#path;
  }

  /** Whether the file that was to be compared is this part. Closes that file. */
  isThere(): boolean {
    this.#earlier?.close();
    return this.#earlier?.isWhole(this.bytes) === true;
  }

  /** It has its name and will keep it. */
  made(): void {
    this.isMade = true;
    // There may be thousands of parts.
    this.#head = none;
    this.#tail = none;
  }

  /**
   * Gives what of it has come to the disk its name, in whole cells of `stride` bytes, after a failure: there is no other copy.
   * False if there is nothing, or that fails as well.
   */
  keepWhatThereIs(stride: number): boolean {
    const { output } = this;
    if (output === undefined || this.isMade) return false;
    try {
      const length = Math.min(output.length, this.bytes);
      const kept = length < this.bytes ? length - (length % stride) : length;
      if (kept <= this.insertedBytes) return false;
      output.truncate(kept);
      output.sync();
      output.commit();
      this.bytes = kept;
      this.made();
      return true;
    } catch {
      return false;
    }
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
    this.#earlier?.compare(bytes, this.bytes);
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
    this.#earlier?.close();
    if (!this.isMade) this.output?.discard();
  }

  #remember(bytes: Uint8Array): void {
    if (this.bytes < comparedBytes) this.#head.set(bytes.subarray(0, comparedBytes - this.bytes), this.bytes);
    const end = bytes.subarray(Math.max(0, bytes.length - comparedBytes));
    this.#tail.copyWithin(0, end.length);
    this.#tail.set(end, comparedBytes - end.length);
  }
}
