/** What a chunk of a recording is to whoever records: what it is made of, its files, and its writer. It knows no container. */
import type { AccessUnit, StreamTrack } from '../../media/access-unit.ts';
import type { RecordingType } from './names.ts';

/** Bytes that are kept free beside a chunk at least. */
export const minReserve = 512 * 1024;

/** What a chunk is made of. */
export interface ChunkPlan {
  readonly type: RecordingType;
  /** The four files of the media server in place of the MP4. */
  readonly staging: boolean;
  readonly tracks: readonly StreamTrack[];
  readonly startSeconds: number;
}

/** What a chunk is written to: one file, or those of a staging set. */
export interface ChunkFile {
  /** The name of the recording. */
  readonly path: string;
  /** Bytes that were written. */
  readonly length: number;
  /** Whether it takes the place of another. */
  readonly replaces: boolean;
  /** Sees to it that so many bytes are kept free, beside what is written. Throws `NoRoom`. */
  reserve(bytes: number): void;
  giveUpReserve(): void;
  /** Has what was written brought to the disk, unless that is going on. `holdsMedia`: there are samples in it. */
  syncInBackground(holdsMedia: boolean): void;
  /** Ends it; all is on the disk then. */
  close(): Promise<void>;
  /** Removes it while it is open. */
  discard(): void;
  /** Removes it once it is closed. */
  drop(): void;
}

/** Writes one chunk. What it throws is `NoRoom` where the disk is full; `finish` may be asked for all the same. */
export interface ChunkWriter {
  /** Its bytes have to stay as they are while it waits. */
  unit(unit: AccessUnit): void;
  /** How many samples are not written yet: that many of those that it got last. */
  readonly waiting: number;
  /** Writes what waits. */
  flush(): void;
  /** What waits is given up. Gives how many samples that were. */
  drop(): number;
  /** Bytes that have to be kept free so that the chunk can be ended. */
  readonly reserve: number;
  /** Ends the file, which stays open. `endSeconds`: where the last sample ends, on the clock of the stream. */
  finish(endSeconds: number): void;
  /**
   * To be called when the file is closed and on the disk: what is better of it for nothing. Gives how long it is then;
   * undefined where it is as it was.
   */
  improve?(): Promise<number | undefined>;
}

/** A chunk that was begun. */
export interface OpenChunk {
  readonly file: ChunkFile;
  readonly writer: ChunkWriter;
}
