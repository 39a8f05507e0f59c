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
interface Line {
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

/** What is known of a path. There may be very many, and so it is kept short. */
interface Remembered {
  readonly files: string;
  readonly result: SweepResult;
  readonly conditions: string;
  readonly output: string | undefined;
  readonly reason: string | undefined;
}

/** How every line begins. */
const beginning = '{"p":"';
/** Lines that later ones replace may be so many times those that stand, before the file is written anew. */
const maxStale = 2;
const minLinesToRewrite = 1000;
const syncEveryMilliseconds = 1000;

/** What is known of candidates. */
export class SweepMemory {
  #log: LineLog | undefined;
  readonly #known = new Map<string, Remembered>();
  readonly #conditions: string;
  readonly #lost: (error: SalvorError) => void;
  #lines = 0;
  #synced = performance.now();

  /**
   * `path`: of the state file; undefined to remember for this run alone. `conditions`: what outcomes depend on beside the files.
   * `lost`: told, once, when the file cannot be written to any more: recordings do not wait for that. Throws `output` and
   * `unreadable` errors where the file cannot be used from the beginning.
   */
  constructor(path: string | undefined, conditions: string, lost: (error: SalvorError) => void) {
    this.#conditions = conditions;
    this.#lost = lost;
    this.#log = path === undefined ? undefined : new LineLog(path, beginning);
    const read = reader();
    for (const line of this.#log?.lines() ?? []) {
      this.#lines++;
      const said = read(line);
      if (said === undefined) continue;
      const { p, k, r, v, o, w } = said;
      this.#known.set(p, { files: k, result: r, conditions: v, output: o, reason: w });
    }
  }

  /** What this candidate came to, if it is as it was then and what was made of it is where it was. `retry`: failures count for nothing. */
  recall({ path, realPath, files }: Candidate, retry: boolean): SweepOutcome | undefined {
    const known = this.#known.get(realPath);
    if (known === undefined || known.files !== keyOf(files)) return undefined;
    const { result, conditions, output, reason } = known;
    // What is intact or no recording is so whatever is to be done with the others.
    const stands = result === 'intact' || result === 'nothing';
    if (!stands && conditions !== this.#conditions) return undefined;
    if (result === 'failed' && retry) return undefined;
    if (output !== undefined && fileStateOf(output) === undefined) return undefined;
    return {
      path,
      result,
      ...(output === undefined ? {} : { output: asNamed(output, path, realPath) }),
      ...(reason === undefined ? {} : { reason }),
    };
  }

  /** Notes what a candidate came to. */
  note({ path, realPath, kind, files }: Candidate, outcome: SweepOutcome): void {
    if (outcome.result === 'busy' || outcome.result === 'would-make') return;
    // What was repaired where it lies has changed by that.
    const now = files.flatMap((file) => fileStateOf(file.path) ?? []);
    if (now.length === 0) return;
    // The MP4 of a set lies beside it: what is intact is not the set.
    const { reason } = outcome;
    const isMade = outcome.result === 'made';
    const isInPlace = kind === 'file' && isMade && outcome.output === path && reason === undefined;
    const result = isInPlace ? 'intact' : isMade ? 'finished' : outcome.result;
    const output = outcome.output === undefined ? undefined : inRealDirectory(outcome.output);
    const conditions = this.#conditions;
    const key = keyOf(isMade ? now : files);
    this.#known.set(realPath, { files: key, result, conditions, output, reason });
    this.#write((log) => {
      const line: Line = {
        p: realPath,
        k: key,
        r: result,
        v: conditions,
        ...(output === undefined ? {} : { o: output }),
        ...(reason === undefined ? {} : { w: reason }),
      };
      log.add(JSON.stringify(line));
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
      if (this.#lines <= minLinesToRewrite || this.#lines <= maxStale * this.#known.size) return;
      this.#known.clear();
      log.rewrite(latest);
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
function* latest(lines: () => Iterable<string>): Generator<string, void> {
  const last = new Map<string, number>();
  let read = reader();
  let number = 0;
  for (const line of lines()) {
    number++;
    const said = read(line);
    if (said !== undefined) last.set(said.p, number);
  }
  read = reader();
  number = 0;
  for (const line of lines()) {
    number++;
    const said = read(line);
    // Lines that another sweep has added meanwhile stand, too.
    if (said !== undefined && (last.get(said.p) ?? 0) <= number) yield JSON.stringify(said);
  }
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
function reader(): (line: string) => Line | undefined {
  const directories = new Map<string, string>();
  const real = (path: string): string => {
    const directory = dirname(path);
    const to = directories.get(directory) ?? realPathOf(directory);
    directories.set(directory, to);
    return to === directory ? path : join(to, basename(path));
  };
  // Of the few there are, one text each is enough.
  const words = new Map<string, string>();
  const shared = <Text extends string>(text: Text): Text => {
    const known = words.get(text);
    if (known === undefined) words.set(text, text);
    return (known ?? text) as Text;
  };
  return (line) => {
    const said = parsed(line);
    if (said === undefined) return undefined;
    const [r, v] = [shared(said.r), shared(said.v)];
    return { ...said, p: real(said.p), r, v, ...(said.o === undefined ? {} : { o: real(said.o) }) };
  };
}

function parsed(line: string): Line | undefined {
  try {
    const value = JSON.parse(line) as Partial<Line> | null;
    const isWhole = [value?.p, value?.k, value?.r, value?.v].every((field) => typeof field === 'string');
    return isWhole ? (value as Line) : undefined;
  } catch {
    return undefined; // Torn by a kill, or two at once where the file system does not add whole lines.
  }
}

function keyOf(files: readonly FileState[]): string {
  return files.map(({ bytes, mtimeMs, inode }) => `${bytes}:${mtimeMs}:${inode}`).join(' ');
}
