/**
 * Where the parts go: the directory and the names that the command line asks for. A part never replaces one of the files it
 * is made of; that none would is checked before anything is written.
 */
import { basename, dirname, join } from 'node:path';
import { entryKind, isSameFile, listDirectory, makeDirectory, pathKind } from '../../io/directory.ts';
import { existsAlready } from '../../io/system-error.ts';
import { SalvorError } from '../../media/errors.ts';
import { defaultPattern, extensionOf, PartNames, streamNameOf } from './part-names.ts';

/** What the command line says of where parts go. */
export interface TargetOptions {
  /** A directory, or a path with a pattern as its last name. Undefined: the directory of the first input. */
  readonly output: string | undefined;
  /** The pattern of the names in that directory. */
  readonly pattern: string | undefined;
  /** Number of the first part, by default 0; `auto`: the next after the highest that is there. */
  readonly startNumber: number | 'auto' | undefined;
  readonly force: boolean;
  /** Paths of the inputs; empty for standard input. */
  readonly inputs: readonly string[];
}

/** Name of a stream that has none. */
const namelessStream = 'stream';

/**
 * The paths of the parts. Throws usage errors for names that cannot be distinguished or are those of inputs, `output`
 * errors for files that exist.
 */
export class PartTargets {
  readonly directory: string;
  readonly names: PartNames;
  readonly #options: TargetOptions;
  #startNumber: number;

  constructor(options: TargetOptions) {
    const { output, inputs } = options;
    this.#options = options;
    this.#startNumber = typeof options.startNumber === 'number' ? options.startNumber : 0;
    const first = inputs[0];
    if (output === undefined && first === undefined) {
      throw new SalvorError('usage', 'a stream from standard input has no directory of its own', {
        advice: 'say where the parts go with --output',
      });
    }
    const place = placeOf(output ?? dirname(first!), options.pattern);
    this.directory = place.directory;
    const stream = first === undefined ? namelessStream : streamNameOf(first);
    const pattern = place.pattern ?? `${defaultPattern}${first === undefined ? '.ts' : extensionOf(first)}`;
    this.names = new PartNames(pattern, stream);
    if (!this.names.hasNumber && !this.names.hasTime) {
      throw new SalvorError('usage', 'all parts would get the same name', {
        file: join(this.directory, pattern),
        advice: 'give the pattern a number, such as %04d, or name a directory',
      });
    }
    if (options.startNumber !== undefined && !this.names.hasNumber) {
      throw new SalvorError('usage', '--start-number needs a pattern with a number', {
        file: join(this.directory, pattern),
        advice: 'give the pattern a number, such as %04d',
      });
    }
  }

  /** Makes the directory where there is none. */
  prepare(dryRun: boolean): void {
    const kind = pathKind(this.directory);
    if (kind !== undefined && kind !== 'directory') {
      throw new SalvorError('output', 'is not a directory', { file: this.directory });
    }
    if (kind === undefined && !dryRun) makeDirectory(this.directory);
    if (this.#options.startNumber !== 'auto') return;
    const numbers = listDirectory(this.directory).map((name) => this.names.numberIn(name));
    this.#startNumber = numbers.reduce((highest, number) => Math.max(highest, number), -1) + 1;
  }

  /**
   * Whether a file that no part may replace has a name that a part could get. Which names the parts will really get tells only
   * a look at the whole stream.
   */
  get mayBeTaken(): boolean {
    const { force, inputs } = this.#options;
    return listDirectory(this.directory)
      .filter((name) => this.names.matches(name))
      .some((name) => !force || inputs.some((input) => isSameFile(input, join(this.directory, name))));
  }

  /**
   * Throws if one of these paths, which the parts of files will get, is an input or may not be replaced. `isMade`: the file that
   * is there has just the bytes of the part.
   */
  refuseTaken(parts: readonly { readonly path: string; readonly isMade: boolean }[]): void {
    const { force, inputs } = this.#options;
    for (const { path, isMade } of parts) {
      if (entryKind(path) === undefined) continue;
      if (inputs.some((input) => isSameFile(input, path))) throw replacesInput(path);
      if (!force && !isMade) throw existsAlready(path);
    }
  }

  /** The path that the pattern gives to a part. */
  pathOf(index: number, time: Date): string {
    return join(this.directory, this.names.name(this.#startNumber + index, time));
  }
}

function placeOf(output: string, pattern: string | undefined): { directory: string; pattern: string | undefined } {
  if (pathKind(output) === 'directory' || output.endsWith('/')) return { directory: output, pattern };
  if (basename(output).includes('%')) {
    if (pattern !== undefined) {
      throw new SalvorError('usage', 'both --output and --pattern have a pattern', {
        advice: 'give a directory to --output',
      });
    }
    return { directory: dirname(output), pattern: basename(output) };
  }
  if (/\.[A-Za-z0-9]{2,4}$/.test(basename(output))) {
    throw new SalvorError('usage', 'this is one file, and there may be several parts', {
      file: output,
      advice: 'name a directory, or give the name a number, such as rec_%04d.ts',
    });
  }
  return { directory: output, pattern };
}

function replacesInput(path: string): SalvorError {
  return new SalvorError('usage', 'a part would replace this file, which it is to be made of', {
    file: path,
    advice: 'write to another directory or give another --pattern',
  });
}
