/**
 * What earlier sweeps found, so that an unchanged tree is passed without looking into its files. It may be lost, torn or old at
 * any time: a sweep without it does the same, only slower. What a file has to be like to be known again is decided here; what
 * was done with it is not.
 */
import { basename, dirname, join } from 'node:path';
import { LineLog } from '../../io/line-log.ts';
import { realPathOf } from '../../io/links.ts';
import { fileStateOf, type FileState } from '../../io/walk.ts';
import { SalvorError } from '../../media/errors.ts';
import type { Candidate } from '../../rescue/sweeping/candidates.ts';
import type { SweepOutcome, SweepResult } from '../../media/sweep-outcome.ts';

/** What a line of the state file says. */
interface Remembered {
  /** Path without links, absolute: the same however the tree was named. */
  readonly p: string;
  /** Sizes, times and numbers of the files. */
  readonly k: string;
  /** What it came to. */
  readonly r: SweepResult;
  /** By which version of salvor, and where results were to go. */
  readonly v: string;
  /** Where the result lies, in the same way. */
  readonly o?: string;
  /** Why it failed. */
  readonly w?: string;
}

/** Lines that later ones replace may be so many times those that stand, before the file is written anew. */
const maxStale = 2;
const minLinesToRewrite = 1000;
const syncEveryMilliseconds = 1000;

/** What is known of candidates. */
export class SweepMemory {
  #log: LineLog | undefined;
  readonly #known = new Map<string, Remembered>();
  readonly #version: string;
  readonly #lost: (error: SalvorError) => void;
  #lines = 0;
  #synced = performance.now();

  /**
   * `path`: of the state file; undefined to remember for this run alone. `version`: what outcomes depend on beside the files.
   * `lost`: told, once, when the file cannot be written to any more: recordings do not wait for that. Throws `output` and
   * `unreadable` errors where the file cannot be used from the beginning.
   */
  constructor(path: string | undefined, version: string, lost: (error: SalvorError) => void) {
    this.#version = version;
    this.#lost = lost;
    this.#log = path === undefined ? undefined : new LineLog(path);
    const read = reader();
    for (const line of this.#log?.lines() ?? []) {
      this.#lines++;
      const remembered = read(line);
      if (remembered !== undefined) this.#known.set(remembered.p, remembered);
    }
  }

  /** What this candidate came to, if it is as it was then and what was made of it is where it was. `retry`: failures count for nothing. */
  recall({ path, realPath, files }: Candidate, retry: boolean): SweepOutcome | undefined {
    const known = this.#known.get(realPath);
    if (known === undefined || known.k !== keyOf(files)) return undefined;
    // What is intact or no recording is so whatever is to be done with the others.
    const stands = known.r === 'intact' || known.r === 'nothing';
    if (!stands && known.v !== this.#version) return undefined;
    if (known.r === 'failed' && retry) return undefined;
    if (known.o !== undefined && fileStateOf(known.o) === undefined) return undefined;
    return {
      path,
      result: known.r,
      ...(known.o === undefined ? {} : { output: asNamed(known.o, path, realPath) }),
      ...(known.w === undefined ? {} : { reason: known.w }),
    };
  }

  /** Notes what a candidate came to. */
  note({ path, realPath, kind, files }: Candidate, { result, output, reason }: SweepOutcome): void {
    if (result === 'busy' || result === 'would-make') return;
    // What was repaired where it lies has changed by that.
    const now = files.flatMap((file) => fileStateOf(file.path) ?? []);
    if (now.length === 0) return;
    // The MP4 of a set lies beside it: what is intact is not the set.
    const isInPlace = kind === 'file' && result === 'made' && output === path && reason === undefined;
    const remembered: Remembered = {
      p: realPath,
      k: keyOf(result === 'made' ? now : files),
      r: isInPlace ? 'intact' : result === 'made' ? 'finished' : result,
      v: this.#version,
      ...(output === undefined ? {} : { o: inRealDirectory(output) }),
      ...(reason === undefined ? {} : { w: reason }),
    };
    this.#known.set(realPath, remembered);
    this.#write((log) => {
      log.add(JSON.stringify(remembered));
      this.#lines++;
      if (performance.now() - this.#synced < syncEveryMilliseconds) return;
      log.sync();
      this.#synced = performance.now();
    });
  }

  /** Brings everything to the disk, and writes the file anew where most of it is out of date. */
  close(): void {
    this.#write((log) => {
      log.sync();
      if (this.#lines > minLinesToRewrite && this.#lines > maxStale * this.#known.size) log.rewrite(latest);
    });
    this.#log?.close();
  }

  #write(work: (log: LineLog) => void): void {
    if (this.#log === undefined) return;
    try {
      work(this.#log);
    } catch (error) {
      if (!(error instanceof SalvorError)) throw error;
      this.#log.close();
      this.#log = undefined;
      this.#lost(error);
    }
  }
}

/** Of several lines about one path, the last. */
function latest(lines: readonly string[]): string[] {
  const last = new Map<string, string>();
  const read = reader();
  for (const line of lines) {
    const remembered = read(line);
    if (remembered !== undefined) last.set(remembered.p, JSON.stringify(remembered));
  }
  return [...last.values()];
}

/** A result beside its recording is named as that one is. */
function asNamed(output: string, path: string, realPath: string): string {
  return dirname(output) === dirname(realPath) ? join(dirname(path), basename(output)) : output;
}

function inRealDirectory(path: string): string {
  return join(realPathOf(dirname(path)), basename(path));
}

/**
 * Reads lines of which many are of one directory and by one version. Paths may be relative, as they were named once: what such a
 * line says holds only for the very file that it describes, wherever this process runs.
 */
function reader(): (line: string) => Remembered | undefined {
  const directories = new Map<string, string>();
  const versions = new Map<string, string>();
  const once = (map: Map<string, string>, text: string, make: (text: string) => string): string => {
    const made = map.get(text) ?? make(text);
    map.set(text, made);
    return made;
  };
  const real = (path: string): string => join(once(directories, dirname(path), realPathOf), basename(path));
  return (line) => {
    const read = parsed(line);
    if (read === undefined) return undefined;
    const v = once(versions, read.v, (text) => text);
    return { ...read, p: real(read.p), v, ...(read.o === undefined ? {} : { o: real(read.o) }) };
  };
}

function parsed(line: string): Remembered | undefined {
  try {
    const value = JSON.parse(line) as Partial<Remembered> | null;
    const isWhole = [value?.p, value?.k, value?.r, value?.v].every((field) => typeof field === 'string');
    return isWhole ? (value as Remembered) : undefined;
  } catch {
    return undefined; // Torn by a kill, or two at once where the file system does not add whole lines.
  }
}

function keyOf(files: readonly FileState[]): string {
  return files.map(({ bytes, mtimeMs, inode }) => `${bytes}:${mtimeMs}:${inode}`).join(' ');
}
