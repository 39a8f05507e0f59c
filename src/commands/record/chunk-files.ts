/**
 * The files of a recording, one after the other: their names, which of them are closed and told of, and what becomes of the
 * stream where the disk is full. It knows neither samples nor containers.
 */
import type { ChunkFile, ChunkWriter } from './chunk.ts';
import type { ChunkDescription } from './described-chunks.ts';
import {
  chunkPath,
  firstNames,
  numberedChunkPath,
  type FirstName,
  type NamePlan,
  type RecordingType,
} from './names.ts';

/** What becomes of a stream for which there is no room any more. */
export type OnFull = 'stop' | 'drain' | 'drop-oldest';

/** One file that was recorded. */
export interface RecordedChunk {
  readonly file: string;
  readonly bytes: number;
  /** Seconds on the clock of the stream: of its first sample, and of the end of its last. */
  readonly start: number;
  readonly stop: number;
  /** Pictures; samples of audio where there are none. */
  readonly frames: number;
  /** Samples that are in no file: before the first picture that decoding can begin with, or for want of room. */
  readonly lost: number;
}

/** What else there is to say of a file. */
export interface ChunkFindings extends ChunkDescription {
  /** Whether a file of that name was there before. */
  readonly replaced: boolean;
}

/** What is told of a file by who has written it. */
export type ChunkFigures = Pick<RecordedChunk, 'start' | 'stop' | 'frames'>;

/** Gives what a file holds. */
export type ChunkDescriber = () => ChunkDescription | Promise<ChunkDescription>;

/** How files are named and told of. */
export interface ChunkFilesOptions extends NamePlan {
  /** Files that are there may be replaced. */
  readonly overwrite: boolean;
  readonly onFull: OnFull;
  /** Told of each file when it is on the disk. */
  readonly onChunk: (chunk: RecordedChunk, findings: ChunkFindings) => void;
  /** Told of what should be known. */
  readonly onNotice: (message: string) => void;
}

/** The files of one recording. */
export class ChunkFiles {
  readonly #options: ChunkFilesOptions;
  #base: string | undefined;
  #number = 0;
  readonly #finished: ChunkFile[] = [];
  /** Those that were removed to make room. */
  readonly #dropped = new Set<ChunkFile>();
  readonly #closing: Promise<void>[] = [];
  /** Samples that are in no file since the last one was closed. */
  lost = 0;
  /** Those that the files which are closed were told of. */
  #lostBefore = 0;
  /** Whether nothing is recorded any more for want of room. */
  isFull = false;

  constructor(options: ChunkFilesOptions) {
    this.#options = options;
  }

  /** Samples that are in no file. */
  get lostInAll(): number {
    return this.#lostBefore + this.lost;
  }

  /** Whether there is nothing to be done with what still comes. */
  get isStopped(): boolean {
    return this.isFull && this.#options.onFull !== 'drain';
  }

  /** Opens the next file: `open` is asked with one name after the other until it gives one. */
  next<T>(type: RecordingType, open: (path: string, mayReplace: boolean) => T | undefined): T {
    const now = new Date();
    const { overwrite } = this.#options;
    for (const { base, path } of this.#names(type, now)) {
      const opened = open(path, overwrite && !this.#finished.some((file) => file.path === path));
      if (opened === undefined) continue;
      if (!this.#options.dateFolders) this.#base = base;
      this.#number++;
      return opened;
    }
    throw new Error('names have no end');
  }

  #names(type: RecordingType, now: Date): Iterable<FirstName> {
    const base = this.#base;
    return base === undefined ? firstNames(this.#options, type, now) : this.#laterNames(base, type, now);
  }

  *#laterNames(base: string, type: RecordingType, now: Date): Generator<FirstName> {
    const path = chunkPath(this.#options, base, type, this.#number, now);
    for (let number = 0; ; number++) yield { base, path: number === 0 ? path : numberedChunkPath(path, number) };
  }

  /** Nothing came that the file could hold: what it was to replace stays, and so does its number. */
  giveBack(file: ChunkFile): void {
    file.discard();
    this.#number--;
  }

  /**
   * All of a file is written: it is closed in the background and told of then. When it is on the disk, `describe` is asked what
   * it holds, and `improve` may make it another length.
   */
  close(file: ChunkFile, figures: ChunkFigures, describe: ChunkDescriber, improve?: ChunkWriter['improve']): void {
    const report = { file: file.path, bytes: file.length, ...figures, lost: this.lost };
    this.#lostBefore += this.lost;
    this.lost = 0;
    this.#finished.push(file);
    this.#closing.push(this.#close(file, report, describe, improve));
  }

  async #close(
    file: ChunkFile,
    report: RecordedChunk,
    describe: ChunkDescriber,
    improve: ChunkWriter['improve'],
  ): Promise<void> {
    await file.close();
    const bytes = (await improve?.()) ?? report.bytes;
    // It may have come again by that.
    if (this.#dropped.has(file)) file.drop();
    this.#options.onChunk({ ...report, bytes }, { ...(await describe()), replaced: file.replaces });
  }

  /** When all that were closed are on the disk. */
  async settle(): Promise<void> {
    await Promise.all(this.#closing);
  }

  /** Makes room by removing what was recorded first, if that is wanted and there is any. Without that nothing more is recorded. */
  makeRoom(): boolean {
    const oldest = this.#options.onFull === 'drop-oldest' ? this.#finished.shift() : undefined;
    if (oldest === undefined) {
      this.isFull = true;
      return false;
    }
    this.#options.onNotice(`${oldest.path} is removed to make room`);
    this.#dropped.add(oldest);
    oldest.drop();
    return true;
  }
}
