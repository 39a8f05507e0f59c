/**
 * What one job of the queue is: some recordings of one directory. It is named by what they are, so that adding it again adds
 * nothing, and what is done with each recording is a line of its own in the log of the job, so that whoever takes the job up
 * after a crash knows what is done and what its predecessor died of.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** A recording in the queue, as it was when it was found. */
export interface QueuedRecording {
  /** Path below the root. */
  readonly place: string;
  readonly kind: 'file' | 'staging';
  /** Of all its files together. */
  readonly bytes: number;
  /** Of the file that was written to last. */
  readonly mtimeMs: number;
}

/** Recordings of one directory. */
export interface Batch {
  /** The directory that was swept, as it is called where it was swept. */
  readonly root: string;
  readonly recordings: readonly QueuedRecording[];
}

/** More than this makes no batch; how many it has on the average is a quarter of it. */
export const maxBatch = 64;
/** A batch ends behind a recording whose hash divides by this. */
const meanBatch = maxBatch / 4;
/** Bytes after which a batch ends: what is large is spread over the workers. */
const maxBatchBytes = 2e9;

function hashOf(...parts: readonly (string | number)[]): Buffer {
  return createHash('sha256').update(parts.join('\0')).digest();
}

/** Tells a recording in the state it was found in from all others, whichever of the directories above it was swept. */
export function recordingKey(root: string, { place, bytes, mtimeMs }: QueuedRecording): string {
  return hashOf(join(root, place), bytes, mtimeMs).toString('base64url').slice(0, 22);
}

/** The name of the job: a hash of the paths, sizes and times of its recordings. */
export function batchId({ root, recordings }: Batch): string {
  return `batch-${hashOf(...recordings.map((recording) => recordingKey(root, recording)))
    .toString('hex')
    .slice(0, 32)}`;
}

/**
 * Gathers recordings, which come directory by directory, into batches. Where a batch ends depends on the recordings alone:
 * one that is new changes its own batch and no other.
 */
export class Batcher {
  readonly #root: string;
  #recordings: QueuedRecording[] = [];
  #directory = '';
  #bytes = 0;

  constructor(root: string) {
    this.#root = root;
  }

  /** Takes a recording of a directory; gives the batches that are whole by that. */
  add(recording: QueuedRecording, directory: string): Batch[] {
    const done = directory === this.#directory ? [] : this.end();
    this.#directory = directory;
    this.#recordings.push(recording);
    this.#bytes += recording.bytes;
    const isEnd =
      this.#recordings.length === maxBatch ||
      this.#bytes >= maxBatchBytes ||
      hashOf(recording.place).readUInt32BE(0) % meanBatch === 0;
    return isEnd ? [...done, ...this.end()] : done;
  }

  /** What is left. */
  end(): Batch[] {
    const recordings = this.#recordings;
    this.#recordings = [];
    this.#bytes = 0;
    return recordings.length === 0 ? [] : [{ root: this.#root, recordings }];
  }
}

/** The batch as text. Names that are no UTF-8 have code units that databases refuse in JSON, but not in a text that is JSON. */
export function writeBatch(batch: Batch): string {
  return JSON.stringify(batch);
}

/** Throws an error for what is no batch of ours: anybody may write to a queue. */
export function parseBatch(text: unknown): Batch {
  const batch = (typeof text === 'string' ? JSON.parse(text) : undefined) as Partial<Batch> | undefined;
  const isText = (value: unknown): boolean => typeof value === 'string';
  const isWhole =
    isText(batch?.root) &&
    Array.isArray(batch?.recordings) &&
    batch.recordings.every(
      ({ place, kind, bytes, mtimeMs }: QueuedRecording) =>
        isText(place) && (kind === 'file' || kind === 'staging') && Number.isFinite(bytes) && Number.isFinite(mtimeMs),
    );
  if (!isWhole) throw new Error('the job is none of salvor');
  return batch as Batch;
}
