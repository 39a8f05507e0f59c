/**
 * What earlier sweeps found, so that an unchanged tree is passed without looking into its files. It may be lost, torn or old at
 * any time: a sweep without it does the same, only slower. What a file has to be like to be known again is decided here; what
 * was done with it is not.
 */
import { LineLog } from '../../io/line-log.ts';
import { fileStateOf, type FileState } from '../../io/walk.ts';
import type { Candidate } from '../../rescue/sweeping/candidates.ts';
import type { SweepOutcome, SweepResult } from '../../media/sweep-outcome.ts';

/** What a line of the state file says. */
interface Remembered {
  /** Path. */
  readonly p: string;
  /** Sizes, times and numbers of the files. */
  readonly k: string;
  /** What it came to. */
  readonly r: SweepResult;
  /** By which version of salvor, and where results were to go. */
  readonly v: string;
  /** Where the result lies. */
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
  readonly #log: LineLog | undefined;
  readonly #known = new Map<string, Remembered>();
  readonly #version: string;
  #lines = 0;
  #synced = performance.now();

  /** `path`: of the state file; undefined to remember for this run alone. `version`: what outcomes depend on beside the files. */
  constructor(path: string | undefined, version: string) {
    this.#version = version;
    this.#log = path === undefined ? undefined : new LineLog(path);
    for (const line of this.#log?.lines() ?? []) {
      this.#lines++;
      const remembered = parsed(line);
      if (remembered !== undefined) this.#known.set(remembered.p, remembered);
    }
  }

  /** What this candidate came to, if it is as it was then and what was made of it is where it was. `retry`: failures count for nothing. */
  recall({ path, files }: Candidate, retry: boolean): SweepOutcome | undefined {
    const known = this.#known.get(path);
    if (known === undefined || known.k !== keyOf(files)) return undefined;
    // What is intact or no recording is so whatever is to be done with the others.
    const stands = known.r === 'intact' || known.r === 'nothing';
    if (!stands && known.v !== this.#version) return undefined;
    if (known.r === 'failed' && retry) return undefined;
    if (known.o !== undefined && known.o !== path && fileStateOf(known.o) === undefined) return undefined;
    return {
      path,
      result: known.r,
      ...(known.o === undefined ? {} : { output: known.o }),
      ...(known.w === undefined ? {} : { reason: known.w }),
    };
  }

  /** Notes what a candidate came to. */
  note({ path, files }: Candidate, { result, output, reason }: SweepOutcome): void {
    if (result === 'busy' || result === 'would-make') return;
    // What was repaired where it lies has changed by that.
    const now = files.flatMap((file) => fileStateOf(file.path) ?? []);
    if (now.length === 0) return;
    const isInPlace = result === 'made' && output === path && reason === undefined;
    const remembered: Remembered = {
      p: path,
      k: keyOf(result === 'made' ? now : files),
      r: isInPlace ? 'intact' : result === 'made' ? 'finished' : result,
      v: this.#version,
      ...(output === undefined ? {} : { o: output }),
      ...(reason === undefined ? {} : { w: reason }),
    };
    this.#known.set(path, remembered);
    if (this.#log === undefined) return;
    this.#log.add(JSON.stringify(remembered));
    this.#lines++;
    if (performance.now() - this.#synced < syncEveryMilliseconds) return;
    this.#log.sync();
    this.#synced = performance.now();
  }

  /** Brings everything to the disk, and writes the file anew where most of it is out of date. */
  close(): void {
    if (this.#log === undefined) return;
    this.#log.sync();
    if (this.#lines > minLinesToRewrite && this.#lines > maxStale * this.#known.size) this.#log.rewrite(latest);
    this.#log.close();
  }
}

/** Of several lines about one path, the last. */
function latest(lines: readonly string[]): string[] {
  const last = new Map<string, string>();
  for (const line of lines) {
    const remembered = parsed(line);
    if (remembered !== undefined) last.set(remembered.p, line);
  }
  return [...last.values()];
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
